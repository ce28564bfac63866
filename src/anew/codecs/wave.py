"""Sounds <-> grids (C, L): waveforms of one rate, length and number of channels, of unit variance.

In: `Sound`s of any rate, channels and length. Out: float32 grids, and sounds in 16 bits again: exact for those that
have the codec's rate, channels and length, and 16 bits themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from anew.codecs.lengths import Lengths, fitted, short
from anew.codecs.sound import Sound
from anew.contract import Codec, Spec

Rate = Literal[16_000, 22_050, 24_000, 44_100]
FRACTION = 1 << 40  # mean squares are summed as whole numbers of this fraction, so that the order cannot matter
MULTIPLE = 64  # of values, lest a network that halves them be left with an odd one
FULL = 32768


class Wave(Codec):
    """`rate` in Hz; `channels` 1 or 2, None: as most of the training sounds have, 2 at most. `seconds`: the length of
    all; None: what nine in ten of the training sounds fit into, at most `longest`; longer ones are cut, shorter ones
    end in silence."""

    modality = "audio"
    kind = "grid"
    unit = "dimension"

    def __init__(
        self, *, rate: Rate = 16_000, channels: Literal[1, 2] | None = 1, seconds: float | None = None,
        longest: float = 1.0,
    ) -> None:  # fmt: skip
        self.rate, self.channels_asked = rate, channels
        self.lengths = Lengths(rate, seconds, longest)

    def fit(self, samples: Iterable[Sound]) -> None:
        count = several = 0
        squares = dict.fromkeys((1, 2) if self.channels_asked is None else (self.channels_asked,), 0)
        for sound in samples:
            count += 1
            several += len(sound.wave) > 1
            length = self.lengths.see(sound)
            for channels in squares:
                wave = fitted(sound, self.rate, channels, length).astype(np.float64)
                squares[channels] += round(float(np.square(wave).sum()) * FRACTION)
        length = MULTIPLE * math.ceil(self.lengths.chosen() / MULTIPLE)
        channels = self.channels_asked or (2 if 2 * several > count else 1)
        deviation = math.sqrt(squares[channels] / FRACTION / (count * channels * length))
        self.load({"channels": channels, "length": length, "deviation": max(deviation, 1e-4)})

    @property
    def length(self) -> int:
        """Values of a sound that the grid holds, in each channel."""
        return self.spec.shape[1]

    def canonical(self, sound: Sound) -> Sound:
        """Of the grid's rate and channels, no longer than it holds."""
        return short(sound, self.rate, self.spec.shape[0], self.length)

    def encode(self, samples: Sequence[Sound]) -> Tensor:
        channels, length = self.spec.shape
        rows = [torch.from_numpy(fitted(sound, self.rate, channels, length)) for sound in samples]
        return (torch.stack(rows) if rows else torch.zeros(0, channels, length)) / self.deviation

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Sound]:
        assert isinstance(data, Tensor)
        whole = (data.double() * self.deviation * FULL).round().clamp(-FULL, FULL - 1)
        return [Sound(np.ascontiguousarray((row / FULL).float().cpu().numpy()), self.rate) for row in whole]

    def state(self) -> dict[str, Any]:
        return {"channels": self.spec.shape[0], "length": self.spec.shape[1], "deviation": self.deviation}

    def load(self, state: Mapping[str, Any]) -> None:
        self.deviation = float(state["deviation"])
        self.spec = Spec("grid", (int(state["channels"]), int(state["length"])))

    def size(self, sample: Sound) -> int:
        """Dimensions of the sound as the grid holds it."""
        return math.prod(self.spec.shape)


__all__ = ["Wave"]
