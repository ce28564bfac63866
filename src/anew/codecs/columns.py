"""Columns of a table: of which kind each is, told by looking, and how its values become numbers and come back.

In: a column's values as a file has them (numbers, text, bools, None for missing). Out: a `Number` (continuous, integer
or date) or a `Category`. Either has a few symbols, for a model of tokens, and a place on a line or in a simplex, for a
model of grids; a symbol or a place becomes a value again by a chance in [0, 1) that is given.

N values · P pieces of a distribution function
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from anew.codecs.conditions import CLOSE, Clause

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")  # 007 is a name, not a number
LARGEST = 2.0**53  # beyond it floating-point numbers are no longer every integer
PIECES = 512  # of a distribution function, at most
LEAST = 8  # different values in a piece
REPEATS = 5  # times that each value occurs, from where on a number is not filled in between those seen
MOST_DECIMALS = 9
RARE = 5  # a text that occurs less often is one of the rare ones
NAMES = 0.9  # a column of texts of which so many are different names its rows


# ------------------------------------------------------------------------------------------------ numbers


@dataclass(frozen=True)
class Number:
    """A number by its distribution function, cut into pieces: on piece p, from `low_P` to `high_P`, it rises from
    `begin_P` to `end_P`. A value that occurs often is a piece by itself, of no width.

    `starts`: the first piece of each bin; bins are the symbols, and a last one is for what is missing. `decimals` None:
    not rounded; else values lie a whole number of `step`s apart, counted in the last decimal.
    """

    kind: ClassVar[str] = "number"
    name: str
    pieces_4P: Floats
    starts: tuple[int, ...]
    missing: float = 0.0  # share
    decimals: int | None = None
    step: int = 1
    dates: bool = False

    @property
    def low_P(self) -> Floats:
        low_P: Floats = self.pieces_4P[0]
        return low_P

    @property
    def high_P(self) -> Floats:
        high_P: Floats = self.pieces_4P[1]
        return high_P

    @property
    def bins(self) -> int:
        return len(self.starts)

    @property
    def symbols(self) -> int:
        return self.bins + (self.missing > 0)

    @property
    def grain(self) -> float:
        """One of the last decimal."""
        return 0.0 if self.decimals is None else 10.0**-self.decimals

    def typed(self, value: Any) -> Any:
        """A file's value as this column's: a number, or the text of a date; None where it is neither."""
        number = ordinal(value) if self.dates else as_number(value)
        return None if number is None else self.value_at(number)

    def value_at(self, number: float) -> Any:
        if self.dates:
            return date.fromordinal(min(max(round(number), 1), date.max.toordinal())).isoformat()
        if self.decimals == 0 and abs(number) < LARGEST:
            return int(round(number))
        return number + 0.0 if self.decimals is None else round(number, self.decimals) + 0.0

    def numbers(self, values: Sequence[Any]) -> Floats:
        """NaN where a value is missing or none of this column."""
        found = (ordinal(v) if self.dates else as_number(v) for v in values)
        return np.array([np.nan if n is None else n for n in found], np.float64)

    # ---------------------------------------------------------------------------------------- values and places

    def places(self, values: Sequence[Any], chance_N: Floats) -> Floats:
        """Where values stand in the distribution, in (0, 1); NaN where missing. A value that stands for a whole step of
        it is spread over the step by chance, and a rounded one over what it is rounded from."""
        x_N = self.numbers(values)
        low_P, high_P, begin_P, end_P = self.pieces_4P
        piece_N = np.clip(np.searchsorted(low_P, x_N, "right") - 1, 0, len(low_P) - 1)
        width_N = (high_P - low_P)[piece_N]
        moved_N = x_N + (chance_N - 0.5) * self.step * self.grain - low_P[piece_N]
        inside_N = np.where(width_N > 0, moved_N / np.where(width_N > 0, width_N, 1), chance_N)
        place_N = begin_P[piece_N] + np.clip(inside_N, 0, 1 - CLOSE) * (end_P - begin_P)[piece_N]
        return np.where(np.isnan(x_N), np.nan, place_N)

    def at(self, place_N: Floats) -> list[Any]:
        low_P, high_P, begin_P, end_P = self.pieces_4P
        piece_N = np.clip(np.searchsorted(end_P, place_N, "right"), 0, len(low_P) - 1)
        mass_P = np.maximum(end_P - begin_P, 1e-12)
        inside_N = np.clip((place_N - begin_P[piece_N]) / mass_P[piece_N], 0, 1)
        x_N = low_P[piece_N] + inside_N * (high_P - low_P)[piece_N]
        if self.decimals is not None:
            apart = self.step * self.grain
            x_N = low_P[0] + np.round((x_N - low_P[0]) / apart) * apart
        return [self.value_at(x) for x in x_N.tolist()]

    # ---------------------------------------------------------------------------------------- values and symbols

    @property
    def edges(self) -> Floats:
        """(bins + 1,): the places where bins begin, and 1."""
        return np.append(self.pieces_4P[2][list(self.starts)], 1.0)

    @property
    def masses(self) -> Floats:
        """(symbols,): how likely each is."""
        masses = np.diff(self.edges) * (1 - self.missing)
        return np.append(masses, self.missing) if self.missing else masses

    def encode(self, values: Sequence[Any]) -> Places:
        place_N = self.places(values, np.full(len(values), 0.5))
        gone_N = np.isnan(place_N)
        bin_N = np.searchsorted(self.edges[1:-1], np.where(gone_N, 0, place_N), "right")
        return np.where(gone_N, self.symbols - 1, bin_N)

    def decode(self, symbol_N: Places, chance_N: Floats) -> list[Any]:
        edges = self.edges
        bin_N = np.minimum(symbol_N, self.bins - 1)
        made = self.at(edges[bin_N] + chance_N * np.diff(edges)[bin_N])
        return [None if symbol >= self.bins else value for symbol, value in zip(symbol_N.tolist(), made, strict=True)]

    def may(self, clause: Clause) -> list[bool]:
        """Which symbols hold a value that keeps a clause about this column alone. A bin may be cut by it."""
        last = [*self.starts[1:], len(self.low_P)]
        ends = [(self.low_P[a], self.high_P[b - 1]) for a, b in zip(self.starts, last, strict=True)]
        found = []
        for low, high in ends:
            inner = [n for n in self._asked(clause) if low <= n <= high]
            found.append(any(clause.holds({self.name: self.value_at(n)}) for n in (low, high, *inner)))
        return [*found, *([clause.holds({self.name: None}) is True] if self.missing else [])]

    def _asked(self, clause: Clause) -> list[float]:
        """The number that the clause compares with."""
        numbers = self.numbers([side.of({}) for side in (clause.left, clause.right)])
        return [float(n) for n in numbers if not np.isnan(n)]

    def told(self) -> str:
        low, high = self.value_at(self.low_P[0]), self.value_at(self.high_P[-1])
        return f"{self.name} runs from {low} to {high}"

    def state(self) -> dict[str, Any]:
        kept = {k: getattr(self, k) for k in ("kind", "name", "missing", "decimals", "step", "dates")}
        return kept | {"starts": list(self.starts), "pieces": self.pieces_4P.tolist()}


def as_number(value: Any) -> float | None:
    """None for what is no number, or no finite one."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and (len(value) > 40 or not NUMBER.fullmatch(value)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def ordinal(value: Any) -> float | None:
    try:
        return float(date.fromisoformat(value).toordinal()) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def decimals_of(values: Sequence[Any]) -> int | None:
    """The digits after the point that all but one in a hundred values do with; None beyond MOST_DECIMALS."""
    digits = [len(text.partition(".")[2]) if "e" not in (text := plain(v)) else 99 for v in values]
    enough = int(np.quantile(digits, 0.99, method="higher"))
    return enough if enough <= MOST_DECIMALS else None


