"""Scores as values, on disk as JSON, and in the forms of files."""

import io
import random
import struct
import sys
import time
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from anew.codecs.key import detect_key
from anew.codecs.midi import read_midi, write_midi
from anew.codecs.musicxml import read_musicxml
from anew.codecs.musicxml_writing import write_musicxml
from anew.codecs.score import Key, Metre, Note, Part, Score
from anew.codecs.score_engraving import engrave
from anew.codecs.score_files import read_score, read_scores, score_file
from anew.codecs.score_grid import on_grid
from anew.errors import DataError
from small_scores import chorale, tune

SCORES = [chorale(0), chorale(1, 3, Key.read("F#m"), 1), tune(), tune(3, (3, 4)), tune(4, (2, 2))]


def test_a_score_is_the_same_after_json() -> None:
    for score in SCORES:
        assert Score.loads(score.dumps()) == score


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"division":0}', "{" * 2000, '{"notes":1e999}', "null"])
def test_json_that_is_no_score_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(DataError) as why:
        Score.loads(text)
    assert "\n" not in why.value.message


@pytest.mark.parametrize(
    ("said", "tonic", "mode"),
    [("C", 0, "major"), ("Dm", 2, "minor"), ("F#", 6, "major"), ("Bb minor", 10, "minor"), ("eb", 3, "minor"),
     ("b", 11, "minor")],
)  # fmt: skip
def test_keys_are_read_as_people_write_them(said: str, tonic: int, mode: str) -> None:
    key = Key.read(said)
    assert (key.tonic, key.mode) == (tonic, mode)
    assert Key.read(str(key)) == key


@pytest.mark.parametrize("said", ["", "H", "C##", "Dorian", "mm"])
def test_what_is_no_key_is_refused(said: str) -> None:
    with pytest.raises(DataError):
        Key.read(said)


def test_transposing_there_and_back_changes_nothing() -> None:
    score = chorale(0)
    assert score.transposed(3).transposed(-3) == score
    assert score.transposed(3).key == Key.read("Eb")


def test_bars_are_counted_without_the_upbeat() -> None:
    assert chorale(0, 4, pickup=0).bars == 4
    assert chorale(0, 4, pickup=1).bars == 4
    assert chorale(0, 4, pickup=1).bar_lines()[:3] == [0, 1, 5]


def test_a_change_of_metre_moves_the_bar_lines() -> None:
    metres = (Metre(Fraction(0), 4, 4), Metre(Fraction(4), 3, 4))
    score = Score.of([Note(Fraction(0), Fraction(10), 60)], metres=metres)
    assert score.bar_lines() == [0, 4, 7]


