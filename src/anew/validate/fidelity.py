"""How close samples are to real data: distances in a named feature space, label agreement, and the rulers beside them.

In: pictures, uint8 (H, W, C), what turns them into features (N, D), and a generator. Out: metrics.
A Fréchet distance means nothing by itself, and less across feature spaces: every one is reported beside real against
real, reconstructions and a ladder of blurred pictures, all in the same space, with the same n and the same reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anew.validate.interval import clopper_pearson
from anew.validate.metric import Metric

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]
Features = Callable[[Sequence[Picture]], Floats]  # pictures -> (N, D)
Draw = Callable[[NDArray[np.int64], int], Sequence[Picture]]  # places in the held-out set, re-draw -> pictures
BLURS = (0.5, 0.75, 1.0, 1.5)  # standard deviations in pixels


def frechet(a_ND: Floats, b_MD: Floats) -> float:
    """The Fréchet distance, squared, between Gaussians fitted to two sets of features (Dowson & Landau 1982):

        |μa - μb|² + tr(Σa + Σb - 2 (Σa Σb)^½),

    the trace of the root taken as the sum of the singular values of Σa^½ Σb^½, which needs no complex numbers and
    no full rank. ValueError: fewer than two rows, or sets of different widths.
    """
    a, b = np.asarray(a_ND, np.float64), np.asarray(b_MD, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(f"features of shapes {a.shape} and {b.shape} have no Fréchet distance")
    # The singular values of Xa Xb' / √((N-1)(M-1)) are those of Σa^½ Σb^½, with X the centred features.
    xa, xb = a - a.mean(0), b - b.mean(0)
    ra, rb = np.linalg.qr(xa).R, np.linalg.qr(xb).R
    root = np.linalg.svd(ra @ rb.T, full_matrices=False).S.sum() / np.sqrt((len(a) - 1) * (len(b) - 1))
    spread = np.square(xa).sum() / (len(a) - 1) + np.square(xb).sum() / (len(b) - 1)
    return float(max(np.square(a.mean(0) - b.mean(0)).sum() + spread - 2 * root, 0.0))


def distances(
    real: Sequence[Picture],
    draws: Mapping[str, Draw],
    features: Features,
    space: str,
    rng: np.random.Generator,
    redraws: int = 10,
    worse: Mapping[str, Callable[[Any], Any]] | None = None,
) -> list[Metric]:
    """The Fréchet distance of each way to make pictures, and the rulers, over re-drawn halves of the held-out data.

    Each re-draw parts `real` into halves A and R at random, of n each. R is the reference, the same for all. Compared
    with it: A itself (real against real), A made `worse` in the ways named (None: blurred), and for each of `draws`
    what it makes of the places A: a reconstruction of those samples, or others with their labels. `value` is the mean
    over the re-draws; `low` and `high` are the least and greatest of them. `space` names whose features they are.
    """
    n = len(real) // 2
    if n < 2:
        raise ValueError(f"{len(real)} held-out samples are too few to compare halves")
    known = features(real)
    worse = {f"blur_{sigma:g}px": partial(blur, sigma=sigma) for sigma in BLURS} if worse is None else worse
    damaged = {name: features([make(one) for one in real]) for name, make in worse.items()}
    found: dict[str, list[float]] = {}
    for redraw in range(redraws):
        order = rng.permutation(len(real))
        a, reference = order[:n], known[order[n : 2 * n]]
        rows = {"real": known[a]} | {name: made[a] for name, made in damaged.items()}
        rows |= {name: features(make(a, redraw)) for name, make in draws.items()}
        for name, made in rows.items():
            found.setdefault(name, []).append(frechet(made, reference))
    unit = f"squared feature units of {space}"
    note = f"Fréchet distance in {space} features, n = {n} against {n} other held-out; range of {redraws} re-draws"
    return [
        Metric(
            f"frechet_{name}", float(np.mean(values)), min(values), max(values), n, unit, "estimate",
            "lower" if name in draws else None, note,
        )
        for name, values in found.items()
    ]  # fmt: skip


def agreement(asked: NDArray[np.int64], read: NDArray[np.int64], name: str, judge: str) -> Metric:
    """The share of pictures that `judge` reads as the label asked for, with its exact 95 % interval."""
    if len(asked) != len(read) or not len(asked):
        raise ValueError(f"{len(asked)} labels asked for and {len(read)} read")
    hits, n = int((np.asarray(asked) == np.asarray(read)).sum()), len(asked)
    low, high = clopper_pearson(hits, n)
    return Metric(name, hits / n, low, high, n, "share", "estimate", "higher", f"as read by {judge}")


def blur(picture: Picture, sigma: float) -> Picture:
    """The picture under a Gaussian of `sigma` pixels, edges repeated, cut at four sigma."""
    reach = int(4 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    soft = picture.astype(np.float64)
    for axis in (0, 1):
        padding = [(reach, reach) if i == axis else (0, 0) for i in range(3)]
        padded = np.pad(soft, padding, "edge")
        length = soft.shape[axis]
        soft = sum(w * np.take(padded, range(i, i + length), axis) for i, w in enumerate(weights))
    return np.clip(np.rint(soft), 0, 255).astype(np.uint8)
