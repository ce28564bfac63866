"""Humdrum **kern to scores. In: a file's bytes. Out: a `Score`; DataError in one line.

Each spine is a part, and each that splits off one is one more. Read are notes, chords, rests, ties, metres, keys, tempi
and fermatas; grace notes are left out, repeats are read once. Spines of other kinds are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

from anew.codecs.bars import Bar, fine, metres, upbeat_of
from anew.codecs.score import LETTERS, TEMPO, Key, Note, Part, Score
from anew.errors import DataError

MOST_SPINES = 64
NOTE = re.compile(r"([a-gA-G])\1*")
LONG = re.compile(r"(\d+)(%\d+)?(\.*)")


def read_kern(content: bytes) -> Score:
    """The score in a kern file. DataError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    try:
        return Reading().read(text.replace("\r", "").split("\n"))
    except (ValueError, KeyError, ZeroDivisionError, OverflowError, IndexError) as error:
        raise DataError(f"kern: {type(error).__name__}: {str(error)[:60]}") from None


@dataclass
class Spine:
    """A column: `part` None where it is not of notes. `until`: when what it sounds ends."""

    part: int | None
    until: Fraction = Fraction(0)


@dataclass
class Reading:
    at: Fraction = Fraction(0)
    spines: list[Spine] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    tied: dict[tuple[int, int], int] = field(default_factory=dict)  # places of notes
    bars: list[Bar] = field(default_factory=list)
    begun: Fraction = Fraction(0)
    metre: tuple[int, int] = (4, 4)
    signature: int | None = None
    key: Key | None = None
    tempi: dict[Fraction, float] = field(default_factory=dict)
    pauses: set[Fraction] = field(default_factory=set)
    title: str = ""

    def read(self, lines: list[str]) -> Score:
        for line in lines:
            if line.startswith("!!!OTL"):
                self.title = self.title or line.partition(":")[2].strip()[:200]
            if not line.strip() or line.startswith("!"):
                continue
            cells = line.split("\t")
            if line.startswith("**"):
                self.spines = [Spine(self.added_part() if cell == "**kern" else None) for cell in cells[:MOST_SPINES]]
            elif len(cells) != len(self.spines):
                raise DataError(f"kern: a line of {len(cells)} columns where there are {len(self.spines)}")
            elif line.startswith("*"):
                self.interpret(cells)
            elif line.startswith("="):
                self.bar()
            else:
                self.sound(cells)
        return self.score()

    def added_part(self) -> int:
        self.parts.append(Part())
        return len(self.parts) - 1

    def interpret(self, cells: list[str]) -> None:
        """Spines that split, join and end; metre, key, tempo."""
        if any(cell in ("*^", "*v", "*x", "*-", "*+") for cell in cells):
            self.spines = self.rearranged(cells)
        for cell in cells:
            if found := re.fullmatch(r"\*M(\d+)/(\d+)", cell):
                self.metre = int(found[1]), int(found[2])
            elif found := re.fullmatch(r"\*k\[([a-g#\-n]*)\]", cell):
                self.signature = found[1].count("#") - found[1].count("-")
            elif found := re.fullmatch(r"\*([A-Ga-g])([#\-]?):\S*", cell):
                tonic = LETTERS[found[1].upper()] + (found[2] == "#") - (found[2] == "-")
                self.key = self.key or Key.of(tonic % 12, "minor" if found[1].islower() else "major")
            elif found := re.fullmatch(r"\*MM(\d+(?:\.\d+)?)", cell):
                self.tempi.setdefault(self.at, min(max(float(found[1]), 4.0), 1000.0))

    def rearranged(self, cells: list[str]) -> list[Spine]:
        made: list[Spine] = []
        joining = False
        for spine, cell in zip(self.spines, cells, strict=True):
            if cell == "*^":
                made += [spine, Spine(None if spine.part is None else self.added_part(), spine.until)]
            elif cell == "*+":
                raise DataError("kern: spines that are added later are not read")
            elif cell != "*-" and not (cell == "*v" and joining):
                made.append(spine)
            joining = cell == "*v"
        if len(made) > MOST_SPINES:
            raise DataError(f"kern: more than {MOST_SPINES} spines")
        crossed = [i for i, cell in enumerate(cells) if cell == "*x"]
        if len(crossed) == 2 and len(made) == len(cells):
            i, j = crossed
            made[i], made[j] = made[j], made[i]
        return made

    def sound(self, cells: list[str]) -> None:
        for spine, cell in zip(self.spines, cells, strict=True):
            if spine.part is None or cell in (".", ""):
                continue
            long = None
            for token in cell.split(" "):
                if "q" in token or "Q" in token:
                    continue
                long = length_of(token) or long
                if long is not None and "r" not in token and (found := NOTE.search(token)):
                    self.note(spine.part, pitch_of(found, token), long, token)
            if long is not None:
                spine.until = fine(self.at + long)
        ends = [spine.until for spine in self.spines if spine.part is not None and spine.until > self.at]
        self.at = min(ends, default=self.at)

    def note(self, part: int, pitch: int, long: Fraction, token: str) -> None:
        if not 0 <= pitch < 128:
            raise DataError(f"kern: no pitch {token[:20]!r}")
        place = self.tied.pop((part, pitch), None)
        if place is not None and ("_" in token or "]" in token) and (held := self.notes[place]).end == self.at:
            self.notes[place] = replace(held, duration=held.duration + long)
        else:
            place = len(self.notes)
            self.notes.append(Note(self.at, long, pitch, part))
        if "[" in token or "_" in token:
            self.tied[part, pitch] = place
        if ";" in token:
            self.pauses.add(self.at)

    def bar(self) -> None:
        if self.at > self.begun:
            self.bars.append(Bar(self.begun, self.at - self.begun, self.metre))
        self.begun = self.at

    def score(self) -> Score:
        self.bar()
        if not self.notes:
            raise DataError("kern: no notes in the file")
        used = sorted({note.part for note in self.notes}, reverse=True)  # the lowest spine comes first
        place = {part: number for number, part in enumerate(used)}
        notes = [Note(n.onset, n.duration, n.pitch, place[n.part], n.velocity) for n in self.notes]
        key = self.key or (None if self.signature is None or abs(self.signature) > 7 else Key(self.signature))
        pickup = upbeat_of(self.bars)
        return Score.of(
            notes, [Part()] * len(used), metres=tuple(metres(self.bars, pickup)), key=key, pickup=pickup,
            tempi=tuple(sorted({Fraction(0): TEMPO, **self.tempi}.items())), pauses=tuple(sorted(self.pauses)),
            title=self.title,
        )  # fmt: skip


def length_of(token: str) -> Fraction | None:
    """In quarters, of a reciprocal length with dots: "4." is 3/2, "0" a breve, "3%2" two thirds of a whole."""
    found = LONG.search(token)
    if found is None or len(found[0]) > 12:
        return None
    n = int(found[1])
    if n == 0:
        long = Fraction(8 * 2 ** (len(found[1]) - 1))
    else:
        long = Fraction(4, n) * (int(found[2][1:]) if found[2] else 1)
    return long * (2 - Fraction(1, 2 ** len(found[3])))


def pitch_of(found: re.Match[str], token: str) -> int:
    letters = found[0]
    octave = 4 + len(letters) if letters[0].islower() else 5 - len(letters)
    rest = token[found.end() :]
    return LETTERS[letters[0].upper()] + 12 * octave + rest.count("#") - rest.count("-") + 0
