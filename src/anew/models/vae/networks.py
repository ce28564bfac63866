"""What a Gaussian VAE reads with and paints with: a grid into numbers, numbers into a grid, both told a vector.

B batch · S the grid's own axes · N numbers · D width · C channels · H, W height and width
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.models.layers.convolution import hourglass, zero
from anew.models.layers.norm import normed


class Planes(nn.Module):
    """Grids (C, H, W) of 8 × 8 or more, by convolutions: `read` (B, C, H, W) -> (B, `numbers`), `paint` (B, `latent`)
    -> (B, C, H, W)."""

    def __init__(self, shape: tuple[int, ...], numbers: int, latent: int, width: int, depth: int, told: int) -> None:
        super().__init__()
        self.encoder, self.decoder, self.deepest = hourglass(shape, width, 4 * width, depth)
        self.narrow = nn.Linear(math.prod(self.deepest) + told, numbers)
        self.widen = nn.Linear(latent + told, math.prod(self.deepest))

    def read(self, x_BCHW: Tensor, told_BD: Tensor) -> Tensor:
        return self.narrow(torch.cat([self.encoder(x_BCHW), told_BD], 1))

    def paint(self, z_BN: Tensor, told_BD: Tensor) -> Tensor:
        return self.decoder(self.widen(torch.cat([z_BN, told_BD], 1)).unflatten(1, self.deepest))

    def ends(self) -> list[nn.Parameter]:
        return [self.narrow.weight, self.widen.weight]


class Vectors(nn.Module):
    """Any grid by its cells in a row: `read` (B, *S) -> (B, `numbers`), `paint` (B, `latent`) -> (B, 2, *S), a centre
    and the log of a deviation."""

    def __init__(self, shape: tuple[int, ...], numbers: int, latent: int, width: int, depth: int, told: int) -> None:
        super().__init__()
        self.shape, cells = (2, *shape), math.prod(shape)
        self.reader = Stack(cells, numbers, 4 * width, depth, told)
        self.painter = Stack(latent, 2 * cells, 4 * width, depth, told)

    def read(self, x_BS: Tensor, told_BD: Tensor) -> Tensor:
        return self.reader(x_BS.flatten(1), told_BD)

    def paint(self, z_BN: Tensor, told_BD: Tensor) -> Tensor:
        return self.painter(z_BN, told_BD).unflatten(1, self.shape)

    def ends(self) -> list[nn.Parameter]:
        return [way.weight for s in (self.reader, self.painter) for way in (s.straight, s.first, s.last)]


class Stack(nn.Module):
    """(B, `before`) -> (B, `after`) by residual blocks beside a straight way: a new network hands its numbers on as
    they are, so that a new VAE begins with a latent that holds something."""

    def __init__(self, before: int, after: int, width: int, depth: int, told: int) -> None:
        super().__init__()
        self.straight = nn.Linear(before, after, bias=False)
        nn.init.eye_(self.straight.weight)
        self.first, self.last = nn.Linear(before + told, width), zero(nn.Linear(width, after))
        self.widen = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(depth))
        self.narrow = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(depth))

    def forward(self, x_BN: Tensor, told_BD: Tensor) -> Tensor:
        h_BD = self.first(torch.cat([x_BN, told_BD], 1))
        for widen, narrow in zip(self.widen, self.narrow, strict=True):
            h_BD = h_BD + narrow(F.silu(widen(normed(h_BD))))
        return self.straight(x_BN) + self.last(F.silu(h_BD))
