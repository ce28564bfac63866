"""Rotary position embedding: Su et al. 2021 (RoFormer, arXiv:2104.09864), section 3.2.2.

Each pair of a head's channels, taken as a complex number, is turned by an angle proportional to the position, so that a
query and a key meet with the difference of their positions alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from anew.contract import Unsupported


def rotary_turns(length: int, head_width: int, base: float = 10_000.0) -> Tensor:
    """(length, head_width / 2), complex: the turn of each pair at each position."""
    frequency = base ** -(torch.arange(0, head_width, 2, dtype=torch.float64) / head_width)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * frequency
    return torch.polar(torch.ones_like(angle), angle).to(torch.complex64)


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """x (…, T, E) turned by (…, T, E / 2), which broadcasts against it."""
    pairs = torch.view_as_complex(x.float().view(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(-2).to(x.dtype)


# ------------------------------------------------------------------------------------------------ halves, and scaled

Scaling = Mapping[str, Any]  # "type", and the numbers that it needs


def frequencies(width: int, base: float, scaling: Scaling | None, context: int) -> tuple[Tensor, float]:
    """(width / 2,) float32: the turn of each pair in one position, and what turned channels are multiplied by.

    `scaling` stretches them for a longer context, by its "type": "linear" (Chen et al. 2023, arXiv:2306.15595, section
    2), "llama3" (Grattafiori et al. 2024, arXiv:2407.21783, section 3.4.3) or "longrope" (Ding et al. 2024,
    arXiv:2402.13753, equation 5), whose long factors hold for a `context` beyond the "original" one. In float32
    throughout, as the models were trained.
    """
    exponent = torch.arange(0, width, 2, dtype=torch.int64).float() / width
    if scaling is None:
        return 1.0 / base**exponent, 1.0
    if scaling["type"] == "linear":
        return 1.0 / base**exponent / scaling["factor"], 1.0
    if scaling["type"] == "llama3":
        return stretched(1.0 / base**exponent, scaling), 1.0
    if scaling["type"] == "longrope":
        factors = scaling["long" if context > scaling["original"] else "short"]
        if len(factors) != len(exponent):
            raise Unsupported(f"rope_scaling: {len(factors)} factors for {len(exponent)} pairs of channels")
        grown = math.log(max(scaling["factor"], 1)) / math.log(scaling["original"])
        gain = scaling.get("gain") or math.sqrt(1 + grown)
        return 1.0 / (torch.tensor(factors, dtype=torch.float32) * base**exponent), gain
    raise Unsupported(f"rope_scaling: {scaling['type']!r} is not linear, llama3 or longrope")


def stretched(frequency_F: Tensor, scaling: Scaling) -> Tensor:
    """Waves longer than original / low are stretched by the factor, those shorter than original / high are not, and
    those between in proportion."""
    low, high, factor = scaling["low"], scaling["high"], scaling["factor"]
    waves_F = scaling["original"] * frequency_F / (2 * math.pi)  # in the original context
    share_F = ((waves_F - low) / (high - low)).clamp(0, 1)
    return (1 - share_F) * frequency_F / factor + share_F * frequency_F


def turned(x_BTHE: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """The first 2F channels of each head turned, channel i with channel F + i; cosines and sines (B, T, F)."""
    cos, sin = (t[:, :, None] for t in turns)
    pairs = cos.shape[-1]
    a, b, *rest = x_BTHE.tensor_split([pairs, 2 * pairs], -1)
    rest = rest if rest[0].shape[-1] else []
    return torch.cat([a * cos - b * sin, b * cos + a * sin, *rest], -1)
