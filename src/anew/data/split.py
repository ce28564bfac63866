"""Which groups of records train a model, which steer it and which judge it: told from their content alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "validation", "test")
SMALL = 1_000  # groups; fewer are shared out by count


def assign(hashes: Iterable[bytes], validation: float, test: float) -> NDArray[np.int8]:
    """For each group, given by a hash of its content, an index into SPLITS.

    Many groups: each by its own hash, so that it stays on its side when others come or go. Few: by rank of the hash,
    so that the shares are met and none is empty (from three groups on).
    """
    places = np.fromiter((place(h) for h in hashes), dtype=np.float64)
    splits = np.zeros(len(places), dtype=np.int8)
    if len(places) >= SMALL:
        splits[places < test + validation] = SPLITS.index("validation")
        splits[places < test] = SPLITS.index("test")
        if all(
            (splits == SPLITS.index(name)).any()
            for name, share in (("validation", validation), ("test", test))
            if share
        ):
            return splits
    few = counts(len(places), validation, test)
    order = np.argsort(places, kind="stable")
    splits[:] = 0
    splits[order[: few[1]]] = SPLITS.index("test")
    splits[order[few[1] : sum(few)]] = SPLITS.index("validation")
    return splits


def complete(given: NDArray[np.int8], hashes: Sequence[bytes], validation: float, test: float) -> NDArray[np.int8]:
    """The same where groups may come with a split (an index into SPLITS, or -1 for none), which they keep. The others
    are shared out as ever; of those given to training a share becomes validation, unless some were given to it."""
    splits = given.copy()
    shares = {-1: test} | ({} if (given == SPLITS.index("validation")).any() else {SPLITS.index("train"): 0.0})
    for kind, held_out in shares.items():
        which = np.flatnonzero(given == kind)
        splits[which] = assign((hashes[i] for i in which), validation, held_out)
    return splits


def place(content_hash: bytes) -> float:
    """A number in [0, 1) drawn by the hash; hashed once more, since the smallest hash of many would not be uniform."""
    return int.from_bytes(hashlib.sha256(b"split" + content_hash).digest()[:8], "big") / 2**64


def counts(groups: int, validation: float, test: float) -> tuple[int, int]:
    """How many groups validation and test get: their shares, rounded, but one each where three groups allow it."""
    if groups < 3:
        return 0, 0
    wanted = [max(1, round(share * groups)) if share else 0 for share in (validation, test)]
    while sum(wanted) > groups - 1:
        wanted[wanted.index(max(wanted))] -= 1
    return wanted[0], wanted[1]
