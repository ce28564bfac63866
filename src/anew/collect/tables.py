"""Rows of CSV, JSONL and Parquet, in a stream, and which of their columns holds the content and which the label."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from anew.collect.text import decode_stream, lines
from anew.data.removals import Removed

LONGEST_ROW = 32 << 20  # characters
LONGEST_LIST = 256 << 20  # bytes of a list of rows that is read at once
CONTENT_NAMES = {
    "text": ("text", "content", "body", "document", "sentence", "review", "message", "article", "value"),
    "code": ("content", "code", "text", "source", "source_code", "body", "value"),
    "image": ("image", "img", "picture", "photo", "bytes", "content"),
    "audio": ("audio", "sound", "wav", "bytes", "content"),
    "file": ("file", "filename", "file_name", "image", "img", "audio", "sound", "wav", "path", "picture", "name"),
}
PICTURES = ("image", "img", "picture", "photo", "bytes")  # what holds pictures where another column names files
CAPTION_NAMES = (
    "captions", "caption", "text", "prompt", "description", "transcript", "transcription", "sentence",
)  # fmt: skip
FACTS_NAMES = ("facts",)
WHOLE_ROWS = ("table", "chat")  # every column matters
LABEL_NAMES = ("label", "labels", "class", "category", "target", "sentiment")

csv.field_size_limit(LONGEST_ROW)


class WrongColumns(ValueError):
    """The table has no column that serves; the message lists those it has."""


@dataclass(frozen=True)
class Row:
    """`line` counts from 1 and from the file's top: a line of CSV and JSONL, a row of Parquet."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Columns:
    """`needed` None: all that there are."""

    content: str | None
    label: str | None
    split: str | None = None
    caption: str | None = None
    facts: str | None = None

    @property
    def needed(self) -> list[str] | None:
        if self.content is None:
            return None
        chosen = (self.content, self.label, self.split, self.caption, self.facts)
        return [c for c in dict.fromkeys(chosen) if c is not None]


def rows(file: BinaryIO, name: str, wanted: Wanted) -> Iterator[Row | Removed]:
    """The table's rows with at least the columns that `wanted` chose; rows that cannot be read as `Removed`."""
    if wanted.modality == "chat" and name.lower().endswith(".json"):
        return json_list(file, name, wanted)
    bare = name.lower().removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz")
    if bare.endswith(".parquet"):
        return parquet_rows(file, wanted)
    if bare.endswith((".csv", ".tsv")):
        return csv_rows(file, name, bare.endswith(".tsv"), wanted)
    return json_rows(file, name, wanted)


class Wanted:
    """The columns asked for by name, or the obvious ones; settled when the table's columns are first seen."""

    def __init__(self, modality: str, content: str | None, label: str | None, split: str | None = None) -> None:
        self.modality, self.content, self.label, self.split = modality, content, label, split
        self.columns: Columns | None = None

    def settle(self, known: Sequence[str]) -> Columns:
        """WrongColumns when one asked for is missing, or none is obvious."""
        listed = "its columns are " + ", ".join(repr(c)[:60] for c in known[:40])
        if self.content is not None and self.content not in known:
            raise WrongColumns(f"no column {self.content!r}; {listed}")
        if self.label is not None and self.label not in known:
            raise WrongColumns(f"no column {self.label!r} for the label; {listed}")
        if self.split is not None and self.split not in known:
            raise WrongColumns(f"no column {self.split!r} for the split; {listed}")
        if self.modality in WHOLE_ROWS:
            if twice := [name for name in known if name and known.count(name) > 1]:
                raise WrongColumns(f"two columns are called {twice[0]!r}")
            self.columns = Columns(None, self.label, self.split)
            return self.columns
        content = self.content or pick(known, CONTENT_NAMES[self.modality])
        label = self.label or pick([c for c in known if c != content], LABEL_NAMES)
        if self.modality == "file" and pick([c for c in known if c != content], PICTURES):
            raise WrongColumns("it holds pictures, and names none beside it")
        caption, facts = self._said(known, content, label)
        others = [c for c in known if c not in (label, self.split, caption, facts)]
        if content is None and len(others) == 1:
            content = others[0]
        if content is None:
            raise WrongColumns(f"no column is plainly the {self.modality}; {listed}; name one with data.column")
        self.columns = Columns(content, label, self.split, caption, facts)
        return self.columns

    def _said(self, known: Sequence[str], content: str | None, label: str | None) -> tuple[str | None, str | None]:
        """The columns with a picture's or a sound's captions and facts."""
        if self.modality not in ("image", "audio", "file"):
            return None, None
        others = [c for c in known if c not in (content, label, self.split)]
        return pick(others, CAPTION_NAMES), pick(others, FACTS_NAMES)


