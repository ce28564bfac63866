"""What the autoregressive verb promises its samplers: reading in pieces is reading at once, and a state can be handled.

`extend(x_BT, exists_BT, state, cond) -> logits_BTV, state` · B batch · T tokens · V vocabulary
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from anew.contract import Unsupported
from anew.testing.subject import Subject, first_difference
from anew.testing.suite import check

TOLERANCE = 2e-4  # floating-point products change their rounding with the number of tokens read at once


def extends(subject: Subject) -> bool:
    return hasattr(subject.kind, "extend")


def autoregressive(subject: Subject) -> bool:
    return subject.kind.family == "autoregressive"


@check(autoregressive)
def has_the_verb_of_its_family(subject: Subject) -> None:
    for verb in ("extend", "state_bytes"):
        assert callable(getattr(subject.kind, verb, None)), f"an autoregressive model without {verb}"


@check(extends)
@torch.no_grad()
def logits_look_at_the_past_alone(subject: Subject) -> None:
    x_BT = tokens(subject)
    middle = x_BT.shape[1] // 2
    other_BT = x_BT.clone()
    other_BT[:, middle:] = (x_BT[:, middle:] + 1) % subject.spec.vocab
    a, b = (read(subject, x)[0][:, :middle] for x in (x_BT, other_BT))
    assert torch.equal(a, b), f"a token changes what was said before it, {first_difference(a, b)}"


@check(extends)
@torch.no_grad()
def reading_in_pieces_is_reading_at_once(subject: Subject) -> None:
    x_BT = tokens(subject)
    whole, _ = read(subject, x_BT)
    for cuts in ([1] * x_BT.shape[1], [3, 1, 2, x_BT.shape[1] - 6], [x_BT.shape[1] - 1, 1]):
        start, state = 0, None
        for n in cuts:
            logits, state = read(subject, x_BT[:, start : start + n], state)
            close(whole[:, start : start + n], logits, f"read in pieces of {cuts}, tokens from {start} on")
            start += n


@check(extends)
@torch.no_grad()
def rows_of_several_lengths_are_read_as_if_alone(subject: Subject) -> None:
    """Padding to the right at first, and rows that pause later, while the others go on."""
    x_BT = tokens(subject)
    lengths = [3, 5, 2, 4]
    first = torch.arange(5) < torch.tensor(lengths)[:, None]
    junk = torch.where(first, x_BT[:, :5], (x_BT[:, :5] + 3) % subject.spec.vocab)
    logits, state = read(subject, junk, None, first)
    alone = [read(subject, x_BT[i : i + 1, :n], rows=[i])[0][0] for i, n in enumerate(lengths)]
    for i, n in enumerate(lengths):
        close(alone[i], logits[i, :n], f"row {i} of {n} tokens beside longer ones")
    reads = [i % 2 == 0 for i in range(4)]
    step = torch.stack([x_BT[i, n] for i, n in enumerate(lengths)])[:, None]
    _, state = read(subject, step, state, torch.tensor(reads)[:, None])
    lengths = [n + r for n, r in zip(lengths, reads, strict=True)]
    step = torch.stack([x_BT[i, n] for i, n in enumerate(lengths)])[:, None]
    logits, _ = read(subject, step, state)
    for i, n in enumerate(lengths):
        expected = read(subject, x_BT[i : i + 1, : n + 1], rows=[i])[0][0, -1]
        close(expected, logits[i, -1], f"row {i}, which {'went on' if reads[i] else 'paused'} a step")


@check(extends)
@torch.no_grad()
def a_state_can_be_taken_from(subject: Subject) -> None:
    x_BT, rows = tokens(subject), torch.tensor([2, 0, 0])
    _, state = read(subject, x_BT[:, :4])
    taken = state.take(rows)
    expected, _ = read(subject, x_BT[:, 4:6], state)
    got, _ = read(subject, x_BT[rows, 4:6], taken)
    close(expected[rows], got, f"rows {rows.tolist()} taken from a state")


@check(extends)
@torch.no_grad()
def states_can_be_joined(subject: Subject) -> None:
    x_BT = tokens(subject)
    expected, _ = read(subject, x_BT[:, 4:6], read(subject, x_BT[:, :4])[1])
    parts = [read(subject, x_BT[rows, :4], rows=rows)[1] for rows in ([0, 1], [2, 3])]
    got, _ = read(subject, x_BT[:, 4:6], parts[0].join(parts[1]))
    close(expected, got, "two states joined")


@check(extends)
@torch.no_grad()
def a_state_can_be_rewound_or_says_that_it_cannot(subject: Subject) -> None:
    x_BT = tokens(subject)
    expected, _ = read(subject, x_BT[:, 4:6], read(subject, x_BT[:, :4])[1])
    _, state = read(subject, (x_BT[:, 4:7] + 1) % subject.spec.vocab, read(subject, x_BT[:, :4])[1])
    try:
        state = state.rewind(3)
    except Unsupported as error:
        assert str(error), "it cannot, and gives no reason"
        return
    close(expected, read(subject, x_BT[:, 4:6], state)[0], "rewound by 3 tokens")


@check(extends)
@torch.no_grad()
def a_states_bytes_are_told_before_it_exists(subject: Subject) -> None:
    """`state_bytes(rows, positions)` is what a state takes that has read so many tokens and can go on."""
    model: Any = subject.trained
    x_BT = tokens(subject)
    for rows, n in ((4, 4), (1, 6), (4, x_BT.shape[1])):
        told = model.state_bytes(rows, n)
        _, state = read(subject, x_BT[:rows, : n - 1], rows=list(range(rows)))
        assert state.nbytes <= told, f"told {told} bytes for {rows} rows of {n} tokens; {n - 1} take {state.nbytes}"
        _, state = read(subject, x_BT[:rows, n - 1 : n], state)
        assert state.nbytes == told, f"told {told} bytes for {rows} rows of {n} tokens; they take {state.nbytes}"


# ------------------------------------------------------------------------------------------------ what checks say it in


def tokens(subject: Subject) -> Tensor:
    """(4, up to 12): sequences to read."""
    return subject.batch(4, seed=9).x[:, : min(12, subject.spec.shape[0])]


def read(
    subject: Subject, x_BT: Tensor, state: Any = None, exists_BT: Tensor | None = None, rows: list[int] | None = None
) -> tuple[Tensor, Any]:
    """Extend under the condition of these rows; it is given with the first call and taken up for good."""
    cond = subject.cond(4)
    if cond is not None:
        cond = None if state is not None else cond.take(torch.tensor(rows or list(range(len(x_BT)))))
    model: Any = subject.trained
    logits_BTV, state = model.extend(x_BT, exists_BT, state, cond)
    return logits_BTV, state


def close(expected: Tensor, got: Tensor, what: str) -> None:
    assert got.shape == expected.shape, f"{what}: logits {tuple(got.shape)}, not {tuple(expected.shape)}"
    gap = float((expected - got).abs().max())
    assert gap <= TOLERANCE * max(1.0, float(expected.abs().max())), f"{what}: the logits are {gap:.2g} off"
