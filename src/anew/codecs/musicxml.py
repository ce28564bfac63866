"""MusicXML (.musicxml, .xml) and its zip (.mxl) to scores, and scores to MusicXML.

In: a file's bytes. Out: a `Score`; DataError in one line for what is none. Of partwise scores: notes, ties, voices,
metres, keys, tempi, fermatas, upbeats. Repeats are read once, as written; grace notes and unpitched notes are left out.
Entities are refused and nothing outside of the file is read; a zip has a budget of bytes and of growth.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field, replace
from fractions import Fraction
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from anew.codecs.bars import CHURCH, Bar, decimal, fine, metres, upbeat_of
from anew.codecs.score import LETTERS, TEMPO, Key, Note, Part, Score
from anew.errors import DataError

MOST_BYTES = 32 << 20
MOST_ELEMENTS = 3_000_000
DEEPEST = 100
GROWTH = 200  # a zip that grows by more, beyond a megabyte, is no score
LENGTHS = {
    "breve": Fraction(8), "whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1), "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4), "32nd": Fraction(1, 8),
}  # fmt: skip


def read_musicxml(content: bytes) -> Score:
    """The score in a file's bytes, zipped or not. DataError."""
    if content[:2] == b"PK":
        content = unzipped(content)
    root = parsed(content)
    if root.tag != "score-partwise":
        raise DataError(f"MusicXML: <{root.tag[:40]}> is not score-partwise")
    try:
        return Reading(root).score()
    except (ValueError, TypeError, ZeroDivisionError, OverflowError, KeyError) as error:
        raise DataError(f"MusicXML: {type(error).__name__}: {str(error)[:80]}") from None


def unzipped(content: bytes) -> bytes:
    """The score inside a .mxl: the one that its container names, else the first XML file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [i.filename for i in archive.infolist() if i.filename.lower().endswith((".xml", ".musicxml"))]
            scores = [name for name in names if not name.startswith("META-INF/")]
            if "META-INF/container.xml" in names:
                told = parsed(bounded(archive, "META-INF/container.xml")).find(".//{*}rootfile")
                if told is not None and told.get("full-path") in scores:
                    scores = [str(told.get("full-path"))]
            if not scores:
                raise DataError("MusicXML: the zip holds no score")
            return bounded(archive, scores[0])
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"MusicXML: a damaged zip: {str(error)[:80]}") from None


def bounded(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member's bytes, however large it says that it is. DataError beyond the budget."""
    with archive.open(name) as file:
        content = file.read(MOST_BYTES + 1)
    packed = archive.getinfo(name).compress_size
    if len(content) > MOST_BYTES or (len(content) > 1 << 20 and len(content) > GROWTH * max(packed, 1)):
        raise DataError(f"MusicXML: {name} grows beyond {MOST_BYTES >> 20} MB or {GROWTH}-fold")
    return content


def parsed(content: bytes) -> Element:
    """The root of an XML file. DataError where it is none, declares entities, or is larger than scores are."""
    if len(content) > MOST_BYTES:
        raise DataError(f"MusicXML: more than {MOST_BYTES >> 20} MB")
    parser, builder, seen = expat.ParserCreate(), TreeBuilder(), [0, 0]

    def begin(tag: str, attributes: dict[str, str]) -> None:
        seen[0], seen[1] = seen[0] + 1, seen[1] + 1
        if seen[0] > MOST_ELEMENTS or seen[1] > DEEPEST:
            raise DataError(f"MusicXML: more than {MOST_ELEMENTS:,} elements, or nested deeper than {DEEPEST}")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        seen[1] -= 1
        builder.end(tag)

    def refuse(*declared: object) -> None:
        raise DataError("MusicXML: a file that declares entities is not read")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = builder.data, refuse
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise DataError(f"not XML: {str(error)[:80]}") from None
    return builder.close()


