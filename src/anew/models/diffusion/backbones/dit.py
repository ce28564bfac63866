"""A transformer over the patches of a grid (C, H, W): DiT, Peebles & Xie 2023 (arXiv:2212.09748).

B batch · C channels · H, W height and width · T patches · D width
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.models.layers.attention import SelfAttention
from anew.models.layers.convolution import zero
from anew.models.layers.norm import normed
from anew.models.layers.patches import Patches
from anew.models.layers.reading import Looking, Told


class DiT(nn.Module):
    """Patches as tokens at fixed places, `depth` blocks with adaLN-Zero, and patches again (figure 3)."""

    def __init__(self, shape: tuple[int, ...], width: int, depth: int, patch: int, prompted: bool = False) -> None:
        super().__init__()
        self.patches = Patches(shape, patch)
        cells, *self.places = self.patches.shape
        self.first, self.last = nn.Linear(cells, width), zero(nn.Linear(width, cells))
        self.blocks = nn.ModuleList(Block(width, prompted) for _ in range(depth))
        self.listen = zero(nn.Linear(width, 2 * width))
        self.place_TD: Tensor
        self.register_buffer("place_TD", places(*self.places, width), persistent=False)

    def forward(self, x_BCHW: Tensor, told: Told) -> Tensor:
        h_BTD = self.first(self.patches.cut(x_BCHW).flatten(2).transpose(1, 2)) + self.place_TD
        for block in self.blocks:
            h_BTD = block(h_BTD, told)
        grow_B1D, shift_B1D = self.listen(told.vector_BD)[:, None].chunk(2, -1)
        cells_BTC = self.last(normed(h_BTD) * (1 + grow_B1D) + shift_B1D)
        return self.patches.join(cells_BTC.transpose(1, 2).unflatten(2, self.places))


class Block(nn.Module):
    """Attention, a look at the prompt where there is one, then an MLP; each one's norm is scaled, shifted and gated by
    the condition, the gates from zero."""

    def __init__(self, width: int, prompted: bool) -> None:
        super().__init__()
        self.listen = zero(nn.Linear(width, 6 * width))
        self.attention = SelfAttention(width)
        self.look = Looking(width, width) if prompted else None
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, h_BTD: Tensor, told: Told) -> Tensor:
        grow, shift, gate, grow_wide, shift_wide, gate_wide = self.listen(told.vector_BD)[:, None].chunk(6, -1)
        h_BTD = h_BTD + gate * self.attention(normed(h_BTD) * (1 + grow) + shift)
        if self.look is not None and told.states is not None:
            h_BTD = h_BTD + self.look(h_BTD, *told.states)
        inner_BTD = self.widen(normed(h_BTD) * (1 + grow_wide) + shift_wide)
        return h_BTD + gate_wide * self.narrow(F.gelu(inner_BTD, approximate="tanh"))


def places(height: int, width: int, channels: int) -> Tensor:
    """(T, D): sines and cosines of the row in the first half, of the column in the second (Vaswani et al. 2017, section
    3.5, along each axis)."""
    frequency = 10_000.0 ** -(torch.arange(channels // 4) / max(1, channels // 4))
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    angles = [axis.flatten()[:, None] * frequency for axis in (rows, columns)]
    waves_TD = torch.cat([wave(angle) for angle in angles for wave in (torch.sin, torch.cos)], 1)
    return F.pad(waves_TD, (0, channels - waves_TD.shape[1]))
