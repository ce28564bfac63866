"""From the index of all records to each one's fate: whose copy it is, whom it is near to, and which split it is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from anew.clean import minhash, neighbours, pictures, sounds
from anew.clean.index import Index
from anew.data.held_out import hold_out
from anew.data.split import SPLITS, complete
from anew.errors import DataError
from anew.recipe import Clean

Indices = NDArray[np.int64]
Held = dict[str, list[list[str]]]  # held-out pairs of facts by their kinds


@dataclass(frozen=True)
class Fate:
    """By row of the index. `first` and `stands` are the row itself where it is no copy of, or near to, another."""

    positions: Indices
    first: Indices
    stands: Indices
    split: NDArray[np.int8]
    groups: int  # of records that are near to one another, most of them of one record


def decide(
    settings: Clean, modality: str, index: Index, given: NDArray[np.int8], report: Callable[[float], None]
) -> Fate:
    """Exact copies, near-duplicates and splits. A group of near-duplicates goes where its smallest hash goes, or where
    it was `given` to: by row of the index the split that the record came with, or -1.

    Groups are wider than what counts as near, by more than the signatures' error: a near-duplicate that is just missed
    stays in the data, but never on another side of the split.
    """
    itself = np.arange(index.count)
    if modality == "table":
        first, rank = copies(index.hashes)
        return fate_of(settings, index, given, first if settings.duplicates == "exact" else itself, itself, first, rank)
    if modality == "image":
        columns = [slice(i, i + 1) for i in range(pictures.HASH_WIDTH)]
        near: neighbours.Near = partial(pictures.alike, distance=settings.image_distance)
        akin: neighbours.Near = partial(pictures.near, distance=settings.image_distance + pictures.MARGIN)
    elif modality == "audio":
        columns = [slice(i, i + 1) for i in range(sounds.HASH_WIDTH)]
        near = partial(sounds.alike, distance=settings.sound_distance)
        akin = partial(sounds.near, distance=settings.sound_distance + sounds.MARGIN)
    else:
        lower = max(minhash.MARGIN, settings.similarity - minhash.MARGIN)
        columns = minhash.bands(lower)
        near = partial(minhash.near, similarity=settings.similarity)
        akin = partial(minhash.near, similarity=lower)
    first, rank = copies(index.hashes)
    root = neighbours.groups(index, columns, akin, report)
    stands = neighbours.represented(index, root, near) if settings.duplicates == "near" else itself
    if len(np.unique(root)) < 3:  # everything resembles everything: no split could be made but by exact content
        root = first
    return fate_of(settings, index, given, first if settings.duplicates != "none" else itself, stands, root, rank)


def with_held_out(settings: Clean, fate: Fate, facts: Sequence[Mapping[str, str]]) -> tuple[Fate, Held]:
    """The fates once whole pairs of facts are held out (`data/held_out.py`), which goes before what a group of
    near-duplicates got; and the pairs. DataError where no record has both facts of a pair."""
    kinds = [(one.strip(), other.strip()) for one, other in (pair.split("*") for pair in settings.hold_out)]
    for pair in kinds:
        if not any(set(pair) <= known.keys() for known in facts):
            there = ", ".join(sorted({key for known in facts for key in known})) or "none at all"
            message = f"clean.hold_out: no record has both {pair[0]!r} and {pair[1]!r} for facts; there are {there}"
            raise DataError(message, next_command="anew run RECIPE --clean.hold_out '[]'")
    itself = np.arange(len(fate.positions))
    kept = (fate.first == itself) & (fate.stands == itself)
    splits, held = hold_out(facts, fate.split, kept, kinds, settings.hold_out_share)
    return replace(fate, split=splits), {"*".join(pair): [list(one) for one in held[pair]] for pair in kinds}


def fate_of(
    settings: Clean,
    index: Index,
    given: NDArray[np.int8],
    first: Indices,
    stands: Indices,
    root: Indices,
    rank: Indices,
) -> Fate:
    """The fates of records once the groups that `root` names have their splits."""
    names, group = np.unique(root, return_inverse=True)
    smallest = np.full(len(names), index.count)
    np.minimum.at(smallest, group, rank)
    by_rank = np.empty(index.count, dtype=np.int64)
    by_rank[rank] = np.arange(index.count)
    hashes = index.hashes
    names_of = [hashes[by_rank[r]].tobytes() for r in smallest]
    splits = complete(of_groups(given, group, len(names)), names_of, settings.validation, settings.test)
    return Fate(index.positions, first, stands, splits[group], len(names))


def of_groups(given: NDArray[np.int8], group: Indices, count: int) -> NDArray[np.int8]:
    """The split that each group was given to, or -1. One given to several is for training: what resembles a training
    record judges nothing."""
    lowest, highest = np.full(count, len(SPLITS), np.int8), np.full(count, -1, np.int8)
    known = given >= 0
    np.minimum.at(lowest, group[known], given[known])
    np.maximum.at(highest, group[known], given[known])
    return np.where((highest >= 0) & (lowest != highest), np.int8(SPLITS.index("train")), highest)


def copies(hashes: NDArray[np.uint8]) -> tuple[Indices, Indices]:
    """For each row the first row with the same hash, and the rank of its hash among all."""
    words = np.ascontiguousarray(hashes[:, :16]).view(">u8").astype(np.uint64)
    order = np.lexsort((words[:, 1], words[:, 0]))
    differs = (words[order][1:] != words[order][:-1]).any(axis=1)
    begins = np.flatnonzero(np.concatenate([[True], differs]))
    which = np.cumsum(np.concatenate([[0], differs]))
    first, rank = np.empty(len(order), dtype=np.int64), np.empty(len(order), dtype=np.int64)
    first[order] = order[begins][which]
    rank[order] = np.arange(len(order))
    return first, rank
