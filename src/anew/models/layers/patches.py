"""A grid (C, H, W) as a smaller one of patches, and back.

B batch · C channels · H, W height and width · P patch's side
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


class Patches:
    """`shape` (C P², H / P, W / P); sides that P does not divide are padded with zeros, which go again."""

    def __init__(self, shape: tuple[int, ...], side: int) -> None:
        channels, self.height, self.width = shape
        self.side = side
        self.shape = (channels * side * side, -(-self.height // side), -(-self.width // side))

    def cut(self, x_BCHW: Tensor) -> Tensor:
        _, rows, columns = self.shape
        padding = (0, columns * self.side - self.width, 0, rows * self.side - self.height)
        return F.pixel_unshuffle(F.pad(x_BCHW, padding) if any(padding) else x_BCHW, self.side)

    def join(self, patches: Tensor) -> Tensor:
        return F.pixel_shuffle(patches, self.side)[:, :, : self.height, : self.width]
