"""A piece of music as symbols: `Score`, notes in exact fractions of a quarter, with metre, key, tempo and instruments.

Nothing here reads files (`score_files`) or makes tokens (`events`). In: values. Out: the same values, as JSON where
they are stored, transposed, cut or put onto a grid.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any, Literal, get_args

from anew.errors import DataError

Mode = Literal["major", "minor"]
TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MINOR_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
PITCHES = 128
LOUD = 80  # velocity of a note that nothing is said of
TEMPO = 96.0  # quarters a minute, where nothing is said
MOST_NOTES = 200_000
LONGEST = 1 << 16  # quarters
MOST_PARTS, MOST_BARS = 256, 1 << 16
FINEST = 1 << 31  # parts of a quarter, of which every time is a whole number


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """`onset` and `duration` in quarters; `pitch` is MIDI's (60 is middle C), `part` an index into the score's parts,
    `velocity` 1 to 127."""

    onset: Fraction
    duration: Fraction
    pitch: int
    part: int = 0
    velocity: int = LOUD

    @property
    def end(self) -> Fraction:
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Part:
    """A voice or an instrument: its `program` is General MIDI's, 0 to 127."""

    name: str = ""
    program: int = 0
    drums: bool = False


@dataclass(frozen=True, slots=True)
class Metre:
    """`beats` of a `unit`-th note a bar, from a bar line on."""

    at: Fraction
    beats: int
    unit: int

    @property
    def bar(self) -> Fraction:
        """A bar's length in quarters."""
        return Fraction(4 * self.beats, self.unit)

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"


@dataclass(frozen=True, slots=True)
class Key:
    """`fifths`: sharps of the signature, or flats below zero."""

    fifths: int
    mode: Mode = "major"

    @property
    def tonic(self) -> int:
        """The pitch class that the key is of."""
        return (7 * self.fifths + (9 if self.mode == "minor" else 0)) % 12

    def __str__(self) -> str:
        return (MINOR_TONICS[self.tonic] + "m") if self.mode == "minor" else TONICS[self.tonic]

    @classmethod
    def of(cls, tonic: int, mode: Mode) -> Key:
        """The key of a pitch class, with the signature of fewer accidentals (of six sharps and six flats, sharps)."""
        fifths = 7 * (tonic - (9 if mode == "minor" else 0)) % 12
        return cls(fifths - 12 if fifths > 6 else fifths, mode)

    @classmethod
    def read(cls, text: str) -> Key:
        """ "Dm", "F#", "Bb minor", "c" (minor). DataError for anything else."""
        said = text.strip().replace("♯", "#").replace("♭", "b")
        letter, rest = said[:1], said[1:]
        accidental = rest[: len(rest) - len(rest.lstrip("#b"))] if rest[:1] in ("#", "b") else ""
        mode = MODES.get(rest[len(accidental) :].strip().lower())
        if letter.upper() not in LETTERS or len(accidental) > 1 or mode is None:
            raise DataError(f"{text!r} is no key", next_command="--key C, --key Dm, --key 'F# minor'")
        if letter.islower() and rest[len(accidental) :].strip() == "":
            mode = "minor"
        tonic = LETTERS[letter.upper()] + accidental.count("#") - accidental.count("b")
        return cls.of(tonic % 12, mode)


MODES: dict[str, Mode] = {"": "major", "maj": "major", "major": "major", "m": "minor", "min": "minor", "minor": "minor"}


