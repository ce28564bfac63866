"""Scores that anew knows by name, out of the package that carries them: (archive, folder) in, files of scores out.

music21's package is read where it lies, and nothing in it is run.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from anew.codecs.key import detect_key
from anew.codecs.musicxml import read_musicxml
from anew.codecs.musicxml_writing import write_musicxml
from anew.codecs.score import Score

VOICES = ("soprano", "alto", "tenor", "bass")
BOOKS = ("music21/corpus/ryansMammoth/", "music21/corpus/oneills1850/")


def chorales(archive: Path, folder: Path) -> None:
    """Bach's chorales as four voices each, instruments left out, and the key told from the notes: what the files say
    of it is the signature alone, which the editions write in old modes as well."""
    place = folder / "bach"
    place.mkdir()
    with zipfile.ZipFile(archive) as package:
        for name in sorted(package.namelist()):
            path = PurePosixPath(name)
            if path.parent == PurePosixPath("music21/corpus/bach") and path.suffix in (".mxl", ".xml"):
                choir = sung(read_musicxml(package.read(name)))
                if choir is not None:
                    told = replace(choir, key=detect_key(choir), title=path.stem)
                    (place / f"{path.stem}.musicxml").write_bytes(write_musicxml(told))


def sung(score: Score) -> Score | None:
    """The four voices of a chorale; None where there is not one of each."""
    found = [[i for i, part in enumerate(score.parts) if part.name.lower().startswith(voice)] for voice in VOICES]
    if any(len(parts) != 1 for parts in found):
        return None
    choir = score.with_parts([parts[0] for parts in found])
    parts = tuple(replace(part, name=voice.title(), program=0) for part, voice in zip(choir.parts, VOICES, strict=True))
    return replace(choir, parts=parts)


def tunes(archive: Path, folder: Path) -> None:
    """Fiddle tunes of two old books, as they are written in ABC."""
    with zipfile.ZipFile(archive) as package:
        for name in sorted(package.namelist()):
            if name.startswith(BOOKS) and name.endswith(".abc"):
                book = folder / PurePosixPath(name).parent.name
                book.mkdir(exist_ok=True)
                (book / PurePosixPath(name).name).write_bytes(package.read(name))


def sound_font(archive: Path, folder: Path) -> None:
    """The sound font that the package carries."""
    with zipfile.ZipFile(archive) as package:
        (folder / "TimGM6mb.sf2").write_bytes(package.read("pretty_midi/TimGM6mb.sf2"))
