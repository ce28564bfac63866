"""Numbers and names: what a sentence claims that can be looked up in its source.

In: a text and its source. Out: the claims that the source does not hold. A sentence without any may still be wrong: who
did what is not looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from anew.tasks.passages import Span, sentences

NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
OWNED = re.compile(r"['’]s?$")
ALWAYS_GREAT = {"I", "I'm", "I've", "I'd", "I'll"}  # English writes them so and names nobody


def claims(text: str) -> list[str]:
    """Numbers as they are written, and words that are names: begun with a great letter, where not every sentence begins
    with one, or begun so at a sentence's beginning and elsewhere in it or followed by another such word."""
    found = [match[0] for match in NUMBER.finditer(text)]
    for sentence in sentences(text):
        said = list(WORD.finditer(sentence.text))
        for i, match in enumerate(said):
            if great(match[0]) and (i > 0 and not opens(sentence.text, match.start()) or heads(said, i)):
                found.append(OWNED.sub("", match[0]))
    return list(dict.fromkeys(found))


def great(word: str) -> bool:
    return word[0].isupper() and word not in ALWAYS_GREAT


def opens(sentence: str, at: int) -> bool:
    """Whether the word there begins a quotation, a heading's line or what stands behind a colon."""
    return bool(re.search(r"(?:[\"“‘:•*]|\n[-–\d.)\s]*)\s*$", sentence[:at]))


def heads(said: list[re.Match[str]], i: int) -> bool:
    """Whether a sentence's first word begins a name of two words: the next one follows at once and is great too."""
    following = said[i + 1] if i + 1 < len(said) else None
    close = following is not None and following.start() - said[i].end() == 1
    return i == 0 and close and following is not None and great(following[0]) and len(said[i][0]) > 3


def unsupported(text: str, source: str) -> list[str]:
    """The claims of a text that do not occur in its source."""
    numbers = {plain_number(match[0]) for match in NUMBER.finditer(source)}
    words = {folded(OWNED.sub("", match[0])) for match in WORD.finditer(source)}
    words |= {part for word in words for part in re.split("[-'’]", word)}

    def holds(claim: str) -> bool:
        if claim[0].isdigit():
            return plain_number(claim) in numbers
        return folded(claim) in words or all(part in words for part in re.split("[-'’]", folded(claim)))

    return [claim for claim in claims(text) if not holds(claim)]


def plain_number(number: str) -> str:
    """1,234.50 as 1234.5: without what groups its digits, and without nothing behind its point."""
    whole = re.sub(r",(?=\d{3}(?:\D|$))", "", number)
    return whole.rstrip("0").rstrip(".") if re.fullmatch(r"\d+\.\d+", whole) else whole


def folded(word: str) -> str:
    """Without the differences that spellings of one name have: accents and the size of letters."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)).casefold()


def sift(text: str, source: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The sentences whose claims the source holds, and those left out with the claims that it does not."""
    kept: list[str] = []
    left: list[tuple[str, list[str]]] = []
    for sentence in whole(sentences(text)):
        missing = unsupported(sentence.text, source)
        if missing:
            left.append((sentence.text.strip(), missing))
        else:
            kept.append(sentence.text.strip())
    return kept, left


def whole(spans: Iterable[Span]) -> list[Span]:
    return [span for span in spans if span.text.strip()]


__all__ = ["claims", "sift", "unsupported"]
