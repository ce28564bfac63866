"""Scores to test with: written here, belonging to nobody."""

from __future__ import annotations

import random
from fractions import Fraction

from anew.codecs.score import Key, Metre, Note, Part, Score

VOICES = (Part("Soprano"), Part("Alto"), Part("Tenor"), Part("Bass"))
C = Key(0)
TRIADS = {1: (72, 67, 64, 48), 4: (72, 69, 65, 53), 5: (71, 67, 62, 55), 6: (72, 69, 64, 57)}


def chorale(seed: int, bars: int = 4, key: Key = C, pickup: int = 0) -> Score:
    """Four voices on degrees I, IV, V and VI, with passing eighths, ties and a fermata; it ends on the tonic."""
    rng = random.Random(seed)
    count, notes, at = 4 * bars + pickup, list[Note](), Fraction(0)
    for beat in range(count):
        degree = 1 if beat in (0, count - 1) else rng.choice((1, 4, 5, 6))
        for part, pitch in enumerate(TRIADS[degree]):
            tied = notes and rng.random() < 0.1 and next((n for n in reversed(notes) if n.part == part), None)
            if tied and tied.end == at and tied.pitch == pitch:
                notes.remove(tied)
                notes.append(Note(tied.onset, tied.duration + 1, pitch, part))
            elif rng.random() < 0.25:
                notes += [
                    Note(at, Fraction(1, 2), pitch, part),
                    Note(at + Fraction(1, 2), Fraction(1, 2), pitch + 2, part),
                ]
            else:
                notes.append(Note(at, Fraction(1), pitch, part))
        at += 1
    made = Score.of(
        notes, VOICES, metres=(Metre(Fraction(0), 4, 4),), key=Key(0), pickup=Fraction(pickup),
        pauses=(at - 1,), style="school",
    )  # fmt: skip
    return made.transposed((key.tonic - made.key.tonic + 6) % 12 - 6) if made.key and key != made.key else made


def tune(seed: int = 0, metre: tuple[int, int] = (6, 8), bars: int = 4) -> Score:
    """One voice in eighths, with a triplet, a rest and a note over the bar."""
    rng = random.Random(seed)
    notes, at, end = list[Note](), Fraction(1, 2), bars * Fraction(4 * metre[0], metre[1])
    notes += [Note(Fraction(i, 6), Fraction(1, 6), 62 + i) for i in range(3)]
    while at < end - 1:
        long = rng.choice((Fraction(1, 2), Fraction(1, 4), Fraction(3, 4), Fraction(3, 2)))
        long = min(long, end - 1 - at)
        if rng.random() > 0.15:
            notes.append(Note(at, long, rng.randint(60, 81)))
        at += long
    notes.append(Note(end - 1, Fraction(1), 62))
    return Score.of(
        notes, [Part("Fiddle", 110)], metres=(Metre(Fraction(0), *metre),), key=Key(2), tempi=((Fraction(0), 120.0),)
    )
