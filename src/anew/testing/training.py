"""What a model promises a trainer: kinds, phases, the loss, training that resumes and weights that can be stored.

B batch · T tokens
"""

from __future__ import annotations

import copy
import math
from dataclasses import fields, replace
from typing import get_args

import safetensors.torch
import torch
from torch import Tensor

from anew.contract import Batch, Cond, Kind, Model, Options, Role, ScoreKind, Streams, Unsupported
from anew.recipe import keywords
from anew.testing.subject import Optimisers, Subject, first_difference, optimisers_of, other_spec, train_step
from anew.testing.suite import check, generators, global_generators_untouched, refused, seeded


def models_one_kind(subject: Subject) -> bool:
    return len(subject.kind.kinds) == 1


def has_masks(subject: Subject) -> bool:
    return subject.spec.kind == "tokens" and subject.kind.family != "judge"


def carries_conditions(subject: Subject) -> bool:
    return subject.kind.family != "judge" and subject.spec.cond is not None


def predicts_from_the_left(subject: Subject) -> bool:
    return subject.kind.family == "autoregressive"


# ------------------------------------------------------------------------------------------------ what it says it is


@check()
def says_what_it_is(subject: Subject) -> None:
    kind = subject.kind
    assert isinstance(kind.family, str) and kind.family, "family is not a name"
    assert kind.kinds and set(kind.kinds) <= set(get_args(Kind)), f"kinds {kind.kinds!r}"
    assert kind.streams is None or kind.streams in get_args(Streams), f"streams {kind.streams!r}"
    assert kind.score_kind is None or kind.score_kind in get_args(ScoreKind), f"score_kind {kind.score_kind!r}"
    assert issubclass(kind.options, Options), f"options {kind.options!r} is no kind of Options"
    assert kind.rows >= 1, f"rows {kind.rows}"


@check()
def sizes_name_settings_of_the_constructor(subject: Subject) -> None:
    known = keywords(subject.kind)
    required = [name for name, p in known.items() if p.default is p.empty]
    assert not required, f"hyper-parameters without a default: {required}"
    for size, settings in subject.kind.sizes.items():
        assert size in ("xs", "s", "m", "l"), f"the dial has no size {size!r}"
        strange = sorted(set(settings) - set(known))
        assert not strange, f"size {size} sets {strange}, which the constructor lacks"


@check(models_one_kind)
def refuses_the_other_kind_with_a_reason(subject: Subject) -> None:
    spec = other_spec(subject.spec)
    with seeded(0), refused(spec.kind, by=(Unsupported,)):
        subject.kind(spec)


@check()
def construction_depends_on_its_seed_alone(subject: Subject) -> None:
    same = differing(subject.fresh(5), subject.fresh(5))
    assert not same, f"two models from one seed differ in {same[0]}"


# ------------------------------------------------------------------------------------------------ phases


@check()
def phases_cover_each_trainable_parameter_once(subject: Subject) -> None:
    model = subject.fresh()
    phases = model.phases()
    assert len({phase.name for phase in phases}) == len(phases), "two phases bear one name"
    names = {id(p): name for name, p in model.named_parameters()}
    covered = [id(p) for phase in phases for p in phase.parameters()]
    assert set(covered) <= set(names), "a phase moves a tensor that is no parameter of the model"
    twice = sorted({names[i] for i in covered if covered.count(i) > 1})
    assert not twice, f"covered twice: {twice}"
    missing = [name for name, p in model.named_parameters() if p.requires_grad and id(p) not in set(covered)]
    assert not missing, f"covered by no phase: {missing}"
    frozen = [name for name, p in model.named_parameters() if not p.requires_grad and id(p) in set(covered)]
    assert not frozen, f"frozen, yet a phase moves it: {frozen}"


@check()
def phases_give_each_parameter_a_valid_role(subject: Subject) -> None:
    for phase in subject.fresh().phases():
        assert phase.every >= 1, f"phase {phase.name} comes every {phase.every} steps"
        assert set(phase.params) <= set(get_args(Role)), f"phase {phase.name} has the roles {sorted(phase.params)}"
        for p in phase.params.get("matrix", ()):
            assert p.ndim >= 2, f"phase {phase.name} calls a parameter of shape {tuple(p.shape)} a matrix"


# ------------------------------------------------------------------------------------------------ loss


