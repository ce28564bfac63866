"""Scores to MusicXML 4.0 (partwise), as notation programs open it. In: a `Score`. Out: the file's bytes.

Notes are cut at bar lines and into lengths that notation has, and tied; pitches are spelled by the key. What
`read_musicxml` makes of the file is the score again, but for velocities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from xml.sax.saxutils import escape, quoteattr

from anew.codecs.score import Key, Metre, Note, Score

TYPES = {Fraction(8): "breve", Fraction(4): "whole", Fraction(2): "half", Fraction(1): "quarter",
         Fraction(1, 2): "eighth", Fraction(1, 4): "16th", Fraction(1, 8): "32nd", Fraction(1, 16): "64th"}  # fmt: skip
STEPS = "FCGDAEB"  # up by fifths
CENTRE = 2  # from the tonic of a major key on the line of fifths, to the middle of what is spelled in it
Lane = list[list[Note]]  # chords, one after another


@dataclass(frozen=True)
class Piece:
    """What stands in one bar of a voice: a chord, or a rest where there are no notes."""

    at: Fraction
    long: Fraction
    notes: Sequence[Note]
    tied_from: bool = False
    tied_on: bool = False


def write_musicxml(score: Score, notes: Mapping[str, str] | None = None) -> bytes:
    """The score as a file. `notes`: what is to be remembered of how it was made, a name and a text each."""
    times = [t for n in score.notes for t in (n.onset, n.duration)] + measures_end(score)
    division = lcm(*(t.denominator for t in times), 16)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
        '"http://www.musicxml.org/dtds/partwise.dtd">',
        '<score-partwise version="4.0">',
        f"<work><work-title>{clean(score.title)}</work-title></work>" if score.title else "",
        "<identification><encoding><software>anew</software></encoding>",
        "<miscellaneous>" if notes else "",
        *(
            f"<miscellaneous-field name={quoteattr(k)}>{clean(v)}</miscellaneous-field>"
            for k, v in (notes or {}).items()
        ),
        "</miscellaneous>" if notes else "",
        "</identification><part-list>",
    ]
    for number, part in enumerate(score.parts, 1):
        program = f'<midi-instrument id="P{number}-I1"><midi-channel>{10 if part.drums else channel(number)}'
        program += f"</midi-channel><midi-program>{part.program + 1}</midi-program></midi-instrument>"
        instrument = f'<score-instrument id="P{number}-I1"><instrument-name>{clean(part.name)}</instrument-name>'
        lines.append(f'<score-part id="P{number}"><part-name>{clean(part.name)}</part-name>')
        lines.append(f"{instrument}</score-instrument>{program}</score-part>")
    lines.append("</part-list>")
    for number in range(len(score.parts)):
        lines += [f'<part id="P{number + 1}">', *measures(score, number, division), "</part>"]
    return "\n".join(filter(None, [*lines, "</score-partwise>"])).encode()


def clean(text: str) -> str:
    return escape("".join(c for c in text if c.isprintable()))


def channel(number: int) -> int:
    """A MIDI channel that is not the drums'."""
    return [c for c in range(1, 17) if c != 10][(number - 1) % 15]


def measures_end(score: Score) -> list[Fraction]:
    """Bar lines, and the end of the last bar that is written."""
    lines = score.bar_lines() or [Fraction(0)]
    return [*lines, max(score.end, lines[-1] + Fraction(1, 8))]


def measures(score: Score, part: int, division: int) -> Iterator[str]:
    lines = measures_end(score)
    lanes = lanes_of(score.of_part(part)) or [[]]
    cut = [pieces(lane, lines) for lane in lanes]
    metres, pauses = {m.at: m for m in score.metres}, own_pauses(score, part)
    lowest = [n.pitch for n in score.of_part(part)]
    for number, (start, end) in enumerate(zip(lines, lines[1:], strict=False)):
        upbeat = number == 0 and score.pickup > 0
        counted = ' implicit="yes"' if upbeat else ""
        yield f'<measure number="{number + (not score.pickup)}"{counted}>'
        first = number == 0
        if first or start in metres:
            yield attributes(score, metres.get(start), division if first else None, lowest)
        if part == 0:
            yield from (f'<sound tempo="{bpm:g}"/>' for at, bpm in score.tempi if start <= at < end)
        for voice, lane in enumerate(cut, 1):
            if voice > 1:
                yield f"<backup><duration>{int((end - start) * division)}</duration></backup>"
            for piece in lane[number]:
                yield from written(piece, voice, division, score.key, piece.at in pauses and not piece.tied_from)
        yield "</measure>"


def own_pauses(score: Score, part: int) -> set[Fraction]:
    """The fermatas that this part bears: those at which no part above it begins a note."""
    onsets = {n.onset for n in score.notes if n.part == part} - {n.onset for n in score.notes if n.part < part}
    return onsets & set(score.pauses)


