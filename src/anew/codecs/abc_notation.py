"""Tunes in ABC notation (the core of abc 2.1) to scores. In: a file's bytes, of one tune or many. Out: a `Score` each.

Read are metre, unit, tempo, key, rhythm (R:, as the style), notes, chords, rests, ties, tuplets, broken rhythm, inline
fields and voices (V:). Repeats are read once, as written; grace notes, symbols and words are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from anew.codecs.bars import CHURCH, Bar, fine, metres, upbeat_of
from anew.codecs.score import LETTERS, TEMPO, Key, Note, Part, Score
from anew.errors import DataError

MOST_TUNES = 100_000
SHARPS, FLATS = "FCGDAEB", "BEADGCF"
FIFTHS = {name: place - 1 for place, name in enumerate("FCGDAEB")}
TOKEN = re.compile(
    r'"[^"\n]{0,500}"|![^!\n]{0,500}!|\{[^}\n]{0,500}\}|\[[A-Za-z]:[^\]\n]{0,500}\]'
    r"|(?P<tuplet>\((?P<p>\d)(?::(?P<q>\d?))?(?::(?P<r>\d*))?)"
    r"|(?P<note>(?P<sign>[_^=]{0,4})(?P<letter>[A-Ga-g])(?P<octave>[,']*)|(?P<rest>[zxZ]))(?P<long>\d*/*\d*)"
    r"|(?P<open>\[(?=[_^=A-Ga-g\"]))|(?P<close>\])(?P<times>\d*/*\d*)"
    r"|(?P<bar>:*\|+[\]:]*|\|*:+|\[\|)(?P<ending>\[?\d)?"
    r"|(?P<broken>[<>]+)|(?P<tie>-)|(?P<hold>H)|(?P<field>\[\d)"
)
TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # how many units p notes take; of 5, 7 and 9, three in compound time, else two
MODES = {"maj": "ionian", "ion": "ionian", "min": "aeolian", "m": "aeolian", "aeo": "aeolian", "mix": "mixolydian",
         "dor": "dorian", "phr": "phrygian", "lyd": "lydian", "loc": "locrian", "": "ionian"}  # fmt: skip
FIELD = re.compile(r"^([A-Za-z+]):(.*)$")


def read_abc(content: bytes) -> Iterator[Score | DataError]:
    """Each tune of a file, or why it is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    begins = [i for i, line in enumerate(lines) if re.match(r"X:\s*\d", line)]
    if not begins:
        yield DataError("no score: neither MIDI, MusicXML, kern nor ABC (no line X:)")
        return
    for number, (start, stop) in enumerate(zip(begins, [*begins[1:], len(lines)], strict=True)):
        if number >= MOST_TUNES:
            return
        try:
            yield Tune(lines[start:stop]).score()
        except DataError as error:
            yield error
        except (ValueError, KeyError, ZeroDivisionError, OverflowError, IndexError) as error:
            yield DataError(f"ABC: {type(error).__name__}: {str(error)[:60]}")


@dataclass
class Voice:
    """A voice under way; times in quarters."""

    at: Fraction = Fraction(0)
    notes: list[Note] = field(default_factory=list)
    last: list[int] = field(default_factory=list)  # places of the latest notes, for broken rhythm and ties
    signs: dict[tuple[str, int], int] = field(default_factory=dict)  # accidentals of the bar
    tuplet: tuple[Fraction, int] = (Fraction(1), 0)  # factor, notes left
    owed: Fraction = Fraction(1)  # what a broken rhythm leaves for the next note
    tied: dict[int, int] = field(default_factory=dict)
    long: Fraction = Fraction(0)  # of what was written last
    bars: list[Bar] = field(default_factory=list)
    begun: Fraction = Fraction(0)  # of the bar under way