@check()
def loss_is_a_finite_scalar_with_detached_stats(subject: Subject) -> None:
    model, batch = subject.fresh(), subject.batch()
    for phase in model.phases():
        loss, stats = model.loss(batch, phase.name, torch.Generator().manual_seed(0))
        assert loss.shape == () and loss.isfinite(), f"phase {phase.name}: loss {loss}"
        assert loss.requires_grad, f"phase {phase.name}: the loss has no gradient"
        for name, value in stats.items():
            assert isinstance(value, Tensor) and value.numel() == 1, f"stat {name} is no scalar tensor: {value!r}"
            assert not value.requires_grad, f"stat {name} keeps its graph"


@check()
def loss_moves_its_own_phase_alone(subject: Subject) -> None:
    for name in [phase.name for phase in subject.fresh().phases()]:
        model = subject.fresh()
        phase = next(one for one in model.phases() if one.name == name)
        before = copy.deepcopy(model)
        train_step(model, {name: optimisers_of(phase)}, subject.batch(), 0, torch.Generator().manual_seed(0))
        own = {id(p) for p in phase.parameters()}
        names = [n for n, p in model.named_parameters() if id(p) in own]
        still = [n for n, p in model.named_parameters() if id(p) in own and p.grad is None]
        assert not still, f"phase {name}: no gradient reaches {still}"
        rows = {id(p) for p in phase.params.get("rows", ())}
        other = [n for n, p in model.named_parameters() if id(p) in own and is_sparse(p.grad) != (id(p) in rows)]
        assert not other, f"phase {name}: a sparse gradient and the role rows go together, and do not in {other}"
        bad = [n for n, p in model.named_parameters() if id(p) in own and not dense(p.grad).isfinite().all()]
        assert not bad, f"phase {name}: the gradient of {bad} is not finite"
        moved = [n for n in differing(before, model) if n in dict(model.named_parameters())]
        assert set(moved) & set(names), f"phase {name} moved none of its parameters"
        assert set(moved) <= set(names), f"phase {name} moved {sorted(set(moved) - set(names))}, which it does not hold"


@check()
def loss_does_not_change_the_batch(subject: Subject) -> None:
    model, batch = subject.fresh(), subject.batch()
    before = batch.map(torch.clone)
    for phase in model.phases():
        model.loss(batch, phase.name, torch.Generator().manual_seed(0))
        assert torch.equal(before.x, batch.x), f"phase {phase.name} changed x"
        for mask in ("exists", "counts"):
            a, b = getattr(before, mask), getattr(batch, mask)
            assert a is None or torch.equal(a, b), f"phase {phase.name} changed {mask}"
        if batch.cond is not None and before.cond is not None:
            for field in fields(Cond):
                a, b = getattr(before.cond, field.name), getattr(batch.cond, field.name)
                assert a is None or torch.equal(a, b), f"phase {phase.name} changed the condition's {field.name}"


@check()
def loss_repeats_with_its_generator(subject: Subject) -> None:
    model, batch = subject.fresh(), subject.batch()
    for phase in model.phases():
        losses = []
        for seed in (0, 1):
            with seeded(seed):
                twin = copy.deepcopy(model)
                losses.append(twin.loss(batch, phase.name, torch.Generator().manual_seed(7))[0])
        assert torch.equal(*losses), f"phase {phase.name}: one generator, two losses: {losses[0]} and {losses[1]}"


@check()
def loss_leaves_global_generators_alone(subject: Subject) -> None:
    model, batch = subject.fresh(), subject.batch()
    with global_generators_untouched():
        for phase in model.phases():
            model.loss(batch, phase.name, torch.Generator().manual_seed(0))[0].backward()  # type: ignore[no-untyped-call]


@check()
def loss_is_the_weighted_mean_of_its_parts(subject: Subject) -> None:
    """Gradient accumulation depends on it. A loss with noise in it is compared by its mean over many draws."""
    model, batch = subject.trained, subject.batch(12)
    parts = [batch.take(slice(0, 3)), batch.take(slice(3, 12))]
    shares = [part.weight / batch.weight for part in parts]
    for phase in model.phases():
        draws = 96 if subject.is_random(model, phase.name, batch) else 1
        gaps = []
        with torch.no_grad():
            for seed in range(draws):
                whole, *some = (model.loss(b, phase.name, generators(seed)[0])[0] for b in (batch, *parts))
                gaps.append(whole - sum(share * part for share, part in zip(shares, some, strict=True)))
        gap, scale = torch.stack(gaps), whole.abs() + 1e-6
        allowed = 1e-4 * scale + (5 * gap.std() / math.sqrt(draws) if draws > 1 else 0)
        assert gap.mean().abs() <= allowed, (
            f"phase {phase.name}: the loss of a batch lies {gap.mean():.4g} off the mean of its two parts' losses "
            f"weighted by {shares[0]:.3f} and {shares[1]:.3f} (loss {whole:.4g}, allowed {allowed:.2g})"
        )


