"""A score as notation: two staves, or one, as SVG that any browser shows. In: a `Score`. Out: the drawing's text.

Simple on purpose: notes with heads, stems, flags, dots, accidentals, ties and ledger lines, rests, bar lines, key,
metre and fermatas, spaced by time. Voices that lie high in the mean stand in the treble, the others in the bass; in
each staff the upper voice has its stems up. Fine engraving is what notation programs do with the MusicXML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape

from anew.codecs.musicxml_writing import TYPES, Piece, lanes_of, measures_end, pieces, spelled
from anew.codecs.score import Key, Score

GAP = 8  # between two lines of a staff
QUARTER = 30  # pixels
WIDE = 1000
LEFT, MARGIN = 24, 14
BETWEEN, SYSTEM = 11 * GAP, 28 * GAP  # from staff to staff, from system to system
LETTERS = {letter: place for place, letter in enumerate("CDEFGAB")}
BOTTOM = {"treble": 30, "bass": 18}  # E4 and G2, counted in steps of the scale from C0
SIGNS = {1: (38, 35, 39, 36, 33, 37, 34), -1: (34, 37, 33, 36, 32, 35, 31)}  # where sharps and flats stand, treble
ORDER = {1: "FCGDAEB", -1: "BEADGCF"}
MOST_BARS = 400
TREBLE = 63.0  # mean pitch from which on a voice stands in the treble: below altos, above tenors


def engrave(score: Score) -> str:
    """The drawing. Of a long score the first MOST_BARS bars."""
    lines = measures_end(score)[: MOST_BARS + 1]
    staves = staves_of(score)
    systems = list(broken(lines, signature_width(score.key)))
    height = len(systems) * (SYSTEM if len(staves) > 1 else SYSTEM - BETWEEN) + 8 * GAP
    drawn = [
        drawing for number, system in enumerate(systems) for drawing in System(score, staves, system, number).draw()
    ]
    title = f'<text x="{WIDE / 2}" y="24" text-anchor="middle" font-size="16">{escape(score.title)}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" width="{WIDE}" height="{height}" '
        f'font-family="serif"><rect width="{WIDE}" height="{height}" fill="white"/>{title}{"".join(drawn)}</svg>'
    )


def staves_of(score: Score) -> list[tuple[str, list[int]]]:
    """Clefs, and the parts that stand in each staff, the higher one first."""
    heights = {}
    for number in range(len(score.parts)):
        pitches = [note.pitch for note in score.of_part(number)]
        heights[number] = sum(pitches) / len(pitches) if pitches else 60.0
    high = [number for number, height in heights.items() if height >= TREBLE]
    found = [("treble", high), ("bass", [number for number in heights if number not in high])]
    return [(clef, parts) for clef, parts in found if parts]


def broken(lines: Sequence[Fraction], signature: int) -> Iterator[list[Fraction]]:
    """Bar lines by system: as many bars as fit."""
    room, held, used = WIDE - 2 * LEFT - signature, [lines[0]], 0.0
    for start, end in zip(lines, lines[1:], strict=False):
        wide = float(end - start) * QUARTER + MARGIN
        if len(held) > 1 and used + wide > room:
            yield held
            held, used = [start], 0.0
        held.append(end)
        used += wide
    yield held


def signature_width(key: Key | None) -> int:
    return 5 * GAP + 10 + (0 if key is None else abs(key.fifths) * GAP) + 2 * GAP


class System:
    """One line of the page: the bars between `lines`."""

    def __init__(
        self, score: Score, staves: Sequence[tuple[str, list[int]]], lines: list[Fraction], number: int
    ) -> None:
        self.score, self.staves, self.lines, self.number = score, staves, lines, number
        each = SYSTEM if len(staves) > 1 else SYSTEM - BETWEEN
        self.top = 8 * GAP + number * each
        self.begin = LEFT + signature_width(score.key)
        wide = float(lines[-1] - lines[0]) * QUARTER + MARGIN * (len(lines) - 1)
        self.scale = (WIDE - LEFT - self.begin) / max(wide, (WIDE - LEFT - self.begin) * 0.6)

    def x(self, at: Fraction) -> float:
        """Where a time stands: behind the bar line that it follows."""
        bars = sum(line <= at for line in self.lines[1:-1])
        return self.begin + (float(at - self.lines[0]) * QUARTER + MARGIN * (bars + 0.8)) * self.scale

    def draw(self) -> Iterator[str]:
        ends = [self.top + staff * BETWEEN for staff in range(len(self.staves))]
        for (clef, parts), top in zip(self.staves, ends, strict=True):
            right = self.x(self.lines[-1]) - MARGIN * 0.4
            for line in range(5):
                yield stroke(LEFT, top + line * GAP, right, top + line * GAP, 0.8)
            yield from self.head(clef, top)
            for lane, part in enumerate(parts):
                yield from self.voice(part, clef, top, None if len(parts) < 2 else lane == 0)
        for line in [self.lines[0], *self.lines[1:]]:
            x = LEFT if line == self.lines[0] else self.x(line) - MARGIN * 0.4 * self.scale
            yield stroke(x, self.top, x, ends[-1] + 4 * GAP, 1)
        for at in self.score.pauses:
            if self.lines[0] <= at < self.lines[-1]:
                x, y = self.x(at), self.top - 2.5 * GAP
                yield f'<path d="M{x - 7:.1f} {y} a7 7 0 0 1 14 0" fill="none" stroke="black"/>'
                yield f'<circle cx="{x:.1f}" cy="{y - 1}" r="1.5"/>'

    def head(self, clef: str, top: float) -> Iterator[str]:
        """Clef, key and, in the first system, metre."""
        yield treble(LEFT + 12, top) if clef == "treble" else bass(LEFT + 8, top)
        x = LEFT + 5 * GAP
        key = self.score.key
        if key is not None and key.fifths:
            sign = 1 if key.fifths > 0 else -1
            for place in SIGNS[sign][: abs(key.fifths)]:
                yield accidental(sign, x, self.y(place - (0 if clef == "treble" else 14), clef, top))
                x += GAP
        if self.number == 0:
            for number, row in ((self.score.metre.beats, 1.7), (self.score.metre.unit, 3.7)):
                yield f'<text x="{x + 6}" y="{top + row * GAP:.1f}" font-size="{2.3 * GAP:.0f}">{number}</text>'

    def y(self, place: int, clef: str, top: float) -> float:
        return top + 4 * GAP - (place - BOTTOM[clef]) * GAP / 2

    def voice(self, part: int, clef: str, top: float, up: bool | None) -> Iterator[str]:
        everything = measures_end(self.score)
        first = everything.index(self.lines[0])
        for lane in lanes_of(self.score.of_part(part)):
            for bar in pieces(lane, everything)[first : first + len(self.lines) - 1]:
                shown: dict[int, int] = {}
                for piece in bar:
                    yield from self.piece(piece, clef, top, up, shown)

    def piece(self, piece: Piece, clef: str, top: float, up: bool | None, shown: dict[int, int]) -> Iterator[str]:
        x = self.x(piece.at) + 4
        plain, dots, third = shape(piece.long)
        if not piece.notes:
            yield rest(plain, x, top + (2 * GAP if up is None else GAP if up else 3 * GAP))
            return
        heights = []
        for note in piece.notes:
            step, alter, octave = spelled(note.pitch, self.score.key)
            place = 7 * octave + LETTERS[step]
            y = self.y(place, clef, top)
            heights.append(y)
            if shown.get(place, self.signed(step)) != alter and not piece.tied_from:
                yield accidental(alter, x - 11, y)
            shown[place] = alter
            yield from ledger(x, y, top)
            fill = "black" if plain <= 1 else "white"
            yield f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="5" ry="3.7" fill="{fill}" stroke="black"/>'
            if dots:
                yield f'<circle cx="{x + 9:.1f}" cy="{y - 2:.1f}" r="1.4"/>'
            if piece.tied_on:
                yield bow(x, y, self.x(min(piece.at + piece.long, self.lines[-1])), up is not False)
        yield from stem(x, heights, plain, sum(heights) / len(heights) > top + 2 * GAP if up is None else up)
        if third:
            yield f'<text x="{x}" y="{min(heights) - 5 * GAP:.1f}" font-size="9" font-style="italic">3</text>'

    def signed(self, step: str) -> int:
        """What the key's signature makes of a letter."""
        fifths = 0 if self.score.key is None else self.score.key.fifths
        sign = 1 if fifths > 0 else -1
        return sign if step in ORDER[sign][: abs(fifths)] else 0


