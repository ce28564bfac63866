"""Standard MIDI files to scores and back. In: a file's bytes, of format 0 or 1. Out: a `Score`, and bytes.

Each pair of a track and a channel that sounds becomes a part. Read are notes, programs, tempi, metres, keys and names;
time is exact, in parts of the quarter that the file has. Anything that is no such file ends in one line.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from anew.codecs.bars import as_metre
from anew.codecs.score import TEMPO, Key, Metre, Note, Part, Score
from anew.errors import DataError

MOST_EVENTS = 2_000_000
MOST_TRACKS = 1024
DRUM_CHANNEL = 9
DIVISION = 480
LENGTHS = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


class Bytes:
    """A file's bytes, read forwards. DataError at the end of them."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, n: int) -> bytes:
        if self.at + n > len(self.content):
            raise DataError("MIDI: the file ends in the middle")
        self.at += n
        return self.content[self.at - n : self.at]

    def number(self, n: int) -> int:
        return int.from_bytes(self.take(n), "big")

    def variable(self) -> int:
        """A length in seven bits a byte, at most four bytes."""
        value = 0
        for _ in range(4):
            byte = self.take(1)[0]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise DataError("MIDI: a length of more than four bytes")

    @property
    def done(self) -> bool:
        return self.at >= len(self.content)


def read_midi(content: bytes) -> Score:
    """The score in a MIDI file. DataError."""
    if content[:4] == b"RIFF" and content[8:12] == b"RMID":
        content = content[20:]
    file = Bytes(content)
    if file.take(4) != b"MThd":
        raise DataError("MIDI: no MThd at the beginning")
    header = Bytes(file.take(file.number(4)))
    form, tracks, division = header.number(2), header.number(2), header.number(2)
    if form > 1 or not division or division & 0x8000:
        raise DataError("MIDI: only formats 0 and 1 with time in parts of a quarter are read")
    reading = Reading(division)
    for track in range(min(tracks, MOST_TRACKS)):
        if file.done:
            break
        kind, length = file.take(4), file.number(4)
        body = file.take(min(length, len(content) - file.at))
        if kind == b"MTrk":
            reading.track(track, Bytes(body))
    return reading.score()


