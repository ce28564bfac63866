"""How loud a sound is, as ITU-R BS.1770-4 measures programmes, and the same sound as loud as is wanted. Needs no torch.

In: a `Sound` of one or two channels. Out: LUFS (a sine of 997 Hz at full scale in one channel has -3.01), or a sound.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from anew.codecs.sound import Sound, Wave

# The two filters at 48 kHz (tables 1 and 2): b0, b1, b2 over 1, a1, a2. Their response is taken at the same frequencies
# whatever the sound's own rate.
DESIGNED = 48_000
SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585))
HIGH_PASS = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))
OFFSET = -0.691
BLOCK, STEP = 0.4, 0.1  # seconds
ABSOLUTE, RELATIVE = -70.0, -10.0  # LUFS, LU: quieter blocks do not count
HIGHEST_PEAK = 10 ** (-1 / 20)  # -1 dB of full scale
TAIL = 0.25  # seconds of silence after the sound, into which the filters ring
PIECE = 1 << 19  # values of a channel that are transformed at once


def loudness(sound: Sound) -> float:
    """Integrated, in LUFS; -inf of one without any block above -70. A sound shorter than a block of 400 ms is one."""
    squares = weighted_squares(sound)
    length = sound.wave.shape[1]
    if not length:
        return -math.inf
    block, step = min(round(BLOCK * sound.rate), length), max(1, round(STEP * sound.rate))
    sums = np.concatenate([[0.0], np.cumsum(squares)])
    begins = np.arange(0, length - block + 1, step)
    power = (sums[begins + block] - sums[begins]) / block
    loud = power[power > power_of(ABSOLUTE)]
    if not len(loud):
        return -math.inf
    return lufs_of(float(loud[loud > loud.mean() * 10 ** (RELATIVE / 10)].mean()))


def weighted_squares(sound: Sound) -> NDArray[np.float64]:
    """(L,): squares of the channels through both filters, summed; a long sound piece by piece, since a transform of all
    of it takes fifty times its memory."""
    length, tail = sound.wave.shape[1], round(TAIL * sound.rate)
    if length <= PIECE:
        return np.asarray(np.square(weighted(sound.wave, sound.rate, length + tail)).sum(0))
    size, made = 1 << (PIECE + 2 * tail - 1).bit_length(), np.empty(length)
    for begin in range(0, length, PIECE):
        before = min(begin, tail)  # from which the filters still ring
        part = weighted(sound.wave[:, begin - before : begin + PIECE], sound.rate, size)[:, before:]
        made[begin : begin + PIECE] = np.square(part).sum(0)
    return made


def weighted(wave: Wave, rate: int, size: int) -> NDArray[np.float64]:
    """(C, L): the channels through both filters, by their response at each frequency of `size` values."""
    length = wave.shape[1]
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(size, 1 / rate) / DESIGNED)
    response = np.ones(len(turn), np.complex128)
    for above, below in (SHELF, HIGH_PASS):
        response *= (above[0] + turn * (above[1] + turn * above[2])) / (1 + turn * (below[0] + turn * below[1]))
    spectrum = np.fft.rfft(wave.astype(np.float64), size, axis=1)
    return np.fft.irfft(spectrum * response, size, axis=1)[:, :length]


def lufs_of(power: float) -> float:
    return OFFSET + 10 * math.log10(power)


def power_of(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))


def as_loud(sound: Sound, wanted: float) -> Sound:
    """The sound at `wanted` LUFS, or as near to it as a peak of -1 dB allows; silence as it is."""
    found = loudness(sound)
    if not math.isfinite(found):
        return sound
    gain = min(10 ** ((wanted - found) / 20), HIGHEST_PEAK / sound.peak)
    return Sound((sound.wave * np.float32(gain)).astype(np.float32), sound.rate)


__all__ = ["as_loud", "loudness"]
