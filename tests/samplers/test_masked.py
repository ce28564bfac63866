"""Unmasking, with a verb whose answers are known."""

import pytest
import torch

from anew.models.diffusion.masked import UnmaskOptions
from anew.samplers.masked import ancestral, confident, unmask

HIDDEN = 5


def generators(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


class Answers:
    """p of five symbols at each position, whatever stands elsewhere; and how often it was asked."""

    def __init__(self, p_TV):
        self.logits_TV, self.calls = torch.tensor(p_TV).log(), 0

    def __call__(self, x_BT):
        self.calls += 1
        return self.logits_TV.expand(len(x_BT), -1, -1)


def even(length):
    return Answers([[0.2] * 5] * length)


def rows(n, length, known=()):
    hidden = torch.ones(n, length, dtype=torch.bool)
    hidden[:, list(known)] = False
    return torch.where(hidden, HIDDEN, 0), hidden


def left(step):
    return (step.x_BT == HIDDEN).sum(1)


@pytest.mark.parametrize("order", [ancestral, confident])
@pytest.mark.parametrize(("steps", "calls"), [(1, 1), (3, 3), (7, 7), (20, 7)])
def test_as_many_a_step_as_can_be_even_and_no_call_for_nothing(order, steps, calls):
    answers = even(8)
    x, hidden = rows(3, 8, known=[2])
    made = list(unmask(answers, x, hidden, generators(0, 1, 2), UnmaskOptions(), order=order, steps=steps))
    assert answers.calls == calls and made[-1].progress == 1.0
    gone = [7 - left(step) for step in made]
    assert all((n - 7 * step.progress).abs().max() < 1 for n, step in zip(gone, made, strict=True))
    assert (left(made[-1]) == 0).all() and (made[-1].x_BT[:, 2] == 0).all()
    assert torch.equal(made[-1].x_BT, made[-1].clean_BT)


def test_a_row_without_a_hidden_token_needs_no_call():
    answers = even(4)
    x, hidden = rows(1, 4, known=range(4))
    (only,) = unmask(answers, x, hidden, generators(0), UnmaskOptions(), steps=5)
    assert answers.calls == 0 and only.progress == 1.0 and torch.equal(only.x_BT, x)


def test_tokens_come_as_often_as_they_are_likely():
    x, hidden = rows(4000, 2)
    answers = Answers([[0.5, 0.3, 0.1, 0.07, 0.03]] * 2)
    *_, step = unmask(answers, x, hidden, generators(*range(4000)), UnmaskOptions(), steps=2)
    shares = torch.bincount(step.x_BT.flatten(), minlength=5) / 8000
    assert (shares - torch.tensor([0.5, 0.3, 0.1, 0.07, 0.03])).abs().max() < 0.02
    both = (step.x_BT == 0).all(1).float().mean()
    assert abs(float(both) - 0.25) < 0.03, "two tokens of a row are not independent"


def test_the_ancestral_order_is_any_order():
    x, hidden = rows(3000, 3)
    first = next(unmask(even(3), x, hidden, generators(*range(3000)), UnmaskOptions(), order=ancestral, steps=3))
    shares = (first.x_BT != HIDDEN).float().mean(0)
    assert (shares - 1 / 3).abs().max() < 0.03


def test_the_confident_order_is_by_the_likeliest_token_not_the_drawn_one():
    x, hidden = rows(500, 3)
    sure = Answers([[0.4, 0.3, 0.1, 0.1, 0.1], [0.7, 0.1, 0.1, 0.05, 0.05], [0.2] * 5])
    steps = list(unmask(sure, x, hidden, generators(*range(500)), UnmaskOptions(), order=confident, steps=3))
    shown = [[bool((s.x_BT[:, t] != HIDDEN).all()) for t in range(3)] for s in steps]
    assert shown == [[False, True, False], [True, True, False], [True, True, True]]
    assert abs(float((steps[-1].x_BT[:, 1] == 0).float().mean()) - 0.7) < 0.08


def test_what_may_never_stand_somewhere_does_not():
    x, hidden = rows(300, 3)
    never = torch.zeros(300, 3, 5, dtype=torch.bool)
    never[:, 0, 2:] = True
    *_, step = unmask(even(3), x, hidden, generators(*range(300)), UnmaskOptions(), steps=3, never_BTV=never)
    assert step.x_BT[:, 0].max() == 1 and step.x_BT[:, 1].max() == 4


def test_a_row_is_the_same_in_any_company():
    x, hidden = rows(4, 6)
    hidden[0, 3:] = False
    x = torch.where(hidden, HIDDEN, 0)
    *_, together = unmask(even(6), x, hidden, generators(0, 1, 2, 3), UnmaskOptions(), steps=4)
    for i in range(4):
        *_, alone = unmask(even(6), x[i : i + 1], hidden[i : i + 1], generators(i), UnmaskOptions(), steps=4)
        assert torch.equal(together.x_BT[i], alone.x_BT[0])
