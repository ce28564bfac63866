"""A long sound is as loud as it is, and measuring it takes no more memory than it has to."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from anew.codecs import loudness as measure
from anew.codecs.sound import Sound


def test_a_sound_measured_in_pieces_is_as_loud_as_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    wave = np.random.default_rng(0).normal(0, 0.1, (2, 300_000)) * np.linspace(0, 1, 300_000)
    sound = Sound(wave.astype(np.float32), 44_100)
    whole, squares = measure.loudness(sound), measure.weighted_squares(sound)
    monkeypatch.setattr(measure, "PIECE", 1 << 15)
    assert measure.loudness(sound) == pytest.approx(whole, abs=1e-5)
    assert np.abs(measure.weighted_squares(sound) - squares).max() < 1e-3 * squares.max()


def test_measuring_takes_no_more_memory_than_a_few_times_the_sound() -> None:
    sound = Sound(np.full((1, 3_000_001), 0.1, np.float32), 44_100)
    tracemalloc.start()
    try:
        measure.loudness(sound)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * sound.wave.nbytes
