"""What a lossy codec keeps of sounds, and sounds made worse, for the rulers beside a distance.

In: log-mel spectrograms as grids, or `Sound`s. Out: metrics, distances; sounds with noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from anew.codecs.sound import Sound
from anew.validate.interval import bootstrap
from anew.validate.metric import Metric

NOISES = (30, 20, 10, 0)  # dB that a sound is above the noise
DECIBELS = 20 / float(np.log(10))  # of one unit of the natural logarithm of a magnitude
RESOLUTIONS = ((512, 50, 240), (1024, 120, 600), (2048, 240, 1200))  # values of a transform, a hop and a window
FAINTEST = 1e-4  # of a sine at full scale: what is fainter counts as that
Floats = NDArray[np.float64]


def spectral_error(
    real: Floats, rebuilt: Floats, deviation: float, name: str, what: str, rng: np.random.Generator, draws: int = 1000
) -> Metric:
    """The mean difference between the cells of two sets of log-mel grids, (N, 1, M, F) each, in dB."""
    errors = np.abs(real - rebuilt).reshape(len(real), -1).mean(1) * deviation * DECIBELS
    note = f"{what}: mean difference of a cell of the log-mel spectrogram"
    interval = bootstrap(errors, None, rng, draws)
    return Metric(name, float(errors.mean()), *interval, len(real), "dB", "exact", "lower", note)


def spectral_distance(real: Sound, made: Sound) -> float:
    """How far the magnitudes of one sound are from those of another of its rate, of which it has the length: spectral
    convergence and the mean difference of their natural logarithms, both as the mean of three resolutions (Yamamoto et
    al. 2020, equations 3 to 6 and table 1). Mono; 0 for equal sounds."""
    waves = np.zeros((2, max(len(real), RESOLUTIONS[-1][0])), np.float32)
    for row, sound in zip(waves, (real, made), strict=True):
        heard = sound.wave[0, : len(real)]
        row[: len(heard)] = heard
    found = []
    for length, hop, window in RESOLUTIONS:
        hann = torch.hann_window(window)
        bins = torch.stft(torch.from_numpy(waves), length, hop, window, hann, pad_mode="constant", return_complex=True)
        a, b = (bins.abs() * 2 / hann.sum()).double().clamp(min=FAINTEST)
        found += [(a - b).norm() / a.norm(), (a.log() - b.log()).abs().mean()]
    return float(torch.stack(found).sum()) / len(RESOLUTIONS)


def signal_to_noise(real: Sound, made: Sound) -> float:
    """10 log10 of the power of a sound over that of what another of its rate has more or less, in dB, mono, over the
    sound's own length; infinite for equal sounds. 0 is what silence has, and a sound that is alike but starts elsewhere
    in its waves has about -3."""
    heard = np.zeros(len(real))
    heard[: len(made)] = made.wave[0, : len(real)]
    noise = float(np.square(real.wave[0] - heard).sum())
    power = float(np.square(real.wave[0], dtype=np.float64).sum())
    return 10 * math.log10(power / noise) if power and noise else math.inf


def noises() -> dict[str, Callable[[Sound], Sound]]:
    """By name what adds white noise so far below a sound's own power."""
    return {f"noise_{level}dB": partial(noisy, level=level) for level in NOISES}


def noisy(sound: Sound, level: float) -> Sound:
    """The same noise for all, as far as they are of one length."""
    rng = np.random.default_rng(0)
    power = float(np.square(sound.wave, dtype=np.float64).mean())
    noise = rng.standard_normal(sound.wave.shape) * np.sqrt(power * 10 ** (-level / 10))
    return Sound(np.clip(sound.wave + noise, -1, 1).astype(np.float32), sound.rate)


def in_turn(sounds: Sequence[Sound], pause: float = 0.3) -> Sound:
    """All of them, one after another, with a pause between."""
    rate = sounds[0].rate
    silence = np.zeros((1, round(pause * rate)), np.float32)
    parts = [part for sound in sounds for part in (sound.in_channels(1).at_rate(rate).wave, silence)]
    return Sound(np.concatenate(parts, 1), rate)


__all__ = ["in_turn", "noises", "signal_to_noise", "spectral_distance", "spectral_error"]