@check(has_masks)
def what_does_not_exist_does_not_matter(subject: Subject) -> None:
    model, batch = subject.trained, subject.batch()
    assert batch.exists is not None, "the suite's draw must give rows of several lengths"
    other = replace(batch, x=torch.where(batch.exists, batch.x, shifted(subject, batch)))
    for phase in model.phases():
        same_loss(model, phase.name, batch, other, "padding")


@check(has_masks)
def a_row_that_counts_nowhere_does_not_matter(subject: Subject) -> None:
    """The loss is the mean over what counts: a row without a counted position is as good as not there."""
    model, batch = subject.trained, subject.batch()
    assert batch.counts is not None and batch.exists is not None
    silent = batch.counts.clone()
    silent[-1] = False
    x = batch.x.clone()
    x[-1] = shifted(subject, batch)[-1]
    for phase in model.phases():
        same_loss(model, phase.name, replace(batch, counts=silent), replace(batch, counts=silent, x=x), "a silent row")
        if not subject.is_random(model, phase.name, batch):
            alone = replace(batch, counts=silent).take(slice(0, len(batch) - 1))
            same_loss(model, phase.name, replace(batch, counts=silent), alone, "the presence of a silent row", 1e-4)


@check(has_masks)
def masks_left_out_are_masks_of_everything(subject: Subject) -> None:
    """Everything exists, and everything but position 0 counts."""
    model, batch = subject.trained, subject.batch()
    whole = torch.ones_like(batch.x, dtype=torch.bool)
    after_first = whole.clone()
    after_first[:, 0] = False
    for phase in model.phases():
        written_out, left_out = (
            replace(batch, exists=whole, counts=after_first),
            replace(batch, exists=None, counts=None),
        )
        same_loss(model, phase.name, written_out, left_out, "leaving the masks out", 1e-5)


@check(carries_conditions)
def loss_takes_rows_without_a_condition(subject: Subject) -> None:
    """Some rows' labels are missing, or all of them."""
    model, batch = subject.fresh(), subject.batch()
    assert batch.cond is not None, "the suite's draw must give the conditions that the spec carries"
    for cond in (batch.cond.only(torch.arange(len(batch)) % 2 == 0), batch.cond.absent(), None):
        for phase in model.phases():
            loss, _ = model.loss(replace(batch, cond=cond), phase.name, torch.Generator().manual_seed(0))
            assert loss.isfinite(), f"phase {phase.name}: the loss is {loss} where conditions are absent"


@check(has_masks)
def loss_of_nothing_is_finite(subject: Subject) -> None:
    """A micro-batch may hold nothing that counts; its weight is 0, and 0 times NaN is NaN."""
    model, batch = subject.fresh(), subject.batch()
    nothing = replace(batch, counts=torch.zeros_like(batch.x, dtype=torch.bool))
    for phase in model.phases():
        loss, _ = model.loss(nothing, phase.name, torch.Generator().manual_seed(0))
        assert loss.isfinite(), f"phase {phase.name}: the loss is {loss} when nothing counts"


@check(has_masks, predicts_from_the_left)
def what_does_not_count_is_only_context(subject: Subject) -> None:
    """Positions at a row's end that exist but do not count are nobody's context: their values change nothing."""
    model, batch = subject.trained, subject.batch()
    assert batch.counts is not None
    middle = batch.x.shape[1] // 2
    counts = batch.counts.clone()
    counts[:, middle:] = False
    x = batch.x.clone()
    x[:, middle:] = shifted(subject, batch)[:, middle:]
    whole = torch.ones_like(counts)
    for phase in model.phases():
        a, b = (replace(batch, x=values, counts=counts, exists=whole) for values in (batch.x, x))
        same_loss(model, phase.name, a, b, "a position that does not count")


# ------------------------------------------------------------------------------------------------ training


