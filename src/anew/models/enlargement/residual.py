"""An enlarger: a finer grid from a coarse one, by a residual convolutional network over cubic interpolation.

In: grids (B, C, H, W) of any height and width. Out: grids 2 or 4 times as high and wide. It learns from fine grids
alone, which it makes coarse itself, and it never samples.

B batch · C channels · H, W height and width · D width
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from anew.contract import Batch, Model, Phase, Spec, Unsupported, by_role
from anew.models.layers.convolution import zero

FACTORS = (2, 4)


class Enlarger(Model):
    """`width` D channels and `blocks` residual blocks, which all factors share, and an end for each factor (Lim et al.
    2017, arXiv:1707.02921, section 3.3), whose cells paint their own finer ones (Shi et al. 2016). Nothing is
    normalised over the grid, so that a part of it comes out as it does within the whole.

    `symmetries`: whether training grids are turned and mirrored."""

    family = "enlargement"
    kinds = ("grid",)
    streams = None
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 16, "blocks": 2},
        "s": {"width": 48, "blocks": 6},
        "m": {"width": 64, "blocks": 8},
        "l": {"width": 96, "blocks": 12},
    }

    def __init__(
        self, spec: Spec, *, width: PositiveInt = 48, blocks: Annotated[int, Field(ge=1)] = 6, symmetries: bool = True
    ) -> None:
        super().__init__(spec)
        if len(spec.shape) != 3 or min(spec.shape[1:]) < 2 * FACTORS[-1]:
            raise Unsupported(f"Enlarger learns from grids (C, H, W) of 8 × 8 or more, not {spec.shape}")
        self.symmetries = symmetries
        self.read = neighbours(spec.shape[0], width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.ends = nn.ModuleList(zero(neighbours(width, spec.shape[0] * factor**2)) for factor in FACTORS)

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self, rest=(p for end in self.ends for p in end.parameters())))]

    @property
    def reach(self) -> int:
        """Cells of the coarse grid to each side that a cell depends on."""
        return 2 + 2 * len(self.blocks)

    def enlarge(self, x_BCHW: Tensor, factor: int) -> Tensor:
        """(B, C, factor · H, factor · W). ValueError: no such factor."""
        end = self.ends[FACTORS.index(factor)]
        h_BDHW = self.read(x_BCHW)
        for block in self.blocks:
            h_BDHW = block(h_BDHW)
        return interpolated(x_BCHW, factor) + F.pixel_shuffle(end(h_BDHW), factor)

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The mean absolute error (as Lim et al. 2017, section 3.2), each factor alike."""
        x_BCHW = oriented(batch.x, rng) if self.symmetries else batch.x
        losses, squares = [], {}
        for factor in FACTORS:
            fine_BCHW = cropped(x_BCHW, factor)
            error_BCHW = self.enlarge(coarse(fine_BCHW, factor), factor) - fine_BCHW
            losses.append(error_BCHW.abs().mean())
            squares[f"squared_error_{factor}"] = error_BCHW.detach().square().mean()
        return torch.stack(losses).mean(), squares

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The squared error beside that of interpolation alone, which is 1, each factor alike."""
        shares = []
        for factor in FACTORS:
            fine_BCHW = cropped(batch.x, factor)
            coarse_BCHW = coarse(fine_BCHW, factor)
            errors = (made(coarse_BCHW, factor) - fine_BCHW for made in (self.enlarge, interpolated))
            ours, plain = (error.square().mean() for error in errors)
            shares.append(ours / plain.clamp(min=1e-12))
        return torch.stack(shares).mean()


class Block(nn.Module):
    """x + conv(act(conv(x))); the last convolution begins at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = neighbours(width, width), zero(neighbours(width, width))

    def forward(self, h_BDHW: Tensor) -> Tensor:
        out_BDHW: Tensor = h_BDHW + self.second(F.relu(self.first(h_BDHW)))
        return out_BDHW


def neighbours(before: int, after: int) -> nn.Conv2d:
    """Over 3 × 3 cells; what lies outside is like the cell at the border."""
    return nn.Conv2d(before, after, 3, padding=1, padding_mode="replicate")


def interpolated(x_BCHW: Tensor, factor: int) -> Tensor:
    """Enlarged by cubic convolution (Keys 1981, a = -½)."""
    return F.interpolate(x_BCHW, scale_factor=factor, mode="bicubic", antialias=True)


def coarse(x_BCHW: Tensor, factor: int) -> Tensor:
    """Each side divided by `factor`, which has to divide it: the same cubic kernel, `factor` times as wide; no cell
    goes beyond what its channel holds, as no stored one would."""
    made_BCHW = F.interpolate(x_BCHW, scale_factor=1 / factor, mode="bicubic", antialias=True)
    return made_BCHW.clamp(x_BCHW.amin((2, 3), keepdim=True), x_BCHW.amax((2, 3), keepdim=True))


def cropped(x_BCHW: Tensor, factor: int) -> Tensor:
    """Without the last rows and columns that `factor` does not divide."""
    high, wide = (side - side % factor for side in x_BCHW.shape[2:])
    return x_BCHW[:, :, :high, :wide]


def oriented(x_BCHW: Tensor, rng: torch.Generator) -> Tensor:
    """The batch in one of a square's eight orientations."""
    which = int(torch.randint(0, 8, (1,), generator=rng, device=rng.device))
    x_BCHW = torch.rot90(x_BCHW, which % 4, (2, 3))
    return x_BCHW if which < 4 else x_BCHW.flip(3)


__all__ = ["FACTORS", "Enlarger"]
