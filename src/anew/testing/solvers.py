"""What a solver of dx/dt = v(x, t) promises: its order, its number of network calls, and nothing but its arguments.

A solver takes (velocity, x, times, hold) and gives a step (x, clean estimate) for each interval of `times`. One that
adds noise takes `fresh` besides, which draws noise like x; what it promises is the distribution and not the path.
B batch · S the grid's own axes
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from anew.blocks import noise
from anew.testing.suite import check, generators, global_generators_untouched

COARSE = 24


@dataclass(frozen=True)
class SolverSubject:
    """`order` of convergence; `calls(steps)`: network calls that so many steps take."""

    solver: Callable[..., Any]
    order: int
    calls: Callable[[int], int]

    @property
    def draws(self) -> bool:
        return "fresh" in inspect.signature(self.solver).parameters

    def solve(
        self,
        velocity: Callable[[Tensor, Tensor], Tensor],
        x: Tensor,
        times: Sequence[float],
        seeds: Sequence[int] | None = None,
        **more: Any,
    ) -> list[Any]:
        """`seeds`: of each row's own noise, where the solver draws some."""
        if self.draws:
            rngs = generators(*(range(len(x)) if seeds is None else seeds))
            more["fresh"] = lambda: noise(x.shape[1:], rngs).to(x.dtype)
        return list(self.solver(velocity, x, times, **more))


def draws(subject: SolverSubject) -> bool:
    return subject.draws


def draws_nothing(subject: SolverSubject) -> bool:
    return not subject.draws


def start() -> Tensor:
    return torch.linspace(-1.0, 2.0, 12, dtype=torch.float64).view(3, 4)


def swing(x_BS: Tensor, t_B: Tensor) -> Tensor:
    """dx/dt = 2 x cos 3t, whose solution is x(0) exp(2/3 sin 3t)."""
    return 2 * x_BS * torch.cos(3 * t_B).view(-1, 1)


def even(steps: int) -> list[float]:
    return [i / steps for i in range(steps + 1)]


def uneven(steps: int) -> list[float]:
    """Short and long steps by turns, however many."""
    lengths = [1.0 + i % 2 for i in range(steps)]
    return [sum(lengths[:i]) / sum(lengths) for i in range(steps + 1)]


def error(subject: SolverSubject, times: Sequence[float]) -> float:
    exact = start() * math.exp(2 / 3 * math.sin(3.0))
    return float((subject.solve(swing, start(), times)[-1][0] - exact).abs().max())


# ------------------------------------------------------------------------------------------------ the checks


@check(draws_nothing)
def a_solver_converges_at_its_order(subject: SolverSubject) -> None:
    for times in (even, uneven):
        errors = [error(subject, times(COARSE * 2**i)) for i in range(3)]
        order = math.log2(errors[1] / errors[2])
        assert -0.25 < order - subject.order < 0.5, f"{times.__name__} steps: errors {errors}, order {order:.2f}"


@check()
def a_solver_makes_the_calls_it_declares(subject: SolverSubject) -> None:
    for steps in (1, 2, 7):
        calls: list[Tensor] = []

        def velocity(x_BS: Tensor, t_B: Tensor, calls: list[Tensor] = calls) -> Tensor:
            assert t_B.shape == (3,), f"t_B has shape {tuple(t_B.shape)}"
            calls.append(t_B)
            return swing(x_BS, t_B)

        subject.solve(velocity, start(), even(steps))
        assert len(calls) == subject.calls(steps), f"{len(calls)} calls in {steps} steps, not {subject.calls(steps)}"
        assert all(0 <= float(t.min()) and float(t.max()) <= 1 for t in calls), "a call outside of 0 to 1"


@check(draws_nothing)
def a_straight_path_is_exact_in_any_number_of_steps(subject: SolverSubject) -> None:
    slope = torch.linspace(3.0, -1.0, 12, dtype=torch.float64).view(3, 4)
    for steps in (1, 2, 5):
        path = subject.solve(lambda x_BS, t_B: slope, start(), even(steps))
        for _, clean in path:
            assert torch.allclose(clean, start() + slope, atol=1e-12), f"{steps} steps: the clean estimate is off"
        assert torch.allclose(path[-1][0], start() + slope, atol=1e-12), f"{steps} steps: the path's end is off"


@check(draws)
def a_solver_that_draws_keeps_the_distribution(subject: SolverSubject) -> None:
    """Data that are normal, of mean 1 and deviation 0.5, whose velocity is known: so are the samples."""

    def velocity(x_BS: Tensor, t_B: Tensor) -> Tensor:
        t_BS = t_B.view(-1, 1)
        share_BS = (x_BS - t_BS) / ((0.5 * t_BS).square() + (1 - t_BS).square())
        return 1 + share_BS * (0.25 * t_BS - (1 - t_BS))

    x = torch.randn(400, 8, generator=generators(99)[0], dtype=torch.float64)
    path = subject.solve(velocity, x, even(100), range(400))
    made, other = path[-1][0], subject.solve(velocity, x, even(100), range(1000, 1400))[-1][0]
    assert not torch.equal(made, other), "other noise, the same samples"
    assert abs(made.mean() - 1) < 0.05 and abs(made.std() / 0.5 - 1) < 0.08, f"{made.mean():.3f} ± {made.std():.3f}"
    halfway, moment = path[49][0], 0.5  # the state at half time is as noisy as its time says
    wanted = math.hypot(0.5 * moment, 1 - moment)
    assert abs(halfway.std() / wanted - 1) < 0.08, f"halfway a deviation of {halfway.std():.3f}, not {wanted:.3f}"


@check()
def each_interval_gives_a_step(subject: SolverSubject) -> None:
    steps = subject.solve(swing, start(), uneven(5))
    assert len(steps) == 5, f"{len(steps)} steps in 5 intervals"
    x, clean = steps[-1]
    assert x.shape == clean.shape == (3, 4) and x.dtype == torch.float64, f"{x.dtype} of shape {tuple(x.shape)}"


@check()
def a_solver_depends_on_its_arguments_alone(subject: SolverSubject) -> None:
    x, times = start(), uneven(6)
    before, moments = x.clone(), list(times)
    with global_generators_untouched():
        first = subject.solve(swing, x, times)
    second = subject.solve(swing, x, times)
    assert torch.equal(x, before) and times == moments, "it changes what it is given"
    assert all(torch.equal(a[0], b[0]) for a, b in zip(first, second, strict=True)), "two runs differ"
    assert len({id(step[0]) for step in first}) == len(first), "steps share one tensor, so that earlier ones change"


@check()
def a_row_is_solved_as_if_alone(subject: SolverSubject) -> None:
    together = subject.solve(swing, start(), even(6))[-1][0]
    for i in range(3):
        alone = subject.solve(swing, start()[i : i + 1], even(6), [i])[-1][0]
        assert torch.equal(together[i], alone[0]), f"row {i} alone is solved otherwise"


@check()
def what_is_held_stays_held(subject: SolverSubject) -> None:
    """`hold(x, t)` has the last word on each step's state."""
    held: list[float] = []

    def hold(x_BS: Tensor, t: float) -> Tensor:
        held.append(t)
        return torch.cat([torch.full_like(x_BS[:, :1], t), x_BS[:, 1:]], 1)

    times = uneven(4)
    for step, t in zip(subject.solve(swing, start(), times, hold=hold), times[1:], strict=True):
        assert (step[0][:, 0] == t).all(), f"held cells are {step[0][:, 0].tolist()} at time {t}"
    assert held == times[1:], f"held at {held}, the times are {times[1:]}"
