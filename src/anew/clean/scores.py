"""What of a score is compared with others, and which scores cannot be learnt from.

Two scores are near where most of their runs of five notes are the same in steps from note to note and in rhythm,
part by part, in whatever key.
"""

from __future__ import annotations

from anew.codecs.score import Score
from anew.codecs.score_grid import on_grid
from anew.data.records import Record
from anew.data.removals import Removed
from anew.errors import DataError

FEWEST = 16  # notes


def fitting(record: Record) -> Record | Removed:
    """The record, unless it is short, or more than the codec of scores has words for."""
    score = Score.loads(str(record.value))
    if len(score.notes) < FEWEST:
        return Removed(record.origin, "short", f"{len(score.notes)} notes, fewer than {FEWEST}")
    try:
        on_grid(score)
    except DataError as why:
        return Removed(record.origin, "no words for it", why.message)
    return record


def melodies(value: str) -> str:
    """Each part's notes as words: how far up or down from the one before, and after how long."""
    score = Score.loads(value)
    words: list[str] = []
    for number in range(len(score.parts)):
        notes = score.of_part(number)
        for before, note in zip(notes, notes[1:], strict=False):
            step, after = note.pitch - before.pitch, note.onset - before.onset
            words.append(f"{'u' if step >= 0 else 'd'}{abs(step)}x{after.numerator}o{after.denominator}")
    return " ".join(words)
