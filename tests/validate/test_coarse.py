"""Few bits without a network: they hold what a textbook says, and no more than they are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from anew.validate.coarse import blocks, companded, fewer, rounded, spread

RATE = 16_000


def snr(real: NDArray[np.float64], made: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.square(real).sum() / np.square(real - made).sum()))


def tone(hertz: float, seconds: float = 1.0, loud: float = 0.3) -> NDArray[np.float64]:
    return np.asarray(loud * np.sin(2 * np.pi * hertz * np.arange(round(RATE * seconds)) / RATE + 0.4))


def test_a_low_tone_comes_back_from_few_bits_and_a_high_one_does_not() -> None:
    low, high = tone(101), tone(3000)
    # 4,000 bits: 500 values a second of 8 bits hold 100 Hz; no depth reaches 3,000 Hz.
    assert snr(low, companded(low, 4000)) > 25
    assert snr(low, companded(low, 600)) < snr(low, companded(low, 1000)) < snr(low, companded(low, 4000))
    assert snr(high, companded(high, 4000)) == pytest.approx(0, abs=0.01)
    assert snr(high, companded(high, 64_000)) > 10
    assert not companded(np.zeros(800), 100).any() and len(companded(low[:801], 300)) == 801


def test_fewer_values_hold_their_band() -> None:
    wave = tone(100) + tone(900)
    assert snr(wave, spread(fewer(wave, 4000), len(wave))) > 100
    assert snr(tone(100), spread(fewer(wave, 1000), len(wave))) > 100


@pytest.mark.parametrize("depth", [2, 4, 8])
def test_a_value_has_as_many_levels_as_its_bits(depth: int) -> None:
    steps = rounded(np.linspace(-1, 1, 100_001), depth)
    assert len(np.unique(steps.round(12))) == 2**depth
    assert np.abs(steps).max() == pytest.approx(1) and np.all(np.diff(steps) >= 0)


def test_blocks_hold_a_slope_and_lose_what_is_finer_than_they() -> None:
    rng = np.random.default_rng(0)
    slope = np.add.outer(np.arange(32.0), np.arange(24.0))
    noise = rng.normal(0, 1, slope.shape)
    assert snr(slope - slope.mean(), blocks(slope, 400) - slope.mean()) > 15
    assert snr(noise, blocks(noise, 400)) < 3 < snr(noise, blocks(noise, 32 * 24 * 4))
    assert np.array_equal(blocks(np.full((8, 6), 2.5), 10), np.full((8, 6), 2.5))
    told = blocks(noise, 20)
    assert told.shape == noise.shape and np.isfinite(told).all()
