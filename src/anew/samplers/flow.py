"""Solvers of dx/dt = v(x, t), which carry noise at t = 0 to data at t = 1.

In: a velocity (guidance, condition and batching already inside it), the noise and the times to stop at. Out: one
`Step` a time. A solver knows nothing of the network; each call of `velocity` is one network call a row.

B batch · S the grid's own axes
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]  # (x_BS, t_B) -> v_BS
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
    """Two calls a step, second order: the mean of the slopes at both ends (Karras et al. 2022, algorithm 1)."""
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = at(velocity, x_BS, t)
        ahead_BS = x_BS + (after - t) * v_BS
        mean_BS = (v_BS + at(velocity, ahead_BS, after)) / 2
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