class Tune:
    def __init__(self, lines: list[str]) -> None:
        self.unit: Fraction | None = None
        self.metre, self.tempo, self.key = (4, 4), TEMPO, Key(0)
        self.signature: dict[str, int] = {}
        self.title = self.style = ""
        self.voices: dict[str, Voice] = {}
        self.pauses: set[Fraction] = set()
        self.voice = self.of("1")
        body = False
        for line in lines:
            line = re.sub(r"(?<!\\)%.*", "", line).strip()
            found = FIELD.match(line)
            if found and not (body and "|" in found[1]):
                self.read_field(found[1], found[2].strip(), body)
                body = body or found[1] == "K"
            elif body and line:
                self.read_line(line)

    def of(self, name: str) -> Voice:
        return self.voices.setdefault(name, Voice())

    # -------------------------------------------------------------------------------------------- fields

    def read_field(self, name: str, said: str, body: bool) -> None:
        if name == "T" and not self.title:
            self.title = said[:200]
        elif name == "R" and not self.style:
            self.style = re.sub(r"[^a-z ]", "", said.lower()).strip()[:40]
        elif name == "M":
            self.metre = metre_of(said, self.metre)
        elif name == "L":
            self.unit = 4 * ratio(said.split()[0])
        elif name == "Q":
            self.tempo = tempo_of(said, self.quarter) or self.tempo
        elif name == "K":
            self.read_key(said, first=not body)
        elif name == "V" and said:
            self.voice = self.of(said.split()[0])

    @property
    def quarter(self) -> Fraction:
        """The unit length in quarters: by default a 16th in short metres, else an eighth."""
        default = Fraction(1, 4) if Fraction(*self.metre) < Fraction(3, 4) else Fraction(1, 2)
        return self.unit or default

    def read_key(self, said: str, first: bool) -> None:
        found = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", said)
        if found is None:
            return  # none, or a bagpipe's: no accidentals
        mode = MODES.get(found[3][:3].lower() if found[3] not in ("m", "M") else "m", "ionian")
        below, third = CHURCH[mode]
        tonic = FIFTHS[found[1]] + 7 * ((found[2] == "#") - (found[2] == "b"))
        fifths = min(max(tonic + below, -7), 7)
        self.signature = dict.fromkeys(SHARPS[: max(fifths, 0)], 1) | dict.fromkeys(FLATS[: max(-fifths, 0)], -1)
        for sign, letter in re.findall(r"\s([_^=]+)([A-Ga-g])", said):
            self.signature[letter.upper()] = value_of(sign)
        if first:
            self.key = Key.of(7 * tonic % 12, third)

    # -------------------------------------------------------------------------------------------- music

    def read_line(self, line: str) -> None:
        chord: list[tuple[int, Fraction]] | None = None
        for found in TOKEN.finditer(line):
            if (inline := re.match(r"\[([A-Za-z]):([^\]]*)\]", found[0])) is not None:
                self.read_field(inline[1], inline[2].strip(), body=True)
            elif found["tuplet"]:
                self.begin_tuplet(found)
            elif found["open"]:
                chord = []
            elif found["close"] and chord is not None:
                longest = max((long for _, long in chord), default=Fraction(1))
                self.sound([pitch for pitch, _ in chord], longest * long_of(found["times"]))
                chord = None
            elif found["note"]:
                chord = self.note(found, chord)
            elif found["bar"]:
                self.end_bar()
            elif found["broken"]:
                self.break_rhythm(found["broken"])
            elif found["hold"] or found[0] == "!fermata!":
                self.pauses.add(self.voice.at)
            elif found["tie"]:
                self.voice.tied = {self.voice.notes[i].pitch: i for i in self.voice.last}

    def note(self, found: re.Match[str], chord: list[tuple[int, Fraction]] | None) -> list[tuple[int, Fraction]] | None:
        if found["rest"]:
            whole = Fraction(4 * self.metre[0], self.metre[1]) / self.quarter if found["rest"] == "Z" else Fraction(1)
            self.sound([], long_of(found["long"]) * whole)
            return chord
        pitch, long = self.pitch(found), long_of(found["long"])
        if chord is None:
            self.sound([pitch], long)
            return None
        return [*chord, (pitch, long)]

    def pitch(self, found: re.Match[str]) -> int:
        letter = found["letter"]
        octave = 5 + letter.islower() + found["octave"].count("'") - found["octave"].count(",")
        step = letter.upper()
        if found["sign"]:
            self.voice.signs[step, octave] = value_of(found["sign"])
        return LETTERS[step] + 12 * octave + self.voice.signs.get((step, octave), self.signature.get(step, 0))

    def sound(self, pitches: list[int], units: Fraction) -> None:
        """A note, a chord or a rest, so many units long."""
        voice = self.voice
        factor, left = voice.tuplet
        long = units * self.quarter * voice.owed * (factor if left else 1)
        voice.tuplet, voice.owed = (factor, max(left - 1, 0)), Fraction(1)
        if long <= 0:
            raise DataError("ABC: a note without a length")
        tied, voice.tied, voice.last = voice.tied, {}, []
        for pitch in dict.fromkeys(pitches):
            if pitch in tied:
                held = voice.notes[tied[pitch]]
                voice.notes[tied[pitch]] = Note(held.onset, held.duration + long, pitch)
                voice.last.append(tied[pitch])
            else:
                voice.last.append(len(voice.notes))
                voice.notes.append(Note(voice.at, long, pitch))
        voice.at, voice.long = fine(voice.at + long), long

    def begin_tuplet(self, found: re.Match[str]) -> None:
        p = int(found["p"])
        if p < 2:
            raise DataError("ABC: a tuplet of one")
        compound = self.metre[1] == 8 and self.metre[0] % 3 == 0
        q = int(found["q"]) if found["q"] else TUPLETS.get(p, 3 if compound else 2)
        self.voice.tuplet = Fraction(q, p), int(found["r"]) if found["r"] else p

    def break_rhythm(self, signs: str) -> None:
        """The note before longer and the one after shorter, or the other way."""
        voice, shorter = self.voice, Fraction(1, 2 ** min(len(signs), 4))
        first, second = (2 - shorter, shorter) if signs[0] == ">" else (shorter, 2 - shorter)
        if not voice.last:
            return
        change = voice.long * (first - 1)
        for i in voice.last:
            held = voice.notes[i]
            voice.notes[i] = Note(held.onset, held.duration + change, held.pitch)
        voice.at, voice.owed = voice.at + change, second

    def end_bar(self) -> None:
        voice = self.voice
        voice.signs.clear()
        if voice.at > voice.begun:
            voice.bars.append(Bar(voice.begun, voice.at - voice.begun, self.metre))
        voice.begun = voice.at

    def score(self) -> Score:
        voices = [voice for voice in self.voices.values() if voice.notes]
        if not voices:
            raise DataError(f"ABC: a tune without notes{': ' + self.title[:40] if self.title else ''}")
        for voice in voices:
            self.voice = voice
            self.end_bar()
        bars = voices[0].bars
        pickup = upbeat_of(bars)
        notes = [Note(n.onset, n.duration, n.pitch, i) for i, voice in enumerate(voices) for n in voice.notes]
        return Score.of(
            notes, [Part()] * len(voices), metres=tuple(metres(bars, pickup)), key=self.key, pickup=pickup,
            tempi=((Fraction(0), self.tempo),), pauses=tuple(sorted(self.pauses)), style=self.style, title=self.title,
        )  # fmt: skip


