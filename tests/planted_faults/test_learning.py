"""Faults of a model of tokens in its loss, its phases and what it is made of; and how failures are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from anew.contract import Batch, CondSpec, Phase, by_role
from anew.samplers import flow as solvers
from anew.testing import ConformanceError, check_model, check_sampler
from parts.planting import TOKENS, caught, named
from parts.recurrent import Recurrent

LABELLED = replace(TOKENS, cond=CondSpec(classes=3))


class CountsEverything(Recurrent):
    def loss(self, batch, phase, rng):
        return super().loss(replace(batch, counts=None), phase, rng)


class MeanOfRowMeans(Recurrent):
    def loss(self, batch, phase, rng):
        nats_BT, counts_BT = self.nats(batch)
        loss = ((nats_BT * counts_BT).sum(1) / counts_BT.sum(1).clamp(min=1)).mean()
        return loss, {"loss": loss.detach()}


class NothingIsNotANumber(Recurrent):
    def loss(self, batch, phase, rng):
        nats_BT, counts_BT = self.nats(batch)
        loss = (nats_BT * counts_BT).sum() / counts_BT.sum()
        return loss, {"loss": loss.detach()}


class NeedsMasks(Recurrent):
    def loss(self, batch, phase, rng):
        loss, stats = super().loss(batch, phase, rng)
        return loss * (1.0 if batch.counts is not None else 1.01), stats


class NeedsConditions(Recurrent):
    def loss(self, batch, phase, rng):
        if batch.cond is None or not batch.cond.present_B.all():
            raise RuntimeError("a row has no label")
        return super().loss(batch, phase, rng)


class GlobalNoise(Recurrent):
    def loss(self, batch, phase, rng):
        loss, stats = super().loss(batch, phase, rng)
        return loss * (1 + 0.01 * torch.rand(())), stats


class NumpyNoise(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        np.random.rand()  # noqa: NPY002
        return super().sample(rngs, cond, prompt, options)


class ChangesTheBatch(Recurrent):
    def loss(self, batch, phase, rng):
        batch.x[:, -1] = 1
        return super().loss(batch, phase, rng)


class KeepsTheGraph(Recurrent):
    def loss(self, batch, phase, rng):
        loss, _ = super().loss(batch, phase, rng)
        return loss, {"loss": loss}


class ForgetsItsHead(Recurrent):
    def phases(self):
        return [Phase("all", by_role(self.cell))]


class MovesTheHeadTwice(Recurrent):
    def phases(self):
        return [Phase("all", by_role(self)), Phase("head", by_role(self.head))]


class CallsVectorsMatrices(Recurrent):
    def phases(self):
        return [Phase("all", {"matrix": list(self.parameters())})]


class SparseWithoutSayingSo(Recurrent):
    def __init__(self, spec, *, width=24):
        super().__init__(spec, width=width)
        self.embed.sparse = True

    def phases(self):
        self.embed.sparse = False
        made = super().phases()
        self.embed.sparse = True
        return made


class CountsOutsideItsState(Recurrent):
    seen = 0

    def loss(self, batch, phase, rng):
        self.seen += 1
        loss, stats = super().loss(batch, phase, rng)
        return loss * (1 + self.seen / 10), stats


class RemembersOutsideItsState(Recurrent):
    def __init__(self, spec, *, width=24):
        super().__init__(spec, width=width)
        self.tilt = torch.randn(spec.vocab)

    def extend(self, *arguments, **named):
        logits_BTV, state = super().extend(*arguments, **named)
        return logits_BTV + self.tilt, state


class TiedWeights(Recurrent):
    def __init__(self, spec, *, width=24):
        super().__init__(spec, width=width)
        self.head = nn.Linear(width, spec.vocab, bias=False)
        self.head.weight = self.embed.weight


class LearnsNothing(Recurrent):
    def loss(self, batch, phase, rng):
        loss, stats = super().loss(batch, phase, rng)
        return 3 - loss / 1000, stats


class AnyKind(Recurrent):
    def __init__(self, spec, *, width=24):
        super().__init__(TOKENS if spec.kind == "grid" else spec, width=width)


class SizesOfNothing(Recurrent):
    sizes = {"s": {"breadth": 3}}


FAULTS: list[tuple[Any, str]] = [
    (CountsEverything, "loss_is_the_weighted_mean_of_its_parts"),
    (CountsEverything, "a_row_that_counts_nowhere_does_not_matter"),
    (CountsEverything, "what_does_not_count_is_only_context"),
    (MeanOfRowMeans, "loss_is_the_weighted_mean_of_its_parts"),
    (NothingIsNotANumber, "loss_of_nothing_is_finite"),
    (NeedsMasks, "masks_left_out_are_masks_of_everything"),
    (lambda: NeedsConditions(LABELLED), "loss_takes_rows_without_a_condition"),
    (GlobalNoise, "loss_leaves_global_generators_alone"),
    (GlobalNoise, "loss_repeats_with_its_generator"),
    (NumpyNoise, "sampling_leaves_global_generators_alone"),
    (ChangesTheBatch, "loss_does_not_change_the_batch"),
    (KeepsTheGraph, "loss_is_a_finite_scalar_with_detached_stats"),
    (ForgetsItsHead, "phases_cover_each_trainable_parameter_once"),
    (MovesTheHeadTwice, "phases_cover_each_trainable_parameter_once"),
    (CallsVectorsMatrices, "phases_give_each_parameter_a_valid_role"),
    (SparseWithoutSayingSo, "loss_moves_its_own_phase_alone"),
    (CountsOutsideItsState, "training_resumes_to_the_same_bits"),
    (RemembersOutsideItsState, "state_dict_holds_all_that_it_learnt"),
    (TiedWeights, "safetensors_hold_all_that_it_learnt"),
    (LearnsNothing, "each_phase_lowers_its_loss_on_one_batch"),
    (AnyKind, "refuses_the_other_kind_with_a_reason"),
    (SizesOfNothing, "sizes_name_settings_of_the_constructor"),
]


@pytest.mark.parametrize(("fault", "check"), FAULTS, ids=named)
def test_a_model_that_learns_wrongly_is_caught(fault: Any, check: str) -> None:
    caught(check_model, (lambda: fault(TOKENS)) if isinstance(fault, type) else fault, check)


# ------------------------------------------------------------------------------------------------ the suite itself


def test_all_failures_are_told_together() -> None:
    class Many(CountsEverything, KeepsTheGraph):
        def state_bytes(self, rows, positions):
            return 2 * super().state_bytes(rows, positions)

    with pytest.raises(ConformanceError) as told:
        check_model(lambda: Many(TOKENS))
    said = str(told.value)
    for check in ("loss_is_a_finite_scalar", "a_row_that_counts_nowhere", "a_states_bytes_are_told"):
        assert check in said
    assert len(told.value.report) > 50 and len(told.value.report.failures) < 15


def test_a_check_that_is_not_known_cannot_be_waived() -> None:
    with pytest.raises(ValueError, match="no check is called sampel"):
        check_sampler(solvers.euler, 1, waive={"sampel": "a slip"})


def test_a_waived_check_is_named_with_its_reason() -> None:
    reason = {"loss_is_the_weighted_mean_of_its_parts": "rows are compared with one another"}
    report = check_model(lambda: MeanOfRowMeans(TOKENS), waive=reason, only=[*reason, "says_what_it_is"])
    assert report.waived == reason and report.ran == ("says_what_it_is",)


def test_own_data_can_be_given() -> None:
    def draw(n: int, rng: torch.Generator) -> Batch:
        x = torch.randint(0, 9, (n, 17), generator=rng)
        return Batch(x, None, torch.ones_like(x, dtype=torch.bool), torch.arange(17).expand(n, -1) > 0)

    assert check_model(lambda: Recurrent(TOKENS), draw, only=["says_what_it_is", "loss_does_not_change_the_batch"])
