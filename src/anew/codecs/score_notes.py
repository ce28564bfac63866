"""What scores' files and drawings of them say of how they were made. In: a file's bytes, which may be anything. Out:
the note again, as `provenance` has it of pictures. No note of the music is read, and of the text at most MOST_NOTE
bytes."""

from __future__ import annotations

import html
import json
import re

from anew.codecs.provenance import MOST_NOTE, NOTE
from anew.errors import DataError

BEGINNINGS = (b"MThd", b"<?xml", b"<svg")
IN_MIDI = re.compile(rb"\xff\x01([\x80-\xff]{0,3}[\x00-\x7f])" + f"{NOTE}: ".encode())
IN_XML = re.compile(rb'<miscellaneous-field name="' + NOTE.encode() + rb'">([^<]*)<')
IN_DRAWING = re.compile(rb"<metadata>([^<]*)</metadata>")


def notes_in_score(content: bytes, origin: str = "score") -> dict[str, str]:
    """NOTE, where the file holds it. DataError, naming `origin`: it is too long."""
    if content.startswith(b"MThd"):
        found = IN_MIDI.search(content)
        text = b"" if found is None else content[found.end() : found.end() + length_of(found[1]) - len(NOTE) - 2]
    else:
        found = IN_XML.search(content) or IN_DRAWING.search(content)
        text = b"" if found is None else found[1]
    if len(text) > MOST_NOTE:
        raise DataError(f"{origin}: its note is longer than {MOST_NOTE:,} bytes")
    said = text.decode("utf-8", "replace")
    if content.startswith(b"MThd"):
        return {NOTE: said} if said else {}
    return drawn(html.unescape(said)) if IN_XML.search(content) is None else {NOTE: html.unescape(said)}


def drawn(said: str) -> dict[str, str]:
    """Out of a drawing's metadata, which holds all notes by their names."""
    try:
        told = json.loads(said)
    except (ValueError, RecursionError):
        return {}
    note = told.get(NOTE) if isinstance(told, dict) else None
    return {NOTE: note} if isinstance(note, str) else {}


def length_of(variable: bytes) -> int:
    """A number as MIDI files have it: seven bits a byte, the highest first."""
    value = 0
    for byte in variable:
        value = value << 7 | byte & 0x7F
    return value


__all__ = ["BEGINNINGS", "notes_in_score"]
