"""How near do phases come that Griffin–Lim finds, and how fast, beside librosa's? And are the mel filters librosa's?

    python benchmarks/griffin_lim.py [--librosa FOLDER] [--clips 5] [--data FOLDER]

FOLDER of --librosa: where librosa and what it needs lie, if it is not installed (pip install --target FOLDER librosa).
The sounds are five of each class of the synthesised effects, or the sounds in FOLDER of --data, of a second at 16 kHz.
From the magnitudes of each (window 1024, hop 256) both find a wave in 32 iterations with a momentum of 0.99. Spectral
convergence: |magnitudes of the wave - wanted| / |wanted|, in dB; the wave is transformed by the same function for both.
librosa's phases begin by chance, of one seed; its window is the same. Speed: medians, one thread, in turn.

One line of JSON, and exit code 1 unless the filters agree within 1e-6, and ours comes nearer in the mean, its 95 %
bootstrap interval of the paired difference below nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from anew.codecs.lengths import fitted
from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound
from anew.collect.effects import CLASSES, effect
from anew.models.layers.griffin_lim import ITERATIONS, griffin_lim
from anew.models.layers.spectrogram import Spectrogram
from anew.validate.interval import bootstrap

RATE, MELS, WINDOW, HOP, FRAMES = 16_000, 80, 1024, 256, 64


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--librosa", type=Path)
    parser.add_argument("--clips", type=int, default=5)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    if asked.librosa is not None:
        sys.path.append(str(asked.librosa))
    import librosa

    torch.set_num_threads(1)
    ours = Spectrogram(RATE, MELS, WINDOW, HOP)
    theirs = librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=MELS, norm=None)
    filters = float(np.abs(ours.filters.numpy() - theirs).max())
    rows = []
    for sound in sounds(asked):
        wave = torch.from_numpy(fitted(sound, RATE, 1, ours.length(FRAMES))[0])
        wanted = ours.transform(wave).abs()
        mine, took = timed(partial(griffin_lim, wanted, ours))
        other, other_took = timed(
            partial(
                librosa.griffinlim, wanted.numpy(), n_iter=ITERATIONS, hop_length=HOP, n_fft=WINDOW, momentum=0.99,
                random_state=0, length=len(wave), pad_mode="constant",
            )
        )  # fmt: skip
        scaled = torch.from_numpy(np.asarray(other, np.float32)) / ours.scale
        rows.append((decibels(ours, mine, wanted), decibels(ours, scaled, wanted), took, other_took))
    return told(np.array(rows), filters)


def sounds(asked: argparse.Namespace) -> list[Sound]:
    if asked.data is not None:
        return [read_sound(path) for path in sorted(asked.data.rglob("*.wav"))]
    return [effect(name, seed) for name in CLASSES for seed in range(asked.clips)]


def timed(make: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.perf_counter()
    made = make()
    return made, time.perf_counter() - begin


def decibels(spectrogram: Spectrogram, wave: Tensor, wanted: Tensor) -> float:
    found = spectrogram.transform(wave).abs()
    return 20 * math.log10(max(float((found - wanted).norm() / wanted.norm()), 1e-5))


def told(rows: np.ndarray, filters: float) -> int:
    """rows: our and their dB, our and their seconds."""
    rng = np.random.default_rng(0)
    low, high = bootstrap(rows[:, 0] - rows[:, 1], None, rng)
    seconds = np.median(rows[:, 2:], 0)
    length = (FRAMES - 1) * HOP / RATE
    print(json.dumps({
        "sounds": len(rows), "filters_apart": filters, "ours_dB": round(rows[:, 0].mean(), 2),
        "librosa_dB": round(rows[:, 1].mean(), 2), "difference_dB": [round(v, 2) for v in (low, high)],
        "nearer_in": int((rows[:, 0] < rows[:, 1]).sum()),
        "ours_times_real": round(length / seconds[0], 1), "librosa_times_real": round(length / seconds[1], 1),
        "times_as_fast": round(seconds[1] / seconds[0], 2),
    }))  # fmt: skip
    return int(filters > 1e-6 or high >= 0)


if __name__ == "__main__":
    sys.exit(main())