@dataclass(frozen=True, slots=True)
class Score:
    """`notes` in order of onset, part and pitch. `pickup`: the length of an incomplete first bar; bar lines stand there
    and a bar apart. `tempi`: (where, quarters a minute). `pauses`: where a phrase ends in a fermata. Build one by
    `Score.of`, which sorts and checks."""

    notes: tuple[Note, ...]
    parts: tuple[Part, ...]
    metres: tuple[Metre, ...] = (Metre(Fraction(0), 4, 4),)
    key: Key | None = None
    tempi: tuple[tuple[Fraction, float], ...] = ((Fraction(0), TEMPO),)
    pickup: Fraction = Fraction(0)
    pauses: tuple[Fraction, ...] = ()
    style: str = ""
    title: str = ""

    @classmethod
    def of(cls, notes: Sequence[Note], parts: Sequence[Part] = (Part(),), **given: Any) -> Score:
        """The score of these values, sorted. DataError where they make none."""
        made = cls(tuple(sorted(notes, key=placed)), tuple(parts), **given)
        wrong = fault(made)
        if wrong:
            raise DataError(f"no score: {wrong}")
        return made

    def __len__(self) -> int:
        return len(self.notes)

    @property
    def end(self) -> Fraction:
        """Where the last note ends."""
        return max((note.end for note in self.notes), default=Fraction(0))

    @property
    def tempo(self) -> float:
        return self.tempi[0][1]

    @property
    def metre(self) -> Metre:
        return self.metres[0]

    @property
    def bars(self) -> int:
        """Whole bars, the last one counted however short; an upbeat is none."""
        return sum(at >= self.pickup for at in self.bar_lines())

    @property
    def facts(self) -> dict[str, Any]:
        """What is told of a piece at a glance."""
        key, metre = None if self.key is None else str(self.key), str(self.metre)
        return {"key": key, "metre": metre, "bars": self.bars, "tempo": self.tempo, "notes": len(self.notes)}

    def bar_lines(self) -> list[Fraction]:
        """Where bars begin, before the end: at 0 the upbeat or the first bar."""
        made, at, end = ([Fraction(0)] if self.pickup else []), self.pickup, self.end
        metres = list(self.metres)
        while at < end:
            made.append(at)
            while len(metres) > 1 and metres[1].at <= at:
                metres.pop(0)
            at += metres[0].bar
            if len(metres) > 1 and metres[0].at < metres[1].at < at:
                at = metres[1].at  # a change of metre ends the bar
        return made

    def of_part(self, part: int) -> list[Note]:
        return [note for note in self.notes if note.part == part]

    def transposed(self, semitones: int) -> Score:
        """Each note so much higher. DataError where one would leave MIDI's range."""
        if not semitones:
            return self
        fixed = {number for number, part in enumerate(self.parts) if part.drums}
        notes = [n if n.part in fixed else replace(n, pitch=n.pitch + semitones) for n in self.notes]
        key = self.key and Key.of((self.key.tonic + semitones) % 12, self.key.mode)
        return Score.of(notes, self.parts, **self.told() | {"key": key})

    def told(self) -> dict[str, Any]:
        """All but the notes and parts."""
        names = ("metres", "key", "tempi", "pickup", "pauses", "style", "title")
        return {name: getattr(self, name) for name in names}

    def with_parts(self, keep: Sequence[int]) -> Score:
        """Of these parts alone, in this order."""
        place = {part: number for number, part in enumerate(keep)}
        notes = [replace(n, part=place[n.part]) for n in self.notes if n.part in place]
        return Score.of(notes, [self.parts[part] for part in keep], **self.told())

    def until(self, end: Fraction) -> Score:
        """What begins before `end`, cut off there."""
        notes = [replace(n, duration=min(n.duration, end - n.onset)) for n in self.notes if n.onset < end]
        told = self.told()
        told["metres"] = tuple(m for m in self.metres if m.at < end) or self.metres[:1]
        told["tempi"] = tuple(t for t in self.tempi if t[0] < end) or self.tempi[:1]
        return Score.of(notes, self.parts, **told | {"pauses": tuple(p for p in self.pauses if p < end)})

    # -------------------------------------------------------------------------------------------- as text

    def dumps(self) -> str:
        """Canonical JSON: times as whole numbers of a `division` of the quarter."""
        division = division_of(times_of(self)) or 1

        def whole(time: Fraction) -> int:
            return int(time * division)

        values = {
            "division": division,
            "notes": [[whole(n.onset), whole(n.duration), n.pitch, n.part, n.velocity] for n in self.notes],
            "parts": [[p.name, p.program, p.drums] for p in self.parts],
            "metres": [[whole(m.at), m.beats, m.unit] for m in self.metres],
            "key": self.key and [self.key.fifths, self.key.mode],
            "tempi": [[whole(at), bpm] for at, bpm in self.tempi],
            "pickup": whole(self.pickup),
            "pauses": [whole(p) for p in self.pauses],
            "style": self.style,
            "title": self.title,
        }
        return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Score:
        """The score of `dumps`. DataError for any other text."""
        try:
            return cls._from(json.loads(text))
        except (ValueError, TypeError, KeyError, ZeroDivisionError, OverflowError, RecursionError) as error:
            raise DataError(f"no score in JSON: {type(error).__name__}: {str(error)[:80]}") from None

    @classmethod
    def _from(cls, held: Mapping[str, Any]) -> Score:
        division = int(held["division"])

        def time(whole: int) -> Fraction:
            return Fraction(int(whole), division)

        return cls.of(
            [Note(time(at), time(long), int(p), int(part), int(v)) for at, long, p, part, v in held["notes"]],
            [Part(str(name), int(program), bool(drums)) for name, program, drums in held["parts"]],
            metres=tuple(Metre(time(at), int(beats), int(unit)) for at, beats, unit in held["metres"]),
            key=None if held["key"] is None else Key(int(held["key"][0]), held["key"][1]),
            tempi=tuple((time(at), float(bpm)) for at, bpm in held["tempi"]),
            pickup=time(held["pickup"]),
            pauses=tuple(time(at) for at in held["pauses"]),
            style=str(held["style"]),
            title=str(held["title"]),
        )


