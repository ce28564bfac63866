"""Files of scores: MIDI, MusicXML and its zip, ABC and kern, told by their content. In: bytes. Out: scores, and files.

One file may hold several tunes (ABC); a bad one among good ones comes as the DataError that it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from anew.codecs.abc_notation import read_abc
from anew.codecs.kern import read_kern
from anew.codecs.midi import read_midi, write_midi
from anew.codecs.musicxml import MOST_BYTES, read_musicxml
from anew.codecs.musicxml_writing import write_musicxml
from anew.codecs.score import Score
from anew.errors import DataError

WRITTEN = (".mid", ".midi", ".musicxml", ".xml")


def read_scores(content: bytes, name: str = "") -> Iterator[Score | DataError]:
    """The scores in a file's bytes; what is none as an error in one line."""
    try:
        if content[:4] in (b"MThd", b"RIFF"):
            yield read_midi(content)
        elif content[:2] == b"PK" or content.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] == b"<":
            yield read_musicxml(content)
        elif content.lstrip()[:2] in (b"**", b"!!") or name.lower().endswith(".krn"):
            yield read_kern(content)
        elif content.strip():
            yield from read_abc(content)
        else:
            yield DataError("an empty file")
    except DataError as error:
        yield error


def read_score(content: bytes, name: str = "") -> Score:
    """The first score of a file. DataError where there is none."""
    for found in read_scores(content, name):
        if isinstance(found, Score):
            return found
        raise DataError(f"{name or 'the file'}: {found.message}")
    raise DataError(f"{name or 'the file'}: no score in it")


def score_in(path: Path) -> Score:
    """The first score of the file there. DataError where there is none, or more than a score's file has."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DataError(f"{path}: more than {MOST_BYTES:,} bytes")
    return read_score(content, path.name)


def score_file(score: Score, name: str, notes: Mapping[str, str] | None = None) -> bytes:
    """The file that a name asks for: .mid or .musicxml. `notes` are written into it. DataError for other names."""
    suffix = PurePath(name).suffix.lower()
    if suffix in (".mid", ".midi"):
        return write_midi(score, notes)
    if suffix in (".musicxml", ".xml"):
        return write_musicxml(score, notes)
    raise DataError(f"{name}: a score is written as one of {', '.join(WRITTEN)}", next_command="--out piece.mid")
