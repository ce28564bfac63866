"""What a model promises those who ask how likely data are: one number a row, of what counts, and honest.

B batch · T tokens · V vocabulary
"""

from __future__ import annotations

import copy
import itertools
from dataclasses import replace

import torch
from torch import Tensor

from anew.contract import Batch, Unsupported
from anew.testing.sampling import appends
from anew.testing.subject import Subject
from anew.testing.suite import check, generators, global_generators_untouched, refused
from anew.testing.training import differing, has_masks

SEQUENCES = 5000  # at most so many are enumerated


def scores(subject: Subject) -> bool:
    return subject.kind.score_kind is not None


def does_not_score(subject: Subject) -> bool:
    return subject.kind.score_kind is None


def exact(subject: Subject) -> bool:
    return subject.kind.score_kind == "exact"


def bounds(subject: Subject) -> bool:
    return subject.kind.score_kind == "bound"


@check()
def validation_loss_and_diagnosis_leave_no_trace(subject: Subject) -> None:
    """A finite scalar by which to choose weights, sentences in plain words, and the same again from the same seed."""
    model, batch = subject.trained, subject.batch()
    before = copy.deepcopy(model)
    with torch.no_grad(), global_generators_untouched():
        first, again = (model.validation_loss(batch, rng) for rng in generators(0, 0))
        said = [model.diagnose(batch, rng) for rng in generators(0, 0)]
    assert first.shape == () and first.isfinite(), f"validation loss {first}"
    assert torch.equal(first, again) and said[0] == said[1], "one generator, two answers"
    assert all(isinstance(what, str) and " " in what for what in said[0]), f"not sentences: {said[0]}"
    assert not differing(before, model), f"judging changed {differing(before, model)}"


@check(does_not_score)
def refuses_to_score(subject: Subject) -> None:
    with refused(by=(Unsupported,)):
        subject.trained.score(subject.batch(), generators(0)[0])


@check(scores)
def score_is_a_finite_number_a_row(subject: Subject) -> None:
    batch = subject.batch(5)
    with global_generators_untouched(), torch.enable_grad():
        nats_B = subject.trained.score(batch, generators(0)[0])
    assert nats_B.shape == (5,) and nats_B.is_floating_point(), f"{nats_B.dtype} of shape {tuple(nats_B.shape)}"
    assert nats_B.isfinite().all(), f"scores {nats_B.tolist()}"
    assert not nats_B.requires_grad, "a score keeps its graph"
    again = subject.trained.score(batch, generators(0)[0])
    assert torch.equal(nats_B, again), "one generator, two scores"


@check(exact)
def an_exact_score_needs_no_chance(subject: Subject) -> None:
    batch = subject.batch(5)
    a, b = (subject.trained.score(batch, rng) for rng in generators(0, 1))
    assert torch.allclose(a, b, rtol=1e-5, atol=1e-5), (
        f"two generators, two exact scores: {a.tolist()} and {b.tolist()}"
    )


@check(exact)
def a_rows_score_does_not_depend_on_its_company(subject: Subject) -> None:
    batch = subject.batch(5)
    together = subject.trained.score(batch, generators(0)[0])
    for i in range(5):
        alone = subject.trained.score(batch.take(slice(i, i + 1)), generators(0)[0])[0]
        assert torch.allclose(together[i], alone, rtol=1e-4, atol=1e-4), f"row {i}: {together[i]}, alone {alone}"


