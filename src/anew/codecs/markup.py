"""What people write as a caption without what is no part of it: markup, entities, and what cannot be seen.

In: a text as it was typed, copied or read from a file. Out: one line, its accents composed; every script stays as it
is. Needs no torch.
"""

from __future__ import annotations

import html
import re
import unicodedata

TAGS = (
    "a abbr b big blockquote body br center code div em figcaption font h1 h2 h3 h4 h5 h6 head hr html i img li ol p \
pre q s small span strike strong sub sup table tbody td th thead title tr tt u ul".split()
)
UNSEEN = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
TAG = re.compile(rf"</?(?:{'|'.join(TAGS)})(?:\s[^<>]*)?/?>", re.IGNORECASE)
JOINERS = "\u200c\u200d"  # which letters of Persian and parts of emoji hang together
DROPPED = {"Cc", "Cf", "Co", "Cs", "Cn"}


def tidy(caption: str) -> str:
    """Without markup and what cannot be seen, in one line, its accents composed (NFC)."""
    for _ in range(2):  # markup may be written as entities
        caption = html.unescape(TAG.sub(" ", UNSEEN.sub(" ", caption)))
    caption = TAG.sub(" ", UNSEEN.sub(" ", caption))
    seen = "".join(c for c in " ".join(caption.split()) if c in JOINERS or unicodedata.category(c) not in DROPPED)
    return unicodedata.normalize("NFC", " ".join(seen.split()).strip(JOINERS + " "))


__all__ = ["tidy"]
