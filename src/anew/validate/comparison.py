"""Several models by one figure: who is better, which differences are more than chance, how steady the order is.

In come each model's values (one a seed) with draws that say how far each would have moved had other items been drawn;
out go intervals, differences and ranks. Draw b of one model and of another stand on the same held-out items, so that
what is hard for all of them cancels in a difference.

S seeds · B draws · N real items · M samples · D features
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from anew.validate.fidelity import frechet
from anew.validate.interval import ratio_of_sums

Floats = NDArray[np.float64]
LEVEL = 0.95
DRAWS = 400
NORMAL = 1.959964  # standard deviations that 95 % of a normal distribution lie within


@dataclass(frozen=True)
class Entrant:
    """A model in the comparison: S values of the figure, and for each the B deviations that chance would give it.
    `kind` says what the figure claims; only figures of one kind are ranked together."""

    name: str
    values: Sequence[float]
    deviations: Sequence[Floats]
    kind: str = "estimate"


@dataclass(frozen=True)
class Standing:
    """`rank` 1 is the best; models that differ by no more than chance share one."""

    name: str
    value: float
    low: float
    high: float
    rank: int
    kind: str


@dataclass(frozen=True)
class Difference:
    """How much better the first is than the second, above 0; `significant` when the interval is above 0 too."""

    better: str
    worse: str
    value: float
    low: float
    high: float
    significant: bool


def standings(
    entrants: Sequence[Entrant], better: str, rng: np.random.Generator
) -> tuple[list[Standing], list[Difference]]:
    """The models, the best first, kind by kind; and each pair of a kind. A model's rank is one more than the number of
    models that are better by more than chance. With several seeds the draws re-draw the seeds too."""
    sign = 1.0 if better == "lower" else -1.0
    most = max((len(e.values) for e in entrants), default=1)
    picks = rng.integers(0, 2**31, (DRAWS, most))  # the same for all, so that the seeds are paired
    joint = {e.name: redrawn(e, picks) for e in entrants}
    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    found: list[Standing] = []
    apart: list[Difference] = []
    for kind in dict.fromkeys(e.kind for e in entrants):
        group = sorted((e for e in entrants if e.kind == kind), key=lambda e: sign * float(np.mean(e.values)))
        beaten = dict.fromkeys((e.name for e in group), 0)
        for one, other in combinations(group, 2):
            gap = sign * (joint[other.name] - joint[one.name])
            low, high = np.quantile(gap, tails)
            value = sign * float(np.mean(other.values) - np.mean(one.values))
            apart.append(Difference(one.name, other.name, value, float(low), float(high), bool(low > 0)))
            beaten[other.name] += bool(low > 0)
        for e in group:
            low, high = np.quantile(joint[e.name], tails)
            found.append(Standing(e.name, float(np.mean(e.values)), float(low), float(high), 1 + beaten[e.name], kind))
    return found, apart


def redrawn(entrant: Entrant, picks: NDArray[np.int64]) -> Floats:
    """(B,): the mean over the seeds, once for each re-draw of seeds and items (a bootstrap of two levels)."""
    seeds = len(entrant.values)
    chosen = picks[:, :seeds] % seeds
    values, deviations = np.asarray(entrant.values), np.stack(list(entrant.deviations))
    rows = np.arange(len(picks))[:, None]
    return (values[chosen] + deviations[chosen, rows]).mean(1)


# ------------------------------------------------------------------------------------------------ what chance does


def of_features(real_ND: Floats, made_MD: Floats, seed: int) -> Floats:
    """(B,): how a Fréchet distance moves when the real items and the samples are re-drawn. Centred: a re-draw holds
    fewer different items, and so lies farther off by itself."""
    shared, own = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    n, m = len(real_ND), len(made_MD)
    draws = [frechet(made_MD[own.integers(0, m, m)], real_ND[shared.integers(0, n, n)]) for _ in range(DRAWS)]
    return np.array(draws) - np.mean(draws)


def of_ratio(rows_N2: Floats, seed: int) -> Floats:
    """(B,): how a ratio of sums, such as all bits over all bytes, moves when the items are re-drawn."""
    shared = np.random.default_rng([seed, 0])
    n = len(rows_N2)
    draws = [ratio_of_sums(rows_N2[shared.integers(0, n, n)]) for _ in range(DRAWS)]
    return np.array(draws) - np.mean(draws)


def of_interval(low: float, high: float, seed: int) -> Floats:
    """(B,): a normal spread with this 95 % interval, for a figure whose items are not at hand."""
    return np.random.default_rng([seed, 2]).normal(0, max(high - low, 0.0) / (2 * NORMAL), DRAWS)


# ------------------------------------------------------------------------------------------------ steadiness


def kendall(first: Sequence[float], second: Sequence[float]) -> float:
    """Kendall's τ (1938): pairs in the same order in both, less those that are not, over all pairs. ValueError: fewer
    than two items."""
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(f"no order is told by {len(first)} and {len(second)} values")
    pairs = list(combinations(range(len(first)), 2))
    signs = [np.sign(first[i] - first[j]) * np.sign(second[i] - second[j]) for i, j in pairs]
    return float(np.sum(signs) / len(pairs))


def steadiness(entrants: Sequence[Entrant]) -> tuple[float, float] | None:
    """The mean and the least of Kendall's τ over pairs of seeds; None with one seed, or fewer than two models that
    have all of them."""
    seeds = max((len(e.values) for e in entrants), default=0)
    whole = [e for e in entrants if len(e.values) == seeds]
    if seeds < 2 or len(whole) < 2:
        return None
    by_seed = [[e.values[seed] for e in whole] for seed in range(seeds)]
    taus = [kendall(one, other) for one, other in combinations(by_seed, 2)]
    return float(np.mean(taus)), float(min(taus))
