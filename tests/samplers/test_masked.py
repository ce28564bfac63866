"""The orders in which hidden tokens are revealed, with a verb whose answers are known."""

from functools import partial

import pytest
import torch

from anew.models.diffusion.masked import UnmaskOptions
from anew.samplers.masked import ancestral, confident, unmask
from anew.testing import check_sampler

HIDDEN = 5


def generators(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def answers(p_TV):
    """p of five symbols at each position, whatever stands elsewhere."""
    return lambda x_BT: torch.tensor(p_TV).log().expand(len(x_BT), -1, -1)


def rows(n, length):
    hidden = torch.ones(n, length, dtype=torch.bool)
    return torch.where(hidden, HIDDEN, 0), hidden


@pytest.mark.parametrize("order", [ancestral, confident])
def test_any_order_keeps_the_contract(order):
    assert len(check_sampler(partial(unmask, order=order))) == 5


def test_the_ancestral_order_is_any_order():
    x, hidden = rows(3000, 3)
    first = next(
        unmask(answers([[0.2] * 5] * 3), x, hidden, generators(*range(3000)), UnmaskOptions(), order=ancestral, steps=3)
    )
    shares = (first.x_BT != HIDDEN).float().mean(0)
    assert (shares - 1 / 3).abs().max() < 0.03


def test_the_confident_order_is_by_the_likeliest_token_not_the_drawn_one():
    x, hidden = rows(500, 3)
    sure = answers([[0.4, 0.3, 0.1, 0.1, 0.1], [0.7, 0.1, 0.1, 0.05, 0.05], [0.2] * 5])
    steps = list(unmask(sure, x, hidden, generators(*range(500)), UnmaskOptions(), order=confident, steps=3))
    shown = [[bool((s.x_BT[:, t] != HIDDEN).all()) for t in range(3)] for s in steps]
    assert shown == [[False, True, False], [True, True, False], [True, True, True]]
    assert abs(float((steps[-1].x_BT[:, 1] == 0).float().mean()) - 0.7) < 0.08
