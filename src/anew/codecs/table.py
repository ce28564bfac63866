"""Rows of a table <-> tensors: `Table` to a vector (D,), for models of grids; `Rows` to a few tokens, for the others.

In: a row as a dict, column -> number, text, bool or None. Out: what its columns (see `columns`) make of it, and rows
again, typed as the columns are. Both are lossy: a number comes back to about the width of its piece or bin. Chance
that encoding or decoding needs is drawn from the content itself, so that the same row gives the same tensor and back.

B rows · K columns · D dimensions · T tokens · V symbols of all columns
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anew.codecs.columns import Column, Number, look, restore
from anew.codecs.conditions import Clause, Condition, bound, read_all
from anew.contract import Codec, Spec
from anew.errors import DataError

Floats = NDArray[np.float64]
TableRow = dict[str, Any]
MOST_ROWS = 200_000  # looked at to tell the columns; of more, those of smallest hash
BROKEN = 0.05  # of the training rows may break a constraint; more say that it does not hold
CHANCES = 256  # symbols of a row's last token
DRAWS = 100  # of a value that is to meet a condition
FURTHEST = 4.5  # standard deviations, that a place on the line is encoded to
SMALLEST_SPREAD = 0.25


class RowCodec(Codec):
    """What both codecs share. `bins`: of a number, at most; `limit`: a text column's values that have a symbol each;
    `leave_out`: columns not to learn; `constraints` hold in every row that comes out, such as "a <= b"."""

    modality = "table"
    lossy = True

    def __init__(
        self,
        *,
        bins: int = 100,
        limit: int = 100,
        leave_out: list[str] | None = None,
        constraints: list[str] | None = None,
    ) -> None:
        if bins < 2 or limit < 2:
            raise DataError("a column has two bins or symbols at least")
        self.asked_bins, self.limit, self.leave_out, self.texts = bins, limit, leave_out or [], constraints or []
        read_all(self.texts)  # so that a mistake is told before anything is read

    # -------------------------------------------------------------------------------------------- fitting

    def fit(self, samples: Iterable[TableRow]) -> None:
        kept = few_rows(samples)
        if not kept:
            raise DataError("no rows to learn a table's columns from", next_command="anew clean --help")
        names = [name for name in column_order(kept) if name not in self.leave_out]
        columns, left = list[Column](), dict[str, str]()
        for name in names:
            found = look(name, [row.get(name) for row in kept], self.asked_bins, self.limit)
            if isinstance(found, str):
                left[name] = found
            else:
                columns.append(found)
        if not columns:
            raise DataError(f"no column is left to learn: {'; '.join(f'{n}: {why}' for n, why in left.items())}")
        self._know(columns, left)
        self._hold_to(kept)

    def _know(self, columns: Sequence[Column], left: Mapping[str, str]) -> None:
        self.columns, self.left = list(columns), dict(left)
        self.names = [c.name for c in columns]
        by_name = {c.name: c for c in columns}
        constraints, self.derived = [], dict[str, Clause]()
        for clause in bound(read_all(self.texts), self.names).clauses:
            defined = clause.defines()
            column = by_name.get(defined[0]) if defined else None
            if defined and isinstance(column, Number) and column.name not in self.derived:
                clause = replace(clause, slack=0.51 * column.grain)
                others = [name for name in defined[1].names() if name in self.derived]
                if not others and not any(column.name in c.names for c in self.derived.values()):
                    self.derived[column.name] = clause
            constraints.append(clause)
        self.constraints = Condition(tuple(constraints))
        self.learnt = [c for c in self.columns if c.name not in self.derived]
        self._lay_out()

    def _lay_out(self) -> None:
        """Settle the spec: where in a tensor each of the columns `learnt` stands."""
        raise NotImplementedError

    def _hold_to(self, rows: Sequence[TableRow]) -> None:
        """DataError where the training rows themselves break a constraint."""
        for clause in self.constraints.clauses:
            broken = [row for row in map(self.typed, rows) if clause.holds(row) is False]
            if len(broken) > BROKEN * len(rows):
                shown = {name: broken[0][name] for name in sorted(clause.names)}
                what = (
                    f"{len(broken):,} of {len(rows):,} training rows break the constraint {clause.text!r}, as {shown}"
                )
                raise DataError(what, next_command="the same without it in codec.constraints")

    # -------------------------------------------------------------------------------------------- rows

    def typed(self, row: TableRow) -> TableRow:
        """A file's row as this codec's rows are: its columns in order, numbers as numbers. DataError for no row."""
        if not isinstance(row, Mapping):
            raise DataError(f"a row of a table is a mapping of its columns, not {type(row).__name__}")
        return {c.name: c.typed(row.get(c.name)) for c in self.columns}

    def finished(self, columns: Sequence[Sequence[Any]]) -> list[TableRow]:
        """Rows from the values of the columns `learnt`, with those that follow from others."""
        made = []
        for values in zip(*columns, strict=True):
            row = dict(zip((c.name for c in self.learnt), values, strict=True))
            for column in self.columns:
                if column.name in self.derived:
                    defined = self.derived[column.name].defines()
                    assert defined is not None and isinstance(column, Number)
                    number = defined[1].of(row)
                    row[column.name] = None if number is None else column.value_at(number)
            made.append({name: row[name] for name in self.names})
        return made

    def state(self) -> dict[str, Any]:
        return {"columns": [c.state() for c in self.columns], "left_out": self.left}

    def load(self, state: Mapping[str, Any]) -> None:
        self._know([restore(column) for column in state["columns"]], state["left_out"])

    # -------------------------------------------------------------------------------------------- conditions

    def condition(self, text: str) -> Condition:
        """What `--where` says, in terms of these columns. DataError where no row that was seen could be so."""
        made = bound(read_all([text]), self.names)
        by_name = {c.name: c for c in self.columns}
        for name in {clause.single() for clause in made.clauses} - {None, *self.derived}:
            column = by_name[str(name)]
            mine = [clause for clause in made.clauses if clause.single() == name]
            if not self.may(column, mine).any():
                asked = " and ".join(clause.text for clause in mine)
                raise DataError(f"no row is so: {asked!r}; {column.told()}")
        return made

    def may(self, column: Column, clauses: Iterable[Clause]) -> NDArray[np.bool_]:
        """(symbols,): which of the column's symbols can keep every clause that is about this column alone."""
        mine = [column.may(clause) for clause in clauses if clause.single() == column.name]
        return np.logical_and.reduce([np.ones(column.symbols, bool), *np.array(mine, bool).reshape(-1, column.symbols)])

    def vectors(self, rows: Sequence[TableRow]) -> NDArray[np.float32]:
        """(B, D): rows in a space in which near means alike, for comparisons: the grid's, but without any chance."""
        table = Table.of(self)
        return table.grid([self.typed(row) for row in rows], np.full((len(rows), len(self.learnt)), 0.5))


