"""Models that turn noise into data along a path: the verb is `velocity`, and sampling follows it.

Time runs from t = 0 (standard normal noise) to t = 1 (data), the state is x = t · data + (1 - t) · noise. A member
writes `velocity` and its own `loss`; sampling, guidance, varying, inpainting, the latent space and the likelihood are
shared, and know no network.

B batch · S the grid's own axes · N its number of cells · K probes
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from anew.blocks import in_blocks, noise
from anew.contract import Batch, Chunk, Cond, Model, Options, Prompt, RefineOptions, Spec, Unsupported
from anew.samplers.denoising import ancestral, dpm_solver
from anew.samplers.flow import Hold, Solver, Step, adams_bashforth, euler, free, heun, runge_kutta
from anew.samplers.guidance import guided
from anew.samplers.likelihood import divergences

SOLVERS: Mapping[str, Solver] = {
    "euler": euler,
    "heun": heun,
    "adams-bashforth": adams_bashforth,
    "runge-kutta": runge_kutta,
    "dpm-solver++": dpm_solver,
    "ancestral": ancestral,
}
EXACT_CELLS = 16  # up to so many, the likelihood sums the trace; above, it draws probes
PROBES = 2
FINE = 16  # steps of the fourth-order solver where the flow itself is wanted rather than a sample


class Diffusion(Model):
    """`steps` and `solver` are the model's own choice when the options leave them open."""

    family = "diffusion"
    kinds = ("grid",)
    streams = "refine"
    score_kind = "estimate"
    options = RefineOptions
    solvers = tuple(SOLVERS)
    steps: int = 6
    solver: str = "adams-bashforth"
    rows = 64  # a block costs hardly more than one row of it

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self.latent_shape = spec.shape

    def velocity(self, x_BS: Tensor, t_B: Tensor, cond: Cond | None) -> Tensor:
        """(B, *S): where x at time t moves, towards the data."""
        raise NotImplementedError

    def times(self, begin: float, steps: int) -> list[float]:
        """`steps` + 1 moments from `begin` to 1."""
        return [begin + (1 - begin) * i / steps for i in range(steps)] + [1.0]

    def walk(
        self, x_BS: Tensor, times: Sequence[float], hold: Hold, cond: Cond | None, options: RefineOptions,
        rngs: Sequence[torch.Generator],
    ) -> Iterator[Step]:  # fmt: skip
        """The steps of the solver that was asked for, with guidance and condition inside the verb."""
        solver = options.solver or self.solver
        solvers = {**SOLVERS, "ancestral": partial(ancestral, fresh=lambda: noise(self.spec.shape, rngs))}
        if solver not in solvers:
            raise Unsupported(f"solver {solver!r}: this family has {', '.join(solvers)}")
        verb = guided(in_blocks(self.velocity, self.rows), cond, options.guidance, options.negative)
        return solvers[solver](verb, x_BS, times, hold)

    # ------------------------------------------------------------------------------------------------ sampling

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
        count = max(1, round((options.steps or self.steps) * (1 - begin)))
        steps = self.walk(x_BS, self.times(begin, count), hold, cond, options, rngs)
        for i, step in enumerate(steps, 1):
            last = i == count
            yield Chunk(step.x_BS if last else hold(step.clean_BS, 1.0), done_B if last else none_B, i / count)

    # ------------------------------------------------------------------------------------------------ the flow itself

    @torch.no_grad()
    def to_latent(self, x: Tensor, cond: Cond | None = None) -> Tensor:
        """The noise that the flow carries to x (DDIM inversion: Song et al. 2021a, section 4.3)."""
        return self.carry(x, cond, 1.0, 0.0)

    @torch.no_grad()
    def from_latent(self, z: Tensor, cond: Cond | None = None) -> Tensor:
        return self.carry(z, cond, 0.0, 1.0)

    def carry(self, x_BS: Tensor, cond: Cond | None, begin: float, end: float) -> Tensor:
        """Along the flow, so finely that the way back ends where it began."""
        verb = guided(in_blocks(self.velocity, self.rows), cond)
        *_, last = runge_kutta(verb, x_BS, moments(begin, end))
        return last.x_BS

    @torch.no_grad()
    def score(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """(B,) nats: -log p of the probability flow."""
        return self.likelihood(batch, rng)[0]

    @torch.no_grad()
    def likelihood(self, batch: Batch, rng: torch.Generator, probes: int = PROBES) -> tuple[Tensor, Tensor]:
        """-log p and its standard error, (B,) nats each. Up to EXACT_CELLS cells the trace is exact and what errs is
        the solver alone; above, it is the mean over `probes` random signs (Hutchinson 1989), whose spread is told."""
        x_BS, count = batch.x, math.prod(self.spec.shape)
        if exact := count <= EXACT_CELLS:
            units_NS = torch.eye(count, device=x_BS.device).unflatten(1, self.spec.shape)
            probes_BKS = units_NS.expand(len(x_BS), *units_NS.shape)
        else:
            signs = torch.randint(0, 2, (len(x_BS), probes, *self.spec.shape), generator=rng, device=rng.device)
            probes_BKS = 2.0 * signs - 1
        parts = []
        for part in (slice(start, start + self.rows) for start in range(0, len(x_BS), self.rows)):
            verb = guided(self.velocity, None if batch.cond is None else batch.cond.take(part))
            parts.append(divergences(verb, x_BS[part], moments(1.0, 0.0), probes_BKS[part], runge_kutta))
        prior_B, *traces = torch.cat(parts).unbind(1)
        traces_BK = torch.stack(traces, 1)
        if exact:
            return prior_B + traces_BK.sum(1), torch.zeros_like(prior_B)
        return prior_B + traces_BK.mean(1), traces_BK.std(1) / math.sqrt(probes)


def moments(begin: float, end: float) -> list[float]:
    """FINE + 1 times, closer together towards the data, where velocities change fastest."""
    times = [1 - (1 - i / FINE) ** 1.5 for i in range(FINE + 1)]
    return times if begin < end else times[::-1]


def mix(data_BS: Tensor, noise_BS: Tensor, t: float) -> Tensor:
    """The straight path from noise to data at time t; its ends are exact."""
    return data_BS if t >= 1.0 else t * data_BS + (1 - t) * noise_BS


def column(v_B: Tensor, like: Tensor) -> Tensor:
    """(B, 1, …): one value a row, to be multiplied with grids."""
    return v_B.view(-1, *[1] * (like.ndim - 1))


def spread_out(n: int, rng: torch.Generator) -> Tensor:
    """(B,): each uniform on 0 to 1, and evenly spread over the batch for less variance (Kingma et al. 2021, appendix
    I.1)."""
    return (torch.rand(1, generator=rng, device=rng.device) + torch.arange(n, device=rng.device) / n) % 1


def hide(cond: Cond | None, share: float, rng: torch.Generator) -> Cond | None:
    """The conditions with some left out at random, so that one network learns with and without (Ho & Salimans 2022,
    algorithm 1)."""
    return None if cond is None else cond.only(torch.rand(len(cond), generator=rng, device=rng.device) >= share)


def holding(prompt: Prompt, noise_BS: Tensor) -> Hold:
    """Puts the prompt's known cells where their own path has them at time t."""
    values, known = prompt.values, prompt.known
    if values is None or known is None:
        return free
    return lambda x_BS, t: torch.where(known, mix(values, noise_BS, t), x_BS)
