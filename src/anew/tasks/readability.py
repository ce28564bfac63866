"""How easily an English text reads: Flesch's reading ease.

In: a text. Out: a number, about 100 for the plainest prose and below 30 for what scholars write. Other languages need
other constants.
"""

from __future__ import annotations

import re

from anew.tasks.facts import WORD
from anew.tasks.passages import sentences

VOWELS = re.compile(r"[aeiouyà-öø-ý]+")
SILENT = re.compile(r"(?:[^laeiouy]e|[^aeiouydt]ed|[^aeiouysxzcg]es)$")


def reading_ease(text: str) -> float | None:
    """206.835 - 84.6 · syllables a word - 1.015 · words a sentence (Flesch 1948, A new readability yardstick, Journal
    of Applied Psychology 32, who counts syllables by the hundred words); None for a text without words."""
    words = [match[0] for match in WORD.finditer(text)]
    if not words:
        return None
    count = sum(1 for one in sentences(text) if WORD.search(one.text))
    return 206.835 - 84.6 * sum(map(syllables, words)) / len(words) - 1.015 * len(words) / count


def syllables(word: str) -> int:
    """Groups of vowels, without an e that is not heard at the end; never none."""
    word = word.lower()
    return max(1, len(VOWELS.findall(word)) - bool(SILENT.search(word)))
