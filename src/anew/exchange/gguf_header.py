"""A GGUF file's header, read within bounds: what is in the file and where, before a byte of it is believed.

In: a path. Out: its metadata as plain values and the place, type and shape of each tensor. A file comes from anywhere,
so that every count, length, type and offset is held against the file's size first: reading takes time and memory in
proportion to the file, and whatever is wrong is one line that names the file. Layout: the GGUF specification
(ggml, docs/gguf.md), versions 2 and 3, little-endian.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from anew.errors import DataError
from anew.exchange.foreign import shown

MAGIC = b"GGUF"
ALIGNMENT = 32  # where `general.alignment` says nothing
LONGEST_NAME = 64  # bytes of a tensor's name, as the specification has it
MOST_AXES = 4
NUMBERS = {0: "<u1", 1: "<i1", 2: "<u2", 3: "<i2", 4: "<u4", 5: "<i4", 6: "<f4", 10: "<u8", 11: "<i8", 12: "<f8"}
BOOL, STRING, ARRAY = 7, 8, 9


class Kind(NamedTuple):
    """A tensor type of ggml: `block` weights lie in `nbytes` bytes (ggml.h and ggml-common.h)."""

    name: str
    block: int
    nbytes: int


KINDS = {
    0: Kind("F32", 1, 4), 1: Kind("F16", 1, 2), 30: Kind("BF16", 1, 2),
    2: Kind("Q4_0", 32, 18), 3: Kind("Q4_1", 32, 20), 6: Kind("Q5_0", 32, 22), 7: Kind("Q5_1", 32, 24),
    8: Kind("Q8_0", 32, 34), 10: Kind("Q2_K", 256, 84), 11: Kind("Q3_K", 256, 110), 12: Kind("Q4_K", 256, 144),
    13: Kind("Q5_K", 256, 176), 14: Kind("Q6_K", 256, 210),
}  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """Where a tensor lies: `shape` as torch has it (ggml's axes reversed), `start` from the file's beginning."""

    kind: Kind
    shape: tuple[int, ...]
    start: int
    nbytes: int


@dataclass(frozen=True)
class Header:
    path: Path
    fields: dict[str, Any]
    tensors: dict[str, Stored]


def read_header(path: Path) -> Header:
    """The header of the file at `path`; DataError says in one line what is wrong with it."""
    try:
        if not path.stat().st_size:
            raise DataError(f"{path}: an empty file")
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return Reader(path, content).header()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from None


class Reader:
    """A place in the file that only moves over bytes which are there."""

    def __init__(self, path: Path, content: mmap.mmap) -> None:
        self.path, self.content, self.at, self.size = path, content, 0, len(content)

    def fault(self, what: str) -> DataError:
        return DataError(f"{self.path}: not a sound GGUF file: {what}")

    def header(self) -> Header:
        version = self.begin()
        tensor_count, field_count = self.number("<u8", "the header"), self.number("<u8", "the header")
        self.fits(field_count, 13, "metadata fields")
        self.fits(tensor_count, 33, "tensors")
        fields: dict[str, Any] = {}
        for _ in range(field_count):
            key = self.string("a metadata key")
            if key in fields:
                raise self.fault(f"metadata {key[:80]!r} stands there twice")
            fields[key] = self.value(self.number("<u4", "the metadata"), f"metadata {key[:80]!r}")
        found: dict[str, tuple[Kind, tuple[int, ...], int, int]] = {}
        for _ in range(tensor_count):
            name, *rest = self.tensor()
            if name in found:
                raise self.fault(f"tensor {name!r} stands there twice")
            found[name] = tuple(rest)
        return Header(self.path, fields | {"version": version}, self.placed(found, self.alignment(fields)))

    def begin(self) -> int:
        if self.content[:4] != MAGIC:
            raise DataError(f"{self.path}: not a GGUF file: it does not begin with the letters GGUF")
        self.at = 4
        version = self.number("<u4", "the header")
        if version in (2 << 24, 3 << 24):
            raise self.fault("it is big-endian; convert it on the machine that it was made for")
        if version not in (2, 3):
            raise self.fault(f"version {version}, and only 2 and 3 are read")
        return version

    # -------------------------------------------------------------------------------------------- bytes to values

    def take(self, count: int, what: str) -> int:
        """Step over `count` bytes that are there; gives where they begin."""
        if count > self.size - self.at:
            raise self.fault(f"it ends inside {what}")
        self.at += count
        return self.at - count

    def fits(self, count: int, least: int, what: str) -> None:
        if count > (self.size - self.at) // least:
            raise self.fault(f"{count} {what} cannot lie in {self.size - self.at} bytes")

    def number(self, kind: str, what: str) -> Any:
        start = self.take(int(kind[2]), what)
        return np.frombuffer(self.content, kind, 1, start)[0].item()

    def string(self, what: str) -> str:
        start = self.take(8, what)
        (length,) = struct.unpack_from("<Q", self.content, start)
        start = self.take(length, what)
        try:
            return self.content[start : start + length].decode("utf-8")
        except UnicodeDecodeError:
            raise self.fault(f"{what} is not UTF-8") from None

    def value(self, kind: int, what: str) -> Any:
        if kind in NUMBERS:
            return self.number(NUMBERS[kind], what)
        if kind == BOOL:
            return self.flag(what)
        if kind == STRING:
            return self.string(what)
        if kind == ARRAY:
            return self.array(what)
        raise self.fault(f"{what} is of type {kind}, which there is none of")

    def flag(self, what: str) -> bool:
        value = self.content[self.take(1, what)]
        if value > 1:
            raise self.fault(f"{what} is neither true nor false")
        return bool(value)

    def array(self, what: str) -> Any:
        """Numbers as a numpy array, flags and strings as a list."""
        kind, count = self.number("<u4", what), self.number("<u8", what)
        if kind in NUMBERS:
            width = int(NUMBERS[kind][2])
            self.fits(count, width, f"values of {what}")
            return np.frombuffer(self.content, NUMBERS[kind], count, self.take(count * width, what)).copy()
        if kind == BOOL:
            self.fits(count, 1, f"values of {what}")
            return [self.flag(what) for _ in range(count)]
        if kind == STRING:
            self.fits(count, 8, f"strings of {what}")
            return [self.string(what) for _ in range(count)]
        raise self.fault(f"{what} is an array of type {kind}, which is not read")

    # -------------------------------------------------------------------------------------------- tensors

    def tensor(self) -> tuple[str, Kind, tuple[int, ...], int, int]:
        name = self.string("a tensor's name")
        if not 0 < len(name.encode()) <= LONGEST_NAME:
            raise self.fault(f"a tensor's name of {len(name.encode())} bytes")
        axes = self.number("<u4", f"tensor {name!r}")
        if not 0 < axes <= MOST_AXES:
            raise self.fault(f"tensor {name!r} has {axes} axes")
        shape = tuple(self.number("<u8", f"tensor {name!r}") for _ in range(axes))
        code, offset = self.number("<u4", f"tensor {name!r}"), self.number("<u8", f"tensor {name!r}")
        kind = KINDS.get(code)
        if kind is None:
            known = ", ".join(kind.name for kind in KINDS.values())
            raise DataError(f"{self.path}: tensor {name!r} is of ggml's type {code}; anew reads {known}")
        if 0 in shape or shape[0] % kind.block:
            raise self.fault(f"tensor {name!r} of shape {list(shape)} cannot be of {kind.name}")
        return name, kind, shape[::-1], offset, prod(shape) // kind.block * kind.nbytes

    def alignment(self, fields: dict[str, Any]) -> int:
        value = fields.get("general.alignment", ALIGNMENT)
        if not isinstance(value, int) or value < 1 or value & (value - 1) or value > 1 << 20:
            raise self.fault(f"general.alignment is {shown(value, 40)}, not a power of two up to a megabyte")
        return value

    def placed(self, found: dict[str, tuple[Kind, tuple[int, ...], int, int]], alignment: int) -> dict[str, Stored]:
        """Each tensor inside the file, aligned, and none over another."""
        begin = -(-self.at // alignment) * alignment
        made: dict[str, Stored] = {}
        free, last = begin, ""
        for name, (kind, shape, offset, nbytes) in sorted(found.items(), key=lambda item: item[1][2]):
            start = begin + offset
            if offset % alignment:
                raise self.fault(f"tensor {name!r} is not aligned to {alignment} bytes")
            if start + nbytes > self.size:
                raise self.fault(f"tensor {name!r} ends {start + nbytes - self.size} bytes past the file's end")
            if start < free:
                raise self.fault(f"tensors {last!r} and {name!r} overlap")
            made[name] = Stored(kind, shape, start, nbytes)
            free, last = start + nbytes, name
        return {name: made[name] for name in found}
