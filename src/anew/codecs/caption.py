"""Captions <-> rows of tokens that a model's condition holds.

In: captions of any language. Out: (B, L) int64, padded with 0, for `Cond.tokens_BL`; and the captions again, in lower
case and with single blanks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from anew.codecs.markup import tidy
from anew.codecs.text import BytePairs
from anew.contract import Codec, Spec
from anew.errors import DataError, RecipeError

PAD = 0


class Caption(Codec):
    """Byte pairs of at most `vocab` symbols over plain words, `longest` L of them a caption. Nothing is unknown: what
    the training captions lack is spelled in bytes. `alike`: words that are read as others. `letters`: those beyond
    ASCII of the training captions; None where that was not kept, and is told by the symbols."""

    modality = "caption"
    lossy = True  # case, and how words are parted

    def __init__(self, *, longest: int = 24, vocab: int = 2048) -> None:
        self.longest = longest
        self.pairs = BytePairs(context=longest, vocab=vocab)
        self.alike: dict[str, str] = {}
        self.letters: str | None = None

    def fit(self, samples: Iterable[str]) -> None:
        plain = sorted({plainly(sample) for sample in samples})
        if not plain:
            raise DataError("no captions to learn from", next_command="anew clean --help")
        self.pairs.fit(plain)
        self.letters = beyond_ascii("".join(plain))
        self._know()

    def _know(self) -> None:
        self.spec = Spec("tokens", (self.longest,), vocab=self.pairs.spec.vocab)

    def encode(self, samples: Sequence[str]) -> Tensor:
        """(B, L) int64; of a longer caption the beginning is kept."""
        rows = torch.full((len(samples), self.longest), PAD, dtype=torch.int64)
        for row, ids in zip(rows, self._symbols(samples), strict=True):
            kept = ids[: self.longest] + 1
            row[: len(kept)] = kept
        return rows

    def longer(self, samples: Sequence[str]) -> int:
        """How many have more tokens than are read."""
        return sum(len(ids) > self.longest for ids in self._symbols(samples))

    def _symbols(self, samples: Sequence[str]) -> list[Tensor]:
        return self.pairs.encode([self.read_as(sample) for sample in samples])

    def read_as(self, sample: str) -> str:
        """The caption in the words that are read of it."""
        words = plainly(sample).split()
        return "".join(f" {self.alike.get(word, word)}" for word in words)

    def otherwise(self, sample: str) -> dict[str, str]:
        """Its words that are read as others."""
        return {word: self.alike[word] for word in plainly(sample).split() if word in self.alike}

    def unheard(self, sample: str) -> list[str]:
        """Its words of which the training captions have no letter: another script, mostly."""
        known = self.letters
        if known is None:
            known = beyond_ascii(b"\n".join(self.pairs.pieces()).decode("utf-8", "ignore"))
        parts = [(word, [letter for letter in word if letter.isalpha()]) for word in plainly(sample).split()]
        return [word for word, own in parts if own and not any(one.isascii() or one in known for one in own)]

    def check(self, samples: Iterable[str]) -> None:
        """RecipeError for what a person asks for where nothing is said, or more than is read."""
        for sample in samples:
            (ids,) = self._symbols([sample])
            if not len(ids):
                raise RecipeError("the prompt says nothing", next_command='the same with "a red heart"')
            if len(ids) > self.longest:
                what = f"the prompt has {len(ids)} tokens, and this model reads {self.longest}: {sample[:40]!r} …"
                unheard = " ".join(self.unheard(sample))[:40]
                what += f"; its captions have no letter of {unheard!r}, which is spelled in bytes" if unheard else ""
                raise RecipeError(what, next_command="a shorter prompt")

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        return [text.strip() for text in self.pairs.decode([row[row != PAD] - 1 for row in data])]

    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = {"longest": self.longest, "pairs": self.pairs.state()}
        told |= {"alike": self.alike} if self.alike else {}
        return told | ({} if self.letters is None else {"letters": self.letters})

    def load(self, state: Mapping[str, Any]) -> None:
        self.longest = int(state["longest"])
        self.pairs.load(state["pairs"])
        self.alike = {str(word): str(other) for word, other in state.get("alike", {}).items()}
        self.letters = None if state.get("letters") is None else str(state["letters"])
        self._know()


def plainly(caption: str) -> str:
    """The caption as it is read: without markup, NFKC, lower case, each word after one blank, so that it is one symbol
    wherever it stands; commas, hyphens and quotes part words as blanks do."""
    folded = unicodedata.normalize("NFKC", tidy(caption)).casefold()
    words = "".join(letter if is_part(letter) else " " for letter in folded).split()
    return "".join(f" {word}" for word in words)


def beyond_ascii(text: str) -> str:
    """Its letters that are not of ASCII, each once."""
    return "".join(sorted({letter for letter in text if letter.isalpha() and not letter.isascii()}))


def is_part(letter: str) -> bool:
    """Of a word: letters, numbers, the marks by which many scripts write vowels, and a few signs."""
    return letter.isalnum() or letter in "'&+#%/" or unicodedata.category(letter)[0] == "M"


__all__ = ["PAD", "Caption", "plainly"]