@check()
def each_phase_lowers_its_loss_on_one_batch(subject: Subject) -> None:
    """With the other phases held still, so that the two sides of a game are each seen to learn."""
    batch = subject.batch()
    for name in [phase.name for phase in subject.fresh().phases()]:
        model, rng = subject.fresh(), torch.Generator().manual_seed(1)
        own = {name: optimisers_of(next(phase for phase in model.phases() if phase.name == name))}
        before = mean_loss(model, name, batch)
        for _ in range(40):
            train_step(model, own, batch, 0, rng)
        after = mean_loss(model, name, batch)
        assert math.isfinite(after), f"phase {name}: the loss became {after}"
        assert after < before - 0.1 * abs(before), (
            f"phase {name}: 40 steps took the loss from {before:.4g} to {after:.4g}"
        )


@check()
def training_resumes_to_the_same_bits(subject: Subject) -> None:
    def run(model: Model, optimisers: Optimisers, steps: range, rng: torch.Generator) -> None:
        for step in steps:
            train_step(model, optimisers, subject.batch(seed=step), step, rng)

    whole, rng = subject.fresh(), torch.Generator().manual_seed(1)
    optimisers = {phase.name: optimisers_of(phase) for phase in whole.phases()}
    run(whole, optimisers, range(3), rng)
    weights = {name: value.clone() for name, value in whole.state_dict().items()}
    moments = {name: [copy.deepcopy(one.state_dict()) for one in some] for name, some in optimisers.items()}
    noise = rng.get_state()
    run(whole, optimisers, range(3, 6), rng)

    resumed = other_weights(subject)
    resumed.load_state_dict(weights)
    optimisers = {phase.name: optimisers_of(phase) for phase in resumed.phases()}
    for name, some in optimisers.items():
        for one, kept in zip(some, moments[name], strict=True):
            one.load_state_dict(kept)
    run(resumed, optimisers, range(3, 6), torch.Generator().set_state(noise))
    apart = differing(whole, resumed)
    assert not apart, f"a run resumed after 3 of 6 steps ends with another {apart[0]}"


# ------------------------------------------------------------------------------------------------ weights on disk


@check()
def state_dict_holds_all_that_it_learnt(subject: Subject) -> None:
    twin = other_weights(subject)
    twin.load_state_dict(subject.trained.state_dict())
    same_behaviour(subject, twin.eval())


@check()
def safetensors_hold_all_that_it_learnt(subject: Subject) -> None:
    saved = safetensors.torch.save({name: v.contiguous() for name, v in subject.trained.state_dict().items()})
    twin = other_weights(subject)
    twin.load_state_dict(safetensors.torch.load(saved))
    same_behaviour(subject, twin.eval())


# ------------------------------------------------------------------------------------------------ what checks say it in


def same_behaviour(subject: Subject, twin: Model) -> None:
    """The twin samples, or else loses, as the trained model does."""
    if subject.kind.streams is not None:
        again = subject.sample(range(6), subject.cond(6), model=twin)
        assert torch.equal(subject.plain, again), f"its samples differ, {first_difference(subject.plain, again)}"
    for phase in twin.phases():
        a, b = (m.loss(subject.batch(), phase.name, generators(0)[0])[0] for m in (subject.trained, twin))
        assert torch.equal(a, b), f"its loss differs: {a} and {b}"


def other_weights(subject: Subject) -> Model:
    """A model made alike whose weights are all different."""
    model = subject.fresh(99)
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.is_floating_point():
                value.add_(0.1)
    return model


def same_loss(model: Model, phase: str, a: Batch, b: Batch, what: str, tolerance: float = 1e-6) -> None:
    first, second = (model.loss(batch, phase, generators(0)[0])[0] for batch in (a, b))
    apart = (first - second).abs()
    assert apart <= tolerance * first.abs() + 1e-7, f"phase {phase}: {what} changes the loss, {first} to {second}"


def mean_loss(model: Model, phase: str, batch: Batch) -> float:
    with torch.no_grad():
        return float(torch.stack([model.loss(batch, phase, rng)[0] for rng in generators(*range(8))]).mean())


def shifted(subject: Subject, batch: Batch) -> Tensor:
    """Other valid tokens everywhere."""
    return (batch.x + 1) % subject.spec.vocab


def differing(a: Model, b: Model) -> list[str]:
    """The names in the state dict under which two models differ."""
    theirs = b.state_dict()
    return [name for name, value in a.state_dict().items() if not torch.equal(value, theirs[name])]


def is_sparse(gradient: Tensor | None) -> bool:
    return gradient is not None and gradient.is_sparse


def dense(gradient: Tensor | None) -> Tensor:
    assert gradient is not None
    return gradient.coalesce().values() if gradient.is_sparse else gradient
