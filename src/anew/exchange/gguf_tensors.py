"""The tensors of a GGUF file: stored blocks to torch tensors when one is asked for, and back.

In: a header, whose places were checked. Out: a mapping from ggml's names to tensors (float32, or the file's own
float16 and bfloat16). The arithmetic of the block types is the package `gguf`'s, which llama.cpp's own converter uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anew.errors import DataError
from anew.exchange.gguf_header import Header, Kind, Stored

PLAIN = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
QUANTS = ("f32", "f16", "q8_0", "q4_0", "q4_1")  # what can be written
KEPT_WIDE = {"q4_0": "q8_0", "q4_1": "q8_0"}  # the type of embeddings and output: they hurt most


class Tensors(Mapping[str, Tensor]):
    """Each tensor is read from the mapped file when it is asked for, and not kept."""

    def __init__(self, header: Header) -> None:
        self.path, self.stored = header.path, header.tensors

    def __getitem__(self, name: str) -> Tensor:
        stored = self.stored[name]
        value = unpack(raw(self.path, stored), stored.kind, stored.shape)
        if not all(torch.isfinite(edge) for edge in torch.aminmax(value)):  # one pass; not-a-number passes through
            raise DataError(f"{self.path}: tensor {name!r} holds values that are not finite")
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.stored)

    def __len__(self) -> int:
        return len(self.stored)


def raw(path: object, stored: Stored) -> NDArray[np.uint8]:
    """The tensor's bytes, mapped; a private copy on write, so that the file cannot change by it."""
    return np.memmap(str(path), np.uint8, "c", stored.start, (stored.nbytes,))


def unpack(content: NDArray[np.uint8], kind: Kind, shape: tuple[int, ...]) -> Tensor:
    """Stored bytes as a tensor of `shape`."""
    if kind.name in PLAIN:
        return torch.from_numpy(np.array(content)).view(PLAIN[kind.name]).view(shape)
    from gguf import GGMLQuantizationType, dequantize

    together = gcd(len(content) // kind.nbytes, 4096 // kind.block)  # the package works on sixteen rows at a time
    rows = content.reshape(-1, together * kind.nbytes)
    with np.errstate(all="ignore"):  # scales that are not finite are found by who asked
        return torch.from_numpy(dequantize(rows, GGMLQuantizationType[kind.name])).view(shape)


def stored_as(name: str, shape: tuple[int, ...], quant: str) -> str:
    """The type that a tensor is written in: rows and vectors stay float32, as llama.cpp wants them, and what no block
    fits is float16."""
    if len(shape) < 2 or name in ("position_embd.weight", "rope_freqs.weight"):
        return "f32"
    wanted = KEPT_WIDE.get(quant, quant) if name in ("token_embd.weight", "output.weight") else quant
    return "f16" if wanted.startswith("q") and shape[-1] % 32 else wanted


def pack(value: Tensor, quant: str) -> NDArray[np.uint8]:
    """A tensor's bytes in the type called `quant`, one row a row."""
    from gguf import GGMLQuantizationType, quantize

    if quant == "f16" and value.abs().max() > torch.finfo(torch.float16).max:
        raise DataError("a weight is too large for float16; export with --quant f32")
    return quantize(value.float().contiguous().numpy(), GGMLQuantizationType[quant.upper()])