@dataclass
class Reading:
    """A score under way. Voices of a part that has several become parts of their own."""

    root: Element
    notes: list[Note] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    tempi: dict[Fraction, float] = field(default_factory=dict)
    pauses: set[Fraction] = field(default_factory=set)
    key: Key | None = None
    sounding: dict[tuple[int, int], int] = field(default_factory=dict)  # places of notes tied on, by part and pitch

    def score(self) -> Score:
        parts = self.root.findall("part")
        if not parts:
            raise DataError("MusicXML: a score without parts")
        told = {one.get("id"): one for one in self.root.findall("part-list/score-part")}
        bars = self.bars(parts)
        for part in parts:
            self.read_part(part, told.get(part.get("id")), bars)
        pickup = upbeat_of(bars)
        if not self.notes:
            raise DataError("MusicXML: a score without notes")
        return Score.of(
            self.notes, self.parts,
            metres=tuple(metres(bars, pickup)),
            key=self.key,
            tempi=tuple(sorted(self.tempi.items())) if Fraction(0) in self.tempi
            else ((Fraction(0), TEMPO), *sorted(self.tempi.items())),
            pickup=pickup,
            pauses=tuple(sorted(self.pauses)),
            title=(self.root.findtext("work/work-title") or self.root.findtext("movement-title") or "").strip()[:200],
        )  # fmt: skip

    def bars(self, parts: list[Element]) -> list[Bar]:
        """Each measure's place: as long as the longest of any part."""
        lengths: list[Fraction] = []
        metre, metres = (4, 4), list[tuple[int, int]]()
        for number, part in enumerate(parts):
            division = Fraction(1)
            for place, measure in enumerate(part.findall("measure")):
                longest, division = length_of(measure, division)
                if number == 0:
                    metre = metre_in(measure) or metre
                    metres.append(metre)
                    lengths.append(longest)
                elif place < len(lengths):
                    lengths[place] = max(lengths[place], longest)
        at, made = Fraction(0), []
        for long, own in zip(lengths, metres, strict=True):
            long = long or Fraction(4 * own[0], own[1])
            made.append(Bar(at, long, own))
            at = fine(at + long)
        if not made:
            raise DataError("MusicXML: a part without measures")
        return made

    def read_part(self, part: Element, told: Element | None, bars: list[Bar]) -> None:
        name = "" if told is None else (told.findtext("part-name") or "").strip()[:60]
        program = 0 if told is None else int(told.findtext("midi-instrument/midi-program") or 1) - 1
        voices: dict[str, int] = {}
        division, higher = Fraction(1), 0
        for bar, measure in zip(bars, part.findall("measure"), strict=False):
            at = last = bar.at
            for item in measure:
                if item.tag == "attributes":
                    division = decimal(item.findtext("divisions"), division)
                    higher = transposition(item, higher)
                    self.key = self.key or key_in(item)
                elif item.tag in ("backup", "forward"):
                    by = decimal(item.findtext("duration"), Fraction(0)) / division
                    at = fine(at + by if item.tag == "forward" else at - by)
                elif item.tag in ("sound", "direction"):
                    self.tempo(item, at)
                elif item.tag == "note" and item.find("grace") is None and item.find("cue") is None:
                    long = decimal(item.findtext("duration"), Fraction(0)) / division
                    start = last if item.find("chord") is not None else at
                    if item.find("notations/fermata") is not None:
                        self.pauses.add(start)
                    if (pitch := pitch_of(item, higher)) is not None and long > 0:
                        voice = voices.setdefault(item.findtext("voice") or "1", len(voices) + len(self.parts))
                        self.add(Note(start, long, pitch, voice), {one.get("type") for one in item.findall("tie")})
                    last, at = start, fine(max(at, start + long) if item.find("chord") is not None else start + long)
        self.parts += [Part(name, program if 0 <= program < 128 else 0) for _ in voices]

    def add(self, note: Note, ties: set[str | None]) -> None:
        """A note, or the rest of one that is tied over."""
        sounding = note.part, note.pitch
        place = self.sounding.pop(sounding, None)
        if "stop" in ties and place is not None and (before := self.notes[place]).end == note.onset:
            self.notes[place] = replace(before, duration=before.duration + note.duration)
        else:
            place = len(self.notes)
            self.notes.append(note)
        if "start" in ties:
            self.sounding[sounding] = place

    def tempo(self, item: Element, at: Fraction) -> None:
        sound = item if item.tag == "sound" else item.find("sound")
        if sound is not None and sound.get("tempo"):
            self.tempi.setdefault(at, float(sound.get("tempo") or TEMPO))
        elif (mark := item.find("direction-type/metronome")) is not None:
            unit, said = LENGTHS.get(mark.findtext("beat-unit") or ""), mark.findtext("per-minute") or ""
            if unit is not None and said.replace(".", "", 1).isdigit():
                dotted = Fraction(3, 2) if mark.find("beat-unit-dot") is not None else Fraction(1)
                self.tempi.setdefault(at, float(said) * float(unit * dotted))


def length_of(measure: Element, division: Fraction) -> tuple[Fraction, Fraction]:
    """How far a measure reaches, in quarters, and the division after it."""
    at = longest = Fraction(0)
    for item in measure:
        if item.tag == "attributes":
            division = decimal(item.findtext("divisions"), division)
        elif item.tag in ("note", "forward", "backup") and item.find("chord") is None and item.find("grace") is None:
            by = decimal(item.findtext("duration"), Fraction(0)) / division
            at = fine(at - by if item.tag == "backup" else at + by)
            longest = max(longest, at)
    return longest, division


def metre_in(measure: Element) -> tuple[int, int] | None:
    beats, unit = measure.findtext("attributes/time/beats"), measure.findtext("attributes/time/beat-type")
    return (sum(map(int, beats.split("+"))), int(unit)) if beats and unit else None


def key_in(attributes: Element) -> Key | None:
    """The key by its tonic: of a signature in a church mode, the one of the same third."""
    fifths, mode = attributes.findtext("key/fifths"), (attributes.findtext("key/mode") or "").strip().lower()
    if fifths is None or abs(int(fifths)) > 7:
        return None
    if mode in CHURCH:
        below, third = CHURCH[mode]
        return Key.of(7 * (int(fifths) - below) % 12, third)
    return Key(int(fifths), "minor" if mode == "minor" else "major")


def transposition(attributes: Element, before: int) -> int:
    """By how many semitones what sounds is above what is written."""
    told = attributes.find("transpose")
    if told is None:
        return before
    return int(told.findtext("chromatic") or 0) + 12 * int(told.findtext("octave-change") or 0)


def pitch_of(note: Element, higher: int) -> int | None:
    pitch = note.find("pitch")
    if pitch is None:
        return None
    alter = round(float(pitch.findtext("alter") or 0))
    made = LETTERS[pitch.findtext("step") or ""] + alter + 12 * (int(pitch.findtext("octave") or 4) + 1) + higher
    return made if 0 <= made < 128 else None