def times_of(score: Score) -> Iterator[Fraction]:
    """Every time that a score tells."""
    yield from (time for note in score.notes for time in (note.onset, note.duration))
    yield from (metre.at for metre in score.metres)
    yield from (at for at, _ in score.tempi)
    yield from (score.pickup, *score.pauses)


def division_of(times: Iterable[Fraction]) -> int | None:
    """Of how many parts of a quarter each time is a whole number; None where there are more than FINEST."""
    found = 1
    for below in {time.denominator for time in times}:
        found = lcm(found, below)
        if found > FINEST:
            return None
    return found


def spans(score: Score) -> Fraction:
    """How many bars a score's metres fill, parts of them counted."""
    begins = [max(metre.at, Fraction(0)) for metre in score.metres]
    ends = [*begins[1:], score.end]
    return sum((max(b - a, 0) / m.bar + 1 for m, a, b in zip(score.metres, begins, ends, strict=True)), Fraction(0))


def placed(note: Note) -> tuple[Fraction, int, int, Fraction, int]:
    return note.onset, note.part, note.pitch, note.duration, note.velocity


def fault(score: Score) -> str:
    """What is wrong with a score, or ""."""
    if len(score.notes) > MOST_NOTES or len(score.parts) > MOST_PARTS:
        return f"more than {MOST_NOTES:,} notes or {MOST_PARTS} parts"
    if division_of(times_of(score)) is None:
        return f"times that are no whole numbers of 1/{FINEST:,} of a quarter, or less"
    for note in score.notes:
        if not (0 <= note.pitch < PITCHES and 0 < note.velocity < 128 and 0 <= note.part < len(score.parts)):
            return f"a note of pitch {note.pitch}, velocity {note.velocity}, part {note.part}"
        if note.onset < 0 or note.duration <= 0 or note.end > LONGEST:
            return f"a note from quarter {note.onset} for {note.duration}"
    if not score.metres or any(not 0 < m.beats <= 64 or m.unit not in UNITS for m in score.metres):
        return "a metre that there is not"
    if spans(score) > MOST_BARS:
        return f"more than {MOST_BARS:,} bars"
    if not score.tempi or any(not 4 <= bpm <= 1000 for _, bpm in score.tempi):
        return "a tempo below 4 or above 1,000 quarters a minute"
    if score.key is not None and (abs(score.key.fifths) > 7 or score.key.mode not in get_args(Mode)):
        return f"a key of {score.key.fifths} fifths"
    if not 0 <= score.pickup < score.metre.bar:
        return f"an upbeat of {score.pickup} quarters in {score.metre}"
    return ""


UNITS = (1, 2, 4, 8, 16, 32, 64)