def value_of(sign: str) -> int:
    return sign.count("^") - sign.count("_")


def long_of(said: str | None) -> Fraction:
    """ "3", "/2", "3/2", "//" as a number."""
    if not said:
        return Fraction(1)
    above, slashes, below = re.match(r"(\d*)(/*)(\d*)", said).groups()  # type: ignore[union-attr]
    if len(slashes) > 6 or len(above) > 4 or len(below) > 4:
        raise DataError(f"ABC: a length of {said[:20]}")
    if not slashes:
        return Fraction(int(above or below or 1))
    return Fraction(int(above or 1), int(below)) if below else Fraction(int(above or 1), 2 ** len(slashes))


def ratio(said: str) -> Fraction:
    """ "1/8" or "1". ValueError for another."""
    above, _, below = said.partition("/")
    return Fraction(int(above), int(below or 1))


def metre_of(said: str, before: tuple[int, int]) -> tuple[int, int]:
    if said.startswith("C|"):
        return 2, 2
    if said.startswith("C"):
        return 4, 4
    found = re.match(r"\(?([\d+]+)\)?\s*/\s*(\d+)", said)
    return (sum(map(int, filter(None, found[1].split("+")))), int(found[2])) if found else before


def tempo_of(said: str, unit: Fraction) -> float | None:
    """Quarters a minute, of "1/4=120", "3/8=100" or "120"."""
    found = re.search(r"(?:(\d+)/(\d+)\s*=\s*)?(\d+)\s*$", re.sub(r'"[^"]*"', "", said).strip())
    if found is None:
        return None
    long = 4 * Fraction(int(found[1]), int(found[2])) if found[1] else unit
    return min(max(float(found[3]) * float(long), 4.0), 1000.0)
