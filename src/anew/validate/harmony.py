"""What a network has to beat when it harmonises: tables of which pitch follows which.

In: chords a quarter, by piece, as told from the key. Out: nats of the voices beneath the first one, given the first, or
of the chords of a gap, given what is around it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from itertools import pairwise

import numpy as np

from anew.codecs.voices import Chord

PITCHES = 129  # and a rest


class Table:
    """p(what | context), interpolated with a shorter context by how often each was seen and how much it was followed
    by (Witten and Bell 1991, method C); the shortest with the uniform distribution."""

    def __init__(self) -> None:
        self.seen: dict[Hashable, Counter[int | None]] = defaultdict(Counter)

    def learn(self, contexts: Sequence[Hashable], what: int | None) -> None:
        for context in contexts:
            self.seen[context][what] += 1

    def p(self, contexts: Sequence[Hashable], what: int | None) -> float:
        """`contexts`: the longest first."""
        if not contexts:
            return 1 / PITCHES
        shorter = self.p(contexts[1:], what)
        found = self.seen.get(contexts[0])
        if not found:
            return shorter
        kinds = len(found)
        return (found[what] + kinds * shorter) / (found.total() + kinds)


def contexts_of(voice: int, before: Chord | None, now: Chord, above: bool) -> list[Hashable]:
    """A voice's last pitch; with `above`, what the melody and the voice told before it sound now as well."""
    last = None if before is None else before[voice]
    plain: list[Hashable] = [(voice, "last", last), (voice, "any")]
    return [(voice, "chord", last, now[0], now[voice - 1]), (voice, "melody", last, now[0]), *plain] if above else plain


def bigram_nats(
    training: Sequence[Sequence[Chord]], held_out: Sequence[Sequence[Chord]], above: bool = False
) -> list[float]:
    """Nats of each held-out piece's voices beneath the first, each by its own last pitch; with `above` also by the
    melody's pitch and the one of the voice above it."""
    table = Table()
    for piece in training:
        for before, now in zip([None, *piece], piece, strict=False):
            for voice in range(1, len(now)):
                table.learn(contexts_of(voice, before, now, above), now[voice])
    return [
        -sum(
            math.log(table.p(contexts_of(voice, before, now, above), now[voice]))
            for before, now in zip([None, *piece], piece, strict=False)
            for voice in range(1, len(now))
        )
        for piece in held_out
    ]


def bridge_nats(
    training: Sequence[Sequence[Chord]], held_out: Sequence[Sequence[Chord]], gaps: Sequence[range]
) -> list[float]:
    """Nats of the chords of each held-out piece's gap, each voice a chain by its own last pitch that is known on both
    sides: p(gap | before, after) = p(gap, after | before) / p(after | before), where the last sums over all ways."""
    table = Table()
    for piece in training:
        for before, now in pairwise(piece):
            for voice in range(len(now)):
                table.learn(contexts_of(voice, before, now, above=False), now[voice])
    made = []
    for piece, gap in zip(held_out, gaps, strict=True):
        chains = [[chord[voice] for chord in piece[gap[0] - 1 : gap[-1] + 2]] for voice in range(len(piece[0]))]
        known = gap[-1] + 1 < len(piece)
        made.append(sum(chain_nats(table, voice, chain, known) for voice, chain in enumerate(chains)))
    return made


def chain_nats(table: Table, voice: int, chain: Sequence[int | None], known: bool) -> float:
    """Nats of what stands between the ends of a chain; `known`: whether its last one is given too."""
    seen = [what for context, found in table.seen.items() if context == (voice, "any") for what in found]
    states = list(dict.fromkeys([*seen, *chain]))
    step = np.array([[table.p([(voice, "last", a), (voice, "any")], b) for b in states] for a in states])
    places = [states.index(what) for what in chain]
    nats = -sum(math.log(step[a, b]) for a, b in pairwise(places))
    if known:
        nats += math.log(np.linalg.matrix_power(step, len(chain) - 1)[places[0], places[-1]])
    return nats
