"""How a word that no dictionary has is said: a joint model of letters and phonemes, learnt from a dictionary.

In: words with their pronunciations to learn from; a word. Out: phonemes of ARPAbet, vowels with their stress (0, 1, 2).

Each letter is aligned with up to two phonemes by dynamic programming (Viterbi training); pairs of a letter and what it
stands for are then counted in runs of up to ORDER, and a word is read as the likeliest run of pairs that spells it.
(Bisani and Ney, Joint-sequence models for grapheme-to-phoneme conversion, Speech Communication 50, 2008; letters and
phonemes are paired one to at most two here, and smoothed as Kneser and Ney do it, ICASSP 1995.)
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

ORDER = 7  # pairs in a row, the one that is read included
DISCOUNT = 0.8
BEAM, WORST = 16, 9.0  # readings that are kept, and how much less likely than the best (nats)
ROUNDS, ENOUGH = 3, 8_000  # of alignment, and the words that it is learnt from
FIRST_PAIR = 0x4E00  # pairs are numbered from here on, each a character of its own, so that a run of them is a str
SEEN_TWICE = 3  # runs longer than this are kept where they were seen twice
EDGE = "^"
PRIOR = 0.05

Phones = tuple[str, ...]
Pair = tuple[str, Phones]


def align(words: Sequence[tuple[str, Phones]], rounds: int = ROUNDS) -> list[list[Pair]]:
    """Each word as pairs of a letter and up to two phonemes, the likeliest under what words have in common, of which
    every n-th tells enough. A word with more than twice as many phonemes as letters is left out."""
    words = [(word, phones) for word, phones in words if 0 < len(phones) <= 2 * len(word)]
    some = words[:: max(1, len(words) // ENOUGH)]
    score = begin(some)
    for _ in range(rounds):
        score = scores([path for word, phones in some if (path := best_path(word, phones, score))])
    return [path for word, phones in words if (path := best_path(word, phones, score))]


def scores(paths: Iterable[Sequence[Pair]]) -> dict[Pair, float]:
    """ln p of what a letter stands for, over aligned words."""
    counts = Counter(pair for path in paths for pair in path)
    letters: Counter[str] = Counter()
    for (letter, _), n in counts.items():
        letters[letter] += n
    return {pair: math.log((n + PRIOR) / (letters[pair[0]] + 1)) for pair, n in counts.items()}


def begin(words: Sequence[tuple[str, Phones]]) -> dict[Pair, float]:
    """Scores to begin with: how often a phoneme stands about where the letter does."""
    together: defaultdict[Pair, float] = defaultdict(float)
    for word, phones in words:
        ratio = len(phones) / len(word)
        for i, letter in enumerate(word):
            at = int(i * ratio)
            for j in range(max(0, at - 1), min(len(phones), at + 2)):
                together[letter, phones[j : j + 1]] += 1.0 if j == at else 0.5
    total: Counter[str] = Counter()
    for (letter, _), n in together.items():
        total[letter] += n  # type: ignore[assignment]
    return {pair: math.log(n / total[pair[0]]) for pair, n in together.items()}


def best_path(word: str, phones: Phones, score: Mapping[Pair, float]) -> list[Pair]:
    """The likeliest alignment of one word; empty where there is none."""
    many, worst = len(phones), -1e9
    reached = [0.0] + [worst] * many  # after the letters so far: by how many phonemes are used
    steps: list[list[int]] = []
    for letter in word:
        after, taken = [worst] * (many + 1), [0] * (many + 1)
        for used, so_far in enumerate(reached):
            if so_far <= worst:
                continue
            for n in range(min(3, many - used + 1)):
                told = so_far + pair_score(letter, phones[used : used + n], score)
                if told > after[used + n]:
                    after[used + n], taken[used + n] = told, n
        reached = after
        steps.append(taken)
    if reached[many] <= worst:
        return []
    path, used = [], many
    for letter, taken in zip(reversed(word), reversed(steps), strict=True):
        n = taken[used]
        path.append((letter, phones[used - n : used]))
        used -= n
    return path[::-1]


def pair_score(letter: str, phones: Phones, score: Mapping[Pair, float]) -> float:
    """Of two phonemes that were never seen together: as if each were said by itself, and rarely."""
    if (known := score.get((letter, phones))) is not None:
        return known
    if len(phones) == 2:
        return -4.0 + score.get((letter, phones[:1]), -9.0) + score.get((letter, phones[1:]), -9.0)
    return -3.0 if not phones else -12.0


class Letters:
    """Reads words by what it has learnt. `state`: JSON values, all that `restore` needs."""

    def __init__(self, pairs: Sequence[Pair], runs: Mapping[str, int]) -> None:
        self.pairs, self.runs = list(pairs), dict(runs)
        self.of_letter: defaultdict[str, list[str]] = defaultdict(list)
        for i, (letter, _) in enumerate(self.pairs):
            self.of_letter[letter].append(chr(FIRST_PAIR + i))
        self.totals: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        for run, n in self.runs.items():
            self.totals[run[:-1]] += n
            self.kinds[run[:-1]] += 1

    @classmethod
    def learn(cls, words: Iterable[tuple[str, Phones]]) -> Self:
        """From words in small letters with their phonemes."""
        paths = align(list(words))
        seen = Counter(pair for path in paths for pair in path)
        pairs = sorted(pair for pair, n in seen.items() if n > 2)
        number = {pair: chr(FIRST_PAIR + i) for i, pair in enumerate(pairs)}
        runs: Counter[str] = Counter()
        for path in paths:
            if all(pair in number for pair in path):
                told = EDGE * (ORDER - 1) + "".join(number[pair] for pair in path) + EDGE
                for end in range(ORDER, len(told) + 1):
                    for n in range(1, ORDER + 1):
                        runs[told[end - n : end]] += 1
        return cls(pairs, kneser_ney(runs))

    @property
    def state(self) -> dict[str, Any]:
        return {"pairs": [[letter, list(phones)] for letter, phones in self.pairs], "runs": self.runs}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        return cls([(letter, tuple(phones)) for letter, phones in state["pairs"]], state["runs"])

    def chance(self, run: str) -> float:
        """p of the last of a run, given those before it."""
        if not run:
            return 1.0 / (len(self.pairs) + 1)
        context = run[:-1]
        total = self.totals.get(context, 0)
        below = self.chance(run[1:]) if len(run) > 1 else 1.0 / (len(self.pairs) + 1)
        if not total:
            return below
        return (max(self.runs.get(run, 0) - DISCOUNT, 0.0) + DISCOUNT * self.kinds[context] * below) / total

    def read(self, word: str) -> list[str]:
        """The phonemes of a word of a to z and '; other characters say nothing. One vowel bears the stress."""
        beam = [(0.0, EDGE * (ORDER - 1))]
        for letter in word.lower():
            if letter not in self.of_letter:
                continue
            longer = [
                (cost - math.log(self.chance(told[-ORDER + 1 :] + pair)), told + pair)
                for cost, told in beam
                for pair in self.of_letter[letter]
            ]
            longer.sort()
            beam = [one for one in longer[:BEAM] if one[0] <= longer[0][0] + WORST]
        _, best = min((cost - math.log(self.chance(told[-ORDER + 1 :] + EDGE)), told) for cost, told in beam)
        return stressed([phone for one in best if one != EDGE for phone in self.pairs[ord(one) - FIRST_PAIR][1]])


def kneser_ney(runs: Mapping[str, int]) -> dict[str, int]:
    """Counts of the longest runs as they are, of shorter ones in how many kinds of company they were seen."""
    before = Counter(run[1:] for run in runs if len(run) > 1)
    kept = ((run, n) for run, n in runs.items() if n > 1 or len(run) <= SEEN_TWICE)
    return {run: n if len(run) == ORDER else max(1, before[run]) for run, n in kept}


def stressed(phones: Sequence[str]) -> list[str]:
    """With one vowel of the first stress: the first that has it; where none has, the first of the second, or the first
    vowel of all that is not a schwa."""
    found, vowels = list(phones), [i for i, phone in enumerate(phones) if phone[-1].isdigit()]
    strong = [i for i in vowels if found[i].endswith("1")]
    for i in strong[1:]:
        found[i] = found[i][:-1] + "2"
    if vowels and not strong:
        ranked = sorted(vowels, key=lambda i: (not found[i].endswith("2"), found[i].startswith("AH"), i))
        found[ranked[0]] = found[ranked[0]][:-1] + "1"
    return found


__all__ = ["Letters", "align", "stressed"]
