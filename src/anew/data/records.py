"""A record: one sample with its label, origin, licence and hash; and a folder of them as Parquet, read in a stream.

A folder holds records-00000.parquet and so on. `value` is text, or the bytes of a picture's file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

GROUP_BYTES = 8 << 20  # values held in memory before a row group is written
GROUP_ROWS = 16_384
FILE_BYTES = 256 << 20
COLUMNS = ("value", "label", "origin", "licence", "hash", "split")


@dataclass(frozen=True, slots=True)
class Record:
    """`hash` is the SHA-256 of the value (UTF-8 where it is text), `origin` where it came from, for a person. `split`:
    once cleaned the one it is in, before that the one it came with, if any."""

    value: str | bytes
    label: str | None
    origin: str
    licence: str | None
    hash: str
    split: str | None = None

    @classmethod
    def of(
        cls, value: str | bytes, label: str | None, origin: str, licence: str | None, split: str | None = None
    ) -> Self:
        """A record with its hash worked out."""
        return cls(value, label, origin, licence, hash_of(value), split)


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
        self._held += len(record.value) + 128
        if self._held >= GROUP_BYTES or len(self._rows) >= GROUP_ROWS:
            self._write_group()

    def _write_group(self) -> None:
        if not self._rows:
            return
        value_type = pa.string() if isinstance(self._rows[0].value, str) else pa.binary()
        schema = pa.schema([(name, value_type if name == "value" else pa.string()) for name in COLUMNS])
        arrays = [pa.array([getattr(r, name) for r in self._rows], schema.field(name).type) for name in COLUMNS]
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
            yield Record(*row)


def read_batches(folder: Path, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """Some columns of the folder's records, a few hundred rows at a time."""
    for path in record_files(folder):
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=512, columns=list(columns), use_threads=False)


def record_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("records-*.parquet"))


def count_records(folder: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in record_files(folder))
