"""What a codec keeps of sounds, in dB of their spectrograms; noise that is as loud as it says."""

from __future__ import annotations

import numpy as np
import pytest

from anew.codecs.sound import Sound
from anew.validate.sounds import in_turn, noises, signal_to_noise, spectral_error

RATE = 16_000
TONE = Sound((0.3 * np.sin(np.arange(RATE) * 0.2))[None].astype(np.float32), RATE)


def test_an_error_of_a_factor_is_its_decibels() -> None:
    """Cells of ln magnitudes over a deviation of 2: ten times as loud everywhere is 20 dB."""
    real = np.random.default_rng(0).normal(size=(9, 1, 4, 5))
    found = spectral_error(real, real + np.log(10) / 2, 2.0, "x", "y", np.random.default_rng(0), 50)
    assert found.value == pytest.approx(20) and found.low == pytest.approx(20) and found.n == 9
    assert spectral_error(real, real, 2.0, "x", "y", np.random.default_rng(0), 50).value == 0


@pytest.mark.parametrize(("name", "make"), noises().items())
def test_noise_is_so_far_below_the_sound(name: str, make: object) -> None:
    made = make(TONE)  # type: ignore[operator]
    noise = made.wave.astype(np.float64) - TONE.wave
    ratio = 10 * np.log10(np.square(TONE.wave).mean() / np.square(noise).mean())
    assert ratio == pytest.approx(float(name.removeprefix("noise_").removesuffix("dB")), abs=0.5)
    assert made == make(TONE)  # type: ignore[operator]


def test_sounds_follow_one_another() -> None:
    other = Sound(np.repeat(TONE.wave[:, :800], 2, 0), 8_000)
    made = in_turn([TONE, other], pause=0.5)
    assert made.rate == RATE and made.seconds == pytest.approx(1 + 0.5 + 0.1 + 0.5, abs=0.01)
    assert np.array_equal(made.wave[:, :RATE], TONE.wave) and not made.wave[:, RATE : RATE + 8000].any()


@pytest.mark.parametrize(("scale", "ratio"), [(0.9, 20), (1.1, 20), (0.0, 0), (2.0, 0), (-1.0, -6.0206)])
def test_a_ratio_of_signal_to_noise_is_told_over_the_sounds_own_length(scale: float, ratio: float) -> None:
    made = Sound((TONE.wave * scale).astype(np.float32).clip(-1, 1), RATE)
    assert signal_to_noise(TONE, made) == pytest.approx(ratio, abs=1e-3)
    longer = Sound(np.pad(made.wave, ((0, 0), (0, 500)), constant_values=0.9), RATE)
    assert signal_to_noise(TONE, longer) == signal_to_noise(TONE, made)
    half = Sound(TONE.wave[:, : RATE // 2].copy(), RATE)
    assert signal_to_noise(TONE, half) == pytest.approx(3.01, abs=0.05) and signal_to_noise(TONE, TONE) == np.inf
