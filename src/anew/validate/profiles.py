"""A space in which texts have near-copies, too: profiles of their hashed n-grams, for `originality.near_copies`.

In come generated, training and held-out texts; out come near-copies as for any other data, in Euclidean distance of
profiles, which runs from 0 (the same n-grams) to the square root of 2 (none in common).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anew.validate.metric import Unmeasured
from anew.validate.originality import NearCopies, near_copies
from anew.validate.verbatim import smallest_hashes

MOST = 30_000  # training passages compared
LONGEST = 1000  # characters of a text compared
SHOWN = 5


@dataclass(frozen=True)
class Neighbour:
    """A generated text, by number, and the training passage nearest to it."""

    sample: int
    text: str
    passage: str


def near_copied_texts(
    generated: Sequence[str], training: Iterable[str], held_out: Iterable[str], rng: np.random.Generator
) -> tuple[NearCopies, list[Neighbour]]:
    """Near-copies among generated texts, and the few that are nearest to being so beside what they are near to.

    Training and held-out texts are cut to passages as long as the generated texts commonly are, so that like is
    compared with like. Training text beyond MOST passages is left out: the documents of smallest SHA-256 are kept.
    Unmeasured with too little text.
    """
    made = [(i, text[:LONGEST]) for i, text in enumerate(generated) if text]
    if not made:
        raise Unmeasured("no text was generated")
    length = int(np.median([len(text) for _, text in made]))
    known, total = smallest_hashes(training, MOST * max(length // 2, 1))
    seen, cut = sum(map(len, known)), passages(known, length)
    human = passages(smallest_hashes(held_out, 1000 * length)[0], length, overlap=False)[:500]
    part = "" if seen == total else f", {seen:,} of {total:,} training characters"
    space = f"byte 5-gram profiles of {length} characters{part}"
    found = near_copies(profiles([text for _, text in made]), profiles(cut), profiles(human), rng, space)
    shown = [Neighbour(made[i][0], made[i][1], cut[found.nearest[i]]) for i in found.closest(SHOWN)]
    return found, shown


def profiles(texts: Sequence[str], width: int = 1024, n: int = 5) -> NDArray[np.float32]:
    """(len(texts), width): how often each hashed n-gram of UTF-8 bytes occurs, square-rooted and of length one.

    The Euclidean distance of two profiles runs from 0 (the same n-grams) to the square root of 2 (none in common):
    the space in which texts, too, have near-copies. Longer training texts should be cut to the samples' length first.
    """
    made = np.zeros((len(texts), width), np.float32)
    for row, text in enumerate(texts):
        data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8).astype(np.uint64)
        if len(data) < n:
            made[row, zlib.crc32(data.tobytes()) % width] = 1.0
            continue
        mixed = np.zeros(len(data) - n + 1, np.uint64)
        for i in range(n):
            mixed = mixed * np.uint64(1099511628211) + data[i : len(data) - n + 1 + i] + np.uint64(1)
        mixed ^= mixed >> np.uint64(29)
        made[row] = np.sqrt(np.bincount((mixed % np.uint64(width)).astype(np.int64), minlength=width))
    made /= np.maximum(np.sqrt(np.einsum("ij,ij->i", made, made)), 1e-12)[:, None]
    return made


def passages(texts: Sequence[str], length: int, overlap: bool = True) -> list[str]:
    """Texts cut into passages of about `length` characters; with `overlap` by half, so that a copy which begins
    anywhere lies three quarters within one."""
    step = max(length // 2 if overlap else length, 1)
    return [t[i : i + length] for t in texts for i in range(0, max(len(t) - length // 2, 1), step)]
