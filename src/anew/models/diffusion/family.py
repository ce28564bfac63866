"""Models that turn noise into data along a path: the verb is `velocity`, and sampling follows it.

Time runs from t = 0 (standard normal noise) to t = 1 (data). A member writes `velocity` and its own `loss`; sampling,
guidance, varying and inpainting are shared, and know no network.

B batch · S the grid's own axes
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from anew.contract import Chunk, Cond, Model, Options, Prompt, RefineOptions, Unsupported, in_blocks, noise
from anew.samplers.flow import Hold, Solver, adams_bashforth, euler, free, heun
from anew.samplers.guidance import guided

SOLVERS: dict[str, Solver] = {"euler": euler, "heun": heun, "adams-bashforth": adams_bashforth}


class Diffusion(Model):
    """`steps` and `solver` are the model's own choice when the options leave them open."""

    family = "diffusion"
    kinds = ("grid",)
    streams = "refine"
    options = RefineOptions
    steps: int = 6
    solver: str = "adams-bashforth"
    rows = 64  # a block costs hardly more than one row of it

    def velocity(self, x_BS: Tensor, t_B: Tensor, cond: Cond | None) -> Tensor:
        """(B, *S): where x at time t moves, towards the data."""
        raise NotImplementedError

    @torch.no_grad()
    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
    ) -> Iterator[Chunk]:
        """Chunks are the running estimate of the clean sample. `prompt.known` cells are held on their own path from
        noise to value; `prompt.start` begins at t = 1 - strength, on the path from noise to it."""
        options = options or RefineOptions()
        if not isinstance(options, RefineOptions):
            raise Unsupported(f"{type(self).__name__} takes RefineOptions, not {type(options).__name__}")
        steps, solver = options.steps or self.steps, options.solver or self.solver
        if solver not in SOLVERS:
            raise Unsupported(f"solver {solver!r}: this family has {', '.join(SOLVERS)}")
        prompt = prompt or Prompt()
        for given in (prompt.values, prompt.known, prompt.start):
            if given is not None and given.shape != (len(rngs), *self.spec.shape):
                raise Unsupported(f"a prompt of shape {tuple(given.shape)} for {(len(rngs), *self.spec.shape)}")
        if not 0 <= prompt.strength <= 1:
            raise Unsupported(f"strength is a share from 0 to 1, not {prompt.strength}")
        begin = 0.0 if prompt.start is None else 1.0 - prompt.strength
        noise_BS = noise(self.spec.shape, rngs)
        hold = holding(prompt, noise_BS)
        x_BS = hold(noise_BS if prompt.start is None else mix(prompt.start, noise_BS, begin), begin)
        done_B, none_B = torch.ones(len(rngs), dtype=torch.bool), torch.zeros(len(rngs), dtype=torch.bool)
        if begin >= 1.0:
            yield Chunk(x_BS, done_B, 1.0)
            return
        velocity = guided(in_blocks(self.velocity, self.rows), cond, options.guidance, options.negative)
        count = max(1, round(steps * (1 - begin)))
        times = [begin + (1 - begin) * i / count for i in range(count)] + [1.0]
        for i, step in enumerate(SOLVERS[solver](velocity, x_BS, times, hold), 1):
            last = i == count
            yield Chunk(step.x_BS if last else hold(step.clean_BS, 1.0), done_B if last else none_B, i / count)


def mix(data_BS: Tensor, noise_BS: Tensor, t: float) -> Tensor:
    """The straight path from noise to data at time t; its ends are exact."""
    return data_BS if t >= 1.0 else t * data_BS + (1 - t) * noise_BS


def holding(prompt: Prompt, noise_BS: Tensor) -> Hold:
    """Puts the prompt's known cells where their own path has them at time t."""
    values, known = prompt.values, prompt.known
    if values is None or known is None:
        return free
    return lambda x_BS, t: torch.where(known, mix(values, noise_BS, t), x_BS)
