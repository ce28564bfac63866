"""Are samples new, or copies of what was learnt from? Near-copies by the distance to the nearest training items.

In come samples, training items and held-out real items as rows of one space (pixels, a network's features, a text's
n-gram profile: `space` names it); out comes the share of near-copies, with controls that must find planted copies in
the same run. The space for texts is in `profiles`, their longest copied spans in `verbatim`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anew.validate.interval import clopper_pearson
from anew.validate.metric import Metric, Unmeasured

NEIGHBOURS = 50  # the items after the nearest one that say how far apart items lie there
SHARE = 0.01  # of held-out real items that are near-copies by construction
TWIN = 0.1  # a held-out item whose ratio is below is a training item's twin, and says nothing of honest ones
FEW_TWINS = 0.02  # where there are more, items of this sort repeat, and no copy can be told from an honest one
PLANTED = (0.05, 0.20)  # shares of copies that the controls must find
BLENDED = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
LEAST = 60  # held-out items; among fewer, 5 % of copies cannot be told from chance
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NearCopies:
    """`metrics` holds the share and its controls. Per sample: `ratios` (n,), `nearest` (n,) the index of its nearest
    training item. `threshold` is the ratio below which a sample is a near-copy."""

    metrics: list[Metric]
    ratios: Floats
    nearest: NDArray[np.int64]
    threshold: float

    def closest(self, n: int) -> NDArray[np.int64]:
        """The n samples that are nearest to being copies, the nearest first."""
        return np.argsort(self.ratios, kind="stable")[:n]


def near_copies(
    samples: NDArray[Any],
    training: Any,
    held_out: NDArray[Any],
    rng: np.random.Generator,
    space: str,
    share: float = SHARE,
) -> NearCopies:
    """The share of samples nearer to a training item than all but `share` of held-out real items are.

    samples (n, ...), training (m, ...; an array or a memmap, read once, in blocks), held_out (p, ...). The ratio d1 /
    mean of the next 50 distances is calibrated on the held-out items (a ratio test as in Carlini et al. 2023,
    arXiv 2301.13188), without those that are a training item's twin themselves. Controls: sets of real items of which
    5 % or 20 % are replaced by training items. Unmeasured with fewer than 3 training or 60 held-out items.
    """
    if len(training) < 3 or len(held_out) < LEAST or len(samples) == 0:
        counts = f"{len(samples)} samples, {len(training)} training and {len(held_out)} held-out items"
        raise Unmeasured(f"near-copies need a sample, 3 training and {LEAST} held-out items; there are {counts}")
    drawn, real = (np.asarray(a, np.float32).reshape(len(a), -1) for a in (samples, held_out))
    real, twins = without_twins(real, training)
    copies = [copies_of(training, math.ceil(part * len(real)), rng) for part in PLANTED]
    blends = blends_of(real, training, rng)
    groups = [drawn, real, *copies, *blends]
    found, nearest = ratios_to(np.concatenate(groups), training)
    ratios, real_ratios, *others = np.split(found, np.cumsum([len(g) for g in groups])[:-1])
    threshold = float(np.quantile(real_ratios, share))
    controls = [
        planted(part, real_ratios, ours, threshold, share, rng) for part, ours in zip(PLANTED, others, strict=False)
    ]
    void = "" if all(c.passed for c in controls) else "; VOID: planted copies cannot be told from real items"
    near = int((ratios < threshold).sum())
    low, high = clopper_pearson(near, len(drawn))
    note = (
        f"distances in {space}, {len(training):,} training items; near means a ratio below {threshold:.4g}, "
        f"the {share:.0%} quantile of {len(real):,} held-out items{twins}{void}"
    )
    metrics = [
        Metric("near_copies", near / len(drawn), low, high, len(drawn), "share", "estimate", "lower", note),
        *controls,
        halves(real_ratios, share, rng),
        reach_of(others[len(PLANTED) :], threshold),
    ]
    return NearCopies(metrics, ratios, nearest[: len(drawn)], threshold)


def copies_of_few(samples: NDArray[Any], training: NDArray[Any], space: str, name: str, what: str) -> NearCopies:
    """The share of samples nearer to a training item than any two training items are to each other: where too few items
    are held out to say how near honest ones come. Beside it, as a control, how many of the training items are found
    once each has gone a tenth of the way to the one nearest to it. Distances stand in the place of ratios. Unmeasured
    with one item, or two alike."""
    own, made = (np.asarray(a, np.float32).reshape(len(a), -1) for a in (training, samples))
    if len(own) < 2 or not len(made):
        raise Unmeasured(f"copies need a sample and two {what}; there are {len(made)} and {len(own)}")
    among, others = nearest_items(own, own, 2)
    apart = float(among[:, 1].min())
    if apart == 0:
        raise Unmeasured(f"two of the {what} are the same, so that nothing is nearer than they are to each other")
    moved = own + 0.1 * (own[np.where(others[:, 0] == np.arange(len(own)), others[:, 1], others[:, 0])] - own)
    metrics = []
    note = f"nearer in {space} to one of the {len(own)} {what} than any two of them are to each other"
    gaps, nearest = nearest_items(made, own, 1)
    for label, found, direction, told in (
        (name, gaps[:, 0], "lower", note),
        (f"{name}_planted", nearest_items(moved, own, 1)[0][:, 0], None, f"{what}, each a tenth of the way to another"),
    ):
        count = int((found < apart).sum())
        low, high = clopper_pearson(count, len(found))
        metrics.append(Metric(label, count / len(found), low, high, len(found), "share", "estimate", direction, told))
    return NearCopies(metrics, gaps[:, 0], nearest[:, 0], apart)


def ratios_to(queries: NDArray[np.float32], training: Any) -> tuple[Floats, NDArray[np.int64]]:
    """Per query: its nearest distance over the mean of the next 50, and the nearest item's index."""
    distances, indices = nearest_items(queries, training, min(NEIGHBOURS + 1, len(training)))
    around = distances[:, 1:].mean(1)
    ratios = np.divide(distances[:, 0], around, out=np.zeros(len(queries)), where=around > 0)
    return ratios, indices[:, 0]


