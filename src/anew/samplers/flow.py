"""Solvers of dx/dt = v(x, t), which carry noise at t = 0 to data at t = 1, or back where the times fall.

In: a velocity (guidance, condition and batching already inside it), the noise and the times to stop at. Out: one
`Step` a time. A solver knows nothing of the network; each call of `velocity` is one network call a row.

B batch · S the grid's own axes
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]  # (x_BS, t_B) -> v_BS
Average = Callable[[Tensor, Tensor, Tensor], Tensor]  # (x_BS, t_B, end_B) -> mean v_BS from t to end
Hold = Callable[[Tensor, float], Tensor]  # puts the known cells of x at time t in place


class Step(NamedTuple):
    """The state after a step, and the clean sample that it points at: x + (1 - t) v on a straight path."""

    x_BS: Tensor
    clean_BS: Tensor


Solver = Callable[[Velocity, Tensor, Sequence[float], Hold], Iterator[Step]]


def free(x_BS: Tensor, t: float) -> Tensor:
    """Holds nothing."""
    return x_BS


def at(velocity: Velocity, x_BS: Tensor, t: float) -> Tensor:
    return velocity(x_BS, x_BS.new_full((len(x_BS),), t))


def euler(velocity: Velocity, x_BS: Tensor, times: Sequence[float], hold: Hold = free) -> Iterator[Step]:
    """One call a step, first order."""
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = at(velocity, x_BS, t)
        clean_BS = x_BS + (1 - t) * v_BS
        x_BS = hold(x_BS + (after - t) * v_BS, after)
        yield Step(x_BS, clean_BS)


def heun(velocity: Velocity, x_BS: Tensor, times: Sequence[float], hold: Hold = free) -> Iterator[Step]:
    """Two calls a step, second order: the mean of the slopes at both ends (Karras et al. 2022, algorithm 1). The step
    that ends without noise takes one call, as there: no network learns what lies behind the last bit of noise."""
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = at(velocity, x_BS, t)
        ahead_BS = x_BS + (after - t) * v_BS
        mean_BS = v_BS if after == 1.0 else (v_BS + at(velocity, ahead_BS, after)) / 2
        clean_BS = x_BS + (1 - t) * mean_BS
        x_BS = hold(x_BS + (after - t) * mean_BS, after)
        yield Step(x_BS, clean_BS)


def adams_bashforth(velocity: Velocity, x_BS: Tensor, times: Sequence[float], hold: Hold = free) -> Iterator[Step]:
    """One call a step, second order from the second step on: the slope is carried forward through the last two, for
    steps of any length (Hairer, Nørsett & Wanner 1993, III.5)."""
    before_BS, length_before = None, 1.0
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS, length = at(velocity, x_BS, t), after - t
        slope_BS = v_BS if before_BS is None else v_BS + (v_BS - before_BS) * (length / (2 * length_before))
        clean_BS = x_BS + (1 - t) * slope_BS
        x_BS = hold(x_BS + length * slope_BS, after)
        before_BS, length_before = v_BS, length
        yield Step(x_BS, clean_BS)


def runge_kutta(velocity: Velocity, x_BS: Tensor, times: Sequence[float], hold: Hold = free) -> Iterator[Step]:
    """Four calls a step, fourth order (Kutta 1901): for likelihoods, and for ways there and back."""
    for t, after in zip(times[:-1], times[1:], strict=True):
        length = after - t
        first_BS = at(velocity, x_BS, t)
        second_BS = at(velocity, x_BS + length / 2 * first_BS, t + length / 2)
        third_BS = at(velocity, x_BS + length / 2 * second_BS, t + length / 2)
        fourth_BS = at(velocity, x_BS + length * third_BS, after)
        slope_BS = (first_BS + 2 * second_BS + 2 * third_BS + fourth_BS) / 6
        clean_BS = x_BS + (1 - t) * slope_BS
        x_BS = hold(x_BS + length * slope_BS, after)
        yield Step(x_BS, clean_BS)


def jump(average: Average, x_BS: Tensor, times: Sequence[float], hold: Hold = free) -> Iterator[Step]:
    """One call a step, exact if `average` is: it gives the mean velocity over the whole of the step (Geng et al. 2025,
    algorithm 2)."""
    for t, after in zip(times[:-1], times[1:], strict=True):
        mean_BS = average(x_BS, *(x_BS.new_full((len(x_BS),), moment) for moment in (t, after)))
        clean_BS = x_BS + (1 - t) * mean_BS
        x_BS = hold(x_BS + (after - t) * mean_BS, after)
        yield Step(x_BS, clean_BS)
