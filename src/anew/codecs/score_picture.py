"""Scores as pictures: a piano roll, with bars and pauses. In: a `Score`. Out: uint8 (H, W, 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anew.codecs.score import Score

ROW = 4  # pixels a semitone
COLUMN = 12  # pixels a quarter
MARGIN = 4  # semitones above and below
COLOURS = ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189), (140, 86, 75),
           (227, 119, 194), (23, 190, 207))  # of parts, in turn  # fmt: skip
BLACK = (1, 3, 6, 8, 10)  # pitch classes of black keys
WIDEST = 8192


def piano_roll(score: Score) -> NDArray[np.uint8]:
    """Time to the right, a quarter COLUMN pixels (fewer where the piece would be wider than WIDEST); pitch upwards; a
    colour a part; a line a bar, a darker one at each C, a red tick where a phrase pauses."""
    pitches = [note.pitch for note in score.notes] or [60]
    low, high = max(min(pitches) - MARGIN, 0), min(max(pitches) + MARGIN, 127)
    column = max(1, min(COLUMN, int(WIDEST / max(float(score.end), 1.0))))
    high_px, wide = (high - low + 1) * ROW, max(1, round(float(score.end) * column)) + 1
    made = np.full((high_px, wide, 3), 255, np.uint8)
    for pitch in range(low, high + 1):
        top = (high - pitch) * ROW
        if pitch % 12 in BLACK:
            made[top : top + ROW] = 240
        if pitch % 12 == 0:
            made[top + ROW - 1] = 190
    for line in score.bar_lines():
        made[:, round(float(line) * column)] = 200
    for note in score.notes:
        top, left = (high - note.pitch) * ROW, round(float(note.onset) * column)
        right = max(left + 1, round(float(note.end) * column) - 1)
        made[top : top + ROW - 1, left:right] = COLOURS[note.part % len(COLOURS)]
    for at in score.pauses:
        made[: ROW * 2, round(float(at) * column) : round(float(at) * column) + 3] = (200, 0, 0)
    return made
