"""Sounds that go round: a loop out of a sound, and how its seam compares with the rest of it. Needs no torch.

In: a `Sound`. Out: one whose end goes on in its begin, and the measure that says so.

The measure. At any place of a sound that is played round, two things may jump: its values (the second difference), and
its spectrum (the mean difference in dB between the bands of the 20 ms before and of the 20 ms after). At the seam the
largest jump within OVERLAP before the wrap counts, where what overlaps is mixed. Everywhere else the largest within as
long a stretch does. A seam is inaudible where neither of its jumps is above the 95th percentile of these.

L values · T places · K bands
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anew.codecs.sound import Sound, Wave
from anew.errors import DataError

Floats = NDArray[np.float64]
SPAN, STEP, OVERLAP = 0.02, 0.0025, 0.03  # seconds
BANDS, LOWEST = 20, 80.0  # bands from so many Hz on, evenly in pitch
QUIET = 60.0  # dB below the loudest band, where all is silence
PERCENTILE = 95
SHORTEST = 0.15  # seconds
MOST_GAIN = 24.0  # dB that a sound that dies away is raised by towards the end of its loop
TRIED = 48  # places of which the mixture is made and measured
STRIDE = 0.01  # seconds between places that are looked at
LONGER = 6.0  # dB that two ends may differ more, where a loop is as long as the whole sound


@dataclass(frozen=True)
class Seam:
    """The largest jump at the seam and the bound that it is held to, of values (of full scale) and spectrum (dB)."""

    value: float
    value_bound: float
    spectrum: float
    spectrum_bound: float

    @property
    def is_inaudible(self) -> bool:
        return self.value <= self.value_bound and self.spectrum <= self.spectrum_bound

    @property
    def excess(self) -> float:
        """How many times the larger of the two is above its bound; 1 or less is inaudible."""
        return max(ratio(self.value, self.value_bound), ratio(self.spectrum, self.spectrum_bound))


def ratio(found: float, bound: float) -> float:
    return 0.0 if found <= 0 else found / max(bound, 1e-12)


def seam_of(sound: Sound) -> Seam:
    """The seam of a sound that is played round. DataError: shorter than twice what is compared."""
    rate, wave = sound.rate, sound.in_channels(1).wave[0].astype(np.float64)
    if len(wave) < (2 * SPAN + 2 * OVERLAP) * rate:
        raise DataError(f"a sound of {sound.seconds:.3f} s is too short for a seam to be compared with anything")
    values = np.abs(np.roll(wave, -1) - 2 * wave + np.roll(wave, 1))  # what turns at a value, the wrap's two included
    bends = np.maximum(values, np.roll(values, 1))
    places = np.arange(0, len(wave), STEP * rate).astype(int)
    level = levels(np.concatenate([wave, wave[: round(SPAN * rate)]]), places, rate)
    before = levels(np.concatenate([wave[-round(SPAN * rate) :], wave]), places, rate)
    spectrum = np.abs(level - before).mean(1)
    wide = round(OVERLAP / STEP)
    largest = np.maximum.reduceat(bends, places)
    return Seam(*(bound for jumps in (largest, spectrum) for bound in runs(jumps, wide)))


def runs(jumps_T: Floats, wide: int) -> tuple[float, float]:
    """The largest jump of the stretch that ends in the wrap (which is the first place), and the bound that those of all
    stretches set that do not touch it."""
    windows = np.lib.stride_tricks.sliding_window_view(jumps_T[1:-wide], wide)
    return float(max(jumps_T[0], jumps_T[-wide:].max())), float(np.percentile(windows.max(1), PERCENTILE))


def levels(wave: Floats, begins_T: NDArray[np.int_], rate: int) -> Floats:
    """(T, K): dB of the bands over SPAN from each place on, QUIET below the loudest at least."""
    span = round(SPAN * rate)
    frames = wave[np.minimum(begins_T[:, None] + np.arange(span), len(wave) - 1)] * np.hanning(span)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    hertz = np.fft.rfftfreq(span, 1 / rate)
    edges = np.geomspace(LOWEST, rate / 2, BANDS + 1)
    places = np.unique(np.searchsorted(hertz, edges))
    bands = np.add.reduceat(power, places[places < power.shape[1]], axis=1)
    return 10 * np.log10(np.maximum(bands, max(bands.max(), 1e-20) * 10 ** (-QUIET / 10)))


# ------------------------------------------------------------------------------------------------ a loop


def looped(sound: Sound, seconds: float | None = None) -> Sound:
    """A part of the sound, of `seconds` or as long as may be, whose end is mixed into what stands before its begin, so
    that it goes on there: the longest of those whose seam is inaudible. A sound without such a part, a stroke that dies
    away, comes again after silence, in which the seam lies, and so does one that is shorter than what is asked for.
    DataError: a loop that is shorter than SHORTEST."""
    rate, lead = sound.rate, round(OVERLAP * sound.rate)
    shortest = round((SHORTEST if seconds is None else seconds) * rate)
    if shortest < round(SHORTEST * rate):
        raise DataError(f"a loop has {SHORTEST:g} seconds or more, not {seconds:g}")
    wave, best = np.pad(sound.wave, ((0, 0), (lead, max(0, shortest - len(sound))))), None
    for begin, end in candidates(wave.mean(0, dtype=np.float64), rate, lead, shortest, seconds is not None):
        made = Sound(mixed(wave, begin, end, lead), rate)
        if (best is None or len(made) > len(best)) and seam_of(made).is_inaudible:
            best = made
    return repeated(sound, None if seconds is None else shortest) if best is None else best


def repeated(sound: Sound, length: int | None) -> Sound:
    """The sound between silence, in `length` values where that is given."""
    still = round((SPAN + OVERLAP / 2) * sound.rate)
    room = len(sound) if length is None else length - 2 * still
    wave = sound.wave[:, : max(room, 0)].astype(np.float64)
    fade = np.minimum(1, np.arange(wave.shape[1], 0, -1) / max(1, min(still, wave.shape[1])))
    behind = still if length is None else length - still - wave.shape[1]
    return Sound(np.pad(wave * fade, ((0, 0), (still, behind))).astype(np.float32), sound.rate)


def candidates(wave: Floats, rate: int, lead: int, shortest: int, is_fixed: bool) -> list[tuple[int, int]]:
    """Begins and ends, in values, of the parts to try: those whose ends sound most like what stands before their
    begins, a longer one before a shorter one that is a little better."""
    stride = max(1, round(STRIDE * rate))
    places = np.arange(lead, len(wave) + 1, stride)
    first, last = np.triu_indices(len(places), -(-shortest // stride))
    begins, ends = places[first], places[last]
    if is_fixed:
        begins = places[places + shortest <= len(wave)]
        ends = begins + shortest
    looked = np.unique(np.concatenate([begins, ends]))
    level = levels(wave, looked - lead, rate)
    changes = level[np.searchsorted(looked, begins)] - level[np.searchsorted(looked, ends)]
    fall = changes.mean(1)
    apart = np.abs(changes - np.clip(fall, -MOST_GAIN, MOST_GAIN)[:, None]).mean(1) + np.abs(fall) / 4
    order = np.argsort(apart - LONGER * (ends - begins) / len(wave), kind="stable")[:TRIED]
    parts = [(int(begins[i]), int(ends[i])) for i in order]
    if is_fixed:
        return [calmest(wave, part, stride) for part in parts]
    return [aligned(wave, part, shortest, lead, stride) for part in parts]


def aligned(wave: Floats, part: tuple[int, int], shortest: int, lead: int, stride: int) -> tuple[int, int]:
    """The end moved by a stride at most to where it agrees best with what stands before the begin."""
    begin, end = part
    shifts = np.arange(max(begin + shortest, end - stride), min(len(wave), end + stride) + 1)
    windows = np.lib.stride_tricks.sliding_window_view(wave, lead)[shifts - lead]
    agrees = windows @ wave[begin - lead : begin] / np.maximum(np.linalg.norm(windows, axis=1), 1e-9)
    return begin, int(shifts[agrees.argmax()])


def calmest(wave: Floats, part: tuple[int, int], stride: int) -> tuple[int, int]:
    """The part moved by less than a stride to where the values before its begin turn least."""
    begin, end = part
    room = range(begin, begin + min(stride, len(wave) - end + 1))
    by = int(np.argmin([abs(wave[at] - 2 * wave[at - 1] + wave[at - 2]) for at in room]))
    return begin + by, end + by


def mixed(wave: Wave, begin: int, end: int, lead: int) -> Wave:
    """(C, end - begin): the part, evenly raised or lowered in dB so that it ends as loud as what stands before its
    begin, whose last `lead` values go over into that. The shares keep the power that the two have together, by how far
    they agree."""
    part, before = wave[:, begin:end].astype(np.float64), wave[:, begin - lead : begin].astype(np.float64)
    powers = [np.square(one).mean() for one in (before, part[:, -lead:])]
    if min(powers) > 0:
        decibels = np.clip(10 * np.log10(powers[0] / powers[1]), -MOST_GAIN, MOST_GAIN)
        part *= 10 ** (decibels / 20 * np.arange(1, part.shape[1] + 1) / part.shape[1])
    last = part[:, -lead:]
    rise = (1 - np.cos(np.pi * (np.arange(lead) + 1) / lead)) / 2
    power = np.sqrt(np.square(last).sum() * np.square(before).sum())
    agree = float(np.clip((last * before).sum() / max(power, 1e-20), 0, 1))
    size = np.sqrt(rise**2 + (1 - rise) ** 2 + 2 * agree * rise * (1 - rise))
    part[:, -lead:] = (last * (1 - rise) + before * rise) / size
    return np.ascontiguousarray(part / max(1.0, np.abs(part).max()), dtype=np.float32)


__all__ = ["OVERLAP", "SHORTEST", "Seam", "looped", "seam_of"]
