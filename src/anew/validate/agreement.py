"""How well samples show what was said, as a scorer of both sees it: retrieval of captions, and facts read off.

In: similarities that a scorer worked out. Out: metrics, and a list of every pair of facts that was looked at. A scorer
stands in for a person, so each figure stands beside the same of real items and of captions that belong to others.

N items · M captions
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from anew.validate.interval import bootstrap
from anew.validate.metric import Metric, Unmeasured

Floats = NDArray[np.float64]
NEAREST = (1, 5)
FEWEST = 10  # captions; among fewer, being right says nothing


# ------------------------------------------------------------------------------------------------ retrieval


def ranks(similarity_NM: Floats, own_N: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,): how many captions an item is at least as near to as to its own, from 0 for the best. ValueError where an
    item's own is none of the captions."""
    similarity, own = np.asarray(similarity_NM, np.float64), np.asarray(own_N)
    if (
        similarity.ndim != 2
        or own.shape != similarity.shape[:1]
        or not ((0 <= own) & (own < similarity.shape[1])).all()
    ):
        raise ValueError(f"{own.shape} captions of their own for similarities of shape {similarity.shape}")
    mine = similarity[np.arange(len(own)), own]
    found: NDArray[np.int64] = (similarity >= mine[:, None]).sum(1) - 1
    return found


def retrieval(
    similarity_NM: Floats,
    own_N: NDArray[np.int64],
    what: str,
    scorer: str,
    rng: np.random.Generator,
    draws: int = 1000,
    better: bool = False,
) -> list[Metric]:
    """R@1 and R@5, the shares of items whose own caption is the nearest or one of the nearest five, and the median rank
    (1 is the best), with bootstrap intervals over items. `better`: whether they say something good of the model."""
    found, (n, m) = ranks(similarity_NM, own_N), np.asarray(similarity_NM).shape
    if m < FEWEST:
        raise Unmeasured(f"only {m} captions that say different things")
    note = f"by {scorer}, among {m} captions"

    def metric(name: str, values: Floats, of: Callable[[Floats], float], unit: str, chance: str, good: str) -> Metric:
        low, high = bootstrap(values, of, rng, draws)
        return Metric(
            f"{name}_{what}", of(values), low, high, n, unit, "surrogate", good if better else None,  # type: ignore[arg-type]
            f"{note}; by chance {chance}",
        )  # fmt: skip

    made = [
        metric(
            f"recall_at_{k}", (found < k).astype(np.float64), mean, "share", f"{100 * min(1, k / m):.3g} %", "higher"
        )
        for k in NEAREST
    ]
    return [*made, metric("median_rank", (found + 1).astype(np.float64), median, "", f"{(m + 1) / 2:g}", "lower")]


def mean(values: Floats) -> float:
    return float(values.mean())


def median(values: Floats) -> float:
    return float(np.median(values))


def apart(captions: Iterable[str], plainly: Callable[[str], str], most: int) -> list[int]:
    """Which of the captions to ask for: the first `most` of which none says all that another one says."""
    kept: list[tuple[int, frozenset[str]]] = []
    for place, caption in enumerate(captions):
        words = frozenset(plainly(caption).split())
        if len(kept) < most and words and not any(words <= other or other <= words for _, other in kept):
            kept.append((place, words))
    return [place for place, _ in kept]


# ------------------------------------------------------------------------------------------------ facts


Facts = Mapping[str, str]
FEW = 10  # training items that show a value; of fewer nothing is learnt that could be asked for


@dataclass(frozen=True)
class Known:
    """What training shows of some kinds of fact, such as ("colour", "object"): the `values` of each kind, and which it
    shows together."""

    kinds: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    together: frozenset[tuple[str, ...]]

    @classmethod
    def of_training(cls, kinds: Sequence[str], training: Iterable[Facts], few: int = FEW) -> Known:
        """Of the items that bear all the kinds; a value that fewer than `few` show is left out, with its items."""
        shown = [own for facts in training if all(own := tuple(facts.get(kind, "") for kind in kinds))]
        counts = [Counter(own[place] for own in shown) for place in range(len(kinds))]
        values = tuple(tuple(sorted(value for value, n in count.items() if n >= few)) for count in counts)
        kept = {own for own in shown if all(value in some for value, some in zip(own, values, strict=True))}
        return cls(tuple(kinds), values, frozenset(kept))

    def of(self, facts: Facts) -> tuple[str, ...] | None:
        """What an item shows of the kinds; None where it lacks one, or shows what is not known."""
        own = tuple(facts.get(kind, "") for kind in self.kinds)
        return own if all(value in some for value, some in zip(own, self.values, strict=True)) else None

    def unseen(self, held_out: Iterable[Facts]) -> list[tuple[str, ...]]:
        """What held-out items show together and no training item does, though each value alone is known."""
        return sorted({own for facts in held_out if (own := self.of(facts)) is not None} - self.together)

    @property
    def answers(self) -> list[tuple[str, ...]]:
        """Everything that an item could show."""
        return list(product(*self.values))


