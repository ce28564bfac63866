"""Linear maps in eight bits: weights with a scale an output channel, activations with a scale a token (Dettmers et al.
2022, arXiv:2208.07339, section 2.1, "vector-wise"). Products and their sums are integers, so that they are exact, and a
token's values do not depend on which others it is multiplied beside.

In: (…, K) float32. Out: (…, O) float32.

N tokens · K inputs · O outputs
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

LEVELS, ZERO = 127, 128  # activations lie at 1 … 255 with zero at 128: unsigned, which every x86 multiplies fast
EXACT = 1024  # 1024 · 127² < 2²⁴


def quantised(weight_OK: Tensor) -> tuple[Tensor, Tensor]:
    """(O, K) int8 and (O,) float32: each row to the nearest of 255 levels, the largest weight at the last one."""
    scale_O = (weight_OK.abs().amax(1).float() / LEVELS).clamp(min=torch.finfo(torch.float32).tiny)
    return (weight_OK.float() / scale_O[:, None]).round().to(torch.int8), scale_O


def quantised_tokens(x_NK: Tensor) -> tuple[Tensor, Tensor]:
    """(N, K) uint8 about ZERO and (N, 1) float32."""
    scale_N1 = x_NK.abs().amax(1, keepdim=True).mul_(1 / LEVELS).clamp_(min=1e-30)
    return (x_NK / scale_N1).add_(ZERO + 0.5).to(torch.uint8), scale_N1


class Int8Linear(nn.Module):
    """Stands in for a linear map. Nothing in it learns. `smooth_K`: what its inputs were divided by and its weights
    multiplied with, where they were. `laid_KO`: the weights as oneDNN lays them out, where they are at hand."""

    weight_OK: Tensor
    scale_O: Tensor
    bias_O: Tensor | None
    smooth_K: Tensor | None

    def __init__(
        self,
        weight_OK: Tensor,
        scale_O: Tensor,
        bias_O: Tensor | None = None,
        smooth_K: Tensor | None = None,
        laid_KO: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = weight_OK.shape[1], weight_OK.shape[0]
        self.weight_OK, self.scale_O = weight_OK, scale_O
        if packs():
            self.multiply: Packed | Plain = Packed(laid_out(weight_OK) if laid_KO is None else laid_KO, scale_O)
        else:
            self.multiply = Plain(weight_OK, scale_O)
        self.register_buffer("bias_O", bias_O)
        self.register_buffer("smooth_K", smooth_K)

    def forward(self, x: Tensor) -> Tensor:
        levels_NK, scale_N1 = quantised_tokens(x.reshape(-1, self.in_features))
        y_NO = self.multiply(levels_NK).mul_(scale_N1)
        if self.bias_O is not None:
            y_NO += self.bias_O
        return y_NO.view(*x.shape[:-1], self.out_features)


class Packed:
    """(N, K) uint8 -> (N, O) float32 by oneDNN, which lays the weights out anew for it. One scale for all activations
    is all that it takes; a token's own is multiplied in behind it."""

    def __init__(self, laid_KO: Tensor, scale_O: Tensor) -> None:
        self.laid_KO, self.scale_O = laid_KO, scale_O
        self.zeros_O = torch.zeros_like(scale_O, dtype=torch.long)

    def __call__(self, levels_NK: Tensor) -> Tensor:
        y_NO: Tensor = torch.ops.onednn.qlinear_pointwise(
            levels_NK, 1.0, ZERO, self.laid_KO, self.scale_O, self.zeros_O, None, 1.0, 0, torch.float32, "none", [], ""
        )
        return y_NO


def laid_out(weight_OK: Tensor) -> Tensor:
    """(K, O): the weights as oneDNN wants them on this processor."""
    laid_KO: Tensor = torch.ops.onednn.qlinear_prepack(weight_OK, None)
    return laid_KO


class Plain:
    """The same everywhere, no faster than in floats: of `EXACT` inputs float32 holds every sum as it is."""

    def __init__(self, weight_OK: Tensor, scale_O: Tensor) -> None:
        self.pieces, self.scale_O = [part.float().t() for part in weight_OK.split(EXACT, 1)], scale_O

    def __call__(self, levels_NK: Tensor) -> Tensor:
        parts = (levels_NK.float() - ZERO).split(EXACT, 1)
        sums = [(part @ weight).double() for part, weight in zip(parts, self.pieces, strict=True)]
        return functools.reduce(torch.add, sums).float().mul_(self.scale_O)


@functools.cache
def packs() -> bool:
    """Whether oneDNN is there and exact: without VNNI it adds products in sixteen bits, where two of them overflow."""
    weight_OK = torch.full((16, 64), LEVELS, dtype=torch.int8)
    weight_OK[::2] = -LEVELS
    levels_NK, scale_O = torch.full((8, 64), ZERO + LEVELS, dtype=torch.uint8), torch.ones(16)
    try:
        return torch.equal(Packed(laid_out(weight_OK), scale_O)(levels_NK), Plain(weight_OK, scale_O)(levels_NK))
    except (AttributeError, RuntimeError):
        return False


def joined(linears: Sequence[nn.Linear]) -> tuple[Tensor, Tensor, Tensor | None]:
    """Weights, scales and biases of linear maps of one input, one below the other."""
    parts = [quantised(linear.weight.detach()) for linear in linears]
    biases = [
        torch.zeros(len(s)) if lin.bias is None else lin.bias.detach()
        for lin, (_, s) in zip(linears, parts, strict=True)
    ]
    bias_O = torch.cat(biases) if any(linear.bias is not None for linear in linears) else None
    return torch.cat([w for w, _ in parts]), torch.cat([s for _, s in parts]), bias_O
