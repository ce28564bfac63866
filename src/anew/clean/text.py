"""Rules for text and code: each takes a record and gives it back, mended perhaps, or says why it goes."""

from __future__ import annotations

from dataclasses import replace

import ftfy
import py3langid
from ftfy.badness import is_bad

from anew.data.records import Record, hash_of
from anew.data.removals import Removed

CONTROLS = bytes(n for n in (*range(32), 127) if chr(n) not in "\t\n\f\r")  # in UTF-8 no other character holds them
MOST_UNPRINTABLE = 0.05
LANGUAGE_CHARS = 2_000  # enough to tell a language by
# Mends what a wrong decoding broke, and nothing that somebody may have meant.
MENDING = ftfy.TextFixerConfig(
    unescape_html=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    normalization=None,
)


def binary(record: Record) -> Record | Removed:
    """Text in which every twentieth character has no print: something else, read as text."""
    assert isinstance(record.value, str)
    raw = record.value.encode()
    unprintable = len(raw) - len(raw.translate(None, CONTROLS)) + record.value.count("\ufffd")
    if unprintable > MOST_UNPRINTABLE * len(record.value):
        return Removed(record.origin, "binary", f"{unprintable} of {len(record.value)} characters have no print")
    return record


def repair(record: Record) -> Record:
    """Line ends as \\n, control characters out, and text once decoded by the wrong table decoded by the right one."""
    value = record.value
    assert isinstance(value, str)
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = value.encode().translate(None, CONTROLS).decode().replace("\ufeff", "")
    if not value.isascii():  # a line at a time: most lines need no look, and a mistake seldom spans two
        value = "\n".join(line if line.isascii() else mend(line) for line in value.split("\n"))
    return record if value == record.value else replace(record, value=value, hash=hash_of(value))


def mend(line: str) -> str:
    return ftfy.fix_text(line, MENDING) if is_bad(line) else line


def short(record: Record, min_chars: int) -> Record | Removed:
    length = len(record.value.strip())
    if length == 0:
        return Removed(record.origin, "empty", "nothing but white space")
    if length < min_chars:
        return Removed(record.origin, "short", f"{length} characters, fewer than {min_chars}")
    return record


def foreign(record: Record, languages: tuple[str, ...]) -> Record | Removed:
    assert isinstance(record.value, str)
    found = py3langid.classify(record.value[:LANGUAGE_CHARS])[0]
    return record if found in languages else Removed(record.origin, "language", f"{found}, not {', '.join(languages)}")
