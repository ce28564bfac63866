"""A trained model that encodes to tokens, as a codec: samples <-> so many codes each, which another model learns.

In: samples of an inner codec. Out: (T,) int64, one length for every sample, and samples again. Each code-book has
symbols of its own, since a code means another thing in another: a model need not know where it is to know what it
reads. By itself every place has its own code-book; the places of a row along time may take turns at a few.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from anew.codecs.learned import LearnedCodec
from anew.contract import Codec, Model, Spec


class Codes(LearnedCodec):
    """Its model has the verbs encode(x) -> tokens_BT and decode(tokens_BT, exists_BT) -> x, and says how many `tokens`
    it makes of a grid, out of how many `codes`, and at how many `books` they take turns (by itself as many as tokens):
    so many times the codes are the symbols, and the end."""

    kind = "tokens"

    def _hold(
        self, inner: Codec, model: Model, name: str, settings: dict[str, Any], inner_settings: dict[str, Any]
    ) -> None:
        super()._hold(inner, model, name, settings, inner_settings)
        self.tokens, self.codes = int(model.tokens), int(model.codes)  # type: ignore[arg-type]
        books = int(getattr(model, "books", self.tokens))
        self.first_T = torch.arange(self.tokens) % books * self.codes  # of the symbols of each place
        self.end = end = books * self.codes
        self.spec = Spec("tokens", (self.tokens + 1,), vocab=end + 1, end=end, whole=True)

    @property
    def bits(self) -> float:
        """Of a sample's codes, each as long as every other."""
        return self.tokens * math.log2(self.codes)

    def allowed(self, chosen_BT: Tensor) -> Tensor:
        """(B, V): which symbols may follow so many chosen: the next place's own, after the last one the end."""
        may_V = torch.zeros(self.spec.vocab, dtype=torch.bool, device=chosen_BT.device)
        if (place := chosen_BT.shape[1]) < self.tokens:
            may_V[(first := int(self.first_T[place])) : first + self.codes] = True
        else:
            may_V[self.end] = True
        return may_V.expand(len(chosen_BT), -1)

    def fit(self, samples: Iterable[Any]) -> None:
        """Nothing is left to learn: the model comes trained, and its codes are what they are."""

    @torch.no_grad()
    def encode(self, samples: Sequence[Any], rng: torch.Generator | None = None) -> Tensor:
        """(B, T) int64. With `rng`, each sample is first augmented anew by the model."""
        return self._encode(self.grids(samples, rng)) + self.first_T

    @torch.no_grad()
    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Any]:
        """A row that ends early, or goes on with a symbol of another place, is decoded from what it has till then;
        what follows the T-th is dropped."""
        if not len(data):
            return []
        some_BT = pad_sequence([row[: self.tokens] for row in data], batch_first=True, padding_value=self.end)
        tokens_BT = F.pad(some_BT, (0, self.tokens - some_BT.shape[1]), value=self.end) - self.first_T
        exists_BT = ((tokens_BT >= 0) & (tokens_BT < self.codes)).long().cumprod(1).bool()
        return self.inner.decode(self._decode(tokens_BT * exists_BT, exists_BT))
