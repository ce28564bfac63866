"""The list of recordings and what is said in them that LJSpeech made a habit: metadata.csv without a header, each line
NAME|TRANSCRIPT or NAME|TRANSCRIPT|THE SAME WITH NUMBERS AND ABBREVIATIONS WRITTEN OUT, of recordings in wavs/.

In: an entry of a source. Out: by a recording's name, without its suffix where the list has none, its transcript.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from anew.collect.sources import Entry
from anew.collect.text import NotText, decode_stream, lines

LONGEST_LINE = 1 << 20  # characters
HEADERS = {"file", "filename", "file_name", "path", "id", "name", "audio", "wav"}


@dataclass(frozen=True)
class Transcript:
    """`line`: of the list, from 1."""

    text: str
    line: int


def transcripts_in(entry: Entry) -> dict[str, Transcript] | None:
    """The last field of each line, or the one before where that is empty. None: no such list, or none that is read."""
    if PurePosixPath(entry.name.replace("!", "/")).name.lower() != "metadata.csv":
        return None
    found: dict[str, Transcript] = {}
    try:
        with entry.open() as file:
            for number, line in enumerate(lines(decode_stream(file), LONGEST_LINE), 1):
                fields = [field.strip() for field in (line or "").rstrip("\r\n").split("|")]
                if number == 1 and (len(fields) not in (2, 3) or fields[0].lower() in HEADERS):
                    return None  # a table with a header
                if len(fields) in (2, 3) and fields[0] and any(fields[1:]):
                    found[fields[0].removeprefix("wavs/")] = Transcript(fields[-1] or fields[-2], number)
    except (OSError, EOFError, NotText):
        return None  # whoever reads it as a table says what is wrong with it
    return found or None


__all__ = ["Transcript", "transcripts_in"]