@pytest.mark.parametrize(
    "wrong",
    [
        {"metres": ()}, {"metres": (Metre(Fraction(0), 0, 4),)}, {"metres": (Metre(Fraction(0), 4, 3),)},
        {"pickup": Fraction(4)}, {"pickup": Fraction(-1)}, {"tempi": ((Fraction(0), 0.0),)}, {"key": Key(9)},
    ],
)  # fmt: skip
def test_a_score_that_is_none_is_refused(wrong: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(DataError):
        Score.of([Note(Fraction(0), Fraction(1), 60)], **wrong)


@pytest.mark.parametrize("note", [
    Note(Fraction(-1), Fraction(1), 60), Note(Fraction(0), Fraction(0), 60), Note(Fraction(0), Fraction(1), 128),
    Note(Fraction(0), Fraction(1), 60, 1), Note(Fraction(0), Fraction(1), 60, 0, 0),
])  # fmt: skip
def test_a_note_that_is_none_is_refused(note: Note) -> None:
    with pytest.raises(DataError):
        Score.of([note])


@pytest.mark.parametrize("score", SCORES)
def test_musicxml_brings_a_score_back(score: Score) -> None:
    told = replace(score, style="")
    again = read_musicxml(write_musicxml(told))
    names = [replace(part, drums=False) for part in told.parts]
    assert again == replace(told, parts=tuple(names))


@pytest.mark.parametrize("score", SCORES)
def test_midi_brings_a_score_back(score: Score) -> None:
    assert read_midi(write_midi(score)) == replace(score, style="", pauses=())


def test_musicxml_spells_by_the_key() -> None:
    flat = Score.of([Note(Fraction(0), Fraction(1), 61)], key=Key.read("Ab"))
    sharp = Score.of([Note(Fraction(0), Fraction(1), 61)], key=Key.read("E"))
    assert b"<step>D</step><alter>-1</alter><octave>4" in write_musicxml(flat)
    assert b"<step>C</step><alter>1</alter><octave>4" in write_musicxml(sharp)


def test_files_remember_how_they_were_made() -> None:
    for name in ("a.mid", "a.musicxml"):
        assert b"seed 7 &lt;&gt;" in score_file(SCORES[0], name, {"anew": "seed 7 <>"}).replace(b"<>", b"&lt;&gt;")
    with pytest.raises(DataError):
        score_file(SCORES[0], "a.pdf")


def test_an_mxl_is_read_and_one_that_grows_is_refused() -> None:
    xml = write_musicxml(replace(SCORES[0], style=""))
    assert read_score(zipped(xml)) == read_musicxml(xml)
    with pytest.raises(DataError, match="grows"):
        read_score(zipped(b"<score-partwise>" + b" " * (8 << 20) + b"</score-partwise>"))


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", content)
    return file.getvalue()


BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>'
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><score-partwise>&a;</score-partwise>'
)


@pytest.mark.parametrize("content", [
    b"", b"MThd", b"MThd\0\0\0\6\0\1\xff\xff\0\x60", b"PK\3\4", b"PK\3\4" + b"\0" * 60, b"<", b"<a/>", BILLION, OUTSIDE,
    b"<score-partwise/>", b"<score-partwise><part/></score-partwise>", b"<a>" * 5000, b"X:1\nK:C\n",
    b"X:1\nL:0/0\nK:C\nabc",
    b"X:1\nL:1/8\nK:C\nc999999999999999999999", b"X:1\nM:4/0\nK:C\nabc|", b"**kern\n4c\t4d\n*-\n",
    b"**kern\n*M0/0\n4c\n*-\n",
    b"**kern\n0000000000000000c\n*-\n", b"\xff\xfe\0\0", b"X:1\nK:C\n(1abc|", bytes(range(256)) * 4,
    b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\xff\xff\xff\xff", b"MThd\0\0\0\6\0\0\0\1\x80\x60", b"\xff\xfe<\0a\0/\0>\0",
])  # fmt: skip
def test_a_file_that_is_no_score_ends_in_one_line(content: bytes) -> None:
    with pytest.raises(DataError) as why:
        read_score(content, "piece")
    assert "\n" not in why.value.message and len(why.value.message) < 200


def xml_of(bars: str) -> bytes:
    return f"<score-partwise><part id='a'>{bars}</part></score-partwise>".encode()


def xml_note(long: object, ties: str = "") -> str:
    return f"<note><pitch><step>C</step><octave>4</octave></pitch><duration>{long}</duration>{ties}</note>"


def xml_divided(by: object) -> str:
    return f"<measure><attributes><divisions>{by}</divisions></attributes>{xml_note(1)}</measure>"


def midi_of(*tracks: bytes) -> bytes:
    head = b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), 1)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(one)) + one for one in tracks)


