"""A denoiser that diffusers trained, as a model of the contract: its network, its schedule, and their own loop.

In: generators, a condition's states, what is given of the sample. Out: the running estimate of the clean grid. For the
same seed the samples are those of diffusers' own pipeline, bit for bit: the noise is drawn as it draws it, the network
is called on as many rows, and the schedule is its own. Rows go through the network one by one, so that a sample does
not depend on its company.

S the grid's own axes (C, H, W) · L sequence · E width
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import torch
from torch import Tensor

from anew.contract import Chunk, Cond, Model, Options, Prompt, RefineOptions, Spec, Unsupported
from anew.models.borrowed import build, fill, precision
from anew.models.diffusion.forms import FORMS
from anew.samplers.guidance import opposite

NOISY = {
    "ddim": "DDIMScheduler", "ddpm": "DDPMScheduler", "pndm": "PNDMScheduler", "euler": "EulerDiscreteScheduler",
    "ancestral": "EulerAncestralDiscreteScheduler", "heun": "HeunDiscreteScheduler",
    "dpm-solver++": "DPMSolverMultistepScheduler", "unipc": "UniPCMultistepScheduler",
}  # fmt: skip
FLOWING = {"flow": "FlowMatchEulerDiscreteScheduler"}


@dataclass(frozen=True)
class Given:
    """What one row is made from: its noise's generator, states to steer to and from (1, L, E), and the prompt's row."""

    rng: torch.Generator
    wanted: Tensor
    unwanted: Tensor
    values: Tensor | None
    known: Tensor | None
    start: Tensor | None


class Denoiser(Model):
    """`form`: one of `FORMS`; `network` and `schedule`: the JSON that diffusers saved beside them; `scale`: how many
    cells of the data a cell of the grid is wide. Its weights come from files, and it is not trained further."""

    family = "diffusion"
    kinds = ("grid",)
    streams = "refine"
    options = RefineOptions
    solvers = (*NOISY, *FLOWING)
    rows = 1

    def __init__(
        self, spec: Spec, *, form: str = "sd", network: str = "{}", schedule: str = "{}", scale: int = 8
    ) -> None:
        super().__init__(spec)
        if form not in FORMS or spec.cond is None or spec.cond.states is None:
            raise Unsupported(f"a denoiser has one of the forms {', '.join(FORMS)} and is told states, not {form!r}")
        self.form, self.schedule, self.scale = FORMS[form], json.loads(schedule), scale
        self.network = build(self.form.network, json.loads(network))
        self.register_buffer("absent_LE", torch.zeros(spec.cond.states))
        self.steps, self.kind = self.form.steps, torch.float32

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Take the weights up in the precision that they are computed in."""
        held = {k.removeprefix("network."): v for k, v in state_dict.items() if k.startswith("network.")}
        if state_dict["absent_LE"].shape != self.absent_LE.shape:
            raise Unsupported(f"absent_LE is {tuple(state_dict['absent_LE'].shape)}")
        self.kind = precision(value.dtype for value in held.values())
        fill(self.network, held, self.kind)
        self.absent_LE = state_dict["absent_LE"].to(torch.float32, copy=True)

    def resized(self, sides: Sequence[int]) -> Self:
        """The same network for grids of other sides. Unsupported: sides that it cannot have."""
        odd = [side for side in sides if side < 1 or side % self.form.patch]
        most = getattr(self.network.config, "pos_embed_max_size", None)
        if odd or (most and max(sides) > most * self.form.patch):
            most_told = f" up to {most * self.form.patch * self.scale}" if most else ""
            raise Unsupported(f"size: its sides are multiples of {self.form.patch * self.scale}{most_told}")
        made = copy.copy(self)
        made.spec = replace(self.spec, shape=(self.spec.shape[0], *sides))
        return made

    # ------------------------------------------------------------------------------------------------ sampling

    @torch.no_grad()
    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
    ) -> Iterator[Chunk]:
        """Chunks are the running estimate of the clean grid, float32. `prompt.known` cells are held on their own way
        from noise to value, `prompt.start` is met at the share `strength` of the schedule."""
        options, prompt = options or RefineOptions(guidance=1.0), prompt or Prompt()
        if not isinstance(options, RefineOptions):
            raise Unsupported(f"{type(self).__name__} takes RefineOptions, not {type(options).__name__}")
        if options.negative is not None and not self.form.pairs and self.network.config.guidance_embeds:
            raise Unsupported("negative: guidance is built into this network, which is steered away from nothing")
        for given in (prompt.values, prompt.known, prompt.start):
            if given is not None and given.shape != (len(rngs), *self.spec.shape):
                raise Unsupported(f"a prompt of shape {tuple(given.shape)} for {(len(rngs), *self.spec.shape)}")
        if not 0 <= prompt.strength <= 1:
            raise Unsupported(f"strength is a share from 0 to 1, not {prompt.strength:g}")
        rows = self.rows_of(rngs, cond, prompt, options)
        ways = [self.way(row, prompt.strength if row.start is not None else 1.0, options) for row in rows]
        done_B = torch.ones(len(rngs), dtype=torch.bool)
        for steps in zip(*ways, strict=True):
            data, share = torch.cat([x for x, _ in steps]), steps[0][1]
            yield Chunk(data, done_B if share >= 1 else ~done_B, share)

    def rows_of(
        self, rngs: Sequence[torch.Generator], cond: Cond | None, prompt: Prompt, options: RefineOptions
    ) -> list[Given]:
        """Each row by itself, with states for conditions that are absent."""
        unwanted = None if cond is None else opposite(cond, options.negative)
        found = []
        for i, rng in enumerate(rngs):
            given = (v if v is None else v[i : i + 1].to(self.kind) for v in (prompt.values, prompt.start))
            values, start = given
            known = None if prompt.known is None or values is None else prompt.known[i : i + 1]
            found.append(Given(rng, self.states(cond, i), self.states(unwanted, i), values, known, start))
        return found

    def states(self, cond: Cond | None, row: int) -> Tensor:
        """(1, L, E): of one row."""
        if cond is None or cond.present_B is None or not cond.present_B[row]:
            return self.absent_LE[None].to(self.kind)
        if cond.states_BLE is None or cond.states_BLE.shape[1:] != self.absent_LE.shape:
            raise Unsupported(f"a denoiser is told states of {tuple(self.absent_LE.shape)}")
        return cond.states_BLE[row : row + 1].to(self.kind)

    def way(self, row: Given, strength: float, options: RefineOptions) -> Iterator[tuple[Tensor, float]]:
        """One row from noise to sample: after each step (1, *S), and the share that is done."""
        schedule = self.scheduler(options.solver)
        times, begin = self.times(schedule, options.steps or self.steps, strength)
        if not len(times):
            assert row.start is not None
            yield row.start.float(), 1.0
            return
        noise = torch.randn((1, *self.spec.shape), generator=row.rng, dtype=self.kind)
        x = noise * getattr(schedule, "init_noise_sigma", 1.0)
        if row.start is not None and begin:
            x = noised(schedule, row.start, noise, times[0])
        told = {"generator": row.rng} if takes(schedule.step, "generator") else {}
        for i, t in enumerate(times):
            predicted = self.predicted(schedule, x, t, row, options.guidance)
            clean = estimate(schedule, predicted, x, t) if i + 1 < len(times) else None
            x = schedule.step(predicted, t, x, **told, return_dict=False)[0]
            if row.values is not None:
                known = torch.ones_like(x, dtype=torch.bool) if row.known is None else row.known
                last = i + 1 == len(times)
                x = torch.where(known, row.values if last else noised(schedule, row.values, noise, times[i + 1]), x)
                clean = None if clean is None else torch.where(known, row.values, clean)
            yield (x if clean is None else clean).float(), (i + 1) / len(times)

    def predicted(self, schedule: Any, x: Tensor, t: Tensor, row: Given, guidance: float) -> Tensor:
        """What the network says of the noise, or of the velocity, steered (Ho & Salimans 2022)."""
        form, scaled = self.form, schedule.scale_model_input if hasattr(schedule, "scale_model_input") else None
        built_in = not form.pairs and self.network.config.guidance_embeds

        def call(x: Tensor, states: Tensor) -> Tensor:
            x = x if scaled is None else scaled(x, t)
            return form.predict(self.network, x, t, states, guidance, self.scale)

        if guidance == 1 or built_in:
            return call(x, row.wanted)
        if form.pairs:
            away, to = call(torch.cat([x, x]), torch.cat([row.unwanted, row.wanted])).chunk(2)
        else:
            to, away = call(x, row.wanted), call(x, row.unwanted)
        return away + guidance * (to - away)

    # ------------------------------------------------------------------------------------------------ the schedule

    def scheduler(self, solver: str | None) -> Any:
        """A schedule that has not begun yet: the model's own, or its settings under another solver."""
        known = FLOWING if self.form.flows else NOISY
        if solver is not None and solver not in known:
            raise Unsupported(f"solver {solver!r}: this model has {', '.join(known)}")
        return build(str(self.schedule.get("_class_name")) if solver is None else known[solver], self.schedule)

    def times(self, schedule: Any, steps: int, strength: float) -> tuple[Tensor, bool]:
        """The moments of the schedule that are left, and whether it begins within it."""
        schedule.set_timesteps(**self.form.timing(steps, *self.spec.shape[1:], schedule.config))
        left = min(steps * strength, steps) if self.form.flows else min(int(steps * strength), steps)
        first = int(max(steps - left, 0)) * getattr(schedule, "order", 1)
        if strength == 0:
            return schedule.timesteps[:0], True
        if hasattr(schedule, "set_begin_index"):
            schedule.set_begin_index(first)
        return schedule.timesteps[first:], strength < 1


