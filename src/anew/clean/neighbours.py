"""Near-duplicates among any number of rows of features that lie on the disk.

Rows that agree in a whole band of columns are candidates; candidates that a measure calls near are joined into
groups; within a group the first row stands for those that are near to it. In memory are some forty bytes a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Near = Callable[[NDArray[np.uint16], NDArray[np.uint16]], NDArray[np.bool_]]
REACH = 32  # in a crowd that agrees in a band, each is compared with so many followers, and with the first
PAIRS = 8_192  # compared at once
KEPT_MOST = 2_000  # of one group; a crowd that is all alike and yet not near would take for ever


class Rows(Protocol):
    """Features of 16 bits, (count, width), that may be larger than memory."""

    count: int

    def columns(self, band: slice) -> NDArray[np.uint16]: ...

    def take(self, rows: Indices) -> NDArray[np.uint16]: ...


def groups(rows: Rows, columns: Sequence[slice], near: Near, report: Callable[[float], None]) -> Indices:
    """For each row the first row of its group: the chain of rows near to one another that it belongs to."""
    root = np.arange(rows.count)
    for done, band in enumerate(columns):
        found = [
            np.stack([first, second])
            for first, second in candidates(keys(rows.columns(band)))
            for first, second in [apart(root, first, second)]
            for first, second in [only(near, rows, first, second)]
            if len(first)
        ]
        if found:
            root = joined(root, np.concatenate(found, axis=1))
        report((done + 1) / len(columns))
    return root


def keys(columns: NDArray[np.uint16]) -> NDArray[np.uint64]:
    """One number for a row's values in some columns. Two that differ may share one, which costs a comparison."""
    key = np.full(columns.shape[1], 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in columns:
        key = (key ^ column) * np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(29)
    return key


def candidates(key: NDArray[np.uint64]) -> Iterator[tuple[Indices, Indices]]:
    """Pairs of rows, the earlier one first, that share their key."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    for step in range(1, min(REACH, len(key) - 1) + 1):
        same = ordered[step:] == ordered[:-step]
        if not same.any():
            return
        yield order[:-step][same], order[step:][same]
    begins = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    head = np.maximum.accumulate(np.where(begins, np.arange(len(key)), 0))
    far = np.arange(len(key)) - head > REACH
    yield order[head[far]], order[far]


def apart(root: Indices, first: Indices, second: Indices) -> tuple[Indices, Indices]:
    """The pairs that are not yet in one group."""
    keep = root[first] != root[second]
    return first[keep], second[keep]


def only(near: Near, rows: Rows, first: Indices, second: Indices) -> tuple[Indices, Indices]:
    parts = [slice(i, i + PAIRS) for i in range(0, len(first), PAIRS)]
    keep = np.concatenate([near(rows.take(first[p]), rows.take(second[p])) for p in parts] or [np.zeros(0, dtype=bool)])
    return first[keep], second[keep]


def joined(root: Indices, pairs: NDArray[np.int64]) -> Indices:
    """The first rows of the groups once the pairs' groups are one: each later root hooks onto the earlier one."""
    first, second = pairs
    while ((one := root[first]) != (other := root[second])).any():
        root = root.copy()
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        while ((over := root[root]) != root).any():
            root = over
    return root


def represented(rows: Rows, root: Indices, near: Near) -> Indices:
    """For each row the row that stands for it: itself, or the earliest row standing for itself that it is near to."""
    stands = np.arange(rows.count)
    crowded = np.flatnonzero(np.bincount(root, minlength=rows.count)[root] > 1)
    order = crowded[np.argsort(root[crowded], kind="stable")]
    starts = np.flatnonzero(np.diff(root[order], prepend=-1))
    for begin, end in pairwise([*starts.tolist(), len(order)]):
        group, features = order[begin:end], rows.take(order[begin:end])
        for _ in range(KEPT_MOST):
            if len(group) < 2:
                break
            close = near(np.broadcast_to(features[0], features[1:].shape), features[1:])
            stands[group[1:][close]] = group[0]
            group, features = group[1:][~close], features[1:][~close]
    return stands
