"""What a model promises those who draw from it: chunks, exactness row by row, conditions, guidance, prompts, options.

B batch · T tokens · V vocabulary · S the grid's own axes
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from anew.contract import AppendOptions, Chunk, Cond, Prompt, Unsupported
from anew.testing.subject import Subject, first_difference, ordinary
from anew.testing.suite import check, generators, global_generators_untouched, refused, seeded


def samples(subject: Subject) -> bool:
    return subject.kind.streams is not None


def does_not_sample(subject: Subject) -> bool:
    return subject.kind.streams is None


def appends(subject: Subject) -> bool:
    return subject.kind.streams == "append"


def is_grid(subject: Subject) -> bool:
    return subject.spec.kind == "grid"


def conditional(subject: Subject) -> bool:
    return subject.cond(1) is not None


def unconditional(subject: Subject) -> bool:
    return subject.cond(1) is None


def has_temperature(subject: Subject) -> bool:
    return any(f.name == "temperature" for f in dataclasses.fields(subject.kind.options))


# ------------------------------------------------------------------------------------------------ chunks


@check(does_not_sample)
def refuses_to_sample(subject: Subject) -> None:
    with refused(by=(Unsupported,)):
        list(subject.trained.sample(generators(0)))


@check(samples)
def samples_have_the_shape_range_and_type_of_the_spec(subject: Subject) -> None:
    x, spec = subject.plain, subject.spec
    assert not x.requires_grad, "samples keep a graph"
    if spec.kind == "tokens":
        assert x.dtype == torch.int64, f"tokens are {x.dtype}"
        assert x.ndim == 2 and len(x) == 6 and x.shape[1] <= spec.shape[0], f"shape {tuple(x.shape)}"
        assert 0 <= int(x.min()) and int(x.max()) < spec.vocab, f"tokens from {x.min()} to {x.max()} of {spec.vocab}"
    else:
        assert x.dtype == torch.float32, f"a grid is {x.dtype}"
        assert x.shape == (6, *spec.shape), f"shape {tuple(x.shape)}, not {(6, *spec.shape)}"
        assert x.isfinite().all(), "samples are not finite"


@check(samples)
def only_the_last_chunk_is_done_and_progress_rises_to_1(subject: Subject) -> None:
    chunks = drawn(subject)
    progress = [chunk.progress for chunk in chunks]
    for chunk in chunks:
        assert chunk.done_B.shape == (4,) and chunk.done_B.dtype == torch.bool, f"done_B is {chunk.done_B!r}"
    assert progress[-1] == 1.0, f"the last chunk's progress is {progress[-1]}"
    assert all(0 <= a < b for a, b in zip(progress[:-1], progress[1:], strict=True)), f"progress {progress}"
    assert bool(chunks[-1].done_B.all()), f"rows left undone: {chunks[-1].done_B.tolist()}"
    early = [i for i, chunk in enumerate(chunks[:-1]) if chunk.done_B.all()]
    assert not early, f"all rows are done in chunk {early[0]} of {len(chunks)}, and more follow"
    for before, after in zip(chunks[:-1], chunks[1:], strict=True):
        assert not (before.done_B & ~after.done_B).any(), "a row that was done is not done any more"


@check(samples)
def chunks_come_as_streams_says(subject: Subject) -> None:
    chunks, streams = drawn(subject), subject.kind.streams
    if streams == "once":
        assert len(chunks) == 1, f"{len(chunks)} chunks of a model that gives its samples at once"
    elif streams == "refine":
        assert len(chunks) > 1, "one chunk of a model that refines"
        shapes = {tuple(chunk.data.shape[1:]) for chunk in chunks}
        assert shapes == {subject.spec.shape} or subject.spec.kind == "tokens", f"estimates of shapes {shapes}"
    else:
        lengths = [chunk.data.shape[1] for chunk in chunks]
        assert min(lengths) >= 1, "a chunk without a token"
        short = AppendOptions(max_new=3)
        short_lengths = [
            c.data.shape[1] for c in subject.trained.sample(generators(0, 1), subject.cond(2), None, short)
        ]
        assert sum(short_lengths) <= 3, f"max_new 3 gave {sum(short_lengths)} tokens"


@check(appends)
def a_done_row_goes_on_with_the_end_symbol(subject: Subject) -> None:
    end = subject.spec.end
    grown: list[Tensor] = []
    chunks = list(subject.trained.sample(generators(*range(24)), subject.cond(24), None, subject.options()))
    for chunk in chunks:
        grown.append(chunk.data)
        x_BT = torch.cat(grown, 1)
        ended_B = torch.isin(x_BT, torch.tensor(subject.spec.ends)).any(1)
        if chunk is not chunks[-1]:
            assert torch.equal(ended_B, chunk.done_B), (
                f"rows that ended {ended_B.tolist()}, done {chunk.done_B.tolist()}"
            )
    if end is not None:
        over_BT = torch.isin(x_BT, torch.tensor(subject.spec.ends)).cumsum(1)
        after_BT = (over_BT.roll(1, 1) > 0) & (x_BT != end)
        after_BT[:, 0] = False
        assert not after_BT.any(), f"tokens after the end of rows {after_BT.any(1).nonzero()[:, 0].tolist()}"


# ------------------------------------------------------------------------------------------------ randomness, exactness


@check(samples)
def one_seed_gives_one_sample(subject: Subject) -> None:
    with seeded(1):
        again = subject.sample(range(6), subject.cond(6))
    assert torch.equal(subject.plain, again), f"drawn again, {first_difference(subject.plain, again)}"


@check(samples)
def different_seeds_give_different_samples(subject: Subject) -> None:
    same = subject.cond(1)
    cond = None if same is None else same.take(torch.zeros(6, dtype=torch.long))
    a, b = subject.sample(range(6), cond), subject.sample(range(50, 56), cond)
    assert not torch.equal(a, b), "seeds 0 to 5 and 50 to 55 give the same samples"
    assert not (a == a[:1]).all(), "six seeds give one sample six times"


@check(samples)
def a_row_does_not_depend_on_its_company(subject: Subject) -> None:
    """More rows than one block, drawn together, in another order, and each alone: the same bits."""
    n = min(subject.kind.rows + 3, 16)
    cond = subject.cond(n)
    together = subject.sample(range(n), cond)
    back = torch.arange(n - 1, -1, -1)
    reversed_ = subject.sample(range(n - 1, -1, -1), None if cond is None else cond.take(back))
    assert torch.equal(together, reversed_[back]), f"in another order, {first_difference(together, reversed_[back])}"
    for i in {0, 1, n // 2, n - 1}:
        alone = subject.sample([i], None if cond is None else cond.take(slice(i, i + 1)))
        assert torch.equal(together[i], alone[0]), f"row {i} alone: {first_difference(together[i], alone[0])}"


@check(samples, conditional)
def a_row_under_a_mixed_condition_does_not_depend_on_its_company(subject: Subject) -> None:
    """Some rows' conditions absent, and guided where guidance is offered."""
    cond = mixed(subject, 5)
    for guidance in (1.0, 2.5):
        options = subject.options(guidance=guidance)
        try:
            together = subject.sample(range(5), cond, options=options)
        except Unsupported:
            assert guidance != 1.0, "rows with and without a condition are refused"
            continue
        for i in range(5):
            alone = subject.sample([i], cond.take(slice(i, i + 1)), options=options)
            where = f"row {i} alone, guidance {guidance}"
            assert torch.equal(together[i], alone[0]), f"{where}: {first_difference(together[i], alone[0])}"


