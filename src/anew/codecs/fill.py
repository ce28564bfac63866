"""Filling in the middle (Bavarian et al. 2022, arXiv:2207.14255): a text cut in three and put in an order in which a
model that reads from left to right knows both sides before it writes what stands between.

    PREFIX prefix SUFFIX suffix MIDDLE middle end      (PSM, section 3)
    PREFIX SUFFIX suffix MIDDLE prefix middle end      (SPM, section 3.1, in the form that shares PSM's symbols)

In: texts and the codec's own encoding. Out: rows of tokens. A text longer than a model sees at once is rearranged
stretch by stretch (section 3.2, at the level of the context): a middle is of no use where its sides are out of sight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

SHARE = 0.5  # of the context that a stretch fills, so that about as many windows hold a whole one as cut one
SYMBOLS = 3
LEAST = 8  # characters of a stretch
Encode = Callable[[Sequence[str]], Sequence[Tensor]]


@dataclass(frozen=True)
class Sentinels:
    """The three symbols that stand before a text's parts, and a sequence's end. `suffix_first`: SPM is known too."""

    prefix: int
    suffix: int
    middle: int
    end: int
    suffix_first: bool = True

    @classmethod
    def below(cls, end: int) -> Sentinels:
        """The three symbols before the last one of a vocabulary."""
        return cls(end - 3, end - 2, end - 1, end)

    def row(self, prefix: Tensor, middle: Tensor, suffix: Tensor, suffix_first: bool) -> Tensor:
        """One text's parts in the order of SPM or PSM, without the end."""
        p, s, m = (prefix.new_tensor([symbol]) for symbol in (self.prefix, self.suffix, self.middle))
        if suffix_first:
            return torch.cat([p, s, suffix, m, prefix, middle])
        return torch.cat([p, prefix, s, suffix, m, middle])

    def gap(self, prefix: Tensor, suffix: Tensor) -> Tensor:
        """What a model reads before it writes the middle. SPM where it knows that: the prefix runs on into what is
        written, so that nothing parts the two, neither for n-grams nor for a token that the gap cuts through."""
        return self.row(prefix, prefix[:0], suffix, self.suffix_first)


def rearranged(
    samples: Sequence[str], encode: Encode, context: int, rate: float, symbols: Sentinels, rng: torch.Generator
) -> list[Tensor]:
    """Each text's tokens; of the share `rate` of the texts rearranged, half of the stretches as PSM and half as SPM,
    cut at two characters drawn evenly. What is rearranged stands between end symbols, as a text of its own."""
    rows = []
    for sample in samples:
        runs = [run for run in stretches(sample, encode, context, rate, rng) if run.text]
        parts = iter(encode([part for run in runs for part in run.parts]))
        pieces: list[Tensor] = []
        for run in runs:
            if pieces:
                pieces.append(torch.tensor([symbols.end]))
            if run.cuts is None:
                pieces.append(next(parts))
            else:
                pieces.append(symbols.row(next(parts), next(parts), next(parts), run.suffix_first))
        rows.append(torch.cat(pieces) if pieces else torch.empty(0, dtype=torch.long))
    return rows


@dataclass(frozen=True)
class Run:
    """A stretch to rearrange, cut at two places; or a text that stays as it is."""

    text: str
    cuts: tuple[int, int] | None = None
    suffix_first: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        if self.cuts is None:
            return (self.text,)
        a, b = self.cuts
        return self.text[:a], self.text[a:b], self.text[b:]


def stretches(sample: str, encode: Encode, context: int, rate: float, rng: torch.Generator) -> list[Run]:
    """The text as runs, in order, which joined are the text again: all its stretches to rearrange, or the whole as it
    is. A text that stays ends where it ends and nowhere else, lest a model learn that one may end anywhere."""
    picked = torch.rand((), generator=rng, dtype=torch.float64).item() < rate
    if not picked or not sample:
        return [Run(sample)]
    (tokens,) = encode([sample])
    length = max(LEAST, int(SHARE * context * len(sample) / max(1, len(tokens))))
    texts = [sample[begin : begin + length] for begin in range(0, len(sample), length)]
    chance_N3 = torch.rand(len(texts), 3, generator=rng, dtype=torch.float64).tolist()
    runs = []
    for text, (first, second, order) in zip(texts, chance_N3, strict=True):
        a, b = sorted(int(place * (len(text) + 1)) for place in (first, second))
        runs.append(Run(text, (a, b), order < 0.5))
    return runs


def within(prefix: Tensor, suffix: Tensor, room: int) -> tuple[Tensor, Tensor]:
    """What of both sides fits into `room` tokens: the prefix's end and the suffix's beginning. The suffix takes a
    third, and either takes what the other leaves."""
    after = min(len(suffix), max(room // 3, room - len(prefix)))
    before = min(len(prefix), room - after)
    return prefix[len(prefix) - before :], suffix[:after]
