"""The suites catch what they are for: each fault planted here fails the check that is named beside it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from anew.codecs.text import Bytes, Characters
from anew.contract import Batch, Chunk, Codec, CondSpec, Phase, Prompt, RefineOptions, Spec, by_role
from anew.errors import DataError
from anew.models.diffusion.flow import Flow
from anew.models.diffusion.masked import Masked
from anew.models.gan.wasserstein import Wasserstein
from anew.samplers import flow as solvers
from anew.samplers import tokens
from anew.samplers.denoising import ancestral
from anew.testing import ConformanceError, check_codec, check_model, check_sampler

sys.path.insert(0, str(Path(__file__).parent))
from parts.recurrent import Hidden, Recurrent

torch.set_num_threads(1)
TOKENS = Spec("tokens", (16,), 9, 0)
LABELLED = replace(TOKENS, cond=CondSpec(classes=3))
GRID = Spec("grid", (6,))
CLASSES = replace(GRID, cond=CondSpec(classes=3))
Made = Callable[[], Any]


def caught(run: Callable[..., Any], part: Any, check: str, *arguments: Any) -> str:
    with pytest.raises(ConformanceError) as told:
        run(part, *arguments, only=[check])
    assert set(told.value.report.failures) == {check}
    return told.value.report.failures[check]


# ------------------------------------------------------------------------------------------------ models of tokens


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


TOKEN_FAULTS: list[tuple[Any, str]] = [
    (OneChanceForAll, "a_row_does_not_depend_on_its_company"),
    (CacheOffByOne, "reading_in_pieces_is_reading_at_once"),
    (ReadsPadding, "rows_of_several_lengths_are_read_as_if_alone"),
    (LooksAhead, "logits_look_at_the_past_alone"),
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
    (lambda: ForgetsGuidance(LABELLED), "guidance_changes_the_sample_or_is_refused"),
    (with_state(TakesInOrder), "a_state_can_be_taken_from"),
    (with_state(JoinsBackwards), "states_can_be_joined"),
    (with_state(RewindsNothing), "a_state_can_be_rewound_or_says_that_it_cannot"),
    (MisjudgesItsState, "a_states_bytes_are_told_before_it_exists"),
]


def named(fault: Any) -> str:
    name = getattr(fault, "__name__", str(fault))
    return name if name != "<lambda>" else type(fault()).__name__


@pytest.mark.parametrize(("fault", "check"), TOKEN_FAULTS, ids=named)
def test_a_faulty_model_of_tokens_is_caught(fault: Any, check: str) -> None:
    caught(check_model, (lambda: fault(TOKENS)) if isinstance(fault, type) else fault, check)


# ------------------------------------------------------------------------------------------------ models of grids


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


# ------------------------------------------------------------------------------------------------ codecs


class LosesACharacter(Bytes):
    def encode(self, samples):
        return super().encode([sample.replace("\r", "") for sample in samples])


class OrderOfArrival(Characters):
    def fit(self, samples):
        self._learn(list(dict.fromkeys(ord(c) for sample in samples for c in sample)))


class NumpyState(Characters):
    def state(self):
        return {"known": np.array(self.known)}


class HalfAState(Characters):
    def state(self):
        return {"known": self.known[:-1]}


class PadsToTheLongest(Bytes):
    def encode(self, samples):
        rows = super().encode(samples)
        longest = max(map(len, rows))
        return [F.pad(row, (0, longest - len(row)), value=32) for row in rows]


class SaysTheEndItself(Bytes):
    def encode(self, samples):
        return [torch.cat([row, torch.tensor([256])]) for row in super().encode(samples)]


class GoesOnAfterTheEndSymbol(Bytes):
    def _until_end(self, tokens):
        return tokens[tokens != 256].numpy()


class StrictDecoder(Bytes):
    def decode(self, data):
        return [bytes(self._until_end(row).astype(np.uint8)).decode("utf-8") for row in data]


class ValueErrors(Bytes):
    def encode(self, samples):
        if any("\0" in sample for sample in samples):
            raise ValueError("embedded null")
        return super().encode(samples)


class FreeSamples(Bytes):
    def size(self, sample):
        return 0


class Plain(Codec):
    """Small arrays as grids; a mean and a deviation are learnt."""

    modality, unit = "image", "dimension"
    kind = "grid"

    def fit(self, samples):
        held = list(samples)
        if not held:
            raise DataError("no samples to learn from")
        values = np.stack(held).astype(np.float64)
        self.load({"mean": float(values.mean()), "deviation": float(values.std())})

    def encode(self, samples):
        grid = torch.from_numpy(np.stack(samples).astype(np.float32)).permute(0, 3, 1, 2)
        return (grid - self.mean) / self.deviation

    def decode(self, data):
        values = (data * self.deviation + self.mean).round().clamp(0, 255).to(torch.uint8)
        return list(values.permute(0, 2, 3, 1).contiguous().numpy())

    def state(self):
        return {"mean": self.mean, "deviation": self.deviation}

    def load(self, state):
        self.mean, self.deviation = state["mean"], state["deviation"]
        self.spec = Spec("grid", (1, 4, 4))

    def size(self, sample):
        return 16


class NotStandard(Plain):
    def encode(self, samples):
        return super().encode(samples) + 1


class CompanyInTheGrid(Plain):
    def encode(self, samples):
        grid = super().encode(samples)
        return grid - 1e-3 * grid.mean()


class ScalesItsSamples(Plain):
    def encode(self, samples):
        for sample in samples:
            sample //= 2
        return super().encode(samples)


class Drifts(Plain):
    lossy = True

    def decode(self, data):
        return super().decode(data + 0.1)


TEXTS = [f"Line {i}: the quick brown fox\r\njumps over {i * i} dogs é{'àß'[i % 2]}" for i in range(16)]
CODEC_FAULTS: list[tuple[type[Codec], str]] = [
    (LosesACharacter, "a_round_trip_is_exact_or_settles"),
    (LosesACharacter, "hostile_samples_are_taken_or_refused"),
    (OrderOfArrival, "the_order_of_fitting_does_not_matter"),
    (NumpyState, "a_state_is_json_and_tensors"),
    (HalfAState, "a_stored_state_makes_the_same_codec"),
    (PadsToTheLongest, "a_sample_does_not_depend_on_its_company_in_a_codec"),
    (SaysTheEndItself, "encodings_are_what_the_spec_says"),
    (GoesOnAfterTheEndSymbol, "what_follows_the_end_symbol_is_dropped"),
    (StrictDecoder, "any_tokens_that_a_model_may_choose_decode"),
    (ValueErrors, "hostile_samples_are_taken_or_refused"),
    (FreeSamples, "a_sample_has_a_size"),
    (NotStandard, "grids_are_about_standard"),
    (CompanyInTheGrid, "a_sample_does_not_depend_on_its_company_in_a_codec"),
    (ScalesItsSamples, "encoding_changes_nothing_and_repeats"),
    (Drifts, "a_round_trip_is_exact_or_settles"),
]


def pictures() -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (4, 4, 1), dtype=np.uint8) for _ in range(16)]


@pytest.mark.parametrize(("kind", "check"), CODEC_FAULTS, ids=named)
def test_a_faulty_codec_is_caught(kind: type[Codec], check: str) -> None:
    assert check_codec(Plain, pictures(), [])
    caught(check_codec, kind, check, pictures() if issubclass(kind, Plain) else TEXTS)


# ------------------------------------------------------------------------------------------------ samplers


def slow_heun(velocity, x_BS, times, hold=solvers.free) -> Iterator[Any]:
    """First order, for the second slope is the first once more."""
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = solvers.at(velocity, x_BS, t)
        solvers.at(velocity, x_BS, t)
        clean_BS = x_BS + (1 - t) * v_BS
        x_BS = hold(x_BS + (after - t) * v_BS, after)
        yield solvers.Step(x_BS, clean_BS)


def even_steps_only(velocity, x_BS, times, hold=solvers.free) -> Iterator[Any]:
    """Adams–Bashforth with the coefficients of equal steps, whatever the steps."""
    before_BS = None
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = solvers.at(velocity, x_BS, t)
        slope_BS = v_BS if before_BS is None else 1.5 * v_BS - 0.5 * before_BS
        x_BS, before_BS = hold(x_BS + (after - t) * slope_BS, after), v_BS
        yield solvers.Step(x_BS, x_BS + (1 - after) * v_BS)


def in_place(velocity, x_BS, times, hold=solvers.free) -> Iterator[Any]:
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = solvers.at(velocity, x_BS, t)
        x_BS += (after - t) * v_BS
        yield solvers.Step(x_BS, x_BS + (1 - after) * v_BS)


def spends(velocity, x_BS, times, hold=solvers.free) -> Iterator[Any]:
    for step in solvers.euler(velocity, x_BS, times, hold):
        solvers.at(velocity, step.x_BS, 0.5)
        yield step


def loud(velocity, x_BS, times, hold=solvers.free, *, fresh) -> Iterator[Any]:
    return ancestral(velocity, x_BS, times, hold, fresh=lambda: 1.3 * fresh())


def deaf(velocity, x_BS, times, hold=solvers.free, *, fresh) -> Iterator[Any]:
    return solvers.euler(velocity, x_BS, times, hold)


SOLVER_FAULTS = [
    (slow_heun, 2, lambda n: 2 * n, "a_solver_converges_at_its_order"),
    (even_steps_only, 2, None, "a_solver_converges_at_its_order"),
    (solvers.heun, 2, None, "a_solver_makes_the_calls_it_declares"),
    (spends, 1, None, "a_solver_makes_the_calls_it_declares"),
    (in_place, 1, None, "a_solver_depends_on_its_arguments_alone"),
    (in_place, 1, None, "what_is_held_stays_held"),
    (loud, 1, None, "a_solver_that_draws_keeps_the_distribution"),
    (deaf, 1, None, "a_solver_that_draws_keeps_the_distribution"),
]


@pytest.mark.parametrize(
    ("solver", "order", "calls", "check"),
    SOLVER_FAULTS,
    ids=[f"{case[0].__name__}-{case[3]}" for case in SOLVER_FAULTS],
)
def test_a_faulty_solver_is_caught(solver: Any, order: int, calls: Any, check: str) -> None:
    caught(check_sampler, solver, check, order, calls)


def decoder(**changes: Any) -> Callable[..., Iterator[Chunk]]:
    """The token sampler with some of its arguments replaced by what `changes` make of them."""

    def decode(extend: Any, rngs: Any, prompts: Any, options: Any, **more: Any) -> Iterator[Chunk]:
        given = {"rngs": rngs, "prompts": prompts, "options": options, **more}
        given |= {name: change(given[name]) for name, change in changes.items()}
        return tokens.decode(extend, given.pop("rngs"), given.pop("prompts"), given.pop("options"), **given)

    return decode


DECODER_FAULTS = [
    (decoder(rngs=lambda rngs: [rngs[0]] * len(rngs)), "each_row_has_its_own_generator"),
    (decoder(rows=lambda rows: rows + 1), "networks_run_on_blocks_of_one_size"),
    (decoder(options=lambda o: replace(o, temperature=o.temperature**0.8)), "frequencies_are_the_probabilities"),
    (decoder(options=lambda o: replace(o, temperature=max(o.temperature, 0.8))), "temperature_0_takes_the_likeliest"),
    (decoder(options=lambda o: replace(o, top_k=o.top_k and o.top_k + 1)), "top_k_top_p_and_min_p_keep_what_they_say"),
    (decoder(options=lambda o: replace(o, top_p=1.0)), "top_k_top_p_and_min_p_keep_what_they_say"),
    (decoder(options=lambda o: replace(o, min_p=o.min_p / 2)), "top_k_top_p_and_min_p_keep_what_they_say"),
    (decoder(prompts=lambda ps: [p[:-1] for p in ps]), "a_prompt_is_read_and_left_as_it_is"),
    (decoder(options=lambda o: replace(o, max_new=o.max_new + 1)), "rows_end_at_the_end_symbol_or_the_limit"),
    (decoder(allowed=lambda a: None), "only_allowed_tokens_come"),
]


@pytest.mark.parametrize(("decode", "check"), DECODER_FAULTS, ids=[check for _, check in DECODER_FAULTS])
def test_a_faulty_token_sampler_is_caught(decode: Any, check: str) -> None:
    caught(check_sampler, decode, check)


# ------------------------------------------------------------------------------------------------ the suite itself


def test_all_failures_are_told_together() -> None:
    class Many(CountsEverything, KeepsTheGraph, MisjudgesItsState):
        pass

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
