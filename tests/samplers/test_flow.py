"""The solvers' orders, where they stop, what they hold; guidance as a wrapper."""

import math

import pytest
import torch

from anew.contract import Cond, Unsupported
from anew.samplers.flow import Solver, adams_bashforth, euler, heun
from anew.samplers.guidance import guided, steer


def bend(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """dx/dt = x cos(3t), solved by x(0) exp(sin(3t) / 3)."""
    return x * (3 * t).cos()[:, None]


def error(solver: Solver, times: list[float]) -> float:
    *_, last = solver(bend, torch.ones(1, 1, dtype=torch.float64), times)
    return abs(float(last.x_BS) - math.exp(math.sin(3) / 3))


@pytest.mark.parametrize(("solver", "order"), [(euler, 1), (heun, 2), (adams_bashforth, 2)])
def test_halving_the_step_divides_the_error_by_the_order(solver: Solver, order: int) -> None:
    even = [error(solver, [i / n for i in range(n + 1)]) for n in (32, 64, 128)]
    uneven = [error(solver, [(i / n) ** 1.5 for i in range(n + 1)]) for n in (32, 64, 128)]
    for errors in (even, uneven):
        for coarse, fine in zip(errors[:-1], errors[1:], strict=True):
            assert 2**order * 0.8 < coarse / fine < 2**order * 1.3


@pytest.mark.parametrize("solver", [euler, heun, adams_bashforth])
def test_a_straight_path_is_exact_and_its_end_is_seen_from_the_start(solver: Solver) -> None:
    data, noise = torch.full((2, 3), 5.0), torch.zeros(2, 3)
    steps = list(solver(lambda x, t: data - noise, noise, [0.0, 0.3, 1.0]))
    assert len(steps) == 2
    for step in steps:
        torch.testing.assert_close(step.clean_BS, data)
    torch.testing.assert_close(steps[-1].x_BS, data)


@pytest.mark.parametrize(("solver", "calls"), [(euler, 6), (heun, 12), (adams_bashforth, 6)])
def test_the_calls_are_counted(solver: Solver, calls: int) -> None:
    seen = []
    list(solver(lambda x, t: seen.append(float(t[0])) or x, torch.ones(1, 1), [i / 6 for i in range(7)]))
    assert len(seen) == calls


def test_held_cells_stay_where_they_are_put() -> None:
    known = torch.tensor([[True, False]])
    steps = euler(bend, torch.ones(1, 2), [0, 0.5, 1.0], lambda x, t: torch.where(known, torch.full_like(x, t), x))
    assert [float(step.x_BS[0, 0]) for step in steps] == [0.5, 1.0]


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
    torch.testing.assert_close(guided(logits, cond, 3.0, cond)(x), wanted.expand(3, 2))
    assert calls == [6, 3, 6, 6]


def test_guidance_without_a_condition_or_against_another_kind_is_refused() -> None:
    with pytest.raises(Unsupported, match="condition"):
        guided(lambda x, cond: x, None, 2.0)
    with pytest.raises(ValueError, match="same kind"):
        guided(lambda x, cond: x, Cond(label_B=torch.zeros(1)), 2.0, Cond(attributes_BA=torch.zeros(1, 2)))
    assert guided(lambda x, cond: x, None)(torch.ones(2)).tolist() == [1, 1]
