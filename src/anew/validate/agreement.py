"""How well samples show what was said, as a scorer of both sees it: retrieval of captions, and facts read off.

In: similarities that a scorer worked out. Out: metrics, and a list of every pair of facts that was looked at. A scorer
stands in for a person, so each figure stands beside the same of real items and of captions that belong to others.

N items · M captions
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
    return (similarity >= mine[:, None]).sum(1) - 1


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
        metric(f"recall_at_{k}", (found < k).astype(float), mean, "share", f"{100 * min(1, k / m):.3g} %", "higher")
        for k in NEAREST
    ]
    return [*made, metric("median_rank", found + 1.0, median, "", f"{(m + 1) / 2:g}", "lower")]


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


@dataclass(frozen=True)
class Question:
    """Which values of some kinds of fact an item shows: `kinds`, such as ("object", "colour"), the `values` that each
    may have, and the caption that says so in `words`, with {0}, {1} where the values stand."""

    kinds: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    words: str

    @property
    def answers(self) -> list[tuple[str, ...]]:
        return list(product(*self.values))

    def caption(self, answer: Sequence[str]) -> str:
        return self.words.format(*answer)


def question(kinds: Sequence[str], told: Iterable[tuple[Mapping[str, str], Sequence[str]]]) -> Question | None:
    """The question that items' facts and captions pose: every value that an item has which has all the kinds, in the
    words of the shortest caption that names its values. None where no caption does, or a kind has one value alone."""
    values: list[set[str]] = [set() for _ in kinds]
    words: list[tuple[int, str]] = []
    for facts, captions in told:
        own = [facts.get(kind, "") for kind in kinds]
        if all(own):
            for seen, value in zip(values, own, strict=True):
                seen.add(value)
            words += [(len(made), made) for caption in captions if (made := pattern(caption, own)) is not None]
    if not words or min(map(len, values)) < 2:
        return None
    return Question(tuple(kinds), tuple(tuple(sorted(seen)) for seen in values), min(words)[1])


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


def readings(question: Question, asked: Sequence[tuple[str, ...]], similarity_NM: Floats) -> list[Reading]:
    """Items (of which several may be asked for the same) grouped by what was asked; the captions of `similarity_NM` are
    those of `question.answers`, and the nearest one is what an item is read as."""
    answers = question.answers
    read: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for one, best in zip(asked, np.asarray(similarity_NM).argmax(1), strict=True):
        read.setdefault(one, []).append(answers[int(best)])
    return [Reading(one, tuple(found)) for one, found in sorted(read.items())]


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


def unseen(
    kinds: Sequence[str], training: Iterable[Mapping[str, str]], held_out: Iterable[Mapping[str, str]]
) -> set[tuple[str, ...]]:
    """The values that held-out items show together and no training item does, though each alone is shown by some."""
    own = partial(values_of, kinds)
    seen = {one for facts in training if (one := own(facts)) is not None}
    known = [{one[place] for one in seen} for place in range(len(kinds))]
    asked = {one for facts in held_out if (one := own(facts)) is not None} - seen
    return {one for one in asked if all(value in some for value, some in zip(one, known, strict=True))}


def values_of(kinds: Sequence[str], facts: Mapping[str, str]) -> tuple[str, ...] | None:
    """What an item shows of the kinds; None where it lacks one."""
    found = tuple(facts.get(kind, "") for kind in kinds)
    return found if all(found) else None


def listed(kinds: Sequence[str], made: Sequence[Reading], real: Sequence[Reading] = ()) -> str:
    """Every pair in a line: how many of its samples were read right, and what the others were read as; of real items
    the same where there are any."""
    known = {one.asked: one for one in real}
    lines = [f"{' and '.join(kinds)}: samples read right / all, real items read right / all, wrong readings"]
    for one in made:
        wrong = [", ".join(read) for read in one.read if read != one.asked]
        told = ", ".join(f"{read} ×{wrong.count(read)}" for read in dict.fromkeys(wrong))
        beside = counted(known[one.asked]) if one.asked in known else "—"
        lines.append(f"{', '.join(one.asked)}: {counted(one)}, {beside}" + (f", {told}" if told else ""))
    return "\n".join(lines)


def counted(one: Reading) -> str:
    return f"{sum(read == one.asked for read in one.read)}/{len(one.read)}"


__all__ = [
    "Question", "Reading", "accuracy", "apart", "listed", "question", "ranks", "readings", "retrieval", "unseen",
    "values_of",
]  # fmt: skip