# ------------------------------------------------------------------------------------------------ signs


def shape(long: Fraction) -> tuple[Fraction, bool, bool]:
    """The plain length that is drawn, whether it has a dot, whether it is of three in the time of two."""
    for unit in TYPES:
        if long in (unit, unit * Fraction(3, 2), unit * Fraction(2, 3)):
            return unit, long > unit, long < unit
    return min(TYPES, key=lambda unit: abs(unit - long)), False, False


def stroke(x: float, y: float, to_x: float, to_y: float, thick: float) -> str:
    return f'<path d="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}" stroke="black" stroke-width="{thick}"/>'


def bow(x: float, y: float, end: float, up: bool) -> str:
    """A tie to the note at `end`."""
    high, half = -7 if up else 7, (end - x) / 2 - 4
    path = f"M{x + 5:.1f} {y + high / 2:.1f} q{half:.1f} {high} {2 * half:.1f} 0"
    return f'<path d="{path}" fill="none" stroke="black"/>'


def curve(path: str, thick: float) -> str:
    return f'<path d="{path}" fill="none" stroke="black" stroke-width="{thick}"/>'


def stem(x: float, heights: Sequence[float], plain: Fraction, up: bool) -> Iterator[str]:
    if plain >= 4:
        return
    side, sign = (4.5, -1) if up else (-4.5, 1)
    end = (min(heights) if up else max(heights)) + sign * 3.5 * GAP
    yield stroke(x + side, max(heights) if up else min(heights), x + side, end, 1.2)
    flags = {Fraction(1, 2): 1, Fraction(1, 4): 2, Fraction(1, 8): 3, Fraction(1, 16): 4}.get(plain, 0)
    for flag in range(flags):
        y = end - sign * flag * 0.8 * GAP
        yield curve(f"M{x + side:.1f} {y:.1f}q7 {-sign * 5} 6 {-sign * 13}", 1.5)


