"""How far is p_θ from p_data? On data whose density is known the question has an answer: here are such densities, the
divergence of a model from them, and the verdict in words.

In: a model's nats of held-out points, or its samples. Out: metrics, and sentences that name what is wrong.

N points · K modes · T symbols
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anew.validate.interval import bootstrap
from anew.validate.metric import Metric

Floats = NDArray[np.float64]
CLOSE = 0.15  # nats from the truth that count as close
CELLS = 24  # a side, of the histogram that samples are counted in
NEAR = 3.0  # deviations from a mode's centre within which a sample belongs to it
SHARE = 0.25  # of what a mode should get, from which on it counts as covered


class Known(ABC):
    """A distribution that can be drawn from and whose density is known."""

    name: str
    about: str

    @abstractmethod
    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.generic]:
        """n items: points (N, 2) float64, or rows of symbols (N, T) int64."""

    @abstractmethod
    def nats(self, items: NDArray[np.generic]) -> Floats:
        """(N,): -ln p of each item; infinite where it cannot be."""


class Plane(Known):
    """A density over the plane, of zero mean and unit variance."""

    reach = 2.8  # the histogram's square goes from -reach to reach

    def histogram(self, points_N2: Floats) -> Floats:
        """(CELLS²,) counts; what lies outside the square counts in the cell at its edge."""
        place = ((points_N2 + self.reach) / (2 * self.reach) * CELLS).astype(np.int64).clip(0, CELLS - 1)
        return np.bincount(place[:, 0] * CELLS + place[:, 1], minlength=CELLS**2).astype(np.float64)


class EightGaussians(Plane):
    """Eight equal Gaussians on a circle."""

    name, about = "eight-gaussians", "eight Gaussians on a circle"
    radius, deviation = 1.4, 0.12

    def __init__(self) -> None:
        angle_K = np.arange(8) * math.pi / 4
        self.scale = 1 / math.sqrt(self.radius**2 / 2 + self.deviation**2)
        self.modes_K2 = self.scale * self.radius * np.stack([np.cos(angle_K), np.sin(angle_K)], 1)
        self.sigma = self.scale * self.deviation

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        return self.modes_K2[rng.integers(0, 8, n)] + self.sigma * rng.standard_normal((n, 2))

    def nats(self, items: NDArray[np.generic]) -> Floats:
        squared_NK = np.square(np.asarray(items, np.float64)[:, None] - self.modes_K2).sum(2) / (2 * self.sigma**2)
        nearest_N = squared_NK.min(1)
        total_N = np.exp(nearest_N[:, None] - squared_NK).sum(1)
        nats: Floats = nearest_N - np.log(total_N) + math.log(8 * 2 * math.pi * self.sigma**2)
        return nats

    def covered(self, points_N2: Floats) -> int:
        """How many modes have samples: at least `SHARE` of an eighth of them within `NEAR` deviations."""
        apart_NK = np.linalg.norm(points_N2[:, None] - self.modes_K2, axis=2)
        own_N, within_N = apart_NK.argmin(1), apart_NK.min(1) < NEAR * self.sigma
        counts_K = np.bincount(own_N[within_N], minlength=8)
        return int((counts_K >= SHARE * len(points_N2) / 8).sum())


class Checkerboard(Plane):
    """The dark squares of a board of four by four, each point of them equally likely."""

    name, about = "checkerboard", "the dark squares of a board of four by four"

    def __init__(self) -> None:
        self.side = math.sqrt(12) / 4  # a uniform distribution over four such sides has unit variance

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        column_N = rng.integers(0, 4, n)
        row_N = 2 * rng.integers(0, 2, n) + column_N % 2
        corner_N2 = np.stack([column_N, row_N], 1) - 2.0
        return self.side * (corner_N2 + rng.random((n, 2)))

    def nats(self, items: NDArray[np.generic]) -> Floats:
        cell_N2 = np.floor(np.asarray(items, np.float64) / self.side) + 2
        dark_N = ((cell_N2 >= 0) & (cell_N2 < 4)).all(1) & ((cell_N2.sum(1) % 2) == 0)
        return np.where(dark_N, math.log(8 * self.side**2), np.inf)


class MarkovChain(Known):
    """Sequences of eight symbols in which each depends on the two before it, the transitions drawn from a seed."""

    name, about = "markov-chain", "sequences in which each symbol depends on the two before it"
    symbols, length = 8, 32

    def __init__(self) -> None:
        rng = np.random.default_rng(8)
        self.start = rng.dirichlet(np.ones(self.symbols))
        self.second = rng.dirichlet(np.full(self.symbols, 0.5), self.symbols)
        self.next = rng.dirichlet(np.full(self.symbols, 0.3), (self.symbols, self.symbols))

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        x_NT = np.empty((n, self.length), np.int64)
        x_NT[:, 0] = pick(np.broadcast_to(self.start, (n, self.symbols)), rng)
        x_NT[:, 1] = pick(self.second[x_NT[:, 0]], rng)
        for t in range(2, self.length):
            x_NT[:, t] = pick(self.next[x_NT[:, t - 2], x_NT[:, t - 1]], rng)
        return x_NT

    def nats(self, items: NDArray[np.generic]) -> Floats:
        x_NT = np.asarray(items, np.int64)
        with np.errstate(divide="ignore"):
            nats_N = -np.log(self.start[x_NT[:, 0]]) - np.log(self.second[x_NT[:, 0], x_NT[:, 1]])
            return nats_N - np.log(self.next[x_NT[:, :-2], x_NT[:, 1:-1], x_NT[:, 2:]]).sum(1)


KNOWN: dict[str, type[Known]] = {kind.name: kind for kind in (EightGaussians, Checkerboard, MarkovChain)}


def pick(p_NV: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A symbol a row, by its probabilities."""
    return (p_NV.cumsum(1) < rng.random((len(p_NV), 1))).sum(1).clip(max=p_NV.shape[1] - 1)


