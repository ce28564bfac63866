"""A residual network over a grid of any shape, laid out flat.

B batch · S the grid's own axes · D width
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.models.layers.convolution import zero
from anew.models.layers.norm import normed
from anew.models.layers.reading import Told

FEW = 4  # cells, up to which a grid is also told by waves of its values: densities of few dimensions have sharp edges
PITCHES = (1.0, 2.0, 4.0)  # of the waves, in half turns a standard deviation


class Stack(nn.Module):
    """`depth` blocks, each one's norm set by the condition (adaLN-Zero, Peebles & Xie 2023, section 3.2). Few cells
    come with sines and cosines of their values, without which a network is slow to learn what changes quickly (Tancik
    et al. 2020, arXiv:2006.10739)."""

    def __init__(self, shape: tuple[int, ...], width: int, depth: int, patch: int, prompted: bool = False) -> None:
        super().__init__()
        self.shape, size = shape, math.prod(shape)
        self.few = size <= FEW
        told = size * (1 + 2 * len(PITCHES)) if self.few else size
        self.first, self.last = nn.Linear(told, width), zero(nn.Linear(width, size))
        self.blocks = nn.ModuleList(Modulated(width) for _ in range(depth))

    def forward(self, x_BS: Tensor, told: Told) -> Tensor:
        x_BN = x_BS.flatten(1)
        h_BD = self.first(torch.cat([x_BN, *waves(x_BN)], 1) if self.few else x_BN)
        for block in self.blocks:
            h_BD = block(h_BD, told.vector_BD)
        return self.last(normed(h_BD)).unflatten(1, self.shape)


def waves(x_BN: Tensor) -> list[Tensor]:
    """(B, N) each: a sine and a cosine of every pitch."""
    angles = [math.pi * pitch * x_BN for pitch in PITCHES]
    return [wave for angle in angles for wave in (angle.sin(), angle.cos())]


class Modulated(nn.Module):
    """h + gate · mlp(norm(h) · (1 + grow) + shift); grow, shift and gate come from the condition, gate from zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.listen = zero(nn.Linear(width, 3 * width))
        self.widen, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, h_BD: Tensor, told_BD: Tensor) -> Tensor:
        grow_BD, shift_BD, gate_BD = self.listen(told_BD).chunk(3, -1)
        inner_BD = normed(h_BD) * (1 + grow_BD) + shift_BD
        return h_BD + gate_BD * self.narrow(F.silu(self.widen(inner_BD)))