def without_twins(real: NDArray[np.float32], training: Any) -> tuple[NDArray[np.float32], str]:
    """The held-out items that are no training item's twin, and a word on the others; all, where twins are common."""
    own = ratios_to(real, training)[0] >= TWIN
    if own.all() or own.sum() < LEAST or (~own).mean() > FEW_TWINS:
        return real, ""
    return real[own], f", without {(~own).sum()} that are twins of training items"


def nearest_items(
    queries: NDArray[np.float32], items: Any, k: int, block: int = 2048
) -> tuple[Floats, NDArray[np.int64]]:
    """The k nearest of `items` (m, ...) to each row of `queries` (n, D): distances (n, k), ascending, and indices.

    Blocks of float32 products choose a few candidates more than asked; their distances are then worked out exactly,
    since a product's rounding would blur just the small distances that matter here.
    """
    centre = queries.mean(0)
    moved = queries - centre
    wanted = min(k + 13, len(items))
    best = np.empty((len(queries), 0), np.float32)
    where = np.empty((len(queries), 0), np.int64)
    for start in range(0, len(items), block):
        part = np.asarray(items[start : start + block], np.float32)
        part = part.reshape(len(part), -1) - centre
        squared = (part * part).sum(1) - 2 * moved @ part.T
        best = np.concatenate([best, squared], 1)
        where = np.concatenate([where, np.broadcast_to(np.arange(start, start + len(part)), squared.shape)], 1)
        if best.shape[1] > wanted:
            keep = np.argpartition(best, wanted - 1, axis=1)[:, :wanted]
            best, where = np.take_along_axis(best, keep, 1), np.take_along_axis(where, keep, 1)
    distances = np.empty((len(queries), k))
    indices = np.empty((len(queries), k), np.int64)
    for row, candidates in enumerate(where):
        candidates = np.sort(candidates)
        gaps = np.asarray(items[candidates], np.float64).reshape(len(candidates), -1) - queries[row]
        exact = np.sqrt((gaps * gaps).sum(1))
        order = np.argsort(exact, kind="stable")[:k]
        distances[row], indices[row] = exact[order], candidates[order]
    return distances, indices


# ------------------------------------------------------------------------------------------------ controls


def copies_of(training: Any, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Training items drawn by chance, each once while there are enough, as rows."""
    return rows_of(training, np.sort(rng.choice(len(training), n, replace=n > len(training))))


def planted(
    part: float, real_ratios: Floats, copied: Floats, threshold: float, share: float, rng: np.random.Generator
) -> Metric:
    """Real items of which `part` are replaced by training items, whose ratios are `copied`. Passes when the
    measurement tells the set from an honest one: the interval lies above the `share` that real items have."""
    n = len(real_ratios)
    ratios = real_ratios.copy()
    ratios[rng.choice(n, len(copied), replace=False)] = copied
    found = int((ratios < threshold).sum())
    low, high = clopper_pearson(found, n)
    name, note = (
        f"near_copies_planted_{round(100 * part)}",
        f"{len(copied)} of {n} held-out items replaced by training items",
    )
    return Metric(name, found / n, low, high, n, "share", note=f"{note}; must be above {share:.0%}", passed=low > share)


def halves(real_ratios: Floats, share: float, rng: np.random.Generator) -> Metric:
    """Near-copies among real items that had no part in the threshold, which comes from the other half of them: how
    far chance alone takes the figure from `share` with so many held-out items."""
    order = rng.permutation(len(real_ratios))
    first, second = real_ratios[order[: len(order) // 2]], real_ratios[order[len(order) // 2 :]]
    found = int((second < np.quantile(first, share)).sum())
    low, high = clopper_pearson(found, len(second))
    note = "half of the real items, judged by the threshold of the other half"
    return Metric("near_copies_held_out", found / len(second), low, high, len(second), "share", "estimate", note=note)


def blends_of(real: NDArray[np.float32], training: Any, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """Copies of training items with ever more of a real item blended in, one group for each of BLENDED."""
    n = min(32, len(training), len(real))
    originals, others = copies_of(training, n, rng), real[rng.choice(len(real), n, replace=False)]
    return [originals + np.float32(part) * (others - originals) for part in BLENDED]


def reach_of(blended: Sequence[Floats], threshold: float) -> Metric:
    """How far from its original a copy is still found: the largest part of another real item that can be blended into
    copies while half of them are found."""
    found = [float((ratios < threshold).mean()) >= 0.5 for ratios in blended]
    reached = max((part for part, all_ in zip(BLENDED, np.cumprod(found), strict=True) if all_), default=0.0)
    note = "so much of another real item blended into copies still leaves half of them found"
    return Metric("near_copy_reach", reached, n=len(blended[0]), unit="share", note=note)


def rows_of(items: Any, indices: NDArray[np.int64]) -> NDArray[np.float32]:
    """Some items as float32 rows (n, D)."""
    rows = np.asarray(items[indices], np.float32)
    flat: NDArray[np.float32] = rows.reshape(len(rows), -1)
    return flat
