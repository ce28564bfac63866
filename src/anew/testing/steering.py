"""What a model promises of its dials: conditions, guidance, prompts and options do what they say or are refused.

B batch · T tokens · S the grid's own axes
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import torch
from torch import Tensor

from anew.contract import AppendOptions, Cond, OnceOptions, Prompt, RefineOptions, Unsupported
from anew.testing.sampling import appends, conditional, samples
from anew.testing.subject import Subject, conditions, first_difference
from anew.testing.suite import check, generators, refused


def gives_the_whole(subject: Subject) -> bool:
    return subject.kind.streams in ("refine", "once")


def unconditional(subject: Subject) -> bool:
    return subject.cond(1) is None


def has_temperature(subject: Subject) -> bool:
    return any(f.name == "temperature" for f in dataclasses.fields(subject.kind.options))


# ------------------------------------------------------------------------------------------------ conditions, guidance


@check(samples, unconditional)
def an_unconditional_model_refuses_a_condition(subject: Subject) -> None:
    carried = conditions(subject.spec.cond, 2, generators(0)[0])
    with refused("condition", "cond", "label", by=(Unsupported,)):
        subject.sample([0, 1], carried or Cond(label_B=torch.zeros(2, dtype=torch.long)))


@check(samples, conditional)
def a_condition_of_another_sort_is_refused(subject: Subject) -> None:
    carried = subject.spec.cond
    assert carried is not None
    other = Cond(attributes_BA=torch.zeros(2, 3)) if carried.classes else Cond(label_B=torch.zeros(2, dtype=torch.long))
    with refused(by=(Unsupported,)):
        subject.sample([0, 1], other)


@check(samples, conditional)
def no_condition_is_the_absent_condition(subject: Subject) -> None:
    cond = subject.cond(4)
    assert cond is not None
    absent, none = subject.sample(range(4), cond.absent()), subject.sample(range(4))
    assert torch.equal(absent, none), f"without a condition, {first_difference(absent, none)}"


@check(samples, conditional)
def what_an_absent_condition_holds_does_not_matter(subject: Subject) -> None:
    absent = torch.tensor([True, False, True, False])
    a, b = subject.cond(4), subject.cond(4, seed=11)
    assert a is not None and b is not None
    rows = [one.only(absent) for one in (a, hybrid(a, b, absent))]
    first, second = (subject.sample(range(4), one) for one in rows)
    assert torch.equal(first, second), f"an absent row's own value shows, {first_difference(first, second)}"


@check(samples, conditional)
def a_condition_changes_the_sample(subject: Subject) -> None:
    a, b = subject.cond(6), subject.cond(6, seed=11)
    assert a is not None
    with_a, with_b, without = (subject.sample(range(6), one) for one in (a, b, a.absent()))
    assert not torch.equal(with_a, with_b), "two conditions give the same samples"
    assert not torch.equal(with_a, without), "a condition and none give the same samples"


@check(samples, conditional)
def guidance_1_is_the_plain_model(subject: Subject) -> None:
    """Whatever it might have been steered away from."""
    options = subject.options(guidance=1.0, negative=subject.cond(6, seed=11))
    try:
        guided = subject.sample(range(6), subject.cond(6), options=options)
    except Unsupported as error:
        assert "negative" in str(error) or "guidance" in str(error), f"the refusal names neither: {error}"
        return
    assert torch.equal(subject.plain, guided), first_difference(subject.plain, guided)


@check(samples, conditional)
def guidance_0_is_the_absent_condition_or_is_refused(subject: Subject) -> None:
    cond = subject.cond(6)
    assert cond is not None
    try:
        unguided = subject.sample(range(6), cond, options=subject.options(guidance=0.0))
    except Unsupported as error:
        assert "guidance" in str(error), f"the refusal does not name guidance: {error}"
        return
    absent = subject.sample(range(6), cond.absent())
    near = torch.allclose(unguided.float(), absent.float(), rtol=1e-3, atol=1e-3)
    assert near, f"at guidance 0 the condition still steers, {first_difference(unguided, absent)}"


@check(samples, conditional)
def guidance_changes_the_sample_or_is_refused(subject: Subject) -> None:
    try:
        strong = subject.sample(range(6), subject.cond(6), options=subject.options(guidance=4.0))
    except Unsupported as error:
        assert "guidance" in str(error), f"the refusal does not name guidance: {error}"
        return
    assert not torch.equal(subject.plain, strong), "guidance 4 gives the samples of guidance 1"


@check(samples, conditional)
def a_negative_condition_works_or_is_refused(subject: Subject) -> None:
    cond, other = subject.cond(6), subject.cond(6, seed=11)
    assert cond is not None and other is not None
    try:
        guided = subject.sample(range(6), cond, options=subject.options(guidance=4.0))
        away = subject.sample(range(6), cond, options=subject.options(guidance=4.0, negative=other))
    except Unsupported as error:
        assert "negative" in str(error) or "guidance" in str(error), f"the refusal names neither: {error}"
        return
    assert not torch.equal(guided, away), "a negative condition is accepted and changes nothing"
    some = slice(3, 5)  # their negative conditions are not the first one
    pair = subject.options(guidance=4.0, negative=other.take(some))
    apart = subject.sample([3, 4], cond.take(some), options=pair)
    assert torch.equal(away[some], apart), "a row is not steered away from its own negative condition"
    for_all, same = other.take(slice(0, 1)), other.take(torch.zeros(6, dtype=torch.long))
    one, each = (
        subject.sample(range(6), cond, options=subject.options(guidance=4.0, negative=n)) for n in (for_all, same)
    )
    assert torch.equal(one, each), "a negative condition of one row does not serve for all"


# ------------------------------------------------------------------------------------------------ prompts


@check(appends)
def a_prompt_is_what_went_before(subject: Subject) -> None:
    """Greedily: a sample's own beginning, given as the prompt, is followed by the sample's own rest."""
    greedy, cond = subject.options(temperature=0.0), subject.cond(4)
    whole = subject.sample(range(4), cond, options=greedy)
    head = whole[:, :3]
    prompt = Prompt(values=head, known=torch.ones_like(head, dtype=torch.bool))
    rest = subject.sample(range(4), cond, prompt, greedy)
    width = min(rest.shape[1], whole.shape[1] - 3, 9)
    going_on = (
        torch.ones(4, dtype=torch.bool) if subject.spec.end is None else (whole[:, :3] != subject.spec.end).all(1)
    )
    assert going_on.any(), "every greedy sample ends at once"
    a, b = rest[going_on, :width], whole[going_on, 3 : 3 + width]
    assert torch.equal(a, b), f"after its first 3 tokens a sample goes on otherwise, {first_difference(a, b)}"


@check(appends)
def a_prompt_and_its_sample_fit_the_context(subject: Subject) -> None:
    """Asked for as many tokens as the context holds, a sequence does not grow past the spec's length."""
    full = subject.batch(2).x[:, 1:]
    prompt = Prompt(values=full[:, :-2], known=torch.ones_like(full[:, :-2], dtype=torch.bool))
    options = subject.options(max_new=None)
    grown = torch.cat([c.data for c in subject.trained.sample(generators(0, 1), subject.cond(2), prompt, options)], 1)
    assert 1 <= grown.shape[1] <= 3, f"after {full.shape[1] - 2} of {full.shape[1]} tokens came {grown.shape[1]} more"


