"""Sounds of one length: which length suits those that are learnt from, and a sound brought to it. Needs no torch."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from anew.codecs.sound import HIGHEST_RATE, LOWEST_RATE, Sound, Wave
from anew.errors import DataError

SHARE = 0.9  # of the sounds, that fit whole


class Lengths:
    """Values a sound of `rate` Hz has: those of `seconds`, or what SHARE of the sounds seen fit into, at most those of
    `longest` seconds. DataError: a rate or a length that no codec has."""

    def __init__(self, rate: int, seconds: float | None, longest: float) -> None:
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise DataError(f"codec.rate {rate}: {LOWEST_RATE:,} to {HIGHEST_RATE:,} Hz")
        for told in (longest, longest if seconds is None else seconds):
            if not 0.01 <= told <= 600:
                raise DataError(f"sounds of {told:g} seconds: 0.01 to 600")
        self.rate, self.most = rate, round(rate * (longest if seconds is None else seconds))
        self.fixed = seconds is not None
        self.seen = Counter[int]()

    def see(self, sound: Sound) -> int:
        """Its values at the rate, as far as they may count."""
        length = min(math.ceil(sound.wave.shape[1] * self.rate / sound.rate), self.most)
        self.seen[length] += 1
        return length

    def chosen(self) -> int:
        """The length that suits what was seen since the last time. DataError: nothing was."""
        seen, self.seen = self.seen, Counter()
        if not seen:
            raise DataError("no usable sounds to learn from", next_command="anew clean --help")
        return self.most if self.fixed else sorted(seen.elements())[math.ceil(SHARE * seen.total()) - 1]


def short(sound: Sound, rate: int, channels: int, length: int) -> Sound:
    """The sound at the rate, in so many channels, at most `length` values long."""
    most = math.ceil((length + 1) * sound.rate / rate) + sound.rate // 10  # what is cut anyway need not be resampled
    begin = Sound(sound.wave[:, :most], sound.rate) if sound.wave.shape[1] > most else sound
    return Sound(np.ascontiguousarray(begin.in_channels(channels).at_rate(rate).wave[:, :length]), rate)


def fitted(sound: Sound, rate: int, channels: int, length: int) -> Wave:
    """(channels, length): the sound at the rate, cut, or with silence after it."""
    wave = short(sound, rate, channels, length).wave
    return np.ascontiguousarray(np.pad(wave, ((0, 0), (0, length - wave.shape[1]))))


__all__ = ["Lengths", "fitted", "short"]