def takes(function: Any, name: str) -> bool:
    return name in inspect.signature(function).parameters


def noised(schedule: Any, clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """Where the clean grid lies on its own way at the moment t."""
    if hasattr(schedule, "scale_noise"):
        return schedule.scale_noise(clean, t[None], noise)  # type: ignore[no-any-return]
    return schedule.add_noise(clean, noise, t[None])  # type: ignore[no-any-return]


def estimate(schedule: Any, predicted: Tensor, x: Tensor, t: Tensor) -> Tensor:
    """The clean grid that a prediction points at, to be looked at while the work goes on."""
    if hasattr(schedule, "scale_noise"):  # a flow: x lies on the line from noise to clean
        return x - (t / schedule.config.num_train_timesteps).to(x.dtype) * predicted
    if schedule.init_noise_sigma > 1:  # x is clean + σ · noise
        sigma = schedule.sigmas[schedule.step_index].to(x.dtype)
        size = (1 + sigma**2).sqrt()
        x, signal, noise = x / size, 1 / size, sigma / size
    else:
        share = schedule.alphas_cumprod[int(t)].to(x.dtype)
        signal, noise = share.sqrt(), (1 - share).sqrt()
    kind = schedule.config.get("prediction_type", "epsilon")
    if kind == "sample":
        return predicted
    return signal * x - noise * predicted if kind == "v_prediction" else (x - noise * predicted) / signal


__all__ = ["Denoiser"]
