"""Near-duplicates among any number of rows of features that lie on the disk.

Rows that agree in a whole band of columns are candidates; candidates that a measure calls near are joined into
groups; within a group the first row stands for those that are near to it. In memory are some forty bytes a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Rows = NDArray[np.uint16]
Indices = NDArray[np.int64]
Near = Callable[[Rows, Rows], NDArray[np.bool_]]
REACH = 32  # in a crowd that agrees in a band, each is compared with so many followers, and with the first
PAIRS = 8_192  # compared at once
KEPT_MOST = 2_000  # of one group; a crowd that is all alike and yet not near would take for ever


def groups(rows: Rows, columns: Sequence[slice], near: Near, report: Callable[[float], None]) -> Indices:
    """For each row the first row of its group: the chain of rows near to one another that it belongs to."""
    root = np.arange(len(rows))
    for done, band in enumerate(columns):
        found = [
            np.stack([first, second])
            for first, second in candidates(keys(rows, band))
            for first, second in [apart(root, first, second)]
            for first, second in [only(near, rows, first, second)]
            if len(first)
        ]
        if found:
            root = joined(root, np.concatenate(found, axis=1))
        report((done + 1) / len(columns))
    return root


def keys(rows: Rows, band: slice) -> NDArray[np.uint64]:
    """One number for the band's columns of each row. Two bands that differ may share one, which costs a comparison."""
    key = np.full(len(rows), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in np.ascontiguousarray(rows[:, band].T):
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
    keep = np.concatenate([near(rows[first[p]], rows[second[p]]) for p in parts] or [np.zeros(0, dtype=bool)])
    return first[keep], second[keep]


def joined(root: Indices, pairs: NDArray[np.int64]) -> Indices:
    """The first rows of the groups once the pairs' groups are one."""
    count = len(root)
    first, second = np.concatenate([pairs, np.stack([np.arange(count), root])], axis=1)
    graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(count, count))
    parts, label = connected_components(graph, directed=False)
    earliest = np.full(parts, count)
    np.minimum.at(earliest, label, np.arange(count))
    return earliest[label]


def represented(rows: Rows, root: Indices, near: Near) -> Indices:
    """For each row the row that stands for it: itself, or the earliest row standing for itself that it is near to."""
    stands = np.arange(len(rows))
    order = np.argsort(root, kind="stable")
    starts = np.flatnonzero(np.diff(root[order], prepend=-1))
    for group in np.split(order, starts[1:]) if len(order) else []:
        kept = 0
        while len(group) > 1 and kept < KEPT_MOST:
            head, others = group[0], group[1:]
            close = near(np.broadcast_to(rows[head], (len(others), rows.shape[1])), rows[others])
            stands[others[close]] = head
            group, kept = others[~close], kept + 1
    return stands