def phrase(known: Known, told: Iterable[tuple[Facts, Sequence[str]]]) -> str | None:
    """How captions say all the kinds: the shortest that names an item's values, with {0}, {1} where they stand. None
    where no caption does."""
    made: list[tuple[int, str]] = []
    for facts, captions in told:
        own = known.of(facts)
        found = [] if own is None else [pattern(caption, own) for caption in captions]
        made += [(len(one), one) for one in found if one is not None]
    return min(made)[1] if made else None


def pattern(caption: str, values: Sequence[str]) -> str | None:
    """The caption with {0}, {1}, … in place of the values; None where it does not name each of them once."""
    made = caption.replace("{", "{{").replace("}", "}}")
    if any(made.count(value) != 1 for value in values):
        return None
    for place in sorted(range(len(values)), key=lambda i: -len(values[i])):
        if made.count(values[place]) != 1:
            return None
        made = made.replace(values[place], f"{{{place}}}")
    return made


@dataclass(frozen=True)
class Reading:
    """One pair of facts (or however many) as asked for, and how it was read from each of its items."""

    asked: tuple[str, ...]
    read: tuple[tuple[str, ...], ...]

    def right(self, kind: int | None = None) -> float:
        """The share of items on which a kind of fact, or every one, was read as asked."""
        if kind is None:
            return float(np.mean([one == self.asked for one in self.read]))
        return float(np.mean([one[kind] == self.asked[kind] for one in self.read]))


def readings(asked: Sequence[tuple[str, ...]], read: Sequence[tuple[str, ...]]) -> list[Reading]:
    """Items grouped by what was asked for, with what each was read as."""
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for one, seen in zip(asked, read, strict=True):
        found.setdefault(one, []).append(tuple(seen))
    return [Reading(one, tuple(seen)) for one, seen in sorted(found.items())]


def accuracy(
    found: Sequence[Reading],
    kinds: Sequence[str],
    what: str,
    scorer: str,
    rng: np.random.Generator,
    draws: int = 1000,
    better: bool = False,
) -> list[Metric]:
    """The share of items on which all kinds of fact are read as asked, called `what`, and on which each of them is.
    Each pair counts alike, and the intervals re-draw pairs, since the items of one are alike."""
    if not found:
        raise Unmeasured("no facts that training does not hold together")
    n, made = sum(len(one.read) for one in found), []
    each: list[tuple[str, int | None]] = [(what, None), *((f"{what}_{kind}", at) for at, kind in enumerate(kinds))]
    for name, place in each:
        shares = np.array([one.right(place) for one in found])
        low, high = bootstrap(shares, None, rng, draws)
        note = f"as read by {scorer} off {len(found)} pairs of {' and '.join(kinds)} that training never shows together"
        good = "higher" if better else None
        made.append(Metric(name, mean(shares), low, high, n, "share", "surrogate", good, note))  # type: ignore[arg-type]
    return made


def listed(kinds: Sequence[str], made: Sequence[Reading], real: Sequence[Reading]) -> str:
    """Every pair in a line: how many of its samples were read right, how many real items, and what the other samples
    were read as. Without samples: the real items alone."""
    known = {one.asked: one for one in real}
    columns = ["samples read right"] * bool(made) + ["real items read right", "wrong readings"]
    lines = [f"{' and '.join(kinds)}: {', '.join(columns)}"]
    for one in made or real:
        wrong = [", ".join(read) for read in one.read if read != one.asked]
        told = [f"{read} ×{wrong.count(read)}" for read in dict.fromkeys(wrong)]
        beside = [counted(known[one.asked]) if one.asked in known else "—"] * bool(made)
        lines.append(f"{', '.join(one.asked)}: {', '.join([counted(one), *beside, *told])}")
    return "\n".join(lines)


def counted(one: Reading) -> str:
    return f"{sum(read == one.asked for read in one.read)}/{len(one.read)}"


__all__ = ["Known", "Reading", "accuracy", "apart", "listed", "phrase", "ranks", "readings", "retrieval"]