@check(scores, has_masks)
def score_is_of_counted_positions_alone(subject: Subject) -> None:
    """Nothing counted is 0 nats; padding does not show; for an exact score, two halves add up to the whole."""
    batch, model = subject.batch(5), subject.trained
    assert batch.counts is not None and batch.exists is not None
    nothing = model.score(replace(batch, counts=torch.zeros_like(batch.counts)), generators(0)[0])
    assert (nothing.abs() < 1e-6).all(), f"where nothing counts the score is {nothing.tolist()}"
    padding = replace(batch, x=torch.where(batch.exists, batch.x, (batch.x + 1) % subject.spec.vocab))
    a, b = (model.score(one, generators(0)[0]) for one in (batch, padding))
    assert torch.allclose(a, b, rtol=1e-5, atol=1e-5), f"padding changes the score from {a.tolist()} to {b.tolist()}"
    if subject.kind.score_kind == "exact":
        even = torch.arange(batch.x.shape[1]) % 2 == 0
        halves = [model.score(replace(batch, counts=batch.counts & half), generators(0)[0]) for half in (even, ~even)]
        assert torch.allclose(a, torch.stack(halves).sum(0), rtol=1e-4, atol=1e-4), (
            "two halves of the positions do not add up"
        )


@check(exact, has_masks)
def probabilities_sum_to_1(subject: Subject) -> None:
    """exp(-score) over all sequences of a length is a distribution: nothing hidden, nothing counted twice."""
    for model in (subject.fresh().eval(), subject.trained):
        batch = every_sequence(subject)
        total = float((-model.score(batch, generators(0)[0]).double()).exp().sum())
        length = batch.x.shape[1] - 1
        assert abs(total - 1) < 1e-3, f"the probabilities of all {len(batch)} sequences of {length} sum to {total:.6f}"


@check(bounds, has_masks)
def bounded_probabilities_sum_to_1_at_most(subject: Subject) -> None:
    """A bound on -log p lies above it, so that exp(-bound) sums to at most 1. A bound that is drawn is averaged first;
    what noise is left would raise the sum by half its variance (Jensen), which is taken off."""
    batch = every_sequence(subject)
    draws = torch.stack([subject.trained.score(batch, rng).double() for rng in generators(*range(16))])
    nats_B = draws.mean(0) + draws.var(0) / len(draws) / 2
    total = float((-nats_B).exp().sum())
    assert total < 1.05, f"exp(-bound) over all {len(batch)} sequences sums to {total:.4f}"


@check(exact, appends, has_masks)
def samples_are_as_frequent_as_the_score_says(subject: Subject) -> None:
    """The first tokens of many samples against exp(-score), by a chi-square test at one in ten thousand."""
    n, V = 600, subject.spec.vocab
    cond = subject.cond(1)
    rows = torch.zeros(n, dtype=torch.long)
    many = None if cond is None else cond.take(rows)
    first = [c.data for c in subject.trained.sample(generators(*range(n)), many, None, subject.options(max_new=1))]
    seen = torch.bincount(first[0][:, 0], minlength=V).double()
    told = (-subject.trained.score(every_sequence(subject, 1), generators(0)[0]).double()).exp() * n
    rare = told < 5
    groups = [(seen[i], told[i]) for i in (~rare).nonzero()[:, 0]] + [(seen[rare].sum(), told[rare].sum())]
    chi2 = float(sum((s - t).square() / t for s, t in groups if t > 0.5))
    freedom = max(sum(1 for _, t in groups if t > 0.5) - 1, 1)
    limit = freedom + 3.72 * (2 * freedom) ** 0.5 + 10  # above the 0.9999 quantile for every number of degrees here
    assert chi2 < limit, (
        f"first tokens seen {seen.int().tolist()}, told {told.round().int().tolist()}: chi-square {chi2:.1f}"
    )


def every_sequence(subject: Subject, longest: int = 3) -> Batch:
    """All sequences of one length, up to `longest`, such that they are not too many, each after the usual beginning."""
    V = subject.spec.vocab
    length = max(n for n in range(1, longest + 1) if n == 1 or V**n <= SEQUENCES)
    tails = torch.tensor(list(itertools.product(range(V), repeat=length)))
    opening = torch.tensor(subject.spec.opening or (0,))
    x_BT: Tensor = torch.cat([opening.expand(len(tails), -1), tails], 1)
    counts = torch.ones_like(x_BT, dtype=torch.bool)
    counts[:, : len(opening)] = False
    cond = subject.cond(1)
    return Batch(x_BT, None if cond is None else cond.take(torch.zeros(len(tails), dtype=torch.long)), None, counts)
