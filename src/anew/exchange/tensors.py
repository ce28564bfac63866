"""Safetensors files of any size: read tensor by tensor within bounds, written in a stream.

In: paths of files that may be hostile. Out: a mapping that reads what it is asked for; a file written without holding
more than one tensor.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Self

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from anew.errors import DataError, Refused

MOST_HEADER = 16 << 20  # bytes; a million tensors' names fit
KINDS = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
ENTRY = 160  # bytes of header that a tensor's entry takes beside its name, at most


class Tensors(Mapping[str, Tensor]):
    """The tensors of several safetensors files. DataError names one that is not whole, or holds what another does."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._path = dict[str, Path]()
        for path in paths:
            for name in names_in(path):
                if name in self._path:
                    raise DataError(f"{path}: {name!r} is in {self._path[name].name} too")
                self._path[name] = path

    def __getitem__(self, name: str) -> Tensor:
        path = self._path[name]
        try:
            with safe_open(path, framework="pt") as file:
                value: Tensor = file.get_tensor(name)
        except (SafetensorError, OSError, RuntimeError, ValueError) as error:
            raise DataError(f"{path}: {name!r} cannot be read: {str(error)[:200]}") from None
        if value.dtype not in KINDS:
            raise Refused(f"{path}: {name!r} is {value.dtype}; anew reads float32, float16 and bfloat16")
        return value

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a tensor, by its file's header."""
        with safe_open(self._path[name], framework="pt") as file:
            return tuple(file.get_slice(name).get_shape())

    def only(self, names: Iterable[str]) -> Self:
        """These of them."""
        kept = type(self)([])
        kept._path = {name: self._path[name] for name in names}
        return kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._path)

    def __len__(self) -> int:
        return len(self._path)


def names_in(path: Path) -> list[str]:
    """The tensors of a file. The header's length is bounded before the library reads it; that its offsets fit the file
    and do not overlap, the library checks."""
    try:
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
        if length > min(MOST_HEADER, path.stat().st_size):
            raise ValueError(f"a header of {length:,} bytes")
        with safe_open(path, framework="pt") as opened:
            return list(opened.keys())
    except (SafetensorError, OSError, RuntimeError, ValueError) as error:
        raise DataError(f"{path}: not a whole safetensors file: {str(error)[:200]}") from None


def write_tensors(path: Path, tensors: Iterable[tuple[str, Tensor]], names: Iterable[str]) -> None:
    """The tensors as one file, each as it is; `names`: of them all, for which room is left in the header."""
    space = 8 + sum(len(json.dumps(name)) + ENTRY for name in names)
    space += -space % 8
    entries: dict[str, dict[str, object]] = {"__metadata__": {"format": "pt"}}
    with open(path, "wb") as file:
        file.seek(8 + space)
        end = 0
        for name, value in tensors:
            content = value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data
            file.write(content)
            begin, end = end, end + value.numel() * value.element_size()
            entries[name] = {"dtype": KINDS[value.dtype], "shape": list(value.shape), "data_offsets": [begin, end]}
        header = json.dumps(entries, separators=(",", ":")).encode()
        assert len(header) <= space, f"{len(header)} bytes of header in {space}"
        file.seek(0)
        file.write(struct.pack("<Q", space) + header.ljust(space))
