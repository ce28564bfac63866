"""Scores as what sounds on each quarter, through the words of `Events`: the form in which chorales are compared.

In: `Score`. Out: the outline's tokens, and how many quarters they tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from anew.codecs.event_words import STEPS
from anew.codecs.events import Events
from anew.codecs.score import Score
from anew.contract import Spec


@dataclass(frozen=True)
class Outline:
    """A view of a fitted `Events`, which tells of a score the pitches on each quarter alone. No codec: it learns
    nothing, has no state of its own, and nothing is drawn by it."""

    events: Events

    @property
    def spec(self) -> Spec:
        return self.events.spec

    def encode(self, samples: Sequence[Score]) -> list[Tensor]:
        """(T,) int64 each."""
        return self.events.outline(samples)

    def size(self, sample: Score) -> int:
        """Quarters."""
        kinds = self.events.words.kinds
        (tokens,) = self.encode([sample])
        return int(torch.stack([kinds[kind] for kind in STEPS]).any(0)[tokens].sum())


def pitched(events: Events, tokens: Tensor) -> Tensor:
    """Which tokens say what sounds, (T,) bool."""
    made: Tensor = (events.words.kinds["pitch"] | events.words.kinds["rest"])[tokens]
    return made


def beneath(events: Events, tokens: Tensor) -> Tensor:
    """Which of an outline's tokens say what sounds beneath its first voice, (T,) bool."""
    sounding = pitched(events, tokens)
    first = torch.cat([torch.zeros(1, dtype=torch.bool), sounding[:-1]]) < sounding  # what follows a step's word
    return sounding & ~first
