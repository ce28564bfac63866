"""A sentence as it is said: words and the marks that the voice hears, nothing else.

In: a sentence as people write it. Out: words of A to Z and ', and the marks , . ? ! ; : between them; capitals that
stand alone are letters to spell. `unreadable`: what of a text English has no reading for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from anew.codecs.spoken.abbreviations import (
    SYMBOLS,
    read_abbreviations,
    read_acronyms,
    read_addresses,
    read_numerals,
    read_symbols,
)
from anew.codecs.spoken.amounts import MONEY, read_amounts
from anew.codecs.spoken.calendar import read_calendar

QUOTES = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "…": "...",
    "‐": "-", "‑": "-", "⁄": "/", "―": "—", "−": "-", "＄": "$", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l",
    "Æ": "Ae", "Œ": "Oe", "Ø": "O", "Ł": "L", "đ": "d", "ð": "th", "þ": "th", "Ð": "Th", "Þ": "Th", "μ": "µ", "º": "°",
})  # fmt: skip
KEPT = set("²³µ°©®™")  # that NFKD would make digits and letters of
MARKS = ",.?!;:"
SIGNS = {*SYMBOLS, *"".join(MONEY), *"\"'()-–—¢‰′″±"}


def plain(text: str) -> str:
    """Letters without their accents, digits as 0 to 9, one kind of quote and blank; what has no reading is a blank."""
    found = []
    text = re.sub(r"(\d?)([¼-¾⅐-⅞])", lambda f: f"{f[1]}{' ' * bool(f[1])}{unicodedata.normalize('NFKD', f[2])}", text)
    for one in text.translate(QUOTES):
        if one in KEPT or one in SIGNS or one.isascii():
            found.append(one if one.isprintable() else " ")
            continue
        letters = [part for part in unicodedata.normalize("NFKD", one) if not unicodedata.combining(part)]
        if len(letters) == 1 and (value := unicodedata.decimal(letters[0], None)) is not None:
            letters = [str(value)]
        found += [part if part.isascii() or part in SIGNS else " " for part in letters]
    return re.sub(r"\s+", " ", "".join(found).translate(QUOTES)).strip()


def unreadable(text: str) -> list[str]:
    """The characters of a text that are left out, in the order of their first coming."""
    left = {c: None for c in text if not c.isascii() and not c.isspace() and unicodedata.category(c)[0] in "LNS"}
    return [one for one in left if not plain(one)]


def in_words(sentence: str) -> str:
    """The sentence as it is said. `Dr. Smith paid $3.50 on 10/12/2019.`: Doctor Smith paid three dollars and fifty
    cents on October twelfth, twenty nineteen."""
    text = read_addresses(re.sub(r"^#+ ", "", plain(sentence)))  # a heading's mark
    text = re.sub(r"(?<=[A-Za-z]{2})\.(?=[a-z]{2})", " dot ", text)  # a name in parts, as module.name
    text = re.sub(r"(\w)\s?(?:--+|—)\s?|\s[–—-]\s", lambda f: f"{f[1] or ''}, ", text)  # a dash, not a minus
    text = read_numerals(read_calendar(text))
    text = read_amounts(read_abbreviations(text))
    return tidy(read_symbols(read_acronyms(text)))


def tidy(text: str) -> str:
    """Words and marks alone, each mark behind its word."""
    text = re.sub(r"[()\"]+", " , ", text)
    text = re.sub(r"(?<![A-Za-z])'|'(?![A-Za-z])", lambda f: "'" if elided(f) else " ", text)
    text = re.sub(r"[^A-Za-z',.?!;:]+", " ", text)
    text = re.sub(r"\s*([,.?!;:])", r"\1", text)
    text = re.sub(r"[,.?!;:]{2,}", strongest, text)
    text = re.sub(r"([,.?!;:])(?=\S)", r"\1 ", text)
    return re.sub(r"\s+", " ", text).strip(" ,;:")


def spelled(words: Sequence[str], i: int) -> bool:
    """Whether word i of a sentence in words is a letter to spell: a capital alone, but for I, and for the A that a
    sentence begins with."""
    one = words[i]
    if len(one) != 1 or not one.isupper() or one == "I":
        return False
    first = i == 0 or words[i - 1] in ".?!:"
    letters_follow = i + 1 < len(words) and len(words[i + 1]) == 1 and words[i + 1].isupper()
    return one != "A" or not first or letters_follow


def parted(said: str) -> list[str]:
    """The words and marks of a sentence in words, each by itself."""
    return re.findall(rf"[A-Za-z']+|[{re.escape(MARKS)}]", said)


def elided(found: re.Match[str]) -> bool:
    """`'tis`, `dogs'`: an apostrophe that belongs to a word that needs it."""
    rest = found.string[found.end() : found.end() + 5].lower()
    return rest.startswith(("tis", "twas", "em", "cause", "til"))


def strongest(found: re.Match[str]) -> str:
    """Of several marks the one that says most: `?!` asks."""
    return next(mark for mark in "?!.;:," if mark in found[0])


__all__ = ["MARKS", "in_words", "parted", "plain", "spelled", "unreadable"]