@check(appends)
def more_tokens_than_the_context_holds_work_or_are_refused(subject: Subject) -> None:
    more = subject.spec.shape[0] + 4
    options = subject.options(max_new=more, temperature=1.5)
    cond = subject.cond(3)
    try:
        chunks = [c.data for c in subject.trained.sample(generators(0, 1, 2), cond, None, options)]
        alone = [c.data for c in subject.trained.sample(generators(1), cond and cond.take(slice(1, 2)), None, options)]
    except Unsupported as error:
        assert str(error), "it cannot, and gives no reason"
        return
    x_T, alone_T = torch.cat(chunks, 1)[1], torch.cat(alone, 1)[0]
    n = min(len(x_T), len(alone_T))
    assert n <= more and torch.equal(x_T[:n], alone_T[:n]), f"row 1 alone: {first_difference(x_T[:n], alone_T[:n])}"


@check(appends)
def known_tokens_after_a_gap_are_kept_or_refused(subject: Subject) -> None:
    values = subject.batch(2).x[:, :6]
    known = torch.tensor([[True, True, False, False, True, True]]).expand(2, -1)
    try:
        x = subject.sample([0, 1], subject.cond(2), Prompt(values=values, known=known))
    except Unsupported as error:
        assert "known" in str(error) or "prompt" in str(error), f"the refusal names neither known nor prompt: {error}"
        return
    assert torch.equal(x[:, 2:4], values[:, 4:6]), "known tokens after a gap are not kept"


