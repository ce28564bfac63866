"""Generated texts as files, each with one beside it that says that a model wrote them. In: texts. Out: the paths."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from anew.data.files import write_atomic


def save_texts(texts: Sequence[str], seeds: Sequence[int], path: Path, told: Mapping[str, str]) -> list[Path]:
    """All in one file, or several in a folder where the path has no suffix. `told`: what FILE.json says beside the
    seeds."""
    if len(texts) == 1 or path.suffix:
        write(path, texts, seeds, told)
        return [path]
    path.mkdir(parents=True, exist_ok=True)
    paths = [path / f"{seed}.txt" for seed in seeds]
    for one, text, seed in zip(paths, texts, seeds, strict=True):
        write(one, [text], [seed], told)
    return paths


def write(path: Path, texts: Sequence[str], seeds: Sequence[int], told: Mapping[str, str]) -> None:
    write_atomic(path, utf8("\n\n".join(texts)))
    write_atomic(
        path.with_name(path.name + ".json"), json.dumps({**told, "seeds": list(seeds)}, sort_keys=True).encode()
    )


def utf8(text: str) -> bytes:
    """A file's bytes; half a surrogate pair, which a byte-level model may write, becomes a question mark."""
    return text.encode("utf-8", "replace")
