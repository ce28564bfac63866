"""Notes inside sounds' files: how a sound was made, as a program reads it and as players show it. Needs no torch.

In: notes (a keyword and its text) for a file that is written, or the bytes of a file, which may be anything. Out: texts
by the names that soundfile has for them, chunks of RIFF, or the notes again. No sound is decoded, and of a note at most
MOST_NOTE bytes are taken.

The note called NOTE is the file's comment (ICMT in WAV, COMM in ID3, COMMENT in FLAC and Ogg); how the sound came
about, in IPTC's words, is its artist.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping

import soundfile

from anew.codecs.origin import IPTC
from anew.codecs.provenance import MOST_CHUNKS, MOST_NOTE, NOTE
from anew.errors import DataError

LONGEST = 40_000  # bytes of a note that is written; libsndfile writes Opus with 55,000 and does not read it again
INFO = {"comment": b"ICMT", "artist": b"IART", "software": b"ISFT"}


def told_in(notes: Mapping[str, str], source: str) -> dict[str, str]:
    """Texts by soundfile's names for them. A note that is too long is left out."""
    told = {"software": "anew"}
    if source:
        told["artist"] = IPTC + source
    comment = notes.get(NOTE, "").replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return told | {"comment": comment} if 0 < len(comment.encode()) <= LONGEST else told


def chunk(kind: bytes, data: bytes) -> bytes:
    """Of RIFF: an even number of bytes, of which a last zero is not counted."""
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def info_chunk(told: Mapping[str, str]) -> bytes:
    """A LIST of the type INFO; its texts end in a zero."""
    return chunk(b"LIST", b"INFO" + b"".join(chunk(INFO[name], text.encode() + b"\0") for name, text in told.items()))


def notes_in(content: bytes, origin: str = "sound") -> dict[str, str]:
    """NOTE, where the file holds a comment. DataError, naming `origin`: no sound's file, or a comment too long."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        comment = comment_in_wav(content, origin)
    else:
        try:
            with soundfile.SoundFile(io.BytesIO(content)) as file:
                comment = file.comment
        except (soundfile.SoundFileError, RuntimeError, ValueError, OSError):
            what = f"{origin}: no WAV, FLAC, Ogg or MP3 file, so that nothing says how it was made"
            raise DataError(what) from None
    if len(comment) > MOST_NOTE:
        raise DataError(f"{origin}: its comment is longer than {MOST_NOTE:,} bytes")
    return {NOTE: comment} if comment else {}


def comment_in_wav(content: bytes, origin: str) -> str:
    for kind, begin, end in chunks(content, 12, len(content), origin):
        if kind == b"LIST" and content[begin : begin + 4] == b"INFO":
            for name, first, last in chunks(content, begin + 4, end, origin):
                if name == INFO["comment"]:
                    return content[first : min(last, first + MOST_NOTE + 1)].rstrip(b"\0").decode("utf-8", "replace")
    return ""


def chunks(content: bytes, place: int, end: int, origin: str) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of RIFF's chunks between two places; one that says it is longer ends there."""
    for _ in range(MOST_CHUNKS):
        if place + 8 > end:
            return
        kind, size = struct.unpack_from("<4sI", content, place)
        yield kind, place + 8, min(place + 8 + size, end)
        place += 8 + size + size % 2
    raise DataError(f"{origin}: more than {MOST_CHUNKS:,} chunks")


__all__ = ["chunk", "info_chunk", "notes_in", "told_in"]
