"""Faults of models of grids, and of tokens that are refined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from anew.contract import CondSpec, Prompt, RefineOptions, Spec
from anew.models.diffusion.flow import Flow
from anew.models.diffusion.masked import Masked
from anew.models.gan.wasserstein import Wasserstein
from anew.testing import check_model
from parts.planting import TOKENS, Made, caught, named

GRID = Spec("grid", (6,))
CLASSES = replace(GRID, cond=CondSpec(classes=3))


class Small(Flow):
    def __init__(self, spec: Spec, *, width: int = 32, depth: int = 1) -> None:
        super().__init__(spec, width=width, depth=depth)


class NormsOverTheBatch(Small):
    rows = 64

    def velocity(self, x_BS, t_B, cond):
        return super().velocity(x_BS - 0.1 * x_BS.mean(0, keepdim=True), t_B, cond)


class AnyNumberOfRows(Small):
    """Without blocks, floating-point products change their rounding with the number of rows."""

    def sample(self, rngs, cond=None, prompt=None, options=None):
        self.rows = len(rngs)
        yield from super().sample(rngs, cond, prompt, options)
        del self.rows


class SumInsteadOfMean(Small):
    def loss(self, batch, phase, rng):
        loss, stats = super().loss(batch, phase, rng)
        return loss * len(batch), stats


class BlursTheKnown(Small):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        for chunk in super().sample(rngs, cond, prompt, options):
            yield replace(chunk, data=chunk.data * (1 + 1e-6))


class ForgetsTheStart(Small):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        prompt = prompt if prompt is None or prompt.start is None else Prompt(start=prompt.start, strength=1.0)
        return super().sample(rngs, cond, prompt, options)


class BroadcastsThePrompt(Small):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        if prompt is not None and prompt.values is not None:
            shape = (len(rngs), *self.spec.shape)
            prompt = Prompt(values=torch.zeros(shape), known=torch.zeros(shape, dtype=torch.bool))
        return super().sample(rngs, cond, prompt, options)


class DoubleNumbers(Small):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        for chunk in super().sample(rngs, cond, prompt, options):
            yield replace(chunk, data=chunk.data.double())


class OnlyTheEnd(Small):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        yield list(super().sample(rngs, cond, prompt, options))[-1]


class GuidanceIsOff(Small):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        options = options or RefineOptions()
        return super().sample(
            rngs, cond, prompt, replace(options, guidance=options.guidance + 0.1 * (cond is not None))
        )


class SteersAtGuidanceOne(Small):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        if options is not None and options.negative is not None:
            options = replace(options, guidance=options.guidance * 1.001)
        return super().sample(rngs, cond, prompt, options)


class BuildsAGraph(Small):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        for chunk in super().sample(rngs, cond, prompt, options):
            yield replace(chunk, data=chunk.data + 0 * self.label.weight.sum())


class LearnsWhileSampling(Small):
    def __init__(self, spec, **settings):
        super().__init__(spec, **settings)
        self.register_buffer("drawn", torch.zeros(()))

    def sample(self, rngs, cond=None, prompt=None, options=None):
        self.drawn += len(rngs)
        return super().sample(rngs, cond, prompt, options)


class DiceInTheConstructor(Small):
    def __init__(self, spec, **settings):
        super().__init__(spec, **settings)
        self.tilt = nn.Parameter(torch.tensor(np.random.default_rng().normal(), dtype=torch.float32))


class ScoresWithoutAKind(Small):
    score_kind = None

    def score(self, batch, rng):
        return torch.zeros(len(batch))


class MovesTheCriticToo(Wasserstein):
    def loss(self, batch, phase, rng):
        loss, stats = super().loss(batch, phase, rng)
        if phase == "generator":
            with torch.no_grad():
                self.discriminator.head.out.bias.mul_(0.99)
                self.discriminator.head.out.bias.sub_(0.01)
        return loss, stats


class PlaysAgainstItself(Wasserstein):
    def loss(self, batch, phase, rng):
        if phase == "discriminator":
            return super().loss(batch, phase, rng)
        loss = -self.discriminate(batch.x, batch.cond).mean()
        return loss, {"generator": loss.detach()}


class TemperatureOfNothing(Wasserstein):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        return super().sample(rngs, cond, prompt, replace(options, temperature=1.0) if options else None)


class BelowItsBound(Masked):
    def score(self, batch, rng):
        return super().score(batch, rng) / 2


class KnownOnlyAtFirst(Masked):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        for chunk in super().sample(rngs, cond, prompt, options):
            yield replace(chunk, data=chunk.data.roll(1, 1))


GRID_FAULTS: list[tuple[Made, str]] = [
    (lambda: NormsOverTheBatch(GRID), "a_row_does_not_depend_on_its_company"),
    (lambda: AnyNumberOfRows(CLASSES, width=96), "a_row_does_not_depend_on_its_company"),
    (lambda: SumInsteadOfMean(GRID), "loss_is_the_weighted_mean_of_its_parts"),
    (lambda: BlursTheKnown(GRID), "known_cells_come_out_bit_equal_or_are_refused"),
    (lambda: ForgetsTheStart(GRID), "strength_0_gives_the_start_back_or_is_refused"),
    (lambda: BroadcastsThePrompt(GRID), "a_prompt_of_the_wrong_shape_is_refused"),
    (lambda: DoubleNumbers(GRID), "samples_have_the_shape_range_and_type_of_the_spec"),
    (lambda: OnlyTheEnd(GRID), "chunks_come_as_streams_says"),
    (lambda: GuidanceIsOff(CLASSES), "guidance_0_is_the_absent_condition_or_is_refused"),
    (lambda: SteersAtGuidanceOne(CLASSES), "guidance_1_is_the_plain_model"),
    (lambda: BuildsAGraph(GRID), "sampling_leaves_the_model_as_it_was"),
    (lambda: LearnsWhileSampling(GRID), "sampling_leaves_the_model_as_it_was"),
    (lambda: DiceInTheConstructor(GRID), "construction_depends_on_its_seed_alone"),
    (lambda: ScoresWithoutAKind(GRID), "refuses_to_score"),
    (lambda: MovesTheCriticToo(GRID, width=32), "loss_moves_its_own_phase_alone"),
    (lambda: PlaysAgainstItself(GRID, width=32), "loss_moves_its_own_phase_alone"),
    (lambda: TemperatureOfNothing(GRID, width=32), "temperature_0_needs_no_chance"),
    (
        lambda: BelowItsBound(TOKENS, width=32, layers=1, heads=2, table_rows=512),
        "bounded_probabilities_sum_to_1_at_most",
    ),
    (
        lambda: KnownOnlyAtFirst(TOKENS, width=32, layers=1, heads=2, table_rows=512),
        "known_cells_come_out_bit_equal_or_are_refused",
    ),
]


@pytest.mark.parametrize(("make", "check"), GRID_FAULTS, ids=named)
def test_a_faulty_model_of_grids_or_refined_tokens_is_caught(make: Made, check: str) -> None:
    caught(check_model, make, check)
