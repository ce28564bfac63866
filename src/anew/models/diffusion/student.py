"""A student of a flow: what its teacher draws in many calls, two a step under guidance, in one to four calls in all.

In: a trained model of the family, which is asked and never moved, and the conditions that it knows. Out: the mean
velocity of its guided paths between any two moments. The scale of guidance is told beside the moments (Meng et al.
2023, arXiv:2210.03142, section 3.1); the mean velocity (Geng et al. 2025, equation 3) is regressed on whole paths, so
that nothing of the student's own enters what it learns.

B rows · S the grid's own axes · P paths · K moments of a path
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from anew.blocks import in_blocks
from anew.contract import Batch, Cond, Model, RefineOptions, Spec, Unsupported
from anew.models.diffusion.backbones import PITCH
from anew.models.diffusion.edm import EDM, scaled
from anew.models.diffusion.family import SOLVERS, Diffusion, column, hide, mix
from anew.models.diffusion.flow import Flow
from anew.models.diffusion.networked import Networked
from anew.models.layers.reading import Told
from anew.samplers.flow import Hold, Step, adams_bashforth, free, jump
from anew.samplers.guidance import Blended, join, steer

MOST = 8.0  # the largest scale of guidance
ONWARD = 0.25  # share of steps whose paths begin between noise and data, where a sample begins that is varied
PARTS = 4  # of a path at most, each learned as one jump; the halves and the whole too
ANY = 0.25  # share of jumps between any two moments, or from one to itself
TOLD = "net.time.0.weight"  # what reads the moments: the student's is told more than its teacher's


class Student(Networked):
    """`pairs`: jumps that are learned of each of the teacher's paths; `scales`: whether what goes into the network and
    comes out is scaled as that of `edm`. Of the other settings, which are those of `flow`, `width`, `depth`, `backbone`
    and `patch` are best the teacher's."""

    solvers = ("jump",)
    pitches = (PITCH, 30.0, 10.0)  # of the moment as the teacher is told it, the time ahead, the guidance

    def __init__(
        self,
        spec: Spec,
        *,
        pairs: Annotated[int, Field(ge=1)] = 4,
        scales: bool = False,
        steps: Annotated[int, Field(ge=1)] = 2,
        solver: str = "jump",
        **shared: Any,
    ) -> None:
        super().__init__(spec, steps=steps, solver=solver, **shared)
        self.pairs, self.scales = pairs, scales
        self.teachers: tuple[Diffusion, ...] = ()  # in a tuple it is no part of this one: neither moved nor saved

    @property
    def teacher(self) -> Diffusion:
        if not self.teachers:
            raise Unsupported("a student learns from a model that is there already: anew run few-steps --from MODEL")
        return self.teachers[0]

    def learn_from(self, teacher: Model) -> None:
        """Take a teacher and, where its network is like this one, its weights: the student begins as the
        velocity that it knows. Unsupported: a model without a velocity, or of another spec."""
        if not isinstance(teacher, Diffusion):
            raise Unsupported(f"a student learns from what has a velocity, and {type(teacher).__name__} has none")
        if teacher.spec != self.spec:
            raise Unsupported(f"a teacher of {teacher.spec.shape} and a student of {self.spec.shape}")
        self.teachers = (teacher.eval().requires_grad_(False),)
        own, given = self.state_dict(), teacher.state_dict()
        others = {name: value for name, value in given.items() if name != TOLD}
        alike = isinstance(teacher, EDM if self.scales else Flow)
        if alike and all(own[name].shape == value.shape for name, value in others.items()):
            told = torch.zeros_like(own[TOLD])
            told[:, : given[TOLD].shape[1]] = given[TOLD]
            self.load_state_dict(others | {TOLD: told})

    def mean_velocity(
        self, x_BS: Tensor, t_B: Tensor, end_B: Tensor, scale_B: Tensor, cond: Cond | Told | None
    ) -> Tensor:
        """(B, *S): the mean velocity of the path under guidance from x at time t until the time `end`."""
        told = end_B - t_B, (scale_B - 1) / (MOST - 1)
        return scaled(self.net, x_BS, t_B, cond, *told) if self.scales else self.net(x_BS, cond, t_B, *told)

    def velocity(self, x_BS: Tensor, t_B: Tensor, cond: Cond | None) -> Tensor:
        return self.mean_velocity(x_BS, t_B, t_B, torch.ones_like(t_B), cond)

    def walk(
        self, x_BS: Tensor, times: Sequence[float], hold: Hold, cond: Cond | None, options: RefineOptions,
        rngs: Sequence[torch.Generator],
    ) -> Iterator[Step]:  # fmt: skip
        """Jumps over each interval at once, with one call under guidance too."""
        if options.solver not in (None, *self.solvers):
            raise Unsupported(f"solver {options.solver!r}: a student jumps")
        if options.negative is not None:
            raise Unsupported("negative: guidance is built into a student, which is steered away from nothing else")
        if not 1 <= options.guidance <= MOST:
            raise Unsupported(f"guidance {options.guidance:g}: a student has learnt that of 1 to {MOST:g}")
        if cond is None and options.guidance != 1:
            raise Unsupported("guidance needs a condition to steer towards, and the request has none")
        towards = partial(self.towards, scale_B=x_BS.new_full((len(x_BS),), options.guidance))
        verb = cond.between(towards) if isinstance(cond, Blended) else towards(cond)
        return jump(verb, x_BS, times, hold)

    def towards(self, cond: Cond | None, scale_B: Tensor) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
        """The mean velocity of the paths under that condition, which is read once."""
        told = list[Told]()
        turns, count = itertools.count(), -(-len(scale_B) // self.rows)

        def block(x_BS: Tensor, t_B: Tensor, end_B: Tensor, scale_B: Tensor, cond: Cond | None) -> Tensor:
            if (turn := next(turns)) < count:  # the first step reads the condition, for the others too
                told.append(self.net.hear(cond, len(x_BS)))
            return self.mean_velocity(x_BS, t_B, end_B, scale_B, told[turn % count])

        blocks = in_blocks(block, self.rows)
        return lambda x_BS, t_B, end_B: blocks(x_BS, t_B, end_B, scale_B, cond)

    # ------------------------------------------------------------------------------------------------ learning

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The squared error over its own root (Geng et al. 2025, section 4.3), of `pairs` jumps on a path of each
        row."""
        # 1. The teacher's paths, each under its own guidance, from noise or from further on.
        draw = partial(torch.rand, generator=rng, device=rng.device)
        where, onward = draw(2).tolist()
        begin = onward if where < ONWARD else 0.0
        noise_PS = torch.randn(batch.x.shape, generator=rng, device=rng.device)
        scale_P, cond = 1 + (MOST - 1) * draw(len(batch)).square(), hide(batch.cond, self.drop, rng)
        times = self.stations(begin)
        states_KPS, slopes_KPS = self.follow(mix(batch.x, noise_PS, begin), times, scale_P, cond)
        # 2. The mean velocity between two moments of each; at one moment the velocity itself.
        row_B = torch.arange(len(batch), device=rng.device).repeat_interleave(self.pairs)
        from_B, to_B = ends(len(row_B), len(times) - 1, draw)
        t_B, end_B = (torch.tensor(times, device=rng.device)[place_B] for place_B in (from_B, to_B))
        x_BS = states_KPS[from_B, row_B]
        mean_BS = (states_KPS[to_B, row_B] - x_BS) / column((end_B - t_B).clamp(min=1e-6), x_BS)
        target_BS = torch.where(column(from_B == to_B, x_BS), slopes_KPS[from_B, row_B], mean_BS)
        # 3. Regression on it.
        known = self.mean_velocity(x_BS, t_B, end_B, scale_P[row_B], None if cond is None else cond.take(row_B))
        error_B = (known - target_BS).square().flatten(1).mean(1)
        return (error_B / (error_B.detach() + 1e-3).sqrt()).mean(), {"slope_error": error_B.detach().mean()}

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """How far its samples are from the teacher's of the same noise, in the teacher's variance."""
        noise_BS = torch.randn(batch.x.shape, generator=rng, device=rng.device)
        scale_B = 1 + (MOST - 1) * torch.rand(len(batch), generator=rng, device=rng.device).square()
        shown_BS = self.follow(noise_BS, self.stations(0.0), scale_B, batch.cond)[0][-1]
        own = partial(self.mean_velocity, scale_B=scale_B, cond=batch.cond)
        *_, last = jump(own, noise_BS, self.times(0.0, self.steps), free)
        return (last.x_BS - shown_BS).square().mean() / shown_BS.var()

    def stations(self, begin: float) -> list[float]:
        """The moments of a path: about as many as the teacher's own steps, with those between two and four jumps among
        them, since the student knows no others as well."""
        return self.times(begin, PARTS * math.ceil(self.teacher.steps * (1 - begin) / PARTS))

    @torch.no_grad()
    def follow(self, x_BS: Tensor, times: Sequence[float], scale_B: Tensor, cond: Cond | None) -> tuple[Tensor, Tensor]:
        """(K, B, *S) states at the K moments given and (K - 1, B, *S) velocities at all of them but the last, of the
        teacher's guided paths from x, by its own solver."""
        teacher, both = self.teacher, None if cond is None else join(cond, cond.absent())
        met: dict[float, Tensor] = {}

        def velocity(x_BS: Tensor, t_B: Tensor) -> Tensor:
            if both is None:
                v_BS = teacher.velocity(x_BS, t_B, None)
            else:
                wanted, unwanted = teacher.velocity(torch.cat([x_BS, x_BS]), torch.cat([t_B, t_B]), both).chunk(2)
                v_BS = steer(wanted, unwanted, column(scale_B, x_BS))  # type: ignore[arg-type]
            met[float(t_B[0])] = v_BS
            return v_BS

        solver = SOLVERS.get(teacher.solver, adams_bashforth)
        states = [x_BS, *(step.x_BS for step in solver(velocity, x_BS, times, free))]
        return torch.stack(states), torch.stack([met[float(torch.tensor(t))] for t in times[:-1]])


def ends(n: int, steps: int, draw: Callable[[int], Tensor]) -> tuple[Tensor, Tensor]:
    """(n,) each: the moments, of `steps` + 1, between which a jump is learned. `draw`: so many uniform numbers."""
    parts_B = 2 ** (PARTS.bit_length() * draw(n)).long()
    part_B = (parts_B * draw(n)).long()
    first_B = (steps * draw(n)).long()
    last_B = first_B + ((steps - first_B + 1) * draw(n)).long()
    any_B = draw(n) < ANY
    begin_B = torch.where(any_B, first_B, part_B * steps // parts_B)
    return begin_B, torch.where(any_B, last_B, (part_B + 1) * steps // parts_B)