@dataclass
class Reading:
    """A file under way. Times are whole parts of a quarter until the end."""

    division: int
    notes: dict[tuple[int, int], list[tuple[int, int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    programs: dict[tuple[int, int], int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    tempi: dict[int, float] = field(default_factory=dict)
    metres: dict[int, tuple[int, int]] = field(default_factory=dict)
    key: Key | None = None
    events: int = 0

    def track(self, track: int, body: Bytes) -> None:
        at = status = 0
        open_notes: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        while not body.done:
            at += body.variable()
            self.events += 1
            if self.events > MOST_EVENTS:
                raise DataError(f"MIDI: more than {MOST_EVENTS:,} events")
            first = body.take(1)[0]
            if first == 0xFF:
                if self.meta(track, at, body.take(1)[0], body.take(body.variable())):
                    break
            elif first in (0xF0, 0xF7):
                body.take(body.variable())
            elif first >= 0xF1:
                raise DataError(f"MIDI: a byte {first:#x} that no file has")
            else:
                if first >= 0x80:
                    status, data = first, body.take(LENGTHS[first & 0xF0])
                elif status:
                    data = bytes([first]) + body.take(LENGTHS[status & 0xF0] - 1)
                else:
                    raise DataError("MIDI: data without a status")
                self.message(track, at, status, data, open_notes)
        for (channel, pitch), started in open_notes.items():  # never ended: until the end of the track
            for start, velocity in started:
                self.sound(track, channel, pitch, start, at, velocity)

    def message(
        self, track: int, at: int, status: int, data: bytes, open_notes: dict[tuple[int, int], deque[tuple[int, int]]]
    ) -> None:
        kind, channel = status & 0xF0, status & 0x0F
        if any(byte > 127 for byte in data):
            raise DataError("MIDI: data beyond seven bits")
        if kind == 0xC0:
            self.programs.setdefault((track, channel), data[0])
        elif kind == 0x90 and data[1]:
            open_notes[channel, data[0]].append((at, data[1]))
        elif kind in (0x80, 0x90) and open_notes.get((channel, data[0])):
            start, velocity = open_notes[channel, data[0]].popleft()
            self.sound(track, channel, data[0], start, at, velocity)

    def sound(self, track: int, channel: int, pitch: int, start: int, end: int, velocity: int) -> None:
        if end > start:
            self.notes[track, channel].append((start, end - start, pitch, velocity))

    def meta(self, track: int, at: int, kind: int, data: bytes) -> bool:
        """A meta event; True where the track ends."""
        if kind == 0x03 and track not in self.names:
            self.names[track] = "".join(c for c in data[:60].decode("utf-8", "replace") if c.isprintable()).strip()
        elif kind == 0x51 and len(data) == 3 and (micros := int.from_bytes(data, "big")):
            self.tempi.setdefault(at, min(max(60e6 / micros, 4.0), 1000.0))
        elif kind == 0x58 and len(data) >= 2 and 0 < data[0] <= 64 and data[1] <= 6:
            self.metres.setdefault(at, (data[0], 1 << data[1]))
        elif kind == 0x59 and len(data) == 2 and self.key is None and abs(fifths := (data[0] ^ 0x80) - 0x80) <= 7:
            self.key = Key(fifths, "minor" if data[1] else "major")
        return kind == 0x2F

    def score(self) -> Score:
        if not self.notes:
            raise DataError("MIDI: no notes in the file")
        one = Fraction(1, self.division)
        parts, notes = [], []
        for number, (track, channel) in enumerate(sorted(self.notes)):
            program = self.programs.get((track, channel), 0)
            parts.append(Part(self.names.get(track, ""), program, channel == DRUM_CHANNEL))
            notes += [Note(s * one, d * one, p, number, v) for s, d, p, v in self.notes[track, channel]]
        tempi = {0: TEMPO, **{at: round(bpm, 3) for at, bpm in self.tempi.items()}}
        metres = list(in_bars({0: (4, 4), **self.metres}, one))
        upbeat = Fraction(0)
        if len(metres) > 1 and metres[0].bar > metres[1].at > 0:  # a first bar that is shorter than its metre
            upbeat = metres[1].at
        elif len(metres) > 1 and metres[1].at == metres[0].bar < metres[1].bar:  # or that has one of its own
            upbeat, metres = metres[0].bar, [Metre(Fraction(0), metres[1].beats, metres[1].unit), *metres[2:]]
        return Score.of(
            notes, parts, metres=tuple(metres), key=self.key, pickup=upbeat,
            tempi=tuple((at * one, bpm) for at, bpm in sorted(tempi.items())),
        )  # fmt: skip


def in_bars(metres: Mapping[int, tuple[int, int]], one: Fraction) -> Iterator[Metre]:
    """The metres, those left out that say what holds already."""
    held = None
    for at, metre in sorted(metres.items()):
        if metre != held:
            yield Metre(at * one, *metre)
        held = metre


# ------------------------------------------------------------------------------------------------ writing


def write_midi(score: Score, notes: Mapping[str, str] | None = None) -> bytes:
    """The score as a file of format 1: a track of tempi, metres and the key, and a track a part. `notes`: what is to be
    remembered of how it was made, as text."""
    times = [t for n in score.notes for t in (n.onset, n.duration)]
    division = lcm(*(t.denominator for t in times), score.pickup.denominator) if times else 1
    division *= max(1, DIVISION // division) if division < DIVISION else 1
    if division > 0x7FFF:
        division = DIVISION  # nearer than anybody hears
    tracks = [conducting(score, division, notes or {})]
    channels = [c for c in range(16) if c != DRUM_CHANNEL]
    for number, part in enumerate(score.parts):
        channel = DRUM_CHANNEL if part.drums else channels[number % len(channels)]
        events = [(0, 0, b"\xff\x03" + text(part.name))] if part.name else []
        events += [] if part.drums else [(0, 1, bytes([0xC0 | channel, part.program]))]
        for n in score.of_part(number):
            start, end = round(n.onset * division), round(n.end * division)
            events.append((start, 3, bytes([0x90 | channel, n.pitch, n.velocity])))
            events.append((max(end, start + 1), 2, bytes([0x80 | channel, n.pitch, 0])))
        tracks.append(track_of(events))
    header = b"MThd" + (6).to_bytes(4, "big") + b"".join(n.to_bytes(2, "big") for n in (1, len(tracks), division))
    return header + b"".join(tracks)


def conducting(score: Score, division: int, notes: Mapping[str, str]) -> bytes:
    """The track that every part follows. An upbeat is a first bar with a metre of its own."""
    events = [(0, 0, b"\xff\x01" + text(f"{name}: {value}")) for name, value in notes.items()]
    events += [(0, 0, b"\xff\x03" + text(score.title))] if score.title else []
    metres = {round(m.at * division): (m.beats, m.unit) for m in score.metres}
    if score.pickup and (own := as_metre(score.pickup)) is not None:
        metres = {**metres, round(score.pickup * division): metres[0], 0: own}
    for at, (beats, unit) in metres.items():
        events.append((at, 1, b"\xff\x58\x04" + bytes([beats, unit.bit_length() - 1, 24, 8])))
    if score.key is not None:
        events.append((0, 1, b"\xff\x59\x02" + bytes([score.key.fifths & 0xFF, score.key.mode == "minor"])))
    for time, bpm in score.tempi:
        events.append((round(time * division), 1, b"\xff\x51\x03" + round(60e6 / bpm).to_bytes(3, "big")))
    return track_of(events)


def track_of(events: list[tuple[int, int, bytes]]) -> bytes:
    made, before = bytearray(), 0
    for at, _, event in sorted(events, key=lambda one: one[:2]):
        made += variable(at - before) + event
        before = at
    made += b"\x00\xff\x2f\x00"
    return b"MTrk" + len(made).to_bytes(4, "big") + bytes(made)


def variable(value: int) -> bytes:
    """A number in seven bits a byte."""
    made = [value & 0x7F]
    while value := value >> 7:
        made.append(value & 0x7F | 0x80)
    return bytes(reversed(made))


def text(said: str) -> bytes:
    content = said.encode("utf-8", "replace")[:65_535]
    return variable(len(content)) + content
