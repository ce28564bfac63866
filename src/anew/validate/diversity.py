"""Do samples look real, and do they show all that real data show? Precision and recall, density and coverage.

In: real items and samples as rows of one feature space. Out: metrics with intervals, a ruler (real items in the place
of samples), and a control: samples without one kind of item must be found to lack it.

Around each item lies a ball that reaches to its k-th nearest neighbour; the balls of a set stand for where its
distribution has mass.

N real items · M samples · D features
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anew.validate.interval import bootstrap
from anew.validate.metric import Metric, Unmeasured

Floats = NDArray[np.float64]
PRECISION_K, DENSITY_K = 3, 5
LEAST = 20  # items of each kind; among fewer, a ball says nothing of a neighbourhood
EXPLAINED = {
    "precision": f"share of samples inside the ball (k = {PRECISION_K}) of a real item",
    "recall": f"share of real items inside the ball (k = {PRECISION_K}) of a sample",
    "density": f"how many real items' balls (k = {DENSITY_K}) hold a sample, over k; 1 for samples like the real ones",
    "coverage": f"share of real items with a sample in their ball (k = {DENSITY_K})",
}


@dataclass(frozen=True)
class Diversity:
    """The four figures item by item, so that an interval can be drawn: over M samples, or over N real items."""

    precision: Floats
    recall: Floats
    density: Floats
    coverage: Floats


def measure(real_ND: Floats, made_MD: Floats) -> Diversity:
    """Precision and recall: Kynkäänniemi et al. 2019 (equations 1 and 2); density and coverage: Naeem et al. 2020
    (equations 3 and 4). An item on the very edge of a ball is outside, as in the second paper."""
    if min(len(real_ND), len(made_MD)) < LEAST:
        raise Unmeasured(f"{len(real_ND)} real items and {len(made_MD)} samples; {LEAST} of each are needed")
    across_NM = distances(real_ND, made_MD)
    real_N3, real_N5 = (radii(real_ND, k)[:, None] for k in (PRECISION_K, DENSITY_K))
    made_M3 = radii(made_MD, PRECISION_K)
    return Diversity(
        precision=(across_NM < real_N3).any(0).astype(np.float64),
        recall=(across_NM < made_M3).any(1).astype(np.float64),
        density=(across_NM < real_N5).sum(0) / DENSITY_K,
        coverage=(across_NM.min(1, keepdims=True) < real_N5)[:, 0].astype(np.float64),
    )


def diversity(
    real_ND: Floats,
    made_MD: Floats,
    ruler_MD: Floats,
    kinds: Sequence[str | None],
    space: str,
    rng: np.random.Generator,
    draws: int = 1000,
) -> list[Metric]:
    """The four figures of `made` against `real`, those of the `ruler` (other real items), and the control.

    `kinds` names the ruler's items (a label each): without those of its commonest kind, recall and coverage must fall.
    Intervals are over items, the balls kept as they are.
    """
    made, ruler = measure(real_ND, made_MD), measure(real_ND, ruler_MD)
    found = []
    for name, told in EXPLAINED.items():
        note = f"{told}; in the features of {space}, {len(made_MD)} samples against {len(real_ND)} held-out items"
        found.append(figure(name, getattr(made, name), note, rng, draws, better="higher"))
        found.append(figure(f"{name}_real", getattr(ruler, name), "other held-out items as if samples", rng, draws))
    return found + control(real_ND, ruler_MD, ruler, kinds, rng, draws)


def figure(
    name: str, values: Floats, note: str, rng: np.random.Generator, draws: int, better: str | None = None
) -> Metric:
    low, high = bootstrap(values, None, rng, draws)
    unit = "" if name.startswith("density") else "share"
    return Metric(name, values.mean(), low, high, len(values), unit, "estimate", better, note)  # type: ignore[arg-type]


def control(
    real_ND: Floats,
    ruler_MD: Floats,
    whole: Diversity,
    kinds: Sequence[str | None],
    rng: np.random.Generator,
    draws: int,
) -> list[Metric]:
    """How much recall and coverage fall when the commonest kind is missing; passed when the interval says that they
    do. Nothing where there are no two kinds."""
    names = sorted({kind for kind in kinds if kind is not None}, key=lambda kind: (-list(kinds).count(kind), kind))
    kept = np.array([kind != names[0] for kind in kinds]) if len(names) > 1 else np.zeros(0, bool)
    if kept.sum() < LEAST:
        return []
    lacking = measure(real_ND, ruler_MD[kept])
    found = []
    for name in ("recall", "coverage"):
        lost = getattr(whole, name) - getattr(lacking, name)
        low, high = bootstrap(lost, None, rng, draws)
        note = f"how much it falls when {names[0]!r} is missing among {len(kinds)} real items; must be above 0"
        control = f"{name}_without_a_kind"
        found.append(Metric(control, lost.mean(), low, high, len(lost), "share", note=note, passed=low > 0))
    return found


# ------------------------------------------------------------------------------------------------ geometry


def distances(a_ND: Floats, b_MD: Floats) -> Floats:
    """Euclidean, (N, M)."""
    a, b = np.asarray(a_ND, np.float64), np.asarray(b_MD, np.float64)
    centre = a.mean(0)
    a, b = a - centre, b - centre
    squared = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squared, 0))


def radii(items_ND: Floats, k: int) -> Floats:
    """(N,): how far each item is from the k-th nearest of the others."""
    apart = distances(items_ND, items_ND)
    np.fill_diagonal(apart, 0)  # the item itself, which comes first
    return np.partition(apart, k, axis=1)[:, k]
