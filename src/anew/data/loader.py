"""Batches out of shards. What a step sees is a pure function of (seed, step, draw): there is no state to save.

Tokens: an epoch cuts the joined documents, taken as a ring, into windows of T+1 that overlap by one, from an offset
of its own; where the spec's sequences are whole, from the first, so that each window is  end document end. Where
samples stand apart a row is one of them,  end document end  and padding; of one that is too long the end is kept. Grid
and samples apart: an epoch is every item once. All in an order that each epoch draws anew.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from anew.contract import Batch, Cond
from anew.data.captions import Captions
from anew.data.shards import Column, Shards
from anew.errors import DataError

PLANNED = 256  # steps whose windows are worked out at a time
ROUNDS = 4  # even, so that the halves end where they began
CAPTION = 1  # what parts the draw of captions from that of the order
Indices = NDArray[np.int64]


class Loader:
    """`rows` rows a step of one split. `context` T (tokens): how many tokens a row predicts, at most the spec's.

    A row of tokens with labels bears the label of the document that its first predicted token belongs to; a grid with
    captions bears one of its own, drawn anew each time. `rivals`:
    the same samples in the same order with what they are preferred to.
    """

    def __init__(
        self,
        shards: Shards,
        split: str,
        rows: int,
        seed: int,
        context: int | None = None,
        rivals: Shards | None = None,
    ) -> None:
        self.shards, self.spec, self.rows, self.seed, self.split = shards, shards.spec, rows, seed, split
        tokens = self.spec.kind == "tokens"
        self.context = (context or self.spec.shape[0]) if tokens else 0
        data = shards.column(split, "tokens" if tokens else "grid")
        if data is None or not len(data):
            raise DataError(f"the {split} split holds nothing", next_command="give more data, or anew clean --help")
        self.data, self.digest = data, shards.manifest.digest
        labels = shards.column(split, "labels")
        self.labels: Indices | None = None if labels is None else labels.read(0, len(labels))
        self.captions = Captions.of(shards, split)
        self.starts: Indices | None = None
        self.counts: Column | None = None
        if tokens:
            starts = shards.column(split, "starts")
            assert starts is not None
            self.counts = shards.column(split, "counts")
            self.starts = starts.read(0, len(starts)) if self.labels is not None or self.counts is not None else None
        self.rivals = None if rivals is None else Loader(rivals, split, rows, seed, context)
        self._plans: dict[tuple[int, int], Indices] = {}

    @property
    def apart(self) -> bool:
        """Whether a row is a sample."""
        return self.counts is not None

    @property
    def items(self) -> int:
        """Rows in an epoch."""
        if self.starts is not None and self.apart:
            return len(self.starts)
        if not self.context:
            return len(self.data)
        predicted = len(self.data) - (not self._closing)  # else the first token has no context
        return max(1, -(-predicted // self.context))

    @property
    def _closing(self) -> bool:
        """Whether the end after the last document is not in the file: it is the one at the beginning."""
        return self.spec.end is not None and self.spec.begins is None

    @property
    def positions(self) -> int:
        """Positions of a step that enter the loss, at most: what throughput counts."""
        mean = -(-len(self.data) // self.items) if self.apart else self.context
        return self.rows * max(1, min(mean, self.context))

    def of_split(self, split: str) -> Loader | None:
        """The same for another split, or None where that is empty."""
        if not self.shards.count(split):
            return None
        rivals = None if self.rivals is None else self.rivals.shards
        return Loader(self.shards, split, self.rows, self.seed, self.context or None, rivals)

    def with_rows(self, rows: int) -> Loader:
        """The same data, so many rows a step."""
        other = copy.copy(self)
        other.rows, other._plans = rows, {}
        return other

    # -------------------------------------------------------------------------------------------- to learn from

    def batch(self, step: int, draw: int = 0) -> Batch:
        """The rows of a step; `draw` counts further, independent ones for phases that want rows of their own."""
        part, within = divmod(step, PLANNED)
        if (part, draw) not in self._plans:
            self._plans = {key: plan for key, plan in self._plans.items() if key[0] == part}
            self._plans[part, draw] = self._plan(part, draw)
        begin = self._plans[part, draw][within * self.rows : (within + 1) * self.rows]
        if self.captions is None:
            return self._rows(begin)
        turns = np.random.default_rng((self.seed, draw, step, CAPTION)).integers(2**31, size=len(begin))
        return replace(self._rows(begin), cond=self.captions.cond(begin, turns))

    def _plan(self, part: int, draw: int) -> Indices:
        """Where the rows of `PLANNED` steps begin: items, or positions of the ring of tokens."""
        row = np.arange(part * PLANNED * self.rows, (part + 1) * PLANNED * self.rows)
        epochs, place = row // self.items, row % self.items
        plan = np.empty_like(row)
        for epoch in np.unique(epochs):
            now = epochs == epoch
            rng = np.random.default_rng((self.seed, draw, int(epoch)))
            order = shuffled(place[now], self.items, rng)
            if self.apart:
                plan[now] = order
                continue
            shift = int(rng.integers(len(self.data))) if self.context and not self.spec.whole else 0
            plan[now] = (order * max(1, self.context) + shift) % len(self.data)
        return plan

    def _rows(self, begin: Indices) -> Batch:
        if self.apart:
            return self._samples(begin)
        if not self.context:
            return Batch(torch.from_numpy(self.data.take(begin)), self._cond(begin))
        if self.data.resident is not None:
            at = (begin[:, None] + np.arange(self.context + 1)) % len(self.data)
            x = self.data.resident[at]
        else:
            x = np.stack([self._ring(int(b)) for b in begin])
        return Batch(torch.from_numpy(x.astype(np.int64)), self._cond(self._documents(begin)))

    def _samples(self, items: Indices) -> Batch:
        """One sample a row, from what begins it to its end, padded to the longest."""
        rows = [self._sample(int(item)) for item in items]
        shape = len(rows), max(len(tokens) for tokens, _ in rows)
        x = np.full(shape, self.spec.end or 0, np.int64)
        exists, counts = np.zeros(shape, bool), np.zeros(shape, bool)
        for number, (tokens, counted) in enumerate(rows):
            length = len(tokens)
            x[number, :length], exists[number, :length], counts[number, 1:length] = tokens, True, counted[1:]
        rival = None if self.rivals is None else self.rivals._samples(items)
        masks = torch.from_numpy(exists), torch.from_numpy(counts)
        return Batch(torch.from_numpy(x), self._cond(items), *masks, rival)

    def _sample(self, item: int) -> tuple[Indices, NDArray[np.bool_]]:
        """A sample's tokens with what begins it and its end, the last ones that fit, and which of them count."""
        assert self.starts is not None and self.counts is not None and self.spec.end is not None
        start, closed = int(self.starts[item]), self.spec.begins is not None  # then each one's end is behind it
        before = (self.spec.end,) if self.spec.begins is None else self.spec.begins
        last = item + 1 == len(self.starts)
        stop = len(self.data) - closed if last else int(self.starts[item + 1]) - len(before) - closed
        at = start - (len(before) * (item + 1) if closed else 1)
        counted = self.counts.read(at, stop - start + 1)
        tokens = np.concatenate([before, self.data.read(start, stop - start), [self.spec.end]]).astype(np.int64)
        kept = slice(-self.context - 1, None)
        return tokens[kept], np.concatenate([np.zeros(len(before), bool), counted])[kept]

    def _ring(self, begin: int) -> NDArray[Any]:
        """T+1 tokens from `begin` on, past the last to the first."""
        row = self.data.read(begin, self.context + 1)
        while len(row) <= self.context:
            row = np.concatenate([row, self.data.read(0, self.context + 1 - len(row))])
        return row

    def _documents(self, begin: Indices) -> Indices | None:
        """The document that each row's first predicted token belongs to."""
        if self.starts is None:
            return None
        return np.maximum(np.searchsorted(self.starts, (begin + 1) % len(self.data), "right") - 1, 0)

    def _cond(self, items: Indices | None) -> Cond | None:
        if self.captions is not None and items is not None:
            return self.captions.cond(items)
        if self.labels is None or items is None:
            return None
        label = torch.from_numpy(self.labels[items])
        return Cond(label_B=label.clamp(min=0), present_B=label >= 0)

    # -------------------------------------------------------------------------------------------- to score

    def windows(self, rows: int | None = None, limit: int | None = None, spread: bool = False) -> Iterator[Batch]:
        """Every item, or every token predicted exactly once, in order; `limit` rows at most, the first ones or
        `spread` evenly. The last window of the tokens is padded, and says so in `exists` and `counts`."""
        rows = rows or self.rows
        count = min(limit or self.items, self.items)
        picked = np.arange(count) * self.items // count if spread else np.arange(count)
        make: Callable[[Indices], Batch] = self._padded if self.context and not self.apart else self._rows
        for first in range(0, count, rows):
            yield make(picked[first : first + rows])

    def _padded(self, windows: Indices) -> Batch:
        """Windows by number, of the line  end doc … end doc end, or of what the file holds."""
        begin = windows * self.context
        x = np.full((len(begin), self.context + 1), self.spec.end or 0, np.int64)
        exists = np.zeros(x.shape, bool)
        for row, mask, b in zip(x, exists, begin.tolist(), strict=True):
            found = self.data.read(b, self.context + 1)
            row[: len(found)] = found
            mask[: min(len(found) + self._closing, len(mask))] = True
        cond = self._cond(self._documents(begin))
        if exists.all():
            return Batch(torch.from_numpy(x), cond)
        counts = exists.copy()
        counts[:, 0] = False
        return Batch(torch.from_numpy(x), cond, torch.from_numpy(exists), torch.from_numpy(counts))


def shuffled(place: Indices, n: int, rng: np.random.Generator) -> Indices:
    """A random permutation of 0 … n-1 at the places asked for, with no memory of n (a Feistel network whose halves
    hold the numbers, walked until below n; Black and Rogaway 2002, "Ciphers with arbitrary finite domains")."""
    bits = max(2, int(n - 1).bit_length())
    sizes = (bits // 2, bits - bits // 2)  # of the left half and of the right one; they change places each round
    low, shift, fold = np.uint64((1 << sizes[1]) - 1), np.uint64(sizes[1]), np.uint64(29)
    keys = rng.integers(0, 2**63, (ROUNDS, 2), dtype=np.uint64)
    keys[:, 0] |= np.uint64(1)

    def scramble(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
        left, right = value >> shift, value & low
        for number, (times, plus) in enumerate(keys):
            mixed = (right + plus) * times
            mixed ^= mixed >> fold
            mixed *= times
            mixed >>= np.uint64(64 - sizes[number % 2])
            mixed ^= left
            left, right = right, mixed
        return (left << shift) | right

    out = scramble(place.astype(np.uint64))
    while (outside := out >= n).any():
        out[outside] = scramble(out[outside])
    return out.astype(np.int64)
