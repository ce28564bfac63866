"""A sound as a value, and what changes one: its rate and its channels. Needs no torch.

In and out: `Sound`, float32 waveforms (C, L) in [-1, 1] with their rate in Hz.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from anew.errors import DataError

Wave = NDArray[np.float32]
LOWEST_RATE, HIGHEST_RATE = 2_000, 384_000  # Hz
CANCELLED = 1e-3  # of a channel's power


@dataclass(frozen=True, eq=False)
class Sound:
    """`wave`: float32 (C, L) in [-1, 1], L may be 0. `rate`: values a second in each channel, in Hz.

    Equal are two sounds of the same rate with the same bits. DataError: another shape or type, or a rate out of range.
    """

    wave: Wave
    rate: int

    def __post_init__(self) -> None:
        wave = self.wave
        if not isinstance(wave, np.ndarray) or wave.dtype != np.float32 or wave.ndim != 2 or not len(wave):
            raise DataError("a sound's wave is a float32 array (channels, values)")
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise DataError(f"a rate of {self.rate:,} Hz is none from {LOWEST_RATE:,} to {HIGHEST_RATE:,} Hz")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sound) and self.rate == other.rate and np.array_equal(self.wave, other.wave)

    def __hash__(self) -> int:
        return hash((self.rate, self.wave.tobytes()))

    def __repr__(self) -> str:
        channels = {1: "mono", 2: "stereo"}.get(len(self.wave), f"{len(self.wave)} channels")
        return f"Sound({self.seconds:.3f} s, {self.rate:,} Hz, {channels})"

    def __len__(self) -> int:
        """Values of a channel."""
        return int(self.wave.shape[1])

    @property
    def seconds(self) -> float:
        return self.wave.shape[1] / self.rate

    @property
    def peak(self) -> float:
        """The largest magnitude; 0 of an empty sound."""
        return float(np.abs(self.wave).max(initial=0.0))

    def _repr_html_(self) -> str:
        """A player under what it looks like, as a notebook shows it."""
        from anew.codecs.sound_show import players

        return players([self])

    def at_rate(self, rate: int) -> Sound:
        """The same sound at another rate, by a band-limited filter of linear phase (libsoxr, its 20-bit quality).

        The same bytes every time on one machine. What overshoots full scale is cut off there.
        """
        if rate == self.rate:
            return self
        if not self.wave.size:
            return Sound(self.wave, rate)
        changed = soxr.resample(np.ascontiguousarray(self.wave.T), self.rate, rate, quality="HQ")
        return Sound(np.ascontiguousarray(np.clip(changed, -1.0, 1.0).T, dtype=np.float32), rate)

    def in_channels(self, channels: int) -> Sound:
        """The mean of all channels in each, or the loudest one, where their mean has less than a CANCELLED part of its
        power: channels of opposite signs would leave nothing."""
        if channels == len(self.wave):
            return self
        power = np.square(self.wave, dtype=np.float64).sum(1)
        mixed = self.wave.mean(0, dtype=np.float64).astype(np.float32)
        if np.square(mixed, dtype=np.float64).sum() < CANCELLED * power.max():
            mixed = self.wave[power.argmax()]
        return Sound(np.repeat(mixed[None], channels, 0), self.rate)


__all__ = ["HIGHEST_RATE", "LOWEST_RATE", "Sound", "Wave"]
