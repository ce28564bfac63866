"""Are samples new, or copies of what was learnt from? Near-copies by the distance to the nearest training items.

In come samples, training items and held-out real items as rows of one space (pixels, a network's features, a text's
n-gram profile: `space` names it); out comes the share of near-copies, with controls that must find planted copies in
the same run. Longest copied spans of text are in `verbatim`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anew.validate.interval import clopper_pearson
from anew.validate.metric import Metric, Unmeasured

NEIGHBOURS = 50  # the items after the nearest one that say how far apart items lie there
SHARE = 0.01  # of held-out real items that are near-copies by construction
LEAST = 20  # held-out items, below which a 1 % quantile is no more than the smallest value
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

    samples (n, ...), training (m, ...; an array or a memmap, read in blocks), held_out (p, ...). The ratio d1 / mean
    of the next 50 distances is calibrated on the held-out items (a ratio test as in Carlini et al. 2023,
    arXiv 2301.13188). Controls, all on real held-out items of which 5 % or 20 % are replaced by training items.
    Unmeasured with fewer than 3 training or 20 held-out items.
    """
    if len(training) < 3 or len(held_out) < LEAST or len(samples) == 0:
        counts = f"{len(samples)} samples, {len(training)} training and {len(held_out)} held-out items"
        raise Unmeasured(f"near-copies need a sample, 3 training and {LEAST} held-out items; there are {counts}")
    drawn, real = (np.asarray(a, np.float32).reshape(len(a), -1) for a in (samples, held_out))
    ratios, nearest = ratios_to(drawn, training)
    real_ratios, _ = ratios_to(real, training)
    threshold = float(np.quantile(real_ratios, share))
    copies = int((ratios < threshold).sum())
    controls = [planted(part, real_ratios, real, training, threshold, share, rng) for part in (0.05, 0.20)]
    void = "" if all(c.passed for c in controls) else "; VOID: a planted copy was not found"
    low, high = clopper_pearson(copies, len(drawn))
    note = (
        f"distances in {space}, {len(training):,} training items; near means a ratio below {threshold:.4g}, "
        f"the {share:.0%} quantile of {len(real):,} held-out items{void}"
    )
    found = Metric("near_copies", copies / len(drawn), low, high, len(drawn), "share", "estimate", "lower", note)
    reach = reach_of(real, training, threshold, rng)
    return NearCopies([found, *controls, halves(real_ratios, share, rng), reach], ratios, nearest, threshold)


def ratios_to(queries: NDArray[np.float32], training: Any) -> tuple[Floats, NDArray[np.int64]]:
    """Per query: its nearest distance over the mean of the next 50, and the nearest item's index."""
    distances, indices = nearest_items(queries, training, min(NEIGHBOURS + 1, len(training)))
    around = distances[:, 1:].mean(1)
    ratios = np.divide(distances[:, 0], around, out=np.zeros(len(queries)), where=around > 0)
    return ratios, indices[:, 0]


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


def planted(
    part: float,
    real_ratios: Floats,
    real: NDArray[np.float32],
    training: Any,
    threshold: float,
    share: float,
    rng: np.random.Generator,
) -> Metric:
    """Real items of which `part` are replaced by copies of training items. Passes when the measurement tells the
    set from an honest one: the interval's lower end is above the `share` that real items have."""
    n, copies = len(real), max(1, round(part * len(real)))
    ratios = real_ratios.copy()
    chosen = np.sort(rng.choice(len(training), copies, replace=copies > len(training)))
    where = rng.choice(n, copies, replace=False)
    ratios[where] = ratios_to(rows_of(training, chosen), training)[0]
    found = int((ratios < threshold).sum())
    low, high = clopper_pearson(found, n)
    note = f"{copies} of {n} held-out items replaced by training items; must be above {share:.0%}"
    return Metric(
        f"near_copies_planted_{part:.0%}".rstrip("%"), found / n, low, high, n, "share", note=note, passed=low > share
    )


def halves(real_ratios: Floats, share: float, rng: np.random.Generator) -> Metric:
    """Near-copies among real items that had no part in the threshold: it comes from one half, they are the other.
    Passes unless they are clearly more than `share`, with room for the threshold's being a draw itself."""
    order = rng.permutation(len(real_ratios))
    first, second = real_ratios[order[: len(order) // 2]], real_ratios[order[len(order) // 2 :]]
    found = int((second < np.quantile(first, share)).sum())
    low, high = clopper_pearson(found, len(second))
    wide = clopper_pearson(max(found - 2, 0), len(second), 0.999)[0]
    note = f"real items judged by the threshold of other real items; must not be far above {share:.0%}"
    return Metric(
        "near_copies_held_out", found / len(second), low, high, len(second), "share", note=note, passed=wide <= share
    )


def reach_of(real: NDArray[np.float32], training: Any, threshold: float, rng: np.random.Generator) -> Metric:
    """How far from its original a copy is still found: the largest part of another real item that can be blended into
    copies while half of them are found."""
    n = min(64, len(training), len(real))
    originals = rows_of(training, np.sort(rng.choice(len(training), n, replace=False)))
    others = real[rng.choice(len(real), n, replace=False)]
    reached = 0.0
    for part in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5):
        ratios = ratios_to(originals + np.float32(part) * (others - originals), training)[0]
        if (ratios < threshold).mean() < 0.5:
            break
        reached = part
    note = "so much of another real item blended into copies still leaves half of them found"
    return Metric("near_copy_reach", reached, n=n, unit="share", note=note)


def rows_of(items: Any, indices: NDArray[np.int64]) -> NDArray[np.float32]:
    """Some items as float32 rows (n, D)."""
    rows = np.asarray(items[indices], np.float32)
    flat: NDArray[np.float32] = rows.reshape(len(rows), -1)
    return flat


# ------------------------------------------------------------------------------------------------ a space for text


def profiles(texts: Sequence[str], width: int = 1024, n: int = 5) -> NDArray[np.float32]:
    """(len(texts), width): how often each hashed n-gram of UTF-8 bytes occurs, square-rooted and of length one.

    The Euclidean distance of two profiles runs from 0 (the same n-grams) to the square root of 2 (none in common):
    the space in which texts, too, have near-copies. Longer training texts should be cut to the samples' length first.
    """
    made = np.zeros((len(texts), width), np.float32)
    for row, text in enumerate(texts):
        data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8).astype(np.uint64)
        if len(data) < n:
            made[row, zlib.crc32(data.tobytes()) % width] = 1.0
            continue
        mixed = np.zeros(len(data) - n + 1, np.uint64)
        for i in range(n):
            mixed = mixed * np.uint64(1099511628211) + data[i : len(data) - n + 1 + i] + np.uint64(1)
        mixed ^= mixed >> np.uint64(29)
        made[row] = np.sqrt(np.bincount((mixed % np.uint64(width)).astype(np.int64), minlength=width))
    made /= np.maximum(np.sqrt((made * made).sum(1, keepdims=True)), 1e-12)
    return made


def passages(texts: Sequence[str], length: int, most: int = 40_000) -> list[str]:
    """Texts cut into passages of about `length` characters that overlap by half, so that a copy which begins anywhere
    lies three quarters within one; evenly thinned to `most`."""
    cut = [t[i : i + length] for t in texts for i in range(0, max(len(t) - length // 2, 1), max(length // 2, 1))]
    return cut if len(cut) <= most else [cut[i] for i in np.linspace(0, len(cut) - 1, most).astype(int)]
