"""Bytes to text: which encoding, in a stream; a page of HTML to its text; a long text to pieces."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

import charset_normalizer
from selectolax.lexbor import LexborHTMLParser

HEAD_BYTES = 64 << 10  # what the encoding is told from
SHORT_BYTES = 100
BLOCK_BYTES = 1 << 20
WHOLE_CHARS = 256 << 10  # a longer file is cut
PIECE_CHARS = 1_000  # a piece ends at the first blank line after so many characters,
LINE_CHARS = 16_000  # at a line's end after so many,
LONGEST_CHARS = 64_000  # and anywhere after so many
WESTERN = "cp1252"
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SILENT_TAGS = ["script", "style", "template", "noscript", "head", "svg", "iframe"]
BLOCK_TAGS = "p div br li ul ol tr table section article header footer h1 h2 h3 h4 h5 h6 pre blockquote".split()


class NotText(ValueError):
    """The bytes are no text."""


def legacy(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are not UTF-8 in a file that otherwise is, read as Windows' western alphabet: files get mixed so."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(bytes([b]).decode(WESTERN, "ignore") or chr(b) for b in wrong), error.end


codecs.register_error("anew.legacy", legacy)


def decode_stream(file: BinaryIO) -> Iterator[str]:
    """The file's text in blocks. NotText when it is binary."""
    head = file.read(HEAD_BYTES)
    encoding, skip = encoding_of(head)
    decoder = codecs.getincrementaldecoder(encoding)("anew.legacy" if encoding == "utf-8" else "replace")
    block = head[skip:]
    while block:
        if text := decoder.decode(block):
            yield text
        block = file.read(BLOCK_BYTES)
    if text := decoder.decode(b"", final=True):
        yield text


def encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding that a file's first bytes announce or look like, and the length of the mark to skip."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    if b"\0" in head:
        return wide(head), 0
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        return "utf-8", 0
    except UnicodeDecodeError:
        pass
    if re.search(rb"[\xc3-\xf4][\x80-\xbf]", head) and len(head.decode("utf-8", "ignore")) > 0.98 * len(head):
        return "utf-8", 0  # mostly UTF-8, with a few bytes of something else
    if short_western(head):
        return WESTERN, 0
    guesses = charset_normalizer.from_bytes(head)
    if not guesses:
        raise NotText("no known encoding fits")
    best = guesses[0]
    for guess in guesses:  # western text fits several tables; the common one where none fits better
        tie = guess.chaos <= best.chaos and guess.coherence >= best.coherence - 0.05
        if tie and WESTERN in (guess.encoding, *guess.could_be_from_charset):
            return WESTERN, 0
    return best.encoding, 0


def short_western(head: bytes) -> bool:
    """A caption or so, too short to count letters in: a few single accented letters among plain ones."""
    accented = re.findall(rb"[\x80-\xff]+", head)
    letters = b"".join(accented).decode(WESTERN, "replace")
    alone = letters.isalpha() and len(letters) == len(accented)
    return alone and len(head) < SHORT_BYTES and 4 * len(accented) <= len(head)


def wide(head: bytes) -> str:
    """UTF-16 without its mark has every other byte zero; anything else with zeros in it is binary."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > 0.6 * (len(head) // 2) and others == 0:
            return encoding
    raise NotText("holds zero bytes")


def lines(blocks: Iterator[str], longest: int) -> Iterator[str | None]:
    """Lines with their ends, as they came. None stands for a line of more than `longest` characters, left out."""
    held, too_long = "", False
    for block in blocks:
        *whole, rest = (held + block).split("\n")
        for line in whole:
            yield None if too_long or len(line) > longest else line + "\n"
            too_long = False
        held = rest
        if len(held) > longest:
            held, too_long = "", True
    if held or too_long:
        yield None if too_long else held


def texts(blocks: Iterator[str], always_cut: bool) -> Iterator[tuple[str, int]]:
    """A file's text as one, or in pieces with the line each begins at when it is long or `always_cut`."""
    held: list[str] = []
    size = 0
    for block in blocks:
        held.append(block)
        size += len(block)
        if size > WHOLE_CHARS:
            always_cut = True
            break
    if always_cut:
        yield from pieces(chain(held, blocks))
    elif size:
        yield "".join(held), 1


def chain(held: list[str], blocks: Iterator[str]) -> Iterator[str]:
    yield from held
    yield from blocks


def pieces(blocks: Iterator[str]) -> Iterator[tuple[str, int]]:
    """Pieces that end at a blank line where there is one; joined they are the whole text again."""
    piece: list[str] = []
    size, begin, number = 0, 1, 0
    for line in short_lines(blocks):
        number += line.endswith("\n")
        piece.append(line)
        size += len(line)
        blank = not line.strip()
        if (blank and size >= PIECE_CHARS) or (line.endswith("\n") and size >= LINE_CHARS) or size >= LONGEST_CHARS:
            yield "".join(piece), begin
            piece, size, begin = [], 0, number + 1
    if piece:
        yield "".join(piece), begin


def short_lines(blocks: Iterator[str]) -> Iterator[str]:
    """Lines with their ends; one longer than a piece comes in parts."""
    held = ""
    for block in blocks:
        *whole, held = (held + block).split("\n")
        for line in whole:
            yield from parts(line + "\n")
        if len(held) > LONGEST_CHARS:
            *whole, held = parts(held)
            yield from whole
    yield from parts(held)


def parts(line: str) -> Iterator[str]:
    return (line[i : i + LONGEST_CHARS] for i in range(0, len(line), LONGEST_CHARS))


def html_text(page: str) -> str:
    """What a reader sees of a page: no scripts, styles or head; a line for each block."""
    tree = LexborHTMLParser(page)
    tree.strip_tags(SILENT_TAGS)
    if tree.body is None:
        return ""
    for tag in BLOCK_TAGS:
        for node in tree.css(tag):
            node.insert_before("\n")
            node.insert_after("\n")
    text = re.sub(r"[^\S\n]+", " ", tree.body.text())
    return re.sub(r" ?\n ?(?:\n ?)+", "\n\n", re.sub(r" ?\n ?", "\n", text)).strip()
