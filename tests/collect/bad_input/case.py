"""A case: a function that lays something down in a folder and says what to collect, and beside it what must come of it:
the records and the rules that must have struck, or the words of the refusal."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

GOOD = "A good line of text that is long enough to be kept.\n"
OTHER = "Quite another text, which nobody would take for the first one.\n"


@dataclass(frozen=True)
class Case:
    make: Callable[[Path], Path]
    records: int = 0
    rules: tuple[str, ...] = ()
    refused: str = ""  # a part of the message; empty: accepted
    modality: str = "text"
    column: str | None = None
    label: str | None = None
    text: str = ""  # must be in one of the records


def case(**expected: object) -> Callable[[Callable[[Path], Path]], Case]:
    return lambda make: Case(make, **expected)  # type: ignore[arg-type]


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def picture(side: int = 16, seed: int = 0, kind: str = "PNG") -> bytes:
    values = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, kind)
    return file.getvalue()