def pick(known: Sequence[str], names: Sequence[str]) -> str | None:
    """The column that bears one of the names, the names in order of preference, capitals apart."""
    lower = {c.strip().lower(): c for c in reversed(known)}
    return next((lower[n] for n in names if n in lower), None)


def captions_in(value: Any) -> list[str]:
    """The captions in a table's cell: one a line of text, or a list of them."""
    listed = value.splitlines() if isinstance(value, str) else value if isinstance(value, list) else []
    return [valid(one) for one in listed if isinstance(one, str)]


def facts_in(value: Any) -> dict[str, str]:
    """The facts in a table's cell, a JSON object or a struct, as strings; those that say nothing are left out."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    known = value.items() if isinstance(value, dict) else ()
    return {valid(key): valid(str(fact)) for key, fact in known if isinstance(fact, (str, int, float)) and fact != ""}


def valid(text: str) -> str:
    """Without halves of surrogate pairs, which JSON may hold and UTF-8 may not."""
    return text.encode("utf-8", "replace").decode()


def csv_rows(file: BinaryIO, name: str, tabs: bool, wanted: Wanted) -> Iterator[Row | Removed]:
    text = (line if line is not None else "\n" for line in lines(decode_stream(file), LONGEST_ROW))
    first = next(text, "")
    reader = csv.reader(prepend(first, text), delimiter="\t" if tabs else delimiter_of(first), strict=True)
    header = next(reader, [])
    if not any(header):
        return
    columns = wanted.settle(header)
    while True:
        begin = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Removed(f"{name}:{begin}", "broken row", str(error))
            continue
        if not fields:
            continue
        if len(fields) != len(header):
            yield Removed(f"{name}:{begin}", "ragged row", f"{len(fields)} fields under {len(header)} columns")
            continue
        values = dict(zip(header, fields, strict=True))
        yield Row(begin, {c: values[c] for c in columns.needed or header})


def prepend(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def delimiter_of(header: str) -> str:
    return max(",;\t|", key=header.count)


def json_rows(file: BinaryIO, name: str, wanted: Wanted) -> Iterator[Row | Removed]:
    for number, line in enumerate(lines(decode_stream(file), LONGEST_ROW), 1):
        origin = f"{name}:{number}"
        if line is None:
            yield Removed(origin, "broken row", f"a line of more than {LONGEST_ROW:,} characters")
            continue
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            yield Removed(origin, "broken row", f"not JSON: {error.msg} at column {error.colno}")
            continue
        except (RecursionError, ValueError) as error:
            yield Removed(
                origin, "broken row", "nested too deeply" if isinstance(error, RecursionError) else str(error)
            )
            continue
        if not isinstance(values, dict):
            yield Removed(origin, "broken row", f"a JSON {type(values).__name__}, not an object")
            continue
        columns = wanted.columns or wanted.settle(list(values))
        if columns.content is not None and columns.content not in values:
            yield Removed(origin, "no value", f"no column {columns.content!r}")
            continue
        yield Row(number, {c: values.get(c) for c in columns.needed or values})


def json_list(file: BinaryIO, name: str, wanted: Wanted) -> Iterator[Row | Removed]:
    """One JSON list of objects, numbered from 1; lines of JSON go by this suffix too."""
    content = file.read(LONGEST_LIST + 1)
    if len(content) > LONGEST_LIST:
        yield Removed(name, "too large", f"more than {LONGEST_LIST:,} bytes of JSON in one list: write JSONL")
        return
    if not content.lstrip().startswith(b"["):
        yield from json_rows(io.BytesIO(content), name, wanted)
        return
    found = json.loads(content)
    for number, values in enumerate(found, 1):
        if isinstance(values, dict):
            wanted.settle(list(values))
            yield Row(number, values)
        else:
            yield Removed(f"{name}:{number}", "broken row", f"a JSON {type(values).__name__}, not an object")


def parquet_rows(file: BinaryIO, wanted: Wanted) -> Iterator[Row | Removed]:
    """Read by Arrow without its look-ahead and its threads, so that memory stays at a few pages of each column."""
    with tempfile.TemporaryFile() as copy:
        if not file.seekable() or not hasattr(file, "fileno"):  # Parquet begins at its end
            shutil.copyfileobj(file, copy)
            file = copy
        with pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20) as table:
            known = table.schema_arrow.names
            if wanted.modality == "file" and any(pa.types.is_binary(kind) for kind in table.schema_arrow.types):
                raise WrongColumns("it holds pictures, and names none beside it")
            needed = list(wanted.settle(known).needed or known)
            number = 0
            for batch in table.iter_batches(batch_size=256, columns=needed, use_threads=False):
                for values in pa.Table.from_batches([batch]).to_pylist():
                    number += 1
                    yield Row(number, values)