@check(appends)
def a_row_with_a_ragged_prompt_does_not_depend_on_its_company(subject: Subject) -> None:
    prompt, lengths = ragged(subject, 5)
    assert prompt.values is not None and prompt.known is not None
    cond, options = subject.cond(5), subject.options(max_new=max(2, subject.spec.shape[0] - max(lengths) - 1))
    together = subject.sample(range(5), cond, prompt, options)
    for i, length in enumerate(lengths):
        own = Prompt(values=prompt.values[i : i + 1, :length], known=prompt.known[i : i + 1, :length])
        alone = subject.sample([i], None if cond is None else cond.take(slice(i, i + 1)), own, options)
        what = f"row {i}, prompt of {length}, alone"
        assert torch.equal(together[i], alone[0]), f"{what}: {first_difference(together[i], alone[0])}"


@check(samples)
def sampling_leaves_global_generators_alone(subject: Subject) -> None:
    with global_generators_untouched():
        subject.sample([0, 1], subject.cond(2))


@check(samples)
def sampling_leaves_the_model_as_it_was(subject: Subject) -> None:
    model = subject.trained
    before = {name: value.clone() for name, value in model.state_dict().items()}
    subject.sample([7, 8], subject.cond(2))
    changed = [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]
    assert not changed, f"sampling changed {changed}"
    assert not model.training, "sampling switched the model to training"
    with torch.enable_grad():
        data = next(iter(model.sample(generators(0), subject.cond(1)))).data
    assert not data.requires_grad, "sampling builds a graph"


# ------------------------------------------------------------------------------------------------ what checks say it in


def drawn(subject: Subject) -> list[Chunk]:
    chunks = list(subject.trained.sample(generators(0, 1, 2, 3), subject.cond(4), None, subject.options()))
    assert chunks, "no chunk came"
    return chunks


def mixed(subject: Subject, n: int) -> Cond:
    cond = subject.cond(n)
    assert cond is not None
    return cond.only(torch.arange(n) % 2 == 0)


def ragged(subject: Subject, n: int) -> tuple[Prompt, list[int]]:
    """Prompts of 0 to 5 tokens, without the symbols that begin a sequence, which the model itself puts there; what
    lies behind a prompt's end is arbitrary and not known."""
    lengths = [(3 * i + 1) % 6 for i in range(n)]
    values = subject.batch(n, seed=4).x[:, 1 : 1 + max(lengths)]
    special = torch.tensor([*subject.spec.opening, *subject.spec.ends])
    values = torch.where(torch.isin(values, special), ordinary(subject.spec)[0], values)
    known = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return Prompt(values=values, known=known), lengths
