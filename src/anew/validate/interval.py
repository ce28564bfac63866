"""Intervals: how far a figure would have moved had other items been drawn.

In come the values of single items (or a count of successes); out go (low, high) at the given level.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Statistic = Callable[[NDArray[np.float64]], float]


def bootstrap(
    values: ArrayLike,
    statistic: Statistic | None,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile bootstrap (Efron & Tibshirani 1993, ch. 13) over the first axis of `values`.

    values (n,) or (n, k): one row an item, re-drawn whole, so that a ratio of sums (bits, bytes) stays paired.
    statistic None is the mean. ValueError without items or with a level outside (0, 1).
    """
    items = np.asarray(values, dtype=np.float64)
    if items.ndim == 0 or len(items) == 0:
        raise ValueError("an interval needs at least one item")
    if not 0 < level < 1:
        raise ValueError(f"level is a share between 0 and 1, not {level}")
    measure: Statistic = statistic or (lambda rows: float(rows.mean()))
    found = [measure(items[rng.integers(0, len(items), len(items))]) for _ in range(draws)]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bootstrap_difference(
    first: ArrayLike,
    second: ArrayLike,
    statistic: Statistic | None,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """The same for statistic(first) - statistic(second), each group re-drawn on its own."""
    measure: Statistic = statistic or (lambda rows: float(rows.mean()))
    groups = [np.asarray(group, dtype=np.float64) for group in (first, second)]
    if any(group.ndim == 0 or len(group) == 0 for group in groups):
        raise ValueError("an interval needs at least one item in each group")
    one, two = ([measure(g[rng.integers(0, len(g), len(g))]) for _ in range(draws)] for g in groups)
    low, high = np.quantile(np.subtract(one, two), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def ratio_of_sums(rows: NDArray[np.float64]) -> float:
    """sum of column 0 / sum of column 1: a statistic for `bootstrap`, such as all bits over all bytes."""
    return float(rows[:, 0].sum() / rows[:, 1].sum())


def clopper_pearson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share (Clopper & Pearson 1934): covers the truth at least `level` of the time."""
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes of {trials} trials")
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else _solve(lambda p: at_least(successes, trials, p) >= tail)
    high = 1.0 if successes == trials else _solve(lambda p: 1 - at_least(successes + 1, trials, p) <= tail)
    return low, high


def at_least(successes: int, trials: int, share: float) -> float:
    """P(X >= successes) of a binomial X."""
    if share <= 0 or share >= 1:
        return float(successes <= (trials if share >= 1 else 0))
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, trials + 1)))])  # logs[k] = log k!
    k = np.arange(successes, trials + 1)
    terms = logs[trials] - logs[k] - logs[trials - k] + k * np.log(share) + (trials - k) * np.log1p(-share)
    return min(float(np.exp(terms).sum()), 1.0)


def _solve(holds: Callable[[float], bool]) -> float:
    """The smallest share at which `holds`, which is false below it and true above."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return (low + high) / 2