# ------------------------------------------------------------------------------------------------ divergence


def divergence(told_N: Floats, true_N: Floats, kind: str, rng: np.random.Generator, units: int = 1) -> Metric:
    """KL(p ‖ p_θ) in nats `a unit`: the mean over held-out items of the model's nats less the truth's, with its
    bootstrap interval. Of a bound it is a bound: the model is at least as near."""
    gaps_N = (np.asarray(told_N, np.float64) - true_N) / units
    low, high = bootstrap(gaps_N, None, rng)
    note = f"the model's nats of {len(gaps_N)} held-out items less the truth's"
    return Metric("divergence", float(gaps_N.mean()), low, high, len(gaps_N), "nats", kind, "lower", note)  # type: ignore[arg-type]


def divergence_of_samples(known: Plane, points_N2: Floats, rng: np.random.Generator, draws: int = 200) -> Metric:
    """The Jensen-Shannon divergence (Lin 1991) of samples from as many points of the truth, both counted in the cells
    of a grid, less what two draws of the truth are apart by chance: for a model that tells no density."""
    n = len(points_N2)
    truth = known.histogram(known.draw(200_000, rng)) / 200_000
    counted = known.histogram(points_N2)
    chance = float(np.mean([jensen_shannon(known.histogram(known.draw(n, rng)) / n, truth) for _ in range(20)]))
    again = (known.histogram(points_N2[rng.integers(0, n, n)]) for _ in range(draws))
    redrawn = [jensen_shannon(counts / n, truth) for counts in again]
    value = jensen_shannon(counted / n, truth)
    grown = float(np.mean(redrawn)) - value  # counting again what was counted adds chance once more
    low, high = (float(q) - grown - chance for q in np.quantile(redrawn, [0.025, 0.975]))
    note = (
        f"Jensen-Shannon divergence of {n} samples in {CELLS} × {CELLS} cells, less that of true draws ({chance:.3f})"
    )
    return Metric("divergence_of_samples", value - chance, low, high, n, "nats", "estimate", "lower", note)


def jensen_shannon(p: Floats, q: Floats) -> float:
    """In nats, from 0 for equal distributions to ln 2 for distributions that share nothing."""
    middle = (p + q) / 2

    def against(one: Floats) -> float:
        some = one > 0
        return float((one[some] * np.log(one[some] / middle[some])).sum())

    return (against(p) + against(q)) / 2


# ------------------------------------------------------------------------------------------------ the verdict


def verdict(
    known: Known,
    found: Metric | None,
    samples: NDArray[np.generic],
    training: NDArray[np.generic],
    memorised: Metric | None,
    rng: np.random.Generator,
) -> list[str]:
    """What is wrong with the model, one sentence each; nothing where it is close to the truth.

    `found`: its divergence, where it tells a density; `memorised`: how much likelier it finds what it learnt from.
    """
    said = []
    if isinstance(known, EightGaussians):
        points = np.asarray(samples, np.float64)
        covered = known.covered(points)
        if covered < 7:
            word = "one mode" if covered == 1 else f"{covered} modes"
            said.append(f"It has dropped modes: {word} of 8 get their share of its samples.")
    if isinstance(known, Plane):
        points = np.asarray(samples, np.float64)
        copied = copies(points, np.asarray(training, np.float64), known, rng)
        if copied is not None:
            said.append(f"It repeats what it learnt from: {copied:.0%} of its samples lie on training points.")
        apart = divergence_of_samples(known, points, rng)
        if apart.low is not None and apart.low > CLOSE:
            said.append(f"Its samples are far from the truth: {apart.value:.2f} nats of at most 0.69.")
    if memorised is not None and memorised.low is not None and memorised.low > CLOSE:
        said.append(
            f"It knows its training items by heart: they cost it {memorised.value:.2f} nats less than unseen ones."
        )
    if found is not None and found.low is not None and found.low > CLOSE:
        said.append(f"It has not learnt the density: {found.value:.2f} nats from the truth.")
    return said


def copies(samples: Floats, training: Floats, known: Plane, rng: np.random.Generator) -> float | None:
    """The share of samples that lie far nearer to a training point than fresh points of the truth do, where that is
    more than chance: below the 1 % quantile of the fresh ones' distances."""
    fresh = known.draw(len(samples), rng)
    limit = np.quantile(nearest(fresh, training), 0.01)
    share = float((nearest(samples, training) < limit).mean())
    return share if share > 0.05 else None


def nearest(points_N2: Floats, others_M2: Floats, block: int = 512) -> Floats:
    """(N,): how far each point is from the nearest of the others."""
    parts: Sequence[Floats] = [
        np.sqrt(np.square(points_N2[i : i + block, None] - others_M2).sum(2).min(1))
        for i in range(0, len(points_N2), block)
    ]
    return np.concatenate(parts)


__all__ = [
    "KNOWN", "Checkerboard", "EightGaussians", "Known", "MarkovChain", "Plane", "divergence", "divergence_of_samples",
    "verdict",
]  # fmt: skip
