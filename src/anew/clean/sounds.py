"""Rules for sounds, what is done to those that are kept, and the features by which two of them are near.

In: a record with a sound's file. Out: the record with its features, and later with the sound as it is learnt from: a
constant offset taken off, silence cut off at both ends, of the rate, channels and loudness asked for, in FLAC.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from anew.clean import captions
from anew.codecs.loudness import as_loud
from anew.codecs.sound import Sound
from anew.codecs.sound_files import is_known, read_sound, sound_file
from anew.data.records import Record
from anew.data.removals import Removed
from anew.errors import DataError
from anew.recipe import Clean

RATE, WINDOW, HOP = 16_000, 512, 128  # of the fingerprint, in Hz and values
SLICES = 16  # of time and of frequency
FRAMES = 1 << 12  # that are transformed at once
LOWEST, HIGHEST = 100.0, 7_000.0  # Hz between which the bands lie, evenly on a logarithmic scale
HASH_WIDTH = SLICES * SLICES // 16  # of 16 bits
PROFILE_WIDTH = SLICES + 1 + 1
SAID_WIDTH = 4
WIDTH = HASH_WIDTH + PROFILE_WIDTH + SAID_WIDTH  # of a sound's features, in 16-bit words
MARGIN = 8  # bits, by which groups for the split are wider than what counts as near
QUIET = 60.0  # decibels below the loudest slice, where all is silence
STEP = 0.5  # decibels; what differs by less does not differ
MOST_DIFFERENCE = 1.5  # mean decibels between two profiles
MOST_STRETCH = 0.05  # of the length
FRAME = 0.01  # seconds, over which the level is measured to find a sound's ends
SILENT = 1e-3  # of full scale: -60 dB
AT_FULL_SCALE, RUN = 0.999, 3  # values in a row at full scale are clipped


def decode(record: Record, settings: Clean) -> tuple[Record, NDArray[np.uint16]] | Removed:
    """The record and its features (WIDTH,), once its sound has been decoded and passed every rule."""
    assert isinstance(record.value, bytes)
    try:
        sound = read_sound(record.value, "", most_seconds=settings.max_seconds)
    except DataError as why:
        what = why.message.removeprefix(": ")
        rule = "no sound" if not is_known(record.value) else "long" if "unpacks" in what else "damaged"
        return Removed(record.origin, rule, what)
    if (share := clipped(sound)) > settings.clipped:
        what = f"{share:.1%} of it lies at full scale, more than {settings.clipped:.1%}"
        return Removed(record.origin, "clipped", what)
    ready = centred(sound)
    if ready.peak < SILENT:
        return Removed(record.origin, "silent", f"a peak of {ready.peak:.1e} of full scale")
    ready = trimmed(ready, settings.trim)
    if ready.seconds < settings.min_seconds:
        what = f"{ready.seconds:.3f} seconds once trimmed, below {settings.min_seconds:g}"
        return Removed(record.origin, "short", what)
    return record, np.concatenate([features(ready), said(record)])


def mended(record: Record, settings: Clean, tally: Counter[str]) -> Record:
    """The record with its sound made ready. `tally` counts what was done to how many."""
    assert isinstance(record.value, bytes)
    sound = read_sound(record.value, record.origin, most_seconds=settings.max_seconds)
    ready = trimmed(centred(sound), settings.trim)
    tally["trimmed"] += ready.wave.shape != sound.wave.shape
    channels = settings.channels or (len(ready.wave) if len(ready.wave) <= 2 else 1)
    tally["mixed to other channels"] += channels != len(ready.wave)
    rate = settings.rate or ready.rate
    tally["resampled"] += rate != ready.rate
    ready = ready.in_channels(channels).at_rate(rate)
    if settings.loudness:
        ready = as_loud(ready, settings.loudness)
    told = (record.label, record.origin, record.licence, record.split, record.captions, record.facts)
    return Record.of(stored(ready), *told)


def stored(sound: Sound) -> bytes:
    """As FLAC, or as WAV at a rate that FLAC has no number for."""
    try:
        return sound_file(sound, "flac")
    except DataError:
        return sound_file(sound, "wav")


# ------------------------------------------------------------------------------------------------ what is done


def clipped(sound: Sound) -> float:
    """The share of values that lie in a row of RUN or more at the sound's own peak, where that is full scale."""
    if sound.peak < AT_FULL_SCALE or sound.wave.shape[1] < RUN:
        return 0.0
    full = np.abs(sound.wave) >= AT_FULL_SCALE
    runs = np.lib.stride_tricks.sliding_window_view(full, RUN, axis=1).all(-1)
    held = np.zeros_like(full)
    for place in range(RUN):
        held[:, place : place + runs.shape[1]] |= runs
    return float(held.mean())


def centred(sound: Sound) -> Sound:
    """Without a constant offset."""
    offset = sound.wave.mean(1, dtype=np.float64, keepdims=True)
    if np.abs(offset).max() < SILENT:
        return sound
    return Sound(np.clip(sound.wave - offset, -1, 1).astype(np.float32), sound.rate)