def ledger(x: float, y: float, top: float) -> Iterator[str]:
    """The short lines that a note beyond the staff stands on."""
    above, below = top - GAP, top + 5 * GAP
    while above >= y - 0.1:
        yield stroke(x - 8, above, x + 8, above, 0.8)
        above -= GAP
    while below <= y + 0.1:
        yield stroke(x - 8, below, x + 8, below, 0.8)
        below += GAP


def accidental(alter: int, x: float, y: float) -> str:
    if alter > 0:
        sharp = f"M{x - 2} {y - 8}v16M{x + 2} {y - 9}v16M{x - 4} {y - 1.5}l8 -3M{x - 4} {y + 4.5}l8 -3"
        return f'<path d="{sharp * alter}" stroke="black" stroke-width="1.2" fill="none"/>'
    if alter < 0:
        flat = "".join(f"M{x - 3 - 6 * i} {y - 12}v16q10 -7 4 -10q-2 -1 -4 2" for i in range(-alter))
        return f'<path d="{flat}" stroke="black" stroke-width="1.2" fill="none"/>'
    natural = f"M{x - 2} {y - 9}v13l5 -2.5M{x + 3} {y + 9}v-13l-5 2.5"
    return f'<path d="{natural}" stroke="black" stroke-width="1.2" fill="none"/>'


def rest(plain: Fraction, x: float, y: float) -> str:
    if plain >= 2:
        hangs = 0 if plain >= 4 else -4
        return f'<rect x="{x - 5:.1f}" y="{y + hangs:.1f}" width="10" height="4"/>'
    if plain == 1:
        return (
            f'<path d="M{x - 3:.1f} {y - 10:.1f}l6 7q-5 4 0 9q-7 -2 -5 5" fill="none" stroke="black" stroke-width="2"/>'
        )
    hooks = {Fraction(1, 2): 1, Fraction(1, 4): 2}.get(plain, 3)
    drawn = "".join(f"M{x - 4:.1f} {y - 5 + 5 * i:.1f}q5 4 8 -1" for i in range(hooks))
    return curve(f"{drawn}M{x + 4:.1f} {y - 6:.1f}l-4 16", 1.4)


def treble(x: float, top: float) -> str:
    """A clef whose spiral is around G."""
    g = top + 3 * GAP
    spiral = f"M{x + 2} {g + 5}q-7 -1 -6 -7q2 -7 8 -5q7 3 4 10q-4 7 -11 4q-9 -5 -5 -15"
    return curve(f"{spiral}l11 -13q4 -7 1 -14q-6 2 -6 12l5 38q0 6 -6 5", 1.7)


def bass(x: float, top: float) -> str:
    """A clef whose dots are around F."""
    f = top + GAP
    dots = "".join(f'<circle cx="{x + 19}" cy="{f + by}" r="1.6"/>' for by in (-4, 4))
    return f'<circle cx="{x + 2}" cy="{f}" r="2.4"/>{curve(f"M{x} {f}q2 -9 9 -8q8 2 6 12q-3 11 -15 17", 2)}{dots}'
