"""Encoded data on disk: what the codec made of the records, ready to be read in any order with bounded memory.

A folder holds, for each split, plain .npy files written in a stream:
tokens: SPLIT.tokens.npy, the documents joined as  end doc end doc …  (where the spec has a beginning of its own, as
begins doc end begins doc end …) in the smallest unsigned integer that fits the vocabulary, and SPLIT.starts.npy, where
each document's own tokens begin; where samples stand apart SPLIT.counts.npy, whether a document's tokens, one after
another, and the end after them enter the loss. grid: SPLIT.grid.npy, float32 (N, *S).
Either: SPLIT.labels.npy, int64, -1 where a record has none; or, of captions, SPLIT.captions.npy, a row of tokens each,
and SPLIT.captioned.npy, how many rows each item has, which may be none. The manifest counts captions that were cut.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from anew.contract import Codec, Spec
from anew.data import manifest
from anew.data.files import atomic_folder, sha256_file
from anew.data.manifest import Manifest, canonical, fingerprint_of
from anew.data.progress import Progress, Report, silent
from anew.data.records import Record
from anew.data.spec import spec_of
from anew.errors import Damaged, DataError

SPLITS = ("train", "validation", "test")
ROWS = 64  # samples encoded at a time
LETTERS = 1 << 20  # and no more than about so many characters of them
RESIDENT_BYTES = 64 << 20  # a column up to this size is held in memory, a larger one is read where it is needed

# ------------------------------------------------------------------------------------------------ columns


class ColumnWriter:
    """An .npy file whose first axis grows as rows come in."""

    def __init__(self, path: Path, dtype: DTypeLike, shape: tuple[int, ...] = ()) -> None:
        self.dtype, self.shape, self.length = np.dtype(dtype), shape, 0
        self._file = open(path, "wb")
        self._header()

    def _header(self) -> None:
        # numpy leaves room in the header for the first axis to grow in place
        fields = {"descr": npy.dtype_to_descr(self.dtype), "fortran_order": False, "shape": (self.length, *self.shape)}
        npy.write_array_header_1_0(self._file, fields)

    def write(self, rows: NDArray[Any]) -> None:
        self._file.write(np.ascontiguousarray(rows, self.dtype).data)
        self.length += len(rows)

    def close(self) -> None:
        self._file.seek(0)
        self._header()
        self._file.close()


class Column:
    """Rows of an .npy file: in memory where they are few, else read piece by piece.

    A memory map would cost address space of the whole file, which may be limited to less.
    """

    def __init__(self, path: Path) -> None:
        with open(path, "rb") as file:
            npy.read_magic(file)
            shape, _, self.dtype = npy.read_array_header_1_0(file)
            self._offset = file.tell()
        self.length, self.shape = shape[0], shape[1:]
        self._row_bytes = self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))
        self._file = open(path, "rb", buffering=0)
        small = self.length * self._row_bytes <= RESIDENT_BYTES
        self.resident: NDArray[Any] | None = self.read(0, self.length) if small else None

    def __len__(self) -> int:
        return self.length

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()

    def read(self, start: int, count: int) -> NDArray[Any]:
        """Rows start … start+count, as many as there are."""
        count = max(0, min(count, self.length - start))
        rows = np.empty((count, *self.shape), self.dtype)
        view = memoryview(rows).cast("B") if rows.size else memoryview(b"")
        self._file.seek(self._offset + start * self._row_bytes)
        while len(view):
            got = self._file.readinto(view)
            if not got:
                raise Damaged(
                    f"{self._file.name}: shorter than it says",
                    next_command=f"rm -r {Path(self._file.name).parent}, then run again",
                )
            view = view[got:]
        return rows

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        if self.resident is not None:
            return self.resident[indices]
        return np.concatenate([self.read(int(i), 1) for i in indices])


# ------------------------------------------------------------------------------------------------ reading


class Shards:
    """The encoded splits of a folder that `write_shards` made."""

    def __init__(self, folder: Path) -> None:
        found = manifest.load(folder)
        if found is None:
            raise DataError(f"{folder}: holds no encoded data", next_command="anew run RECIPE")
        self.folder, self.manifest = folder, found
        self.spec = spec_of(found.facts["spec"])

    def count(self, split: str) -> int:
        """Documents or items of a split, copies included."""
        return self.manifest.counts.get(f"{split}_items", 0)

    def length(self, split: str) -> int:
        """Tokens of a split, end symbols included; for a grid its items."""
        return self.manifest.counts.get(f"{split}_length", 0)

    def column(self, split: str, name: str) -> Column | None:
        path = self.folder / f"{split}.{name}.npy"
        return Column(path) if path.name in self.manifest.files else None


# ------------------------------------------------------------------------------------------------ writing


def write_shards(
    records: Callable[[str], Iterator[Record]],
    codec: Codec,
    labels: Codec | None,
    decode: Callable[[Record], Any],
    folder: Path,
    report: Report = silent,
    *,
    inputs: Mapping[str, str] | None = None,
    spec: Spec | None = None,
    copies: int = 1,
    augment: Callable[[Sequence[Any], torch.Generator], Tensor] | None = None,
    seed: int = 0,
    splits: Sequence[str] = SPLITS,
) -> Manifest:
    """Encode each split's records into `folder`, or do nothing when it holds just that already.

    `records(split)` streams the records, `decode` turns one into the codec's sample. `inputs` names what the records
    come from by digest. `spec`: what the model is told, where it says more than the codec's own (classes). The train
    split is encoded `copies` times, by `augment(samples, rng)` instead of the codec where there is one: it changes the
    samples a little, each time anew.
    """
    spec = spec or codec.spec
    inputs = (
        dict(inputs or {}) | {"codec": digest_of(codec)} | ({} if labels is None else {"labels": digest_of(labels)})
    )
    facts = {"spec": asdict(spec), "copies": copies, "augmented": augment is not None, "seed": seed}
    fingerprint = fingerprint_of(inputs=inputs, facts=facts, splits=list(splits))
    if manifest.is_current(folder, fingerprint):
        return Shards(folder).manifest
    counts: dict[str, int] = {}
    with atomic_folder(folder) as partial:
        for split in splits:
            with SplitWriter(partial, split, spec, labels, codec.apart) as writer:
                rng = torch.Generator().manual_seed(seed)
                encode = (
                    functools.partial(augment, rng=rng) if augment is not None and split == "train" else codec.encode
                )
                for _ in range(copies if split == "train" else 1):
                    for samples, given in batches((decode(record), record) for record in records(split)):
                        writer.write(encode(samples), given, codec.counted(samples) if codec.apart else ())
                        report(Progress("encode", writer.items, None, f"{split} items"))
            counts |= {f"{split}_items": writer.items, f"{split}_length": writer.length}
            counts |= {f"{split}_cut": writer.cut} if writer.cut else {}
        if "train" in splits and not counts["train_items"]:
            raise DataError("no usable records to train on", next_command="anew clean --help")
        files = {path.name: sha256_file(path) for path in sorted(partial.iterdir())}
        manifest.write(partial, Manifest("encode", fingerprint, inputs, counts, files, facts))
    return Shards(folder).manifest


def batches(samples: Iterable[tuple[Any, Record]]) -> Iterator[tuple[list[Any], list[Record]]]:
    """Samples and their records, up to `ROWS` of them and `LETTERS` long in all."""
    held: list[Any] = []
    records: list[Record] = []
    length = 0
    for sample, record in samples:
        held.append(sample)
        records.append(record)
        length += len(sample)
        if len(held) == ROWS or length >= LETTERS:
            yield held, records
            held, records, length = [], [], 0
    if held:
        yield held, records


class SplitWriter:
    """The files of one split."""

    def __init__(self, folder: Path, split: str, spec: Spec, labels: Codec | None, apart: bool = False) -> None:
        def column(name: str, dtype: DTypeLike, shape: tuple[int, ...] = ()) -> ColumnWriter:
            return ColumnWriter(folder / f"{split}.{name}.npy", dtype, shape)

        self.spec, self.label_codec = spec, labels
        self.items, self.cut, self._ids = 0, 0, dict[str, int]()
        self.labels = self.captions = self.captioned = None
        if labels is not None and labels.modality == "caption":
            (longest,), vocab = labels.spec.shape, labels.spec.vocab
            self.captions = column("captions", np.min_scalar_type(vocab), (longest,))
            self.captioned = column("captioned", np.int64)
        elif labels is not None:
            self.labels = column("labels", np.int64)
        self.counts = column("counts", np.bool_) if apart else None
        if spec.kind == "grid":
            self.data, self.starts = column("grid", np.float32, spec.shape), None
        else:
            self.data, self.starts = column("tokens", np.min_scalar_type(spec.vocab - 1)), column("starts", np.int64)

    @property
    def length(self) -> int:
        return self.data.length

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for column in (self.data, self.starts, self.labels, self.captions, self.captioned, self.counts):
            if column is not None:
                column.close()

    def write(
        self, encoded: Sequence[Tensor] | Tensor, records: Sequence[Record], counted: Sequence[Tensor] = ()
    ) -> None:
        if self.starts is None:
            self.data.write(self._grid(encoded))
        else:
            self._write_tokens(encoded, self.starts)
        if self.labels is not None:
            self.labels.write(self._label_ids([record.label for record in records]))
        if self.captions is not None and self.captioned is not None and self.label_codec is not None:
            self.captioned.write(np.array([len(record.captions) for record in records], np.int64))
            said = [caption for record in records for caption in record.captions]
            self.captions.write(np.asarray(self.label_codec.encode(said)))
            self.cut += self.label_codec.longer(said) if hasattr(self.label_codec, "longer") else 0
        if self.counts is not None:
            self.counts.write(np.concatenate([mask.cpu().numpy() for mask in counted]))
        self.items += len(records)

    def _grid(self, encoded: Sequence[Tensor] | Tensor) -> NDArray[np.float32]:
        assert isinstance(encoded, Tensor)
        if tuple(encoded.shape[1:]) != self.spec.shape:
            raise DataError(f"the codec made items of shape {tuple(encoded.shape[1:])}, not {self.spec.shape}")
        return encoded.cpu().numpy()

    def _write_tokens(self, encoded: Iterable[Tensor], starts: ColumnWriter) -> None:
        end = np.array([] if self.spec.end is None else [self.spec.end], self.data.dtype)
        before = end if self.spec.begins is None else np.array(self.spec.begins, self.data.dtype)
        after = end[: 0 if self.spec.begins is None else 1]
        parts, begun, at = [], [], self.data.length
        for tokens in encoded:
            if self.spec.whole and len(tokens) + len(end) != self.spec.shape[0]:
                raise DataError(f"the codec made {len(tokens)} tokens of an item, not {self.spec.shape[0] - len(end)}")
            parts += [before, tokens.cpu().numpy().astype(self.data.dtype), after]
            begun.append(at + len(before))
            at += len(before) + len(tokens) + len(after)
        self.data.write(np.concatenate(parts))
        starts.write(np.array(begun, np.int64))

    def _label_ids(self, labels: list[str | None]) -> NDArray[np.int64]:
        """-1 where there is no label, or one that the training split did not hold."""
        for label in {label for label in labels if label is not None} - self._ids.keys():
            try:
                assert self.label_codec is not None
                self._ids[label] = int(self.label_codec.encode([label])[0])
            except DataError:
                self._ids[label] = -1
        return np.array([-1 if label is None else self._ids[label] for label in labels], np.int64)


def digest_of(codec: Codec) -> str:
    """SHA-256 of what encoding depends on: the codec's kind, its spec and what it learnt."""
    digest = hashlib.sha256(f"{type(codec).__module__}:{type(codec).__qualname__}".encode())

    def add(value: Any) -> None:
        if isinstance(value, Tensor):
            digest.update(f"{value.dtype}{tuple(value.shape)}".encode())
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
        elif isinstance(value, Mapping):
            for key in sorted(value):
                digest.update(f"{key}:".encode())
                add(value[key])
        else:
            digest.update(canonical(value))

    if hasattr(codec, "spec"):
        add(asdict(codec.spec))
    add(codec.state())
    return digest.hexdigest()
