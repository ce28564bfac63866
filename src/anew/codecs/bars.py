"""Bars as files write them, each with a length of its own, to upbeats and metres: what the readers of files share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from anew.codecs.score import FINEST, LONGEST, UNITS, Metre, Mode
from anew.errors import DataError

CHURCH: dict[str, tuple[int, Mode]] = {  # by how many fifths a signature lies above its tonic's major, and its third
    "ionian": (0, "major"), "dorian": (-2, "minor"), "phrygian": (-4, "minor"), "lydian": (1, "major"),
    "mixolydian": (-1, "major"), "aeolian": (-3, "minor"), "locrian": (-5, "minor"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a bar begins, how long it is, and the metre that it should fill."""

    at: Fraction
    long: Fraction
    metre: tuple[int, int]

    @property
    def full(self) -> Fraction:
        return Fraction(4 * self.metre[0], self.metre[1])


def fine(time: Fraction) -> Fraction:
    """The time, which a reader goes on counting from. DataError where no score goes so far, or into such parts."""
    if time.denominator > FINEST or abs(time) > LONGEST:
        raise DataError(f"a time beyond {LONGEST:,} quarters, or in parts of less than 1/{FINEST:,} of one")
    return time


def decimal(said: str | None, usual: Fraction) -> Fraction:
    """A number as files write it; `usual` where none is written. ValueError for another, or of more than ten digits:
    Python would work out 1e999999999."""
    if said is None or not said.strip():
        return usual
    if re.fullmatch(r"[+-]?\d{1,10}(\.\d{0,10})?", said.strip()) is None:
        raise ValueError(f"{said.strip()[:20]!r} is no number")
    return Fraction(said.strip())


def upbeat_of(bars: Sequence[Bar]) -> Fraction:
    """The length of a first bar that is not full and not the only one, else 0."""
    return bars[0].long if len(bars) > 1 and bars[0].long < bars[0].full else Fraction(0)


def metres(bars: Sequence[Bar], pickup: Fraction) -> Iterator[Metre]:
    """Where the metre changes: by what is written, and for bars that are shorter or longer than it says. Two that fill
    one together, as around a repeat, are one."""
    at, held = Fraction(0), None
    rest = bars[1:] if pickup and len(bars) > 1 else bars
    if rest is not bars:
        yield (first := Metre(at, *rest[0].metre))
        held = first.beats, first.unit
    skip = False
    for number, bar in enumerate(rest):
        if skip:
            skip = False
            continue
        after = rest[number + 1].long if number + 1 < len(rest) else None
        skip = after is not None and bar.long < bar.full and bar.long + after == bar.full
        last = after is None and bar.long < bar.full
        own = bar.metre if bar.long == bar.full or skip or last else as_metre(bar.long) or bar.metre
        if own != held:
            yield Metre(bar.at, *own)
            held = own


def as_metre(long: Fraction) -> tuple[int, int] | None:
    """A metre of one bar of that length."""
    for unit in UNITS[2:]:
        if (beats := long * unit / 4).denominator == 1 and beats <= 64:
            return int(beats), unit
    return None