def plain(value: Any) -> str:
    """A number as its file or Python writes it, without an idle `.0`."""
    text = str(value).lower() if isinstance(value, str) else repr(value)
    return text.removesuffix(".0")


def number_column(name: str, values: Sequence[Any], missing: float, bins: int, dates: bool) -> Number:
    """From the values that are there: where the distribution function rises, and its bins."""
    x = np.array([ordinal(v) if dates else as_number(v) for v in values], np.float64)
    decimals = 0 if dates else decimals_of(values)
    known, counts = np.unique(x, return_counts=True)
    stepped = len(known) <= PIECES and len(x) >= REPEATS * len(known)
    heavy = np.ones(len(known), bool) if stepped else counts * PIECES >= len(x)
    pieces: list[tuple[float, float, int, int]] = []  # low, high, counts before and with it
    first, before, total = 0, 0, 0
    for i, (often, count) in enumerate(zip(heavy.tolist(), counts.tolist(), strict=True)):
        last = i + 1 == len(known)
        if often and first < i:
            pieces.append((known[first], known[i - 1], before, total))
            first, before = i, total
        total += count
        full = (total - before) * PIECES >= len(x) and i + 1 - first >= LEAST
        if often or full or last:
            joins = not (often or last or heavy[i + 1])
            pieces.append((known[first], known[i + 1] if joins else known[i], before, total))
            first, before = i + 1, total
    table = np.array(pieces, np.float64).T
    table[2:] /= len(x)
    starts, mass = [0], 0.0
    for p, share in enumerate((table[3] - table[2]).tolist()):
        own = table[0, p] == table[1, p] and share * bins >= 1  # a frequent value has a bin to itself
        if p and (own or mass * bins >= 1) and starts[-1] != p:
            starts, mass = [*starts, p], 0.0
        mass += 1.0 if own else share
    return Number(name, table, tuple(starts), missing, decimals, step_of(known, decimals), dates)


def step_of(known: Floats, decimals: int | None) -> int:
    """The largest step that leads from each value to the next, in the last decimal: 25 where weights are so rounded."""
    if decimals is None or float(np.abs(known).max()) * 10.0**decimals >= LARGEST:
        return 1
    return max(1, int(np.gcd.reduce(np.diff(np.round(known * 10.0**decimals).astype(np.int64)))))


