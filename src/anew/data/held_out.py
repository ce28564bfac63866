"""Compositional hold-out: whole pairs of facts ("green" with "heart") that training never shows together, each of the
two shown often enough with others.

In: what is known of each record, its split, and which kinds of facts to pair. Out: the splits with every record of a
held-out pair in test, and the pairs. Which pairs, their own hashes decide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from anew.data.manifest import canonical
from anew.data.split import SPLITS, place

PARTNERS = 2  # with so many others at least each half of a held-out pair is still seen in training
Pair = tuple[str, str]
TRAIN, TEST = SPLITS.index("train"), SPLITS.index("test")


class Family:
    """The pairs of two kinds of facts, and how many training records each still has."""

    def __init__(self, kinds: Pair, facts: Sequence[Mapping[str, str]], training: NDArray[np.bool_]) -> None:
        self.kinds = kinds
        self.rows: dict[Pair, list[int]] = defaultdict(list)
        for row, known in enumerate(facts):
            if kinds[0] in known and kinds[1] in known:
                self.rows[known[kinds[0]], known[kinds[1]]].append(row)
        self.of = {row: pair for pair, rows in self.rows.items() for row in rows}
        self.left = Counter({pair: int(training[rows].sum()) for pair, rows in self.rows.items()})
        self.partners = Counter(half for pair, n in self.left.items() if n for half in enumerate(pair))

    def by_hash(self) -> list[Pair]:
        """The pairs that training shows, in the order of their hashes."""
        shown = [pair for pair, n in self.left.items() if n]
        return sorted(shown, key=lambda pair: place(canonical([self.kinds, pair])))

    def without(self, rows: Sequence[int]) -> Iterator[Pair]:
        """The pairs that training would no longer show without these of its records."""
        gone = Counter(self.of[row] for row in rows if row in self.of)
        return (pair for pair, n in gone.items() if n == self.left[pair])

    def spares(self, pairs: Sequence[Pair]) -> bool:
        """Whether, without these pairs, each of their halves is still shown with PARTNERS others."""
        lost = Counter(half for pair in pairs for half in enumerate(pair))
        return all(self.partners[half] - n >= PARTNERS for half, n in lost.items())

    def drop(self, rows: Sequence[int]) -> None:
        for pair in list(self.without(rows)):
            self.partners.subtract(enumerate(pair))
        self.left.subtract(self.of[row] for row in rows if row in self.of)


def hold_out(
    facts: Sequence[Mapping[str, str]],
    splits: NDArray[np.int8],
    kept: NDArray[np.bool_],
    kinds: Sequence[Pair],
    share: float,
) -> tuple[NDArray[np.int8], dict[Pair, list[Pair]]]:
    """Splits (an index into SPLITS a row) with the pairs held out, and those by their kinds. `kept`: which rows stay in
    the data at all. Of each two kinds about `share` of the pairs that training shows are held out; fewer, where a value
    would be left with fewer than two partners."""
    splits, training = splits.copy(), kept & (splits == TRAIN)
    families = [Family(pair, facts, training) for pair in kinds]
    chosen: dict[Pair, list[Pair]] = {}
    for family in families:
        candidates = family.by_hash()
        chosen[family.kinds] = held = []
        for pair in candidates:
            if len(held) >= round(share * len(candidates)):
                break
            rows = [row for row in family.rows[pair] if training[row]]
            if rows and all(other.spares(list(other.without(rows))) for other in families):
                for other in families:
                    other.drop(rows)
                training[rows] = False
                splits[family.rows[pair]] = TEST
                held.append(pair)
    return splits, chosen
