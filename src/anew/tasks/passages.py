"""Texts as sentences and as pieces: every character of a text lies in exactly one of either.

In: a text. Out: spans that follow one another and make up the whole of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

# A sentence ends behind . ! or ? (and a closing quote or bracket) before a blank and what may begin another one, and
# where a line is left empty. Not behind an initial or one of the commonest abbreviations.
END = re.compile(r"(?:[.!?…]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9À-Þ])|[。！？]+|\n[ \t]*\n)\s*")
SHORTENED = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|No|Inc|Ltd|Co|Gen|Sen|Rep|Gov|Lt|Col))\.\s*$"
)


class Span(NamedTuple):
    """`text` is what stands from `start` to `end`."""

    start: int
    end: int
    text: str


def sentences(text: str) -> list[Span]:
    """The sentences with the blanks behind them."""
    found, start = [], 0
    for match in END.finditer(text):
        end = match.end()
        if end > start and not SHORTENED.search(text[start:end]):
            found.append(Span(start, end, text[start:end]))
            start = end
    if start < len(text):
        found.append(Span(start, len(text), text[start:]))
    return found


def pieces(text: str, most: int, length: Callable[[str], int]) -> list[Span]:
    """The text in pieces of whole sentences, each at most `most` long by `length`; a sentence that is longer by itself
    is cut between words, a word that is longer between characters."""
    parts = [part for sentence in sentences(text) for part in halves(sentence, most, length)]
    found: list[Span] = []
    for part in parts:
        if found:
            joined = text[found[-1].start : part.end]
            if length(joined) <= most:
                found[-1] = Span(found[-1].start, part.end, joined)
                continue
        found.append(part)
    return found


def trimmed(span: Span) -> Span:
    """Without the blanks around it."""
    body = span.text.strip()
    start = span.start + span.text.index(body)
    return Span(start, start + len(body), body)


def halves(span: Span, most: int, length: Callable[[str], int]) -> Iterator[Span]:
    """The span, or its halves until each fits. One character is never too long."""
    if len(span.text) < 2 or length(span.text) <= most:
        yield span
        return
    middle = len(span.text) // 2
    blanks = [match.end() for match in re.finditer(r"\s+", span.text) if match.end() < len(span.text)]
    at = min(blanks, key=lambda place: abs(place - middle)) if blanks else middle
    for start, end in ((span.start, span.start + at), (span.start + at, span.end)):
        yield from halves(Span(start, end, span.text[start - span.start : end - span.start]), most, length)
