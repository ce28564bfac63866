"""How much of what is said is understood: the word error rate.

In: texts, and what an ear wrote down of each. Out: a metric over all words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anew.codecs.spoken.phonemes import distance
from anew.codecs.spoken.words import in_words
from anew.validate.interval import bootstrap, ratio_of_sums
from anew.validate.metric import Metric, Unmeasured


def word_error_rate(
    pairs: Sequence[tuple[str, str]], name: str, note: str, rng: np.random.Generator, draws: int = 1000
) -> Metric:
    """Words left out, put in and taken for others (Levenshtein), a word of the texts; over (said, heard). Unmeasured
    where nothing was said."""
    counted = [errors(said, heard) for said, heard in pairs]
    rows = np.array(counted, dtype=float).reshape(-1, 2)
    if not rows[:, 1].sum():
        raise Unmeasured("nothing was said that could be heard")
    low, high = bootstrap(rows, ratio_of_sums, rng, draws)
    return Metric(name, ratio_of_sums(rows), low, high, len(rows), "share", "surrogate", "lower", note)


def errors(said: str, heard: str) -> tuple[int, int]:
    """Wrong words, and how many the text has."""
    true = words(said)
    return distance(words(heard), true), len(true)


def words(text: str) -> list[str]:
    """In small letters and without marks, numbers read out, so that "3" is "three"."""
    return "".join(one for one in in_words(text).lower() if one.isalpha() or one == " ").split()


__all__ = ["errors", "word_error_rate", "words"]