@check(gives_the_whole)
def known_cells_come_out_bit_equal_or_are_refused(subject: Subject) -> None:
    x = subject.batch(4).x if subject.spec.kind == "grid" else subject.batch(4).x[:, 1:]
    known = torch.rand(x.shape, generator=torch.Generator().manual_seed(5)) < 0.5
    try:
        made = subject.sample(range(4), subject.cond(4), Prompt(values=x, known=known))
    except Unsupported as error:
        assert "known" in str(error) or "prompt" in str(error), f"the refusal names neither known nor prompt: {error}"
        return
    assert torch.equal(made[known], x[known]), "known cells come out changed"
    assert not torch.equal(made[~known], x[~known]), "the unknown cells were copied from the prompt's values"


@check(samples)
def strength_0_gives_the_start_back_or_is_refused(subject: Subject) -> None:
    x = subject.batch(4).x if subject.spec.kind == "grid" else subject.batch(4).x[:, 1:]
    try:
        kept = subject.sample(range(4), subject.cond(4), Prompt(start=x, strength=0.0))
        forgot = [subject.sample(range(4), subject.cond(4), Prompt(start=s, strength=1.0)) for s in (x, x.flip(0))]
        varied = subject.sample(range(4), subject.cond(4), Prompt(start=x, strength=0.5))
    except Unsupported as error:
        said = str(error)
        assert any(w in said for w in ("start", "strength", "prompt")), f"the refusal does not name the field: {error}"
        return
    assert torch.equal(kept, x), f"strength 0: {first_difference(kept, x)}"
    assert torch.equal(*forgot), "strength 1 remembers the start"
    assert not torch.equal(varied, kept) and not torch.equal(varied, forgot[0]), "strength 0.5 does nothing of its own"


@check(samples)
def a_prompt_of_the_wrong_shape_is_refused(subject: Subject) -> None:
    """Three rows of prompt for two generators, or cells of another grid, must not be broadcast silently."""
    if subject.spec.kind == "grid":
        values = torch.zeros(2, *(side + 1 for side in subject.spec.shape))
    else:
        values = subject.batch(3).x[:, :4]
    with refused(by=(Unsupported, ValueError)):
        subject.sample([0, 1], subject.cond(2), Prompt(values=values, known=torch.ones_like(values, dtype=torch.bool)))


# ------------------------------------------------------------------------------------------------ options


@check(samples)
def options_of_another_family_are_refused(subject: Subject) -> None:
    own = subject.kind.options
    for other in (AppendOptions, RefineOptions, OnceOptions):
        if not issubclass(own, other):
            with refused("ptions", "temperature", "steps", "solver", "max_new", by=(Unsupported,)):
                subject.sample([0, 1], subject.cond(2), options=other())


@check(samples)
def the_defaults_are_its_own_options(subject: Subject) -> None:
    if subject.kind.streams == "append":
        width = min(subject.plain.shape[1], 4)
        none = torch.cat([c.data for c in subject.trained.sample(generators(0, 1), subject.cond(2))], 1)
        default = torch.cat(
            [c.data for c in subject.trained.sample(generators(0, 1), subject.cond(2), None, subject.kind.options())], 1
        )
        assert torch.equal(none[:, :width], default[:, :width]), first_difference(none, default)
        return
    none = [c.data for c in subject.trained.sample(generators(*range(6)), subject.cond(6))][-1]
    assert torch.equal(subject.plain, none), first_difference(subject.plain, none)


@check(samples, has_temperature)
def temperature_0_needs_no_chance(subject: Subject) -> None:
    one = subject.cond(1)
    cond = None if one is None else one.take(torch.zeros(4, dtype=torch.long))
    x = subject.sample([0, 1, 2, 3], cond, options=subject.options(temperature=0.0))
    assert (x == x[:1]).all(), (
        f"four seeds give several samples at temperature 0, {first_difference(x[:1].expand_as(x), x)}"
    )


# ------------------------------------------------------------------------------------------------ what checks say it in


def hybrid(a: Cond, b: Cond, first: Tensor) -> Cond:
    """The values of `a` in the rows of `first`, those of `b` elsewhere."""
    values = {}
    for field in dataclasses.fields(Cond):
        x, y = getattr(a, field.name), getattr(b, field.name)
        values[field.name] = None if x is None else torch.where(first.view(-1, *[1] * (x.ndim - 1)), x, y)
    return replace(a, **values)