def trimmed(sound: Sound, decibels: float) -> Sound:
    """Between the first and the last hundredth of a second that is not so many decibels below the loudest; 0: all."""
    frame = max(1, round(FRAME * sound.rate))
    if not decibels or not sound.wave.size:
        return sound
    power = np.square(sound.wave, dtype=np.float64).mean(0)
    level = np.add.reduceat(power, np.arange(0, len(power), frame))
    heard = np.flatnonzero(level > level.max() * 10 ** (-decibels / 10))
    if not len(heard):
        return sound
    begin, end = heard[0] * frame, min((heard[-1] + 1) * frame, len(power))
    return Sound(np.ascontiguousarray(sound.wave[:, begin:end]), sound.rate)


# ------------------------------------------------------------------------------------------------ likeness


def features(sound: Sound) -> NDArray[np.uint16]:
    """(WIDTH - SAID_WIDTH,): a fingerprint of 256 bits and the profile beside it, as 16-bit words.

    The sound's levels in 17 slices of time by 17 bands are made relative to the loudest; a bit says whether a level
    rises from one band to the next by more than it did a slice before (Haitsma & Kalker 2002, equation 1). The profile
    is the level of each band over all, and the length."""
    level = levels(sound)
    rise = np.diff(level, axis=1)
    bits = np.packbits(np.diff(rise, axis=0) > STEP)
    whole = 10 * np.log10((10 ** (level / 10)).mean(0))
    length = np.array([1000 * math.log2(max(sound.seconds, 1e-4) * 1e4)])
    profile = np.rint(np.concatenate([100 * (whole + 2 * QUIET), length])).astype(np.uint16)
    return np.concatenate([bits.view(np.uint16), profile])


def levels(sound: Sound) -> NDArray[np.float64]:
    """(17, 17) decibels below the loudest, QUIET at most: slices of time by bands of frequency."""
    wave = sound.in_channels(1).at_rate(RATE).wave[0].astype(np.float64)
    frames = SLICES + 1 + max(0, len(wave) - 1) // HOP
    wave = np.pad(wave, (WINDOW // 2, frames * HOP + WINDOW - len(wave)))
    windows = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::HOP][: max(1, frames - SLICES)]
    edges, hann = np.geomspace(LOWEST, HIGHEST, SLICES + 2) * WINDOW / RATE, np.hanning(WINDOW)
    parts = (windows[begin : begin + FRAMES] * hann for begin in range(0, len(windows), FRAMES))
    powers = (np.square(np.abs(np.fft.rfft(part, axis=1))) for part in parts)
    bands = np.concatenate([pooled(power, edges, axis=1) for power in powers])
    slices = pooled(bands, np.linspace(0, len(bands), SLICES + 2), axis=0)
    level = 10 * np.log10(np.maximum(slices, 1e-30))
    return np.asarray(np.maximum(level - level.max(), -QUIET))


def pooled(values: NDArray[np.float64], edges: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Means between each two edges along an axis, each cell counting by the part of it that lies between them."""
    sums = np.concatenate([np.zeros_like(np.take(values, [0], axis)), np.cumsum(values, axis)], axis)
    places = np.arange(sums.shape[axis])
    at = np.apply_along_axis(lambda one: np.interp(edges, places, one), axis, sums)
    shape = [1, 1]
    shape[axis] = -1
    return np.asarray(np.diff(at, axis=axis) / np.diff(edges).reshape(shape))


def said(record: Record) -> NDArray[np.uint16]:
    """(SAID_WIDTH,): the beginning of the digest of what the record's captions and facts say; zeros for none."""
    return np.frombuffer(captions.digest(record)[: 2 * SAID_WIDTH].ljust(2 * SAID_WIDTH, b"\0"), np.uint16)


def near(first: NDArray[np.uint16], second: NDArray[np.uint16], distance: int) -> NDArray[np.bool_]:
    """Which rows of features (…, WIDTH) are near: in the fingerprint's bits, the bands' levels, and the length."""
    bits = np.bitwise_count(first[..., :HASH_WIDTH] ^ second[..., :HASH_WIDTH]).sum(-1, dtype=np.int64)
    a, b = (v[..., HASH_WIDTH : HASH_WIDTH + PROFILE_WIDTH].astype(np.int64) for v in (first, second))
    apart = np.abs(a - b)
    alike = apart[..., :-1].mean(-1) <= 100 * MOST_DIFFERENCE
    return np.asarray((bits <= distance) & alike & (apart[..., -1] <= 1000 * math.log2(1 + MOST_STRETCH)))


def alike(first: NDArray[np.uint16], second: NDArray[np.uint16], distance: int) -> NDArray[np.bool_]:
    """Which of them say the same as well."""
    same = (first[..., -SAID_WIDTH:] == second[..., -SAID_WIDTH:]).all(-1)
    return np.asarray(near(first, second, distance) & same)