class Table(RowCodec):
    """A number by its place in its distribution, put on the normal line, and another for whether it is missing; a
    category by one dimension a value, decoded to the largest (the quantile transform as in Gorishniy et al. 2021,
    arXiv:2106.11959; categories as real numbers as in Chen et al. 2022, arXiv:2208.04202)."""

    kind = "grid"

    @classmethod
    def of(cls, other: RowCodec) -> Table:
        """The grid of another codec's columns."""
        made = cls(bins=other.asked_bins, limit=other.limit, leave_out=other.leave_out, constraints=other.texts)
        made._know(other.columns, other.left)
        return made

    def _lay_out(self) -> None:
        self.widths = [width_of(column) for column in self.learnt]
        self.spec = Spec("grid", (max(1, sum(self.widths)),))

    def encode(self, samples: Sequence[TableRow]) -> Tensor:
        rows = [self.typed(row) for row in samples]
        return torch.from_numpy(self.grid(rows, chances_of([*map(content, rows)], len(self.learnt))))

    def grid(self, rows: Sequence[TableRow], chance_BK: Floats) -> NDArray[np.float32]:
        parts = [cells_of(c, [row[c.name] for row in rows], chance_BK[:, k]) for k, c in enumerate(self.learnt)]
        empty = np.zeros((len(rows), 0 if sum(self.widths) else 1))
        return np.concatenate([empty, *parts], 1).astype(np.float32)

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[TableRow]:
        assert isinstance(data, Tensor)
        x_BD = data.double().cpu().numpy()
        chance_BK = chances_of([row.tobytes() for row in data.float().cpu().contiguous().numpy()], len(self.learnt))
        made, at = [], 0
        for k, (column, width) in enumerate(zip(self.learnt, self.widths, strict=True)):
            part_BW, at = x_BD[:, at : at + width], at + width
            if isinstance(column, Number):
                values = column.at(off_the_line(part_BW[:, 0]))
                if column.missing:
                    gone_B = nearest_corner(part_BW[:, 1:], np.array([1 - column.missing, column.missing]))
                    values = [None if gone else value for gone, value in zip(gone_B, values, strict=True)]
                made.append(values)
            else:
                made.append(column.decode(nearest_corner(part_BW, column.masses), chance_BK[:, k]))
        return self.finished(made)

    def held(self, condition: Condition, rngs: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
        """(B, D) values and which of them are known: for each column that the condition speaks of alone, one of the
        values that keep it, drawn as the column has them."""
        values_BD = torch.zeros(len(rngs), *self.spec.shape)
        known_BD, at = torch.zeros(values_BD.shape, dtype=torch.bool), 0
        for column, width in zip(self.learnt, self.widths, strict=True):
            may = self.may(column, condition.clauses)
            if not may.all() and width:
                weights = torch.from_numpy(may * column.masses + 1e-12 * may)
                mine = Condition(tuple(c for c in condition.clauses if c.single() == column.name))
                drawn = [drawn_value(column, weights, mine, rng) for rng in rngs]
                part = cells_of(column, [value for value, _ in drawn], np.array([chance for _, chance in drawn]))
                values_BD[:, at : at + width], known_BD[:, at : at + width] = torch.from_numpy(part), True
            at += width
        return values_BD, known_BD


class Rows(RowCodec):
    """A token a column, in the columns' order: its category, or the bin of its number. A last token says nothing of the
    row: it is the chance by which decoding draws within bins, so that equal tokens need not mean equal rows."""

    kind = "tokens"

    def _lay_out(self) -> None:
        sizes = [column.symbols for column in self.learnt] + [CHANCES]
        self.firsts = np.cumsum([1, *sizes])[:-1]  # of each position's symbols; 0 is the end
        self.sizes = np.array(sizes)
        self.spec = Spec("tokens", (len(sizes) + 1,), vocab=1 + sum(sizes), end=0, whole=True)

    def encode(self, samples: Sequence[TableRow]) -> list[Tensor]:
        rows = [self.typed(row) for row in samples]
        parts = [column.encode([row[column.name] for row in rows]) for column in self.learnt]
        chance_B = chances_of([*map(content, rows)], 1)[:, 0]
        parts.append((chance_B * CHANCES).astype(np.int64))
        tokens_BT = np.stack(parts, 1) + self.firsts
        return list(torch.from_numpy(tokens_BT).unbind(0))

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[TableRow]:
        tokens_BT = np.zeros((len(data), len(self.sizes)), np.int64)
        for row, tokens in zip(tokens_BT, data, strict=True):
            kept = tokens.cpu().numpy()
            kept = kept[: np.append(np.flatnonzero(kept == 0), len(kept))[0]][: len(row)]
            row[: len(kept)] = kept
        symbols_BT = np.clip(
            tokens_BT - self.firsts, 0, self.sizes - 1
        )  # a symbol of another column becomes the nearest
        chance_BK = chances_of([row.tobytes() for row in symbols_BT], len(self.learnt))
        made = [c.decode(symbols_BT[:, k], chance_BK[:, k]) for k, c in enumerate(self.learnt)]
        return self.finished(made)

    def allowed(self, condition: Condition | None = None) -> Tensor:
        """(T, V): which tokens may stand at each position of a row, by its column and, where there is one, by what the
        condition says of that column alone; the end comes last."""
        mask = torch.zeros(len(self.sizes) + 1, self.spec.vocab, dtype=torch.bool)
        for k, (first, size) in enumerate(zip(self.firsts.tolist(), self.sizes.tolist(), strict=True)):
            mask[k, first : first + size] = True
            if condition is not None and k < len(self.learnt):
                mask[k, first : first + size] = torch.from_numpy(self.may(self.learnt[k], condition.clauses))
        mask[-1, 0] = True
        return mask


# ------------------------------------------------------------------------------------------------ looking at rows


def few_rows(samples: Iterable[TableRow]) -> list[TableRow]:
    """All rows, or MOST_ROWS of them: which, is told by their content alone."""
    kept: list[tuple[str, int, TableRow]] = []
    for place, row in enumerate(samples):
        digest = hashlib.blake2b(json.dumps(row, sort_keys=True).encode(), digest_size=16).hexdigest()
        kept.append((digest, place, row))
        if len(kept) >= 2 * MOST_ROWS:
            kept = heapq.nsmallest(MOST_ROWS, kept, key=lambda one: one[0])
    kept.sort(key=lambda one: one[0])
    return [row for _, _, row in kept[:MOST_ROWS]]


def column_order(rows: Iterable[TableRow]) -> list[str]:
    """The columns of all rows, each by the first place that it has in any."""
    first: dict[str, int] = {}
    for names, _ in Counter(tuple(row) for row in rows).items():
        for place, name in enumerate(names):
            first[name] = min(place, first.get(name, place))
    return sorted(first, key=lambda name: (first[name], name))


def content(row: TableRow) -> bytes:
    return json.dumps(row).encode()


def chances_of(contents: Sequence[bytes], columns: int) -> Floats:
    """(B, K) numbers in [0, 1) that a row's content alone decides, as good as drawn by chance (the mixing function of
    Steele, Lea & Flood 2014, figure 15)."""
    digests = [hashlib.blake2b(content, digest_size=8).digest() for content in contents]
    seed_B = np.frombuffer(b"".join(digests), np.uint64)
    mixed = seed_B[:, None] + np.arange(1, columns + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53


# ------------------------------------------------------------------------------------------------ places on a grid


def width_of(column: Column) -> int:
    if isinstance(column, Number):
        return 2 if column.missing else 1
    return {1: 0, 2: 1}.get(column.symbols, column.symbols)


def cells_of(column: Column, values: Sequence[Any], chance_B: Floats) -> Floats:
    """(B, W): a column's part of the grid."""
    if not isinstance(column, Number):
        return corners(column.encode(values), column.masses)
    place_B = column.places(values, chance_B)
    gone_B = np.isnan(place_B)
    parts = [on_the_line(np.where(gone_B, chance_B, place_B))[:, None]]
    if column.missing:
        parts.append(corners(gone_B.astype(np.int64), np.array([1 - column.missing, column.missing])))
    return np.concatenate(parts, 1)


def drawn_value(column: Column, weights: Tensor, condition: Condition, rng: torch.Generator) -> tuple[Any, float]:
    """One of a column's values that meets what is asked of it, as often as the column has it, and the chance it was
    drawn by. A symbol may hold values that do not; after DRAWS of them the last one is given."""
    for _ in range(DRAWS):
        symbol = torch.multinomial(weights, 1, generator=rng).numpy()
        chance = torch.rand((), dtype=torch.float64, generator=rng).item()
        value = column.decode(symbol, np.array([chance]))[0]
        if condition.met({column.name: value}):
            break
    return value, chance


def on_the_line(place_B: Floats) -> Floats:
    """A place in (0, 1) to where the normal distribution has it."""
    z_B: Floats = torch.special.ndtri(torch.from_numpy(place_B)).clamp(-FURTHEST, FURTHEST).numpy()
    return z_B


def off_the_line(z_B: Floats) -> Floats:
    place_B: Floats = torch.special.ndtr(torch.from_numpy(np.ascontiguousarray(z_B))).numpy()
    return place_B


def corners(symbol_B: NDArray[np.int64], masses: Floats) -> Floats:
    """(B, W): a symbol as the corner of a simplex, or as one of two numbers, of about zero mean and unit variance."""
    if len(masses) == 1:
        return np.zeros((len(symbol_B), 0))
    corner = np.eye(len(masses))[symbol_B] - masses
    made: Floats = (corner / spread_of(masses))[:, 1:] if len(masses) == 2 else corner / spread_of(masses)
    return made


def nearest_corner(x_BW: Floats, masses: Floats) -> NDArray[np.int64]:
    if len(masses) == 1:
        return np.zeros(len(x_BW), np.int64)
    share_BW = x_BW * spread_of(masses)
    if len(masses) == 2:
        return (share_BW[:, 0] + masses[1] > 0.5).astype(np.int64)
    return (share_BW + masses).argmax(1)


def spread_of(masses: Floats) -> float:
    """One deviation for all of a column's dimensions; not below what would send rare values far off."""
    return max(SMALLEST_SPREAD, float(np.sqrt(np.mean(masses * (1 - masses)))))
