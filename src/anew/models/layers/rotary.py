"""Rotary position embedding: Su et al. 2021 (RoFormer, arXiv:2104.09864), section 3.2.2.

Each pair of a head's channels is turned by an angle proportional to the position, so that a query and a key meet with
the difference of their positions alone.
"""

from __future__ import annotations

import torch
from torch import Tensor


def rotary_angles(length: int, head_width: int, base: float = 10_000.0) -> tuple[Tensor, Tensor]:
    """cos and sin, each (length, head_width / 2)."""
    frequency = base ** -(torch.arange(0, head_width, 2, dtype=torch.float64) / head_width)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * frequency
    return angle.cos().float(), angle.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x (…, T, E) turned by angles (…, T, E/2) that broadcast against it; channel i pairs with channel i + E/2."""
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)
