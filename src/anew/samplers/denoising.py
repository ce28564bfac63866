"""Solvers that step from one level of noise to the next through the clean sample which the velocity points at.

On the straight path x = t · clean + (1 - t) · noise the velocity is clean - noise, so that it gives away both:
clean = x + (1 - t) v and noise = x - t v. Papers that add σ of noise to data mean the same state by x / t, with
σ = (1 - t) / t (Karras et al. 2022, section 2; Kingma & Gao 2023, appendix D). In and out as for the other solvers.

B batch · S the grid's own axes
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from torch import Tensor

from anew.samplers.flow import Hold, Step, Velocity, at, free


def dpm_solver(velocity: Velocity, x_BS: Tensor, times: Sequence[float], hold: Hold = free) -> Iterator[Step]:
    """One call a step, second order from the second step on: DPM-Solver++(2M) (Lu et al. 2022, arXiv:2211.01095,
    algorithm 2). What is linear in the equation is solved exactly, the clean sample is carried forward through the
    last two over λ = log t / (1 - t). The last step, whose λ is infinite, goes to the clean sample itself."""
    before_BS, gone = None, math.inf
    for t, after in zip(times[:-1], times[1:], strict=True):
        clean_BS = x_BS + (1 - t) * at(velocity, x_BS, t)
        length = logit(after) - logit(t)
        aim_BS = clean_BS
        if before_BS is not None and math.isfinite(length):
            aim_BS = clean_BS + length / (2 * gone) * (clean_BS - before_BS)
        kept = (1 - after) / (1 - t)
        x_BS = hold(kept * x_BS + (after - kept * t) * aim_BS, after)
        before_BS, gone = clean_BS, length
        yield Step(x_BS, clean_BS)


def ancestral(
    velocity: Velocity, x_BS: Tensor, times: Sequence[float], hold: Hold = free, *, fresh: Callable[[], Tensor]
) -> Iterator[Step]:
    """One call a step, and new noise in each but the last: the posterior q(x' | x, clean) of the diffusion (Ho et al.
    2020, equations 6 and 7; Song et al. 2021a, equation 16 with η = 1). `fresh()` draws (B, *S) standard normal."""
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = at(velocity, x_BS, t)
        clean_BS, noise_BS = x_BS + (1 - t) * v_BS, x_BS - t * v_BS
        x_BS = after * clean_BS
        if after < 1.0:
            kept = (1 - after) * t / (after * (1 - t))  # σ' / σ
            x_BS = x_BS + (1 - after) * (kept * noise_BS + math.sqrt(1 - kept * kept) * fresh())
        x_BS = hold(x_BS, after)
        yield Step(x_BS, clean_BS)


def logit(t: float) -> float:
    """log t / (1 - t): half the logarithm of the ratio of signal to noise; infinite at both ends."""
    return -math.inf if t <= 0 else math.inf if t >= 1 else math.log(t) - math.log1p(-t)
