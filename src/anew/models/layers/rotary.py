"""Rotary position embedding: Su et al. 2021 (RoFormer, arXiv:2104.09864), section 3.2.2.

Each pair of a head's channels, taken as a complex number, is turned by an angle proportional to the position, so that a
query and a key meet with the difference of their positions alone.
"""

from __future__ import annotations

import torch
from torch import Tensor


def rotary_turns(length: int, head_width: int, base: float = 10_000.0) -> Tensor:
    """(length, head_width / 2), complex: the turn of each pair at each position."""
    frequency = base ** -(torch.arange(0, head_width, 2, dtype=torch.float64) / head_width)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * frequency
    return torch.polar(torch.ones_like(angle), angle).to(torch.complex64)


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """x (…, T, E) turned by (…, T, E / 2), which broadcasts against it."""
    pairs = torch.view_as_complex(x.float().view(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(-2).to(x.dtype)
