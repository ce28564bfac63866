"""A long text in sentences, each short enough to be said in one go.

In: a text as people write it. Out: its sentences, in order, every word of it in one of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from anew.codecs.spoken.abbreviations import ALWAYS, BEFORE_NUMBER, TITLES

LONGEST = 300  # characters of one; a longer sentence is cut where it pauses
LOOK = 100  # characters before and behind a stop that say whether it ends one
# Behind a stop, quotes and brackets that close.
STOP = re.compile(r"(?<![.!?…])(?P<mark>[.!?…]+)(?P<close>[\"'”’)\]]*)(?=\s|$)")
NEVER_LAST = {*TITLES, "Dr", "St", "Mt", "Ft", "vs", "cf", "viz", "approx", "ca", "Fig", "fig", "e.g", "i.e", "al"}
MONTHS = set("Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun".split())
PAUSES = (r"(?<=[;:])\s+", r"(?<=,)\s+", r"\s+[–—-]\s+|(?<=\w)—(?=\w)", r"\s+(?=(?:and|but|or|because|which|that)\s)")


@dataclass(frozen=True)
class Sentence:
    """`ends`: whether a paragraph ends with it."""

    text: str
    ends: bool = False


def sentences(text: str) -> list[Sentence]:
    """A blank line ends a paragraph; so does a line that ends with no stop before one that begins like a heading or an
    item."""
    found = []
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)", text):
        whole = " ".join(paragraph.split())
        cut = [piece for one in split(whole) for piece in shortened(one)]
        found += [Sentence(one, i == len(cut) - 1) for i, one in enumerate(cut)]
    return found


def split(text: str) -> list[str]:
    """The sentences of a paragraph."""
    found, begun = [], 0
    for stop in STOP.finditer(text):
        if ends(text, stop):
            found.append(text[begun : stop.end()].strip())
            begun = stop.end()
    return [one for one in (*found, text[begun:].strip()) if re.search(r"\w|[$%&@#+=]", one)]


def ends(text: str, stop: re.Match[str]) -> bool:
    """Whether a sentence ends at this stop."""
    after = text[stop.end() : stop.end() + LOOK].lstrip()
    if not after:
        return True
    first = after.lstrip("\"'“‘([")[:1]
    if stop["mark"][-1] in "!?":
        return not first.islower()
    if first.islower():
        return False
    if stop["mark"] != ".":
        return True
    before = text[max(0, stop.start() - LOOK) : stop.start()].rpartition(" ")[2].lstrip("(\"'“‘[")
    if before in NEVER_LAST or (before in MONTHS and first.isdigit()) or (before in BEFORE_NUMBER and first.isdigit()):
        return False
    if re.fullmatch(r"[A-Z]", before):  # an initial; "I." ends sentences
        return before == "I" and stop.start() > 1
    if before.lower() in ("a.m", "p.m"):
        return not re.match("|".join((*MONTHS, "Eastern", "Central", "Pacific", "GMT", "UTC")), after)
    if re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", before) or before in ALWAYS:
        return begins(after)
    return True


def begins(after: str) -> bool:
    """Whether what stands behind `U.S.` or `Inc.` opens a sentence: a word of those that seldom stand inside one with a
    capital."""
    word = re.match(r"[\"'“‘(\[]*([A-Za-z']+)", after)
    openers = (
        "The A An It He She They We I You This That These Those In On At But And So If When While For There My Our"
    )
    return word is not None and word[1] in openers.split()


def shortened(sentence: str, longest: int = LONGEST) -> list[str]:
    """The sentence, in pieces where it is too long: at what pauses most, near the middle; else between words."""
    if len(sentence) <= longest:
        return [sentence]
    for pause in PAUSES:
        places = [(m.start(), m.end()) for m in re.finditer(pause, sentence) if 20 < m.start() < len(sentence) - 20]
        if places:
            left, right = min(places, key=lambda place: abs(place[0] - len(sentence) / 2))
            return [*shortened(sentence[:left], longest), *shortened(sentence[right:], longest)]
    half = len(sentence) // 2
    middle = sentence.rfind(" ", 1, half + 1)
    middle = middle if middle > 0 else half
    return [*shortened(sentence[:middle], longest), *shortened(sentence[middle:].strip(), longest)]


__all__ = ["LONGEST", "Sentence", "sentences"]
