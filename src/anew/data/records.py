"""A record: one sample with its label, origin, licence and hash; and a folder of them as Parquet, read in a stream.

A folder holds records-00000.parquet and so on. `value` is text, or the bytes of a picture's file. `captions` is a list
of strings and `facts` a JSON object; a folder without these two columns has none of either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

GROUP_BYTES = 8 << 20  # values held in memory before a row group is written
GROUP_ROWS = 16_384
FILE_BYTES = 256 << 20
COLUMNS = ("value", "label", "origin", "licence", "hash", "split", "captions", "facts")
TYPES = {"captions": pa.list_(pa.string())}  # the other columns but `value` are strings
EMPTY = {"captions": [], "facts": "{}"}  # what a folder written without the column holds


@dataclass(frozen=True, slots=True)
class Record:
    """`hash` is the SHA-256 of the value (UTF-8 where it is text), `origin` where it came from, for a person. `split`:
    once cleaned the one it is in, before that the one it came with, if any. `captions` say in words what it shows, each
    on its own; `facts` what is known of it by kind, as {"object": "heart", "colour": "green"}."""

    value: str | bytes
    label: str | None
    origin: str
    licence: str | None
    hash: str
    split: str | None = None
    captions: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def of(
        cls,
        value: str | bytes,
        label: str | None,
        origin: str,
        licence: str | None,
        split: str | None = None,
        captions: tuple[str, ...] = (),
        facts: Mapping[str, str] | None = None,
    ) -> Self:
        """A record with its hash worked out."""
        return cls(value, label, origin, licence, hash_of(value), split, captions, dict(facts or {}))

    def cell(self, column: str) -> object:
        """What a column of Parquet holds of it."""
        value = getattr(self, column)
        return json.dumps(dict(value), sort_keys=True, ensure_ascii=False) if column == "facts" else value

    @classmethod
    def from_cells(cls, *cells: Any) -> Self:
        """The record of which the columns, in the order of COLUMNS, hold these."""
        *plain, captions, facts = cells
        return cls(*plain, tuple(captions), json.loads(facts))


def hash_of(value: str | bytes) -> str:
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()


class RecordWriter:
    """Writes records into a folder, holding at most a row group of them. All values are text, or all are bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.names: list[str] = []
        self._rows: list[Record] = []
        self._held = 0
        self._filled = 0
        self._file: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._write_group()
        self._close_file()

    def write(self, record: Record) -> None:
        self._rows.append(record)
        self.count += 1
        self._held += len(record.value) + sum(map(len, record.captions)) + 128
        if self._held >= GROUP_BYTES or len(self._rows) >= GROUP_ROWS:
            self._write_group()

    def _write_group(self) -> None:
        if not self._rows:
            return
        types = {"value": pa.string() if isinstance(self._rows[0].value, str) else pa.binary(), **TYPES}
        schema = pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])
        arrays = [pa.array([r.cell(name) for r in self._rows], schema.field(name).type) for name in COLUMNS]
        if self._file is None:
            self.names.append(f"records-{len(self.names):05}.parquet")
            self._file = pq.ParquetWriter(
                self.folder / self.names[-1], schema, compression="zstd", use_dictionary=["label", "licence", "split"]
            )
        self._file.write_batch(pa.record_batch(arrays, schema=schema))
        self._filled += self._held
        self._rows, self._held = [], 0
        if self._filled >= FILE_BYTES:
            self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._filled = None, 0


def read_records(folder: Path, split: str | None = None) -> Iterator[Record]:
    """The folder's records in the order they were written, in a stream; those of one split if asked."""
    for batch in read_batches(folder, COLUMNS):
        if split is not None:
            batch = batch.filter(pc.equal(batch["split"], split))
        for row in zip(*(batch[name].to_pylist() for name in COLUMNS), strict=True):
            yield Record.from_cells(*row)


def read_batches(folder: Path, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """Some columns of the folder's records, a few hundred rows at a time."""
    for path in record_files(folder):
        with pq.ParquetFile(path) as file:
            there = [name for name in columns if name in file.schema_arrow.names]
            for batch in file.iter_batches(batch_size=512, columns=there, use_threads=False):
                yield with_empty(batch, columns)


def with_empty(batch: pa.RecordBatch, columns: tuple[str, ...]) -> pa.RecordBatch:
    """The batch with those of the columns that its folder was written without, empty, in the order asked for."""
    for name in set(columns) & EMPTY.keys() - set(batch.schema.names):
        empty = pa.array([EMPTY[name]] * batch.num_rows, TYPES.get(name, pa.string()))
        batch = batch.append_column(name, empty)
    return batch.select(list(columns))


def record_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("records-*.parquet"))


def count_records(folder: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in record_files(folder))