PRIMES = [p for p in range(2, 2000) if all(p % d for d in range(2, p))]
HELD, TIE = 12_000, '<tie type="stop"/><tie type="start"/>'
BOMBS = {
    "a number that takes hours to work out": xml_of(xml_divided("1e999999999")),
    "another in ABC": b"X:1\nL:1e999999999\nK:C\nabc|\n",
    "parts of a quarter that have no common one": xml_of("".join(map(xml_divided, PRIMES))),
    "a note of a year": midi_of(b"\0\x90\x40\x40\xff\xff\x7f\x80\x40\0"),
    "a million bars": midi_of(b"\0\xff\x58\4\1\6\x18\x08" + b"\0\x90\x40\x40\x83\xff\x7f\x80\x40\0"),
    "16,384 parts": midi_of(*[b"".join(bytes([0, 0x90 | c, 64, 64, 1, 0x80 | c, 64, 0]) for c in range(16))] * 1024),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_grows_beyond_its_file_is_refused_at_once(bomb: str) -> None:
    begun = time.process_time()
    with pytest.raises(DataError) as why:
        read_score(BOMBS[bomb], "piece")
    assert time.process_time() - begun < 3 and len(why.value.message) < 200


@pytest.mark.parametrize(("content", "notes"), [
    (midi_of(b"\0\x90\x40\x40" + b"\0\x40\x40" * 90_000 + b"\1\x80\x40\0" + b"\0\x40\0" * 90_000), 90_001),
    (b"**kern\n" + b"4c\n" * HELD + b"[4d\n" + b"4c\n4d_\n" * HELD + b"*-\n", 3 * HELD + 1),
    (xml_of("<measure>" + xml_note(1) * HELD + (xml_note(1, TIE) + xml_note(1)) * HELD + "</measure>"), 3 * HELD),
    (b"X:1\nK:C\nCDEF" + b"{" * 200_000 + b"\n", 4), (b"X:1\nK:C\nCDEF" + b"^" * 400_000 + b"\n", 4),
])  # fmt: skip
def test_long_files_take_as_long_as_they_are(content: bytes, notes: int) -> None:
    begun = time.process_time()
    assert len(read_score(content, "piece")) == notes
    assert time.process_time() - begun < 10


def test_many_notes_at_once_are_no_voices_for_the_codec() -> None:
    begun = time.process_time()
    with pytest.raises(DataError, match="more than 8 voices sound at once"):
        on_grid(Score.of([Note(Fraction(0), Fraction(1), 60)] * 100_000))
    assert time.process_time() - begun < 3


def test_damaged_files_never_crash() -> None:
    rng = random.Random(0)
    whole = [write_midi(SCORES[1]), write_musicxml(SCORES[1]), JIG.encode(), KERN.encode()]
    for content in whole:
        for _ in range(60):
            damaged = bytearray(content[: rng.randint(1, len(content))])
            for _ in range(rng.randint(0, 6)):
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            for found in read_scores(bytes(damaged)):
                assert isinstance(found, Score | DataError)


JIG = """X: 1
T: The Test Jig
R: jig
M: 6/8
L: 1/8
Q: 3/8=100
K: Edor
"Em"B |: EFG {a}B2e | [1 (3efg f-f<g H[Ge]2 :|[2 ~c'3 ^d=d _B,,||
% a remark
X: 2
K: C
"""


def test_abc_is_read() -> None:
    jig, none = read_scores(JIG.encode())
    assert isinstance(jig, Score) and isinstance(none, DataError)
    assert (jig.title, jig.style, jig.tempo) == ("The Test Jig", "jig", 150.0)
    assert (str(jig.key), str(jig.metre)) == ("Em", "6/8")
    assert jig.pickup == Fraction(1, 2)
    pitches = [n.pitch for n in jig.notes]
    assert pitches[:6] == [71, 64, 66, 67, 71, 76]  # B E F# G B e: of two sharps
    third = Fraction(1, 3)
    assert [n.duration for n in jig.notes[6:9]] == [third, third, third]  # three in the time of two eighths
    assert [n.duration for n in jig.notes[9:11]] == [Fraction(3, 4), Fraction(3, 4)]  # tied f and half of f, then g
    assert {n.pitch for n in jig.notes if n.onset == jig.notes[11].onset} == {67, 76}
    assert jig.pauses == (jig.notes[11].onset,)
    assert pitches[-4:] == [85, 75, 74, 46]  # c'# by the key, ^d, =d, _B,,


KERN = """!!!OTL: Test
**kern\t**kern
*M3/4\t*M3/4
*k[b-]\t*k[b-]
*d:\t*d:
*MM80\t*MM80
=1-\t=1-
4D\t4d
4E\t8f[
.\t8f]
=2\t=2
2.A;\t4.cc#
.\t8dd
.\t4r
=3\t=3
*\t*^
2.D\t4a\t2f
.\t4b-\t.
.\t4a\t4e
*\t*v\t*v
==\t==
*-\t*-
"""


def test_kern_is_read() -> None:
    score = read_score(KERN.encode())
    assert (score.title, str(score.key), str(score.metre), score.tempo, score.pickup) == ("Test", "Dm", "3/4", 80.0, 2)
    assert len(score.parts) == 3
    bass = score.of_part(2)
    assert [(n.onset, n.duration, n.pitch) for n in bass] == [(0, 1, 50), (1, 1, 52), (2, 3, 57), (5, 3, 50)]
    assert score.pauses == (2,)
    tied = next(n for n in score.notes if n.pitch == 65)
    assert (tied.onset, tied.duration) == (1, 1)


def test_ties_voices_and_upbeats_of_musicxml() -> None:
    xml = b"""<score-partwise><part-list><score-part id="P1"><part-name>P</part-name></score-part></part-list>
    <part id="P1"><measure number="0" implicit="yes"><attributes><divisions>2</divisions><key><fifths>0</fifths>
    <mode>dorian</mode></key><time><beats>3</beats><beat-type>4</beat-type></time></attributes>
    <note><pitch><step>A</step><octave>4</octave></pitch><duration>2</duration><tie type="start"/>
    <voice>1</voice></note>
    </measure><measure number="1">
    <note><pitch><step>A</step><octave>4</octave></pitch><duration>2</duration><tie type="stop"/><voice>1</voice></note>
    <note><grace/><pitch><step>C</step><octave>5</octave></pitch></note>
    <note><pitch><step>B</step><alter>-1</alter><octave>4</octave></pitch><duration>4</duration><voice>1</voice></note>
    <note><chord/><pitch><step>G</step><octave>4</octave></pitch><duration>4</duration><voice>1</voice></note>
    <backup><duration>6</duration></backup><note><pitch><step>D</step><octave>3</octave></pitch><duration>6</duration>
    <voice>2</voice></note></measure></part></score-partwise>"""
    score = read_score(xml)
    assert score.pickup == 1 and str(score.key) == "Dm" and len(score.parts) == 2
    assert [(n.onset, n.duration, n.pitch, n.part) for n in score.notes] == [
        (0, 2, 69, 0), (1, 3, 50, 1), (2, 2, 67, 0), (2, 2, 70, 0),
    ]  # fmt: skip


def test_the_key_detector_hears_a_key_wherever_it_is() -> None:
    score = chorale(0, 8)
    for by in range(-5, 7):
        assert detect_key(score.transposed(by)) == score.transposed(by).key
    assert detect_key(Score.of([], [Part()])) == Key(0)


def test_a_score_is_drawn_as_notation() -> None:
    score = chorale(2, 6, Key.read("Eb"), 1)
    drawn = ElementTree.fromstring(engrave(replace(score, title="A & B")))
    heads = [one for one in drawn.iter() if one.tag.endswith("ellipse")]
    assert len(heads) >= len(score.notes)
    notes = [Note(Fraction(0), Fraction(1), 64), Note(Fraction(1), Fraction(2), 61), Note(Fraction(3), Fraction(1), 79)]
    treble = Score.of(notes, key=Key(0))
    heads = [one for one in ElementTree.fromstring(engrave(treble)).iter() if one.tag.endswith("ellipse")]
    first, second = ((float(one.get("cy") or 0), one.get("fill")) for one in heads[:2])
    assert first == (8 * 8 + 4 * 8, "black") and second == (
        8 * 8 + 5 * 8,
        "white",
    )  # E on the lowest line; C sharp below
    assert engrave(Score.of([], [Part()])).startswith("<svg") and engrave(tune(5, (3, 8))) == engrave(tune(5, (3, 8)))