def attributes(score: Score, metre: Metre | None, division: int | None, pitches: Sequence[int]) -> str:
    made = "<attributes>" + (f"<divisions>{division}</divisions>" if division else "")
    if division and score.key is not None:
        made += f"<key><fifths>{score.key.fifths}</fifths><mode>{score.key.mode}</mode></key>"
    if metre is not None:
        made += f"<time><beats>{metre.beats}</beats><beat-type>{metre.unit}</beat-type></time>"
    if division:
        low = sum(pitches) < 59 * len(pitches)
        made += "<clef><sign>F</sign><line>4</line></clef>" if low else "<clef><sign>G</sign><line>2</line></clef>"
    return made + "</attributes>"


def lanes_of(notes: Sequence[Note]) -> list[Lane]:
    """The notes of a part as voices of which none overlaps itself; notes that begin and end together are a chord."""
    lanes: list[Lane] = []
    for note in notes:
        last = (lane[-1] for lane in lanes)
        chord = next((c for c in last if c[0].onset == note.onset and c[0].end == note.end), None)
        if chord is not None:
            chord.append(note)
        elif (free := next((lane for lane in lanes if lane[-1][0].end <= note.onset), None)) is not None:
            free.append([note])
        else:
            lanes.append([[note]])
    return lanes


def pieces(lane: Lane, lines: Sequence[Fraction]) -> list[list[Piece]]:
    """By bar, what a voice has in it: notes and rests, cut where the bar or a length of notation ends."""
    made: list[list[Piece]] = [[] for _ in lines[1:]]
    at, ends = Fraction(0), lines[-1]
    spans: list[tuple[Fraction, Fraction, list[Note]]] = []
    for chord in lane:
        if chord[0].onset > at:
            spans.append((at, chord[0].onset, []))
        spans.append((chord[0].onset, chord[0].end, chord))
        at = chord[0].end
    if at < ends:
        spans.append((at, ends, []))
    for start, end, notes in spans:
        at = start
        for number, (line, stop) in enumerate(zip(lines, lines[1:], strict=False)):
            if stop <= at or line >= end:
                continue
            for long in notated(min(end, stop) - at):
                made[number].append(Piece(at, long, notes, at > start, at + long < end))
                at += long
    return made


def notated(long: Fraction) -> Iterator[Fraction]:
    """Lengths that notation has, plain or with a dot, that make up this one; of triplets and the like, the whole."""
    if long.denominator & (long.denominator - 1):
        yield long
        return
    for length in sorted((unit * dot for unit in TYPES for dot in (Fraction(1), Fraction(3, 2))), reverse=True):
        while long >= length and length.denominator <= 16:
            yield length
            long -= length
    if long:
        yield long


def shape_of(long: Fraction) -> str:
    """How a length is drawn, where notation has a sign for it: plain, with a dot, or of three in the time of two."""
    third = "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>"
    for unit, name in TYPES.items():
        for length, more in ((unit, ""), (unit * Fraction(3, 2), "<dot/>"), (unit * Fraction(2, 3), third)):
            if length == long:
                return f"<type>{name}</type>{more}"
    return ""


def written(piece: Piece, voice: int, division: int, key: Key | None, pause: bool) -> Iterator[str]:
    duration = f"<duration>{int(piece.long * division)}</duration>"
    shape = shape_of(piece.long)
    if not piece.notes:
        yield f"<note><rest/>{duration}<voice>{voice}</voice>{shape}</note>"
    for number, note in enumerate(piece.notes):
        ties = [kind for kind, there in (("stop", piece.tied_from), ("start", piece.tied_on)) if there]
        marks = "".join(f'<tied type="{kind}"/>' for kind in ties) + ("<fermata/>" if pause and number == 0 else "")
        yield (
            f"<note>{'<chord/>' if number else ''}{pitch_of(note.pitch, key)}{duration}"
            f"{''.join(f'<tie type={quoteattr(kind)}/>' for kind in ties)}<voice>{voice}</voice>{shape}"
            f"{f'<notations>{marks}</notations>' if marks else ''}</note>"
        )


def pitch_of(pitch: int, key: Key | None) -> str:
    step, alter, octave = spelled(pitch, key)
    changed = f"<alter>{alter}</alter>" if alter else ""
    return f"<pitch><step>{step}</step>{changed}<octave>{octave}</octave></pitch>"


def spelled(pitch: int, key: Key | None) -> tuple[str, int, int]:
    """The pitch as a step, how far it is altered, and an octave: of the spellings the one nearest to the key on the
    line of fifths."""
    middle = (0 if key is None else key.fifths) + (3 if key is not None and key.mode == "minor" else CENTRE)
    place = min((f for f in range(-15, 20) if 7 * f % 12 == pitch % 12), key=lambda f: abs(f - middle))
    alter = (place + 1) // 7
    return STEPS[(place + 1) % 7], alter, (pitch - alter) // 12 - 1
