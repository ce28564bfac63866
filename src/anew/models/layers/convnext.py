"""Convolutional blocks of sequences (B, F, D) after Liu et al. 2022 (ConvNeXt, arXiv:2201.03545), in one dimension.

B batch · F places · D width
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from anew.models.layers.convolution import zero
from anew.models.layers.norm import normed


class ConvNeXt(nn.Module):
    """x + narrow(gelu(widen(norm(conv x)))), where the convolution sees `reach` places of each channel by itself; what
    it adds begins at zero. With `told` the block listens to a vector of that width (Perez et al. 2018)."""

    def __init__(self, width: int, reach: int = 7, times: int = 3, told: int = 0) -> None:
        super().__init__()
        self.look = nn.Conv1d(width, width, reach, padding=reach // 2, groups=width)
        self.widen, self.narrow = nn.Linear(width, times * width), zero(nn.Linear(times * width, width))
        self.listen = zero(nn.Linear(told, 2 * width)) if told else None

    def forward(self, h_BFD: Tensor, exists_BF: Tensor | None = None, told_BD: Tensor | None = None) -> Tensor:
        """`exists_BF`: places that are there; the others are seen as nothing."""
        seen_BFD = h_BFD if exists_BF is None else h_BFD * exists_BF[:, :, None]
        inner_BFD = normed(self.look(seen_BFD.transpose(1, 2)).transpose(1, 2))
        if self.listen is not None:
            grow_B1D, shift_B1D = self.listen(told_BD)[:, None].chunk(2, -1)
            inner_BFD = inner_BFD * (1 + grow_B1D) + shift_B1D
        return h_BFD + self.narrow(F.gelu(self.widen(inner_BFD)))
