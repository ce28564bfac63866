"""The two networks of the family, for vectors and for grids (C, H, W).

A generator takes noise and the number of a class, a discriminator a grid and the number of a class; the last number is
the absent one. Discriminators have no norms, which fight the penalty on their slope, nor has the way of the noise
through a generator, which could not tell a large draw from a small one (Huang et al. 2024, section 3.2, go without
altogether). Instead weights begin so that a layer hands on the deviation that it is given, and residual branches begin
at zero (Zhang et al. 2019).

B batch · Z latent · S the grid's own axes · D width · C channels · H, W height and width
"""

from __future__ import annotations

import math
from typing import TypeVar

import torch.nn.functional as F
from torch import Tensor, nn

from anew.models.layers.convolution import halvings, zero
from anew.models.layers.norm import normed

Shape = tuple[int, ...]
Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)
SLOPE = 0.2


# ------------------------------------------------------------------------------------------------ pieces


def act(h: Tensor) -> Tensor:
    return F.leaky_relu(h, SLOPE)


def even(layer: Layer, after_act: bool = True) -> Layer:
    """The layer with weights that keep the deviation of what comes in (He et al. 2015, equation 15)."""
    gain = 2 / (1 + SLOPE**2) if after_act else 1.0
    nn.init.normal_(layer.weight, std=(gain / layer.weight[0].numel()) ** 0.5)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer


class Told(nn.Module):
    """(B, D): noise and class as one; the class begins fainter than the noise."""

    def __init__(self, latent: int, classes: int, width: int) -> None:
        super().__init__()
        self.noise, self.label = even(nn.Linear(latent, width), after_act=False), nn.Embedding(classes + 1, width)
        nn.init.normal_(self.label.weight, std=0.3)

    def forward(self, z_BZ: Tensor, label_B: Tensor) -> Tensor:
        return self.noise(z_BZ) + self.label(label_B)


class Projection(nn.Module):
    """(B,): ψ(h) + <v_y, h> (Miyato & Koyama 2018, equation 3)."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.out, self.label = even(nn.Linear(width, 1)), zero(nn.Embedding(classes + 1, width))

    def forward(self, h_BD: Tensor, label_B: Tensor) -> Tensor:
        return self.out(h_BD).squeeze(1) + (self.label(label_B) * h_BD).sum(1)


class Block(nn.Module):
    """h + narrow(act(widen(act(h)))), of vectors or, where it `convolves`, of grids; with the norm of h inside, or
    without."""

    def __init__(self, width: int, convolves: bool = False, norm: bool = False) -> None:
        super().__init__()
        self.norm = norm
        layers = [nn.Conv2d(width, width, 3, padding=1) if convolves else nn.Linear(width, width) for _ in range(2)]
        self.widen, self.narrow = even(layers[0]), zero(layers[1])

    def forward(self, h: Tensor) -> Tensor:
        return h + self.narrow(act(self.widen(act(normed(h) if self.norm else h))))


# ------------------------------------------------------------------------------------------------ vectors


class VectorGenerator(nn.Module):
    """A residual network from noise and class to a flat grid."""

    def __init__(self, shape: Shape, classes: int, latent: int, width: int, depth: int) -> None:
        super().__init__()
        self.shape, self.told = shape, Told(latent, classes, width)
        self.blocks = nn.Sequential(*(Block(width, norm=True) for _ in range(depth)))
        self.last = even(nn.Linear(width, math.prod(shape)))

    def forward(self, z_BZ: Tensor, label_B: Tensor) -> Tensor:
        return self.last(act(self.blocks(self.told(z_BZ, label_B)))).unflatten(1, self.shape)


class VectorDiscriminator(nn.Module):
    """A residual network of the flat grid; the class enters as a projection."""

    def __init__(self, shape: Shape, classes: int, width: int, depth: int) -> None:
        super().__init__()
        self.first = even(nn.Linear(math.prod(shape), width), after_act=False)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))
        self.head = Projection(width, classes)

    def forward(self, x_BS: Tensor, label_B: Tensor) -> Tensor:
        return self.head(act(self.blocks(self.first(x_BS.flatten(1)))), label_B)


# ------------------------------------------------------------------------------------------------ grids


class GridGenerator(nn.Module):
    """Noise and class paint the coarsest level; each cell then paints its own 2 × 2 (Shi et al. 2016)."""

    def __init__(self, shape: Shape, classes: int, latent: int, width: int, blocks: int) -> None:
        super().__init__()
        sizes = halvings(shape, 8)
        widths = [shape[0], *(width * min(2**i, 4) for i in range(len(sizes) - 1))]
        self.told, self.deepest = Told(latent, classes, 4 * width), (widths[-1], *sizes[-1])
        self.open = even(nn.Linear(4 * width, math.prod(self.deepest)))
        self.sizes = sizes[-2::-1]
        self.blocks = nn.ModuleList(
            nn.Sequential(*(Block(c, convolves=True) for _ in range(blocks))) for c in widths[:0:-1]
        )
        self.grow = nn.ModuleList(
            even(nn.Conv2d(before, 4 * after, 3, padding=1))
            for before, after in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )

    def forward(self, z_BZ: Tensor, label_B: Tensor) -> Tensor:
        h_BCHW = self.open(act(self.told(z_BZ, label_B))).unflatten(1, self.deepest)
        for blocks, grow, (height, width) in zip(self.blocks, self.grow, self.sizes, strict=True):
            h_BCHW = F.pixel_shuffle(grow(act(blocks(h_BCHW))), 2)[:, :, :height, :width]
        return h_BCHW


class GridDiscriminator(nn.Module):
    """Strided convolutions down to the coarsest level; the class enters as a projection."""

    def __init__(self, shape: Shape, classes: int, width: int, features: int) -> None:
        super().__init__()
        sizes = halvings(shape, 7)
        widths = [shape[0], *(width * min(2**i, 4) for i in range(len(sizes) - 1))]
        self.down = nn.ModuleList(
            even(nn.Conv2d(before, after, 3, stride=2, padding=1), after_act=i > 0)
            for i, (before, after) in enumerate(zip(widths[:-1], widths[1:], strict=True))
        )
        self.squeeze = even(nn.Linear(widths[-1] * math.prod(sizes[-1]), features))
        self.head = Projection(features, classes)

    def forward(self, x_BCHW: Tensor, label_B: Tensor) -> Tensor:
        h_BCHW = x_BCHW
        for down in self.down:
            h_BCHW = act(down(h_BCHW))
        return self.head(act(self.squeeze(h_BCHW.flatten(1))), label_B)
