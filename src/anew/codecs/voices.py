"""What voices do together, quarter by quarter. In: a score. Out: chords, and how often two voices move in parallel."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np

from anew.codecs.score import Score

PERFECT = (0, 7)  # semitones within an octave: unisons and octaves, fifths
Chord = tuple[int | None, ...]
Count = tuple[int, int]  # how often it was found, of how often it could have been


def quarters(score: Score) -> list[Chord]:
    """What each part sounds on each quarter, from the first full bar's grid on; None for a rest. Of a part that sounds
    several notes the highest."""
    first = score.pickup % 1
    steps = range(max(0, int(np.ceil(float(score.end - first)))))
    made = [[None] * len(score.parts) for _ in steps]  # type: list[list[int | None]]
    for note in score.notes:
        begin = -((first - note.onset) // 1) if note.onset >= first else Fraction(0)
        for step in range(int(begin), len(made)):
            if first + step >= note.end:
                break
            held = made[step][note.part]
            made[step][note.part] = note.pitch if held is None else max(held, note.pitch)
    return [tuple(chord) for chord in made]


def parallels(score: Score) -> Count:
    """Pairs of voices in parallel fifths or octaves on successive quarters, for each quarter that another follows."""
    chords = quarters(score)
    pairs = list(combinations(range(len(score.parts)), 2))
    found = sum(
        parallel(before[one], before[other], after[one], after[other])
        for before, after in zip(chords, chords[1:], strict=False)
        for one, other in pairs
    )
    return found, max(0, len(chords) - 1)


def parallel(one: int | None, other: int | None, one_after: int | None, other_after: int | None) -> bool:
    """Whether two voices go from a perfect fifth to a perfect fifth, or from an octave or unison to one, both moving,
    the same way."""
    if one is None or other is None or one_after is None or other_after is None:
        return False
    apart = abs(one - other) % 12
    alike = apart == abs(one_after - other_after) % 12 and apart in PERFECT
    return alike and (one_after - one) * (other_after - other) > 0
