"""Convolutional pieces that the grid models share. In and out: (B, C, H, W)."""

from __future__ import annotations

from typing import TypeVar

import torch.nn.functional as F
from torch import Tensor, nn

Layer = TypeVar("Layer", bound=nn.Module)


class Residual(nn.Module):
    """x + conv(act(norm(conv(act(norm(x)))))), the pre-activation block of He et al. (2016b); the last convolution
    begins at zero, so that a new network is shallow. With `told` the block listens to a vector of that width."""

    def __init__(self, width: int, told: int = 0, groups: int = 8) -> None:
        super().__init__()
        self.first_norm, self.first = nn.GroupNorm(groups, width), nn.Conv2d(width, width, 3, padding=1)
        self.second_norm, self.second = nn.GroupNorm(groups, width), zero(nn.Conv2d(width, width, 3, padding=1))
        self.listen = nn.Linear(told, 2 * width) if told else None

    def forward(self, h_BCHW: Tensor, told_BD: Tensor | None = None) -> Tensor:
        inner_BCHW = self.second_norm(self.first(F.silu(self.first_norm(h_BCHW))))
        if self.listen is not None:
            grow_BC11, shift_BC11 = self.listen(told_BD)[:, :, None, None].chunk(2, 1)
            inner_BCHW = inner_BCHW * (1 + grow_BC11) + shift_BC11
        return h_BCHW + self.second(F.silu(inner_BCHW))


class Grow(nn.Module):
    """Twice the height and width, cropped to `to`: each cell paints its own 2 × 2 (Shi et al. 2016)."""

    def __init__(self, before: int, after: int, to: tuple[int, int], groups: int = 8) -> None:
        super().__init__()
        self.height, self.width = to
        self.norm, self.conv = nn.GroupNorm(groups, before), nn.Conv2d(before, 4 * after, 3, padding=1)

    def forward(self, h_BCHW: Tensor) -> Tensor:
        fine_BCHW = F.pixel_shuffle(self.conv(F.silu(self.norm(h_BCHW))), 2)
        return fine_BCHW[:, :, : self.height, : self.width]


def hourglass(
    shape: tuple[int, ...], width: int, widest: int, blocks: int
) -> tuple[nn.Sequential, nn.Sequential, tuple[int, int, int]]:
    """From a grid (C, H, W) down to a flat vector, and from the deepest grid, whose shape comes third, up again.

    `width` channels at the first level, doubled at each of the next up to `widest`; `blocks` residual blocks a level.
    """
    levels = halvings(shape, 8)
    widths = [min(width * 2**i, widest) for i in range(len(levels) - 1)]
    ends = [shape[0], *widths]
    down: list[nn.Module] = []
    up: list[nn.Module] = []
    for i, after in enumerate(widths):
        down += [nn.Conv2d(ends[i], after, 3, stride=2, padding=1), *(Residual(after) for _ in range(blocks))]
        up = [*(Residual(after) for _ in range(blocks)), Grow(after, ends[i], levels[i]), *up]
    return nn.Sequential(*down, nn.SiLU(), nn.Flatten()), nn.Sequential(*up), (widths[-1], *levels[-1])


def narrowing(shape: tuple[int, ...], width: int, widest: int, blocks: int) -> tuple[nn.Sequential, int]:
    """From a grid (C, H, W) down to one of fewer than 7 cells a side, and how many numbers that has: `width` channels
    at the first level, doubled at each of the next up to `widest`; `blocks` residual blocks a level."""
    levels = halvings(shape, 7)
    widths = [shape[0], *(min(width * 2**i, widest) for i in range(len(levels) - 1))]
    body: list[nn.Module] = []
    for before, after in zip(widths[:-1], widths[1:], strict=True):
        body += [nn.Conv2d(before, after, 3, stride=2, padding=1), *(Residual(after) for _ in range(blocks))]
    h, w = levels[-1]
    return nn.Sequential(*body, nn.GroupNorm(8, widths[-1]), nn.SiLU()), widths[-1] * h * w


def convolves(shape: tuple[int, ...]) -> bool:
    """Whether grids of this shape are large enough to be seen through small windows."""
    return len(shape) == 3 and min(shape[1:]) >= 8


def zero(layer: Layer) -> Layer:
    """The layer, beginning at zero."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


def halvings(shape: tuple[int, ...], until: int) -> list[tuple[int, int]]:
    """The (H, W) of each level, from the grid's own down to the first whose shorter side is below `until`. Odd sides
    round up: 28, 14, 7."""
    levels = [(shape[-2], shape[-1])]
    while min(levels[-1]) >= until:
        levels.append(((levels[-1][0] + 1) // 2, (levels[-1][1] + 1) // 2))
    return levels
