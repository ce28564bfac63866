"""Jumps by a mean velocity; guidance as a wrapper. (The solvers are held to their promises by the suite.)"""

import math

import pytest
import torch

from anew.contract import Cond, Unsupported
from anew.samplers.flow import jump
from anew.samplers.guidance import guided, steer, steer_clear


def test_jumps_by_the_exact_mean_velocity_are_exact_in_any_number_of_steps() -> None:
    """dx/dt = x cos 3t, whose solution is x(0) exp(sin 3t / 3)."""

    def grown(t: torch.Tensor) -> torch.Tensor:
        return ((3 * t).sin() / 3).exp()

    def average(x: torch.Tensor, t: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
        return x * ((grown(end) / grown(t) - 1) / (end - t))[:, None]

    start, wanted = torch.ones(2, 1), torch.full((2, 1), math.exp(math.sin(3) / 3))
    for times in ([0.0, 1.0], [0.0, 0.3, 0.9, 1.0]):
        steps = list(jump(average, start, times))
        assert len(steps) == len(times) - 1
        torch.testing.assert_close(steps[-1].x_BS, wanted)
    (held,) = jump(average, start, [0.0, 1.0], lambda x, t: torch.full_like(x, t))
    assert held.x_BS.tolist() == [[1], [1]]


def test_guidance_steers_any_verb() -> None:
    wanted, unwanted = torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 1.0]])
    calls = []

    def logits(x: torch.Tensor, cond: Cond) -> torch.Tensor:
        calls.append(len(x))
        return torch.where(cond.present_B[:, None], wanted, unwanted) * x

    cond = Cond(label_B=torch.tensor([3, 3, 3]))
    x = torch.ones(3, 1)
    torch.testing.assert_close(guided(logits, cond, 3.0)(x), steer(wanted, unwanted, 3.0).expand(3, 2))
    torch.testing.assert_close(guided(logits, cond, 1.0)(x), wanted.expand(3, 2))
    torch.testing.assert_close(guided(logits, cond, 0.0)(x), unwanted.expand(3, 2))
    assert calls == [6, 3, 6]


def test_a_negative_condition_takes_away_what_it_says_apart_from_the_condition() -> None:
    absent, wanted = torch.tensor([[1.0, 1.0, 0.0]]), torch.tensor([[3.0, 1.0, 0.0]])
    apart = torch.tensor([[1.0, 1.0, 4.0]])
    torch.testing.assert_close(steer_clear(wanted, absent, apart, 2.5), steer(wanted, apart, 2.5))
    both = torch.tensor([[6.0, 1.0, 4.0]])  # says the wanted as well: of that nothing is taken away
    torch.testing.assert_close(steer_clear(wanted, absent, both, 2.5), steer(wanted, apart, 2.5))
    torch.testing.assert_close(steer_clear(wanted, absent, wanted, 2.5), steer(wanted, absent, 2.5))
    assert steer_clear(absent, absent, absent, 2.5).tolist() == absent.tolist()  # and nothing divides by nothing

    def velocity(x: torch.Tensor, cond: Cond) -> torch.Tensor:
        told = torch.where((cond.label_B == 1)[:, None], wanted, both)
        return torch.where(cond.present_B[:, None], told, absent) * x

    cond = Cond(label_B=torch.tensor([1, 2]))
    steered = guided(velocity, cond, 2.5, Cond(label_B=torch.tensor([2])))(torch.ones(2, 1))
    expected = torch.cat([steer(wanted, apart, 2.5), steer(both, absent, 2.5)])
    torch.testing.assert_close(steered, expected)


def test_guidance_without_a_condition_or_against_another_kind_is_refused() -> None:
    with pytest.raises(Unsupported, match="condition"):
        guided(lambda x, cond: x, None, 2.0)
    with pytest.raises(ValueError, match="same kind"):
        guided(lambda x, cond: x, Cond(label_B=torch.zeros(1)), 2.0, Cond(attributes_BA=torch.zeros(1, 2)))
    assert guided(lambda x, cond: x, None)(torch.ones(2)).tolist() == [1, 1]
