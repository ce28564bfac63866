"""Faults of a model of tokens in how it reads, its scores, its samples, its conditions and its state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from anew.contract import CondSpec
from anew.testing import check_model
from parts.planting import TOKENS, Made, caught, named
from parts.recurrent import Hidden, Recurrent

LABELLED = replace(TOKENS, cond=CondSpec(classes=3))


class OneChanceForAll(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        return super().sample([rngs[0]] * len(rngs), cond, prompt, options)


class CacheOffByOne(Recurrent):
    def extend(self, x_BT, exists_BT=None, state=None, cond=None, rng=None):
        logits_BTV, after = super().extend(x_BT, exists_BT, state, cond, rng)
        if x_BT.shape[1] > 1:  # forgets the last token that it read
            _, after = super().extend(x_BT[:, :-1], None if exists_BT is None else exists_BT[:, :-1], state, cond, rng)
        return logits_BTV, after


class ReadsPadding(Recurrent):
    def extend(self, x_BT, exists_BT=None, state=None, cond=None, rng=None):
        return super().extend(x_BT, None, state, cond, rng)


class LooksAhead(Recurrent):
    def extend(self, x_BT, exists_BT=None, state=None, cond=None, rng=None):
        logits_BTV, after = super().extend(x_BT, exists_BT, state, cond, rng)
        return logits_BTV + 0.1 * logits_BTV.mean(1, keepdim=True), after


class HidesHalfItsScore(Recurrent):
    def score(self, batch, rng):
        return super().score(batch, rng) / 2


class ScoresPadding(Recurrent):
    def score(self, batch, rng):
        return super().score(replace(batch, exists=None, counts=None), rng)


class CallsItsNoiseExact(Recurrent):
    def score(self, batch, rng):
        return super().score(batch, rng) + torch.rand(len(batch), generator=rng)


class SharpensItsSamples(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        return super().sample(rngs, cond, prompt, replace(options, temperature=0.5) if options else None)


class MoreThanAskedFor(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        options = replace(options, max_new=(options.max_new or 1) + 1) if options else None
        return super().sample(rngs, cond, prompt, options)


class DoneTooEarly(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        for chunk in super().sample(rngs, cond, prompt, options):
            yield replace(chunk, done_B=torch.ones_like(chunk.done_B))


class StandingStill(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        for chunk in super().sample(rngs, cond, prompt, options):
            yield replace(chunk, progress=1.0 if chunk.progress == 1 else 0.5)


class GoesOnAfterTheEnd(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        for chunk in super().sample(rngs, cond, prompt, options):
            yield replace(chunk, data=chunk.data + (chunk.data == 0) * (chunk.progress < 1))


class ForgetsThePrompt(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        return super().sample(rngs, cond, None, options)


class TakesAnyOptions(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        own = options if isinstance(options, self.options) else None
        return super().sample(rngs, cond, prompt, own)


class IgnoresStrayConditions(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        return super().sample(rngs, None, prompt, options)


class LabelOfTheAbsent(Recurrent):
    def begin(self, rows, cond):
        if cond is not None:
            cond = replace(cond, present_B=torch.ones_like(cond.present_B))
        return super().begin(rows, cond)


class NoneIsTheFirstClass(Recurrent):
    def begin(self, rows, cond):
        return super().begin(rows, cond) if cond is not None else self.labels(torch.zeros(rows, dtype=torch.long))


class ForgetsTheNegative(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        return super().sample(rngs, cond, prompt, replace(options, negative=None) if options else None)


class OneNegativeForAll(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        if options is not None and options.negative is not None:
            options = replace(options, negative=options.negative.take(slice(0, 1)))
        return super().sample(rngs, cond, prompt, options)


class ForgetsGuidance(Recurrent):
    def sample(self, rngs, cond=None, prompt=None, options=None):
        return super().sample(rngs, cond, prompt, replace(options, guidance=1.0, negative=None) if options else None)


class TakesInOrder(Hidden):
    def take(self, rows):
        return type(self)(self.h_BD[: len(rows)])


class JoinsBackwards(Hidden):
    def join(self, other):
        return type(self)(torch.cat([other.h_BD, self.h_BD]))


class RewindsNothing(Hidden):
    def rewind(self, n):
        return self


def with_state(kind: type[Hidden]) -> Made:
    class Stateful(Recurrent):
        def extend(self, *arguments, **named):
            logits_BTV, state = super().extend(*arguments, **named)
            return logits_BTV, kind(state.h_BD)

    return lambda: Stateful(TOKENS)


class MisjudgesItsState(Recurrent):
    def state_bytes(self, rows, positions):
        return super().state_bytes(rows, positions) // 2


FAULTS: list[tuple[Any, str]] = [
    (OneChanceForAll, "a_row_does_not_depend_on_its_company"),
    (CacheOffByOne, "reading_in_pieces_is_reading_at_once"),
    (ReadsPadding, "rows_of_several_lengths_are_read_as_if_alone"),
    (LooksAhead, "logits_look_at_the_past_alone"),
    (HidesHalfItsScore, "probabilities_sum_to_1"),
    (ScoresPadding, "score_is_of_counted_positions_alone"),
    (CallsItsNoiseExact, "an_exact_score_needs_no_chance"),
    (SharpensItsSamples, "samples_are_as_frequent_as_the_score_says"),
    (MoreThanAskedFor, "chunks_come_as_streams_says"),
    (DoneTooEarly, "only_the_last_chunk_is_done_and_progress_rises_to_1"),
    (DoneTooEarly, "a_done_row_goes_on_with_the_end_symbol"),
    (StandingStill, "only_the_last_chunk_is_done_and_progress_rises_to_1"),
    (GoesOnAfterTheEnd, "a_done_row_goes_on_with_the_end_symbol"),
    (ForgetsThePrompt, "a_prompt_is_what_went_before"),
    (TakesAnyOptions, "options_of_another_family_are_refused"),
    (IgnoresStrayConditions, "an_unconditional_model_refuses_a_condition"),
    (lambda: IgnoresStrayConditions(LABELLED), "a_condition_changes_the_sample"),
    (lambda: LabelOfTheAbsent(LABELLED), "what_an_absent_condition_holds_does_not_matter"),
    (lambda: NoneIsTheFirstClass(LABELLED), "no_condition_is_the_absent_condition"),
    (lambda: ForgetsTheNegative(LABELLED), "a_negative_condition_works_or_is_refused"),
    (lambda: OneNegativeForAll(LABELLED), "a_negative_condition_works_or_is_refused"),
    (lambda: ForgetsGuidance(LABELLED), "guidance_changes_the_sample_or_is_refused"),
    (with_state(TakesInOrder), "a_state_can_be_taken_from"),
    (with_state(JoinsBackwards), "states_can_be_joined"),
    (with_state(RewindsNothing), "a_state_can_be_rewound_or_says_that_it_cannot"),
    (MisjudgesItsState, "a_states_bytes_are_told_before_it_exists"),
]


@pytest.mark.parametrize(("fault", "check"), FAULTS, ids=named)
def test_a_model_that_samples_wrongly_is_caught(fault: Any, check: str) -> None:
    caught(check_model, (lambda: fault(TOKENS)) if isinstance(fault, type) else fault, check)
