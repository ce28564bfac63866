"""Flow matching over any grid (Lipman et al. 2023; Liu et al. 2023): straight paths from noise to data.

In: grids and, where the data has labels, their classes. Out: the velocity that carries noise to such a grid. Vectors
get a residual network with adaptive norms, (C, H, W) grids a convolutional one.

B batch · S the grid's own axes · D width · C channels · H, W height and width
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.contract import Batch, Cond, Phase, Spec, Unsupported, by_role
from anew.models.diffusion.family import Diffusion
from anew.models.layers.convolution import Grow, Residual, halvings, zero


class Flow(Diffusion):
    """`width` D and `depth` blocks (for (C, H, W) grids: `width` / 8 channels at the first level, `depth` levels at
    most); `drop` the share of conditions hidden while learning, which is what guidance steers away from; `steps` and
    `solver` the defaults of sampling."""

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 128, "depth": 2},
        "s": {"width": 256, "depth": 4},
        "m": {"width": 384, "depth": 6},
        "l": {"width": 512, "depth": 8},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        width: int = 256,
        depth: int = 4,
        drop: float = 0.1,
        steps: int = 6,
        solver: str = "adams-bashforth",
    ) -> None:
        super().__init__(spec)
        self.classes = spec.cond.classes if spec.cond is not None else 0
        if spec.cond is not None and (spec.cond.attributes or spec.cond.states or spec.cond.tokens):
            raise Unsupported("Flow takes labels as its condition, and nothing else yet")
        self.drop, self.steps, self.solver = drop, steps, solver
        self.label = nn.Embedding(self.classes + 1, width)  # the last row is the absent condition
        self.time = nn.Sequential(nn.Linear(64, width), nn.SiLU(), nn.Linear(width, width))
        convolves = len(spec.shape) == 3 and min(spec.shape[1:]) >= 4
        self.net: nn.Module = Levels(spec.shape, width, depth) if convolves else Stack(spec.shape, width, depth)

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self, rest=self.net.ends()))]  # type: ignore[operator]

    def velocity(self, x_BS: Tensor, t_B: Tensor, cond: Cond | None) -> Tensor:
        return self.net(x_BS, F.silu(self.time(waves(t_B)) + self.label(self.rows_of(cond, len(x_BS), t_B.device))))

    def rows_of(self, cond: Cond | None, n: int, device: torch.device) -> Tensor:
        """(B,): the row of the label table each condition uses."""
        if cond is None:
            return torch.full((n,), self.classes, device=device)
        if cond.label_B is None or not self.classes:
            raise Unsupported("this model was not trained with such a condition")
        return torch.where(cond.present_B, cond.label_B, self.classes)  # type: ignore[arg-type]

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        # 1. A time for each row, spread evenly over the batch for less variance (Kingma et al. 2021, appendix I.1).
        x_BS, n = batch.x, len(batch.x)
        t_B = (torch.rand(1, generator=rng, device=rng.device) + torch.arange(n, device=x_BS.device) / n) % 1
        # 2. The straight path from noise to data, and its slope (Liu et al. 2023, equation 1).
        noise_BS = torch.randn(x_BS.shape, generator=rng, device=rng.device)
        t_BS = t_B.view(-1, *[1] * (x_BS.ndim - 1))
        path_BS, slope_BS = (1 - t_BS) * noise_BS + t_BS * x_BS, x_BS - noise_BS
        # 3. Some conditions hidden, so that one network knows both velocities (Ho & Salimans 2022, algorithm 1).
        hidden_B = torch.rand(n, generator=rng, device=rng.device) < self.drop
        cond = None if batch.cond is None else batch.cond.only(~hidden_B)
        # 4. Regression on the slope (Lipman et al. 2023, equation 9).
        loss = F.mse_loss(self.velocity(path_BS, t_B, cond), slope_BS)
        return loss, {"slope_error": loss.detach()}


def waves(t_B: Tensor) -> Tensor:
    """(B, 64): sines and cosines of t at 32 frequencies from 1 to 1000."""
    angle_BF = t_B[:, None] * torch.logspace(0, 3, 32, device=t_B.device)
    return torch.cat([angle_BF.cos(), angle_BF.sin()], 1)


class Stack(nn.Module):
    """A residual network over the flattened grid, each block's norm set by the condition (adaLN-Zero, Peebles & Xie
    2023, section 3.2)."""

    def __init__(self, shape: tuple[int, ...], width: int, depth: int) -> None:
        super().__init__()
        self.shape, size = shape, math.prod(shape)
        self.first, self.last = nn.Linear(size, width), zero(nn.Linear(width, size))
        self.blocks = nn.ModuleList(Modulated(width) for _ in range(depth))

    def forward(self, x_BS: Tensor, told_BD: Tensor) -> Tensor:
        h_BD = self.first(x_BS.flatten(1))
        for block in self.blocks:
            h_BD = block(h_BD, told_BD)
        return self.last(F.layer_norm(h_BD, h_BD.shape[-1:])).unflatten(1, self.shape)

    def ends(self) -> list[nn.Parameter]:
        return [self.first.weight, self.last.weight]


class Modulated(nn.Module):
    """h + gate · mlp(norm(h) · (1 + grow) + shift); grow, shift and gate come from the condition, gate from zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.listen = zero(nn.Linear(width, 3 * width))
        self.widen, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, h_BD: Tensor, told_BD: Tensor) -> Tensor:
        grow_BD, shift_BD, gate_BD = self.listen(told_BD).chunk(3, -1)
        inner_BD = F.layer_norm(h_BD, h_BD.shape[-1:]) * (1 + grow_BD) + shift_BD
        return h_BD + gate_BD * self.narrow(F.silu(self.widen(inner_BD)))


class Levels(nn.Module):
    """A convolutional network that works at half and quarter size and so on, with a bridge across at each level
    (Ronneberger et al. 2015; residual and conditioned as in Ho et al. 2020, appendix B)."""

    def __init__(self, shape: tuple[int, ...], width: int, depth: int) -> None:
        super().__init__()
        sizes = halvings(shape, 7)[: depth + 1]
        widths = [max(16, width // 8) * 2 ** min(i, 2) for i in range(len(sizes))]
        self.first = nn.Conv2d(shape[0], widths[0], 3, padding=1)
        self.last = zero(nn.Conv2d(widths[0], shape[0], 3, padding=1))
        pairs = list(zip(widths[:-1], widths[1:], strict=True))
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairs)
        self.down = nn.ModuleList(Residual(b, width) for _, b in pairs)
        self.middle = Residual(widths[-1], width)
        self.grow = nn.ModuleList(Grow(b, a, sizes[i]) for i, (a, b) in enumerate(pairs))
        self.up = nn.ModuleList(Residual(a, width) for a, _ in pairs)

    def forward(self, x_BCHW: Tensor, told_BD: Tensor) -> Tensor:
        h_BCHW, bridges = self.first(x_BCHW), []
        for shrink, down in zip(self.shrink, self.down, strict=True):
            bridges.append(h_BCHW)
            h_BCHW = down(shrink(h_BCHW), told_BD)
        h_BCHW = self.middle(h_BCHW, told_BD)
        for grow, up in zip(reversed(self.grow), reversed(self.up), strict=True):  # type: ignore[call-overload]
            h_BCHW = up(grow(h_BCHW) + bridges.pop(), told_BD)
        return self.last(h_BCHW)

    def ends(self) -> list[nn.Parameter]:
        return [self.first.weight, self.last.weight]