# ------------------------------------------------------------------------------------------------ categories


@dataclass(frozen=True)
class Category:
    """A value of a few. `values` and `counts`: those seen, the most frequent first; the first `common` are symbols of
    their own, then comes one for all the rare ones, where there are any. None, which is missing, is one like others."""

    kind: ClassVar[str] = "category"
    name: str
    values: tuple[Any, ...]
    counts: tuple[int, ...]
    common: int
    _place: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", {key_of(v): i for i, v in enumerate(self.values)})

    @property
    def symbols(self) -> int:
        return self.common + (self.common < len(self.values))

    @property
    def missing(self) -> float:
        return sum(c for v, c in zip(self.values, self.counts, strict=True) if v is None) / sum(self.counts)

    @property
    def masses(self) -> Floats:
        counts = [*self.counts[: self.common], sum(self.counts[self.common :])]
        return np.array(counts[: self.symbols], np.float64) / sum(self.counts)

    def typed(self, value: Any) -> Any:
        number = as_number(value)
        if isinstance(value, str) and number is not None and key_of(value) not in self._place:
            value = int(number) if number.is_integer() else number
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        return value if value is None or isinstance(value, (str, bool, int, float)) else str(value)

    def encode(self, values: Sequence[Any]) -> Places:
        """A value never seen is taken for a rare one, or else for the most frequent."""
        unseen = self.common if self.symbols > self.common else 0
        found = [self._place.get(key_of(self.typed(v)), unseen) for v in values]
        return np.minimum(np.array(found, np.int64), self.symbols - 1)

    def decode(self, symbol_N: Places, chance_N: Floats) -> list[Any]:
        """Of the rare ones, each as often as it was seen."""
        rare = np.cumsum(self.counts[self.common :]) / max(1, sum(self.counts[self.common :]))
        drawn_N = self.common + np.searchsorted(rare[:-1], chance_N, "right")
        index_N = np.where(symbol_N < self.common, symbol_N, drawn_N)
        return [self.values[i] for i in np.minimum(index_N, len(self.values) - 1).tolist()]

    def may(self, clause: Clause) -> list[bool]:
        keeps = [clause.holds({self.name: value}) is True for value in self.values]
        return [*keeps[: self.common], *([any(keeps[self.common :])] if self.symbols > self.common else [])]

    def told(self) -> str:
        listed = ", ".join(str("missing" if v is None else v) for v in self.values[:20])
        return f"{self.name} is one of: {listed}{' …' if len(self.values) > 20 else ''}"

    def state(self) -> dict[str, Any]:
        kept = {k: getattr(self, k) for k in ("kind", "name", "common")}
        return kept | {"values": list(self.values), "counts": list(self.counts)}


def key_of(value: Any) -> str:
    """What tells values apart: 1, "1" and true are three."""
    return f"{type(value).__name__}:{value}"


def category_column(name: str, values: Sequence[Any], limit: int) -> Category:
    """The values by frequency. Rare ones share a symbol where two or more are, and all beyond `limit`."""
    counted = Counter(key_of(v) for v in values)
    by_key = {key_of(v): v for v in values}
    ordered = sorted(counted, key=lambda key: (-counted[key], key))
    frequent = sum(counted[key] >= RARE or by_key[key] is None for key in ordered)
    few = len(ordered) - frequent < 2  # one alone is no crowd
    common = min(limit, len(ordered) if few else max(1, frequent))
    return Category(name, tuple(by_key[k] for k in ordered), tuple(counted[k] for k in ordered), common)


# ------------------------------------------------------------------------------------------------ looking

Column = Number | Category


def look(name: str, values: Sequence[Any], bins: int, limit: int) -> Column | str:
    """The column that these values are of, or why it is left out."""
    there = [v for v in values if v is not None]
    missing = 1 - len(there) / len(values)
    for dates, read in ((False, as_number), (True, ordinal)):
        numbers: list[float | None] = [read(v) for v in there]
        if there and all(n is not None and abs(n) < LARGEST for n in numbers):
            if len(set(numbers)) > 2:
                return number_column(name, there, missing, max(8, min(bins, len(there) // 20)), dates)
            if not dates:
                return category_column(name, [v if v is None else whole(as_number(v)) for v in values], limit)
    different = len({key_of(v) for v in there})
    if len(there) >= 20 and different > NAMES * len(there):
        return f"its {different:,} values name rows rather than describe them"
    return category_column(name, values, limit)


def whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number


def restore(state: Mapping[str, Any]) -> Column:
    values: dict[str, Any] = {k: v for k, v in state.items() if k not in ("kind", "pieces", "starts")}
    if state["kind"] == "number":
        return Number(pieces_4P=np.array(state["pieces"], np.float64), starts=tuple(state["starts"]), **values)
    return Category(values["name"], tuple(values["values"]), tuple(values["counts"]), values["common"])


__all__ = ["Category", "Column", "Number", "look", "restore"]
