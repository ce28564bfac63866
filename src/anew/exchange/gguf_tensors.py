"""The tensors of a GGUF file: stored blocks to torch tensors when one is asked for, and back.

In: a header, whose places were checked. Out: a mapping from ggml's names to tensors (float32, or the file's own
float16 and bfloat16). The arithmetic of the block types is the package `gguf`'s, which llama.cpp's own converter uses;
the scales of blocks that have nothing but one are searched for here.
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
BLOCK, TOGETHER = 32, 1 << 12  # weights of a block of Q8_0 and Q4_0; blocks that a processor's cache holds
SCALED = {"q8_0": (-127, 127), "q4_0": (-8, 7)}  # the least and largest whole number
TRIED = 120  # scales of a block of Q8_0, so that of weights that had sixteen steps before eight fit
AROUND = (*np.arange(-8.75, -7, 0.125).tolist(), 7, 7.5)  # of Q4_0: steps of its largest weight
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
    weights = value.float().contiguous().numpy()
    if quant not in SCALED:
        return quantize(weights, GGMLQuantizationType[quant.upper()])
    blocks = weights.reshape(-1, BLOCK)
    parts = [scaled(blocks[at : at + TOGETHER], quant) for at in range(0, len(blocks), TOGETHER)]
    return np.concatenate(parts).reshape(*weights.shape[:-1], -1)


def scaled(blocks_NW: NDArray[np.float32], quant: str) -> NDArray[np.uint8]:
    """Blocks of whole numbers q with a scale d, of all that are tried those with the least squared error. To given q
    belongs d = Σ w q / Σ q²."""
    low, high = SCALED[quant]
    least_N = np.full(len(blocks_NW), np.inf, np.float32)
    best_N1, best_NW = np.zeros((len(blocks_NW), 1), np.float16), np.zeros(blocks_NW.shape, np.int8)
    for steps_N1 in finer(blocks_NW) if quant == "q8_0" else coarser(blocks_NW):
        q_NW = np.clip(np.rint(blocks_NW * steps_N1), low, high)
        scale_N = np.einsum("nw,nw->n", blocks_NW, q_NW) / np.maximum(1, np.einsum("nw,nw->n", q_NW, q_NW))
        if not np.abs(scale_N).max() <= np.finfo(np.float16).max:
            raise DataError(f"a weight is too large for {quant}; export with --quant f32")
        half_N1 = scale_N[:, None].astype(np.float16)
        apart_NW = blocks_NW - half_N1.astype(np.float32) * q_NW
        error_N = np.einsum("nw,nw->n", apart_NW, apart_NW)
        better_N = error_N < least_N
        least_N[better_N], best_N1[better_N], best_NW[better_N] = error_N[better_N], half_N1[better_N], q_NW[better_N]
    stored = best_NW.view(np.uint8)
    if quant == "q4_0":
        nibbles = (best_NW - low).astype(np.uint8)
        stored = nibbles[:, : BLOCK // 2] | nibbles[:, BLOCK // 2 :] << 4
    return np.hstack([best_N1.view(np.uint8), stored])


def finer(blocks_NW: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Steps a unit that divide the way from a block's least to its largest weight, the most first. Weights that were
    rounded to a grid before lie on every so many of some of them, and are hardly rounded again."""
    far_N1 = np.abs(blocks_NW).max(1, keepdims=True)
    way_N1 = np.maximum(blocks_NW.max(1, keepdims=True), 0) - np.minimum(blocks_NW.min(1, keepdims=True), 0)
    most_N1 = np.floor(SCALED["q8_0"][1] * over(way_N1, far_N1))
    for fewer in range(TRIED):
        yield over(np.maximum(most_N1 - fewer, 1), way_N1)


def coarser(blocks_NW: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Steps a unit by which the largest weight comes to lie at either end, or near to it."""
    top_N1 = np.take_along_axis(blocks_NW, np.abs(blocks_NW).argmax(1)[:, None], 1)
    for steps in AROUND:
        yield over(np.full_like(top_N1, steps), top_N1)


def over(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """a / b, and nothing of what is nothing to a float16 scale."""
    return np.divide(a, b, out=np.zeros_like(b), where=np.abs(b) > 1e-30)
