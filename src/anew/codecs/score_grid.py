"""Scores on the grid that `Events` has words for, without torch. In: any score. Out: the score as it comes back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil

from anew.codecs.score import LOUD, Note, Part, Score
from anew.errors import DataError

TEMPI = (40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 132, 144, 160, 184, 208)
LONGEST_BAR = 16  # quarters
TICKS, VOICES = 12, 8
SLIP = Fraction(1, 8)  # quarters that a note may lap over the next one, as when played


def tempo_band(bpm: float) -> int:
    return min(range(len(TEMPI)), key=lambda band: abs(TEMPI[band] - bpm))


def on_grid(score: Score, ticks: int = TICKS, voices: int = VOICES) -> Score:
    """Onsets and ends at 1/`ticks` of a quarter, parts of one note at a time, one tempo, no loudness, names or title.
    DataError for more than `voices` parts, and metres that there are no words for."""
    if any(m.bar > LONGEST_BAR or m.beats > 16 or m.unit not in (2, 4, 8, 16) for m in score.metres):
        raise DataError(f"metre {score.metre}: bars of at most {LONGEST_BAR} quarters, 16 beats of a half to a 16th")
    lanes = list(lanes_of(score, ticks, voices))
    lines = score.bar_lines()
    first = min((n.onset for lane, _ in lanes for n in lane), default=Fraction(0))
    early, end = min(first, score.pickup), score.end  # an upbeat begins with its notes
    begins = {Fraction(0), *lines}
    pauses = {on_beat(at, lines, score.pickup) - early for at in score.pauses if at < end}
    metres = [replace(m, at=m.at - early if m.at else m.at) for m in score.metres if m.at in begins]
    return Score.of(
        [replace(n, onset=n.onset - early, part=i, velocity=LOUD) for i, (lane, _) in enumerate(lanes) for n in lane],
        [replace(part, name="") for _, part in lanes],
        metres=tuple(metres), key=score.key, pickup=score.pickup - early,
        tempi=((Fraction(0), float(TEMPI[tempo_band(score.tempo)])),),
        pauses=tuple(sorted(p for p in pauses if p >= 0)), style=score.style,
    )  # fmt: skip


def lanes_of(score: Score, ticks: int, most: int) -> Iterator[tuple[list[Note], Part]]:
    """Parts cut into voices of one note at a time, on the grid. DataError for more than `most`."""
    found = 0
    for number, part in enumerate(score.parts):
        lanes: list[list[Note]] = []
        for note in score.of_part(number):
            start = Fraction(round(note.onset * ticks), ticks)
            end = max(Fraction(round(note.end * ticks), ticks), start + Fraction(1, ticks))
            room(lanes, start).append(replace(note, onset=start, duration=end - start))
            if found + len(lanes) > most:
                raise DataError(f"more than {most} voices sound at once")
        found += len(lanes)
        yield from ((lane, part) for lane in lanes)


def room(lanes: list[list[Note]], start: Fraction) -> list[Note]:
    """A voice that is silent by then, or that laps over by little and is cut; a new one where there is none."""
    for lane in lanes:
        if lane[-1].end <= start:
            return lane
    for lane in lanes:
        if lane[-1].onset < start and lane[-1].end - start < SLIP:
            lane[-1] = replace(lane[-1], duration=start - lane[-1].onset)
            return lane
    lanes.append([])
    return lanes[-1]


def on_beat(at: Fraction, lines: Sequence[Fraction], pickup: Fraction) -> Fraction:
    """The quarter of its bar that a time lies in; of an upbeat, counted back from its end."""
    if at < pickup:
        return pickup - ceil(pickup - at)
    place = bisect_right(lines, at)
    line = lines[place - 1] if place else Fraction(0)
    return line + (at - line) // 1
