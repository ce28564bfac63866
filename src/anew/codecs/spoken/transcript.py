"""Transcripts <-> rows of phonemes that a model's condition holds.

In: English as people write it, behind the speaker's name and a tab where there are several. Out: (B, L) int64, padded
with 0, for `Cond.tokens_BL`: first who speaks, then phonemes of ARPAbet with their stress, marks, and the bounds
between words; and the phonemes again, as people read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from anew.codecs.spoken.phonemes import PHONES, Phonemes
from anew.codecs.spoken.words import MARKS, in_words
from anew.contract import Codec, Spec
from anew.errors import DataError, RecipeError

PAD = 0
BEGIN, BOUND, END = "<", "|", ">"  # of a sentence, of a word, of a sentence
WHO = "\t"  # between a speaker's name and what is said
MOST_SPEAKERS = 1_000
SYMBOLS = (*PHONES, *MARKS, BEGIN, BOUND, END)
PLACE = {symbol: 1 + i for i, symbol in enumerate(SYMBOLS)}


class Transcript(Codec):
    """`longest`: L, of a sentence with its marks and bounds. The vocabulary is English and the same for all data, but
    for `speakers`, by whose name in place of BEGIN a row opens where there are two or more; words
    that the dictionary lacks are read by their letters."""

    modality = "caption"
    lossy = True  # spelling

    def __init__(self, *, longest: int = 224) -> None:
        self.longest = longest
        self._know(())

    def _know(self, speakers: Sequence[str]) -> None:
        self.speakers = tuple(speakers)
        self.place = PLACE | {WHO + name: len(PLACE) + 1 + i for i, name in enumerate(speakers)}
        self.spec = Spec("tokens", (self.longest,), vocab=len(self.place) + 1)

    @cached_property
    def phonemes(self) -> Phonemes:
        """Without espeak-ng, so that a text is read alike on every machine."""
        return Phonemes.english(espeak=False)

    def fit(self, samples: Iterable[str]) -> None:
        """Who speaks is learnt, where there are several. DataError: no transcript says anything, or there are more
        speakers than a model can tell apart."""
        names, says = set[str](), False
        for sample in samples:
            names.add(sample.rpartition(WHO)[0])
            says = says or bool(self.read(sample))
        if not says:
            raise DataError("no transcripts to learn from", next_command="anew clean --help")
        if len(names) > MOST_SPEAKERS:
            raise DataError(
                f"{len(names):,} speakers: {MOST_SPEAKERS:,} at most", next_command="the same without labels"
            )
        self._know(sorted(names - {""}) if len(names) > 1 else ())

    def read(self, sample: str) -> list[str]:
        """The symbols of a text between its speaker, or BEGIN, and END; none where it says nothing."""
        name, _, text = sample.rpartition(WHO)
        return self.laid_out(self.phonemes.of(in_words(text)), name)

    def opening(self, speaker: str) -> str:
        """The symbol before all that a speaker says."""
        return WHO + speaker if speaker in self.speakers else BEGIN

    def laid_out(self, words: Sequence[Sequence[str]], speaker: str = "") -> list[str]:
        """Words and marks as lists of phonemes -> symbols, with a bound before each word but the first."""
        if not any(word and word[0] not in MARKS for word in words):
            return []
        found = [self.opening(speaker)]
        for word in words:
            found += [*([BOUND] if len(found) > 1 and word[0] not in MARKS else []), *word]
        return [*found, END]

    def encode(self, samples: Sequence[str]) -> Tensor:
        """(B, L) int64; of a longer one the beginning is kept."""
        return self.rows([self.read(sample) for sample in samples])

    def rows(self, symbols: Sequence[Sequence[str]]) -> Tensor:
        """(B, L) int64."""
        made = torch.full((len(symbols), self.longest), PAD, dtype=torch.int64)
        for row, one in zip(made, symbols, strict=True):
            kept = [self.place[symbol] for symbol in one[: self.longest]]
            row[: len(kept)] = torch.tensor(kept, dtype=torch.int64)
        return made

    def longer(self, samples: Sequence[str]) -> int:
        """How many have more symbols than are read."""
        return sum(len(self.read(sample)) > self.longest for sample in samples)

    def check(self, samples: Iterable[str]) -> None:
        """RecipeError for what a person asks for where nothing is said, or more than is read."""
        for sample in samples:
            length = len(self.read(sample))
            if not length:
                raise RecipeError("nothing in the text can be said in English", next_command='the same with "Hello."')
            if length > self.longest:
                what = f"the text has {length} phonemes, marks and bounds, and this model says {self.longest} at a time"
                raise RecipeError(f"{what}: {sample[:40]!r} …", next_command="anew speak, which says it by sentences")

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        """`HH AH0 L OW1 | W ER1 L D .`, behind `ada:` where there are several speakers."""
        said = [*SYMBOLS, *(f"{name}:" for name in self.speakers)]
        return [" ".join(said[i - 1] for i in row.tolist() if i != PAD).strip("<> ") for row in data]

    def state(self) -> dict[str, Any]:
        return {"longest": self.longest, "speakers": list(self.speakers)}

    def load(self, state: Mapping[str, Any]) -> None:
        self.longest = int(state["longest"])
        self._know(state.get("speakers", ()))


__all__ = ["PAD", "SYMBOLS", "WHO", "Transcript"]
