"""Scores as what sounds on each quarter, through the words of `Events`: the form in which chorales are compared.

In: `Score`. Out: the outline's tokens, and how many quarters they tell; samples come back as chords a quarter long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from anew.codecs.event_words import STEPS
from anew.codecs.events import Events
from anew.codecs.score import Score
from anew.contract import Codec


class Outline(Codec):
    """A view of a fitted `Events`: exact of the pitches on each quarter, which is all that it says it keeps."""

    modality = "music"
    unit = "step"

    def __init__(self, events: Events) -> None:
        self.events, self.spec = events, events.spec

    def fit(self, samples: Iterable[Score]) -> None:
        raise NotImplementedError("a view of a codec that is fitted")

    def encode(self, samples: Sequence[Score]) -> list[Tensor]:
        return self.events.outline(samples)

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Score]:
        return self.events.decode(data)

    def state(self) -> dict[str, Any]:
        return self.events.state()

    def load(self, state: Mapping[str, Any]) -> None:
        raise NotImplementedError("a view of a codec that is loaded")

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
