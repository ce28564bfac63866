"""The rule for captions: markup, entities and invisible characters go, white space and accents are made one, what is
too long is cut, and what is empty or said twice is dropped. Every script stays as it is.

In: a record. Out: the record with its captions tidied, and in a tally what went and why.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from dataclasses import replace

from anew.codecs.markup import tidy
from anew.data.manifest import canonical
from anew.data.records import Record

MOST_CHARS = 300  # of a caption; no reader of captions that anew knows takes in more
MOST_CAPTIONS = 32  # of a picture
SAYS = {"L", "N", "S", "M"}  # of what says something: letters, numbers, signs


def tidied(record: Record, tally: Counter[str]) -> Record:
    """The record with what is left of its captions. `tally` counts what was dropped or cut, by reason."""
    kept: dict[str, str] = {}
    for caption in record.captions:
        clear = tidy(caption)
        cut = shortened(clear)
        if not any(unicodedata.category(letter)[0] in SAYS for letter in cut):
            tally["empty"] += 1
        elif cut.casefold() in kept:
            tally["said twice"] += 1
        elif len(kept) == MOST_CAPTIONS:
            tally[f"more than {MOST_CAPTIONS} of a picture"] += 1
        else:
            kept[cut.casefold()] = cut
            tally[f"cut at {MOST_CHARS} characters"] += cut != clear
    return replace(record, captions=tuple(kept.values()))


def shortened(caption: str) -> str:
    """At most MOST_CHARS of it, up to a word's end where there is one in the second half."""
    if len(caption) <= MOST_CHARS:
        return caption
    head = caption[: MOST_CHARS + 1]
    at = head.rfind(" ")
    return head[:at] if at > MOST_CHARS // 2 else head[:MOST_CHARS]


def digest(record: Record) -> bytes:
    """What a record says, capitals and order apart; b"" where it says nothing. Two pictures that are alike are one only
    where it is the same."""
    if not record.captions and not record.facts:
        return b""
    return hashlib.sha256(canonical([sorted(c.casefold() for c in record.captions), dict(record.facts)])).digest()


def hash_with(record: Record) -> str:
    """The record's hash, or one of its value and of what it says: the same picture said to be something else is no copy
    of it."""
    said = digest(record)
    return hashlib.sha256(bytes.fromhex(record.hash) + said).hexdigest() if said else record.hash
