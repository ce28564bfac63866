"""MeanFlow over any grid (Geng et al. 2025, arXiv:2505.13447): one or two network calls from noise to data.

The network learns the mean velocity between two moments instead of the velocity at one. The paper's time runs from data
to noise; here, as in the whole family, t = 0 is noise and t = 1 is data.

B batch · S the grid's own axes · R rows of a batch
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from anew.blocks import in_blocks
from anew.contract import Batch, Cond, CondSpec, RefineOptions, Spec, Unsupported
from anew.models.diffusion.family import Diffusion, column, hide, spread_out
from anew.models.diffusion.networked import Networked
from anew.models.layers.energy import energy_of
from anew.models.layers.label import rows_of
from anew.samplers.flow import Hold, Step, jump
from anew.samplers.guidance import guided

PITCH = 30.0  # quick waves of the time would drown the slope over time, which is learned from
APART = 2e-3  # of the two moments whose difference gives that slope
SHIFT = 1.5  # of the moments between jumps towards the data, where paths bend most: of two jumps the first ends at 0.6


class MeanFlow(Networked):
    """While learning, the share `apart` of the rows has two different moments. `guidance` is learned with the rest, so
    that it costs no second call (1: none). Every solver of the family serves, "jump" is the one that needs few calls.
    The other settings are those of `flow`."""

    solvers = ("jump", *Diffusion.solvers)
    pitches = (PITCH, PITCH)

    def __init__(
        self,
        spec: Spec,
        *,
        apart: Annotated[float, Field(gt=0, le=1)] = 0.5,
        guidance: Annotated[float, Field(ge=1)] = 1.0,
        steps: Annotated[int, Field(ge=1)] = 2,
        solver: str = "jump",
        **shared: Any,
    ) -> None:
        super().__init__(spec, steps=steps, solver=solver, **shared)
        self.apart, self.guidance = apart, guidance

    def mean_velocity(self, x_BS: Tensor, t_B: Tensor, end_B: Tensor, cond: Cond | None) -> Tensor:
        """(B, *S): the mean velocity from x at time t until the time `end` (equation 3)."""
        return self.net(x_BS, cond, t_B, end_B - t_B)

    def velocity(self, x_BS: Tensor, t_B: Tensor, cond: Cond | None) -> Tensor:
        return self.mean_velocity(x_BS, t_B, t_B, cond)

    def times(self, begin: float, steps: int) -> list[float]:
        """Of every solver, moved by t -> s t / (1 + (s - 1) t), s = SHIFT (Esser et al. 2024, section 5.3.2)."""
        shares = [i / steps for i in range(steps)]
        return [begin + (1 - begin) * SHIFT * t / (1 + (SHIFT - 1) * t) for t in shares] + [1.0]

    def walk(
        self, x_BS: Tensor, times: Sequence[float], hold: Hold, cond: Cond | None, options: RefineOptions,
        rngs: Sequence[torch.Generator],
    ) -> Iterator[Step]:  # fmt: skip
        """Jumps over each interval at once (algorithm 2), unless a solver of velocities is asked for."""
        if (options.solver or self.solver) != "jump":
            return super().walk(x_BS, times, hold, cond, options, rngs)
        if options.guidance != 1.0:
            raise Unsupported(
                "guidance of a jump is learned, not chosen: train with model.guidance, or sample by another solver"
            )
        return jump(guided(in_blocks(self.mean_velocity, self.rows), cond), x_BS, times, hold)

    # ------------------------------------------------------------------------------------------------ learning

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The squared error over its own root (section 4.3, p = ½), so that no steep path outweighs the others."""
        error_B = self.error(batch, rng)
        return (error_B / (error_B.detach() + 1e-3).sqrt()).mean(), {"slope_error": error_B.detach().mean()}

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The energy score of two samples a held-out row, each of `steps` jumps, among all of its condition: the
        error has the network's own slope in its target, so that the better network may well have the greater error."""
        twice = None if batch.cond is None else batch.cond.map(lambda v: torch.cat([v, v]))
        noise_MS = torch.randn(2 * len(batch), *self.spec.shape, generator=rng, device=rng.device)
        *_, last = jump(partial(self.mean_velocity, cond=twice), noise_MS, self.times(0.0, self.steps))
        carried = self.spec.cond or CondSpec()
        if carried.tokens:  # each prompt is a condition of its own
            group_M = torch.arange(len(batch), device=batch.x.device).repeat(2)
        else:
            group_M = rows_of(twice, len(noise_MS), carried.classes, batch.x.device)
        return energy_of(batch.x, last.x_BS, group_M)

    def error(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """(B,): the mean squared error of the mean velocity (algorithm 1)."""
        # 1. Two moments for each row, in some rows one and the same. Half of the others end at the data, where one jump
        # is to land: drawn as the paper draws them (section 4.3), hardly any span so much.
        x_BS, n = batch.x, len(batch.x)
        t_B = spread_out(n, rng)
        length_B, kind_B = torch.rand(2, n, generator=rng, device=rng.device)
        apart_B = kind_B < self.apart
        end_B = torch.where(kind_B < self.apart / 2, 1.0, t_B + (1 - t_B) * length_B)
        end_B = torch.where(apart_B, end_B, t_B)
        # 2. The straight path from noise to data, and its slope, away from the one without the condition (section 4.2).
        noise_BS = torch.randn(x_BS.shape, generator=rng, device=rng.device)
        t_BS = column(t_B, x_BS)
        path_BS, slope_BS = (1 - t_BS) * noise_BS + t_BS * x_BS, x_BS - noise_BS
        cond = hide(batch.cond, self.drop, rng)
        if cond is not None and self.guidance != 1.0:
            with torch.no_grad():
                blind_BS = self.velocity(path_BS, t_B, None)
            away_BS = slope_BS + (self.guidance - 1) * (slope_BS - blind_BS)
            slope_BS = torch.where(column(cond.present_B, x_BS), away_BS, slope_BS)  # type: ignore[arg-type]
        # 3. u = v + (end - t) du/dt, along the path and with the end fixed (equation 6, time turned round).
        change_BS = self.change(path_BS, t_B, end_B, slope_BS, cond, apart_B.nonzero()[:, 0])
        target_BS = slope_BS + column(end_B - t_B, x_BS) * change_BS
        error_BS = self.mean_velocity(path_BS, t_B, end_B, cond) - target_BS
        return error_BS.square().flatten(1).mean(1)

    @torch.no_grad()
    def change(
        self, x_BS: Tensor, t_B: Tensor, end_B: Tensor, slope_BS: Tensor, cond: Cond | None, rows_R: Tensor
    ) -> Tensor:
        """(B, *S): du/dt along the path in the rows named, which alone are in need of it, and 0 in the others. A
        central difference: two calls, where the exact product costs as much as four and a half of them on a CPU."""
        change_BS = torch.zeros_like(x_BS)
        if len(rows_R):
            x_RS, t_R, end_R, slope_RS = (v[rows_R] for v in (x_BS, t_B, end_B, slope_BS))
            cond = None if cond is None else cond.take(rows_R)
            ahead_RS = self.mean_velocity(x_RS + APART * slope_RS, t_R + APART, end_R, cond)
            behind_RS = self.mean_velocity(x_RS - APART * slope_RS, t_R - APART, end_R, cond)
            change_BS[rows_R] = (ahead_RS - behind_RS) / (2 * APART)
        return change_BS
