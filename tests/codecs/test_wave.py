"""Waveforms as grids: exact where nothing has to change, and otherwise what is documented."""

from __future__ import annotations

import numpy as np
import pytest

from anew.codecs.lengths import Lengths
from anew.codecs.sound import Sound
from anew.codecs.wave import Wave
from anew.errors import DataError


def noise(length: int, rate: int = 16_000, channels: int = 1, seed: int = 0) -> Sound:
    whole = np.random.default_rng(seed).integers(-9000, 9000, (channels, length))
    return Sound((whole / 32768).astype(np.float32), rate)


def fitted(sounds: list[Sound], **settings: object) -> Wave:
    codec = Wave(**settings)  # type: ignore[arg-type]
    codec.fit(sounds)
    return codec


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (22_050, 2), (24_000, 1), (44_100, 2)])
def test_what_has_its_rate_and_length_comes_back_bit_by_bit(rate: int, channels: int) -> None:
    sounds = [noise(6400, rate, channels, i) for i in range(12)]
    codec = fitted(sounds, rate=rate, channels=channels)
    grid = codec.encode(sounds)
    assert grid.shape == (12, channels, 6400) == (12, *codec.spec.shape)
    assert abs(float(grid.std()) - 1) < 0.01
    assert codec.decode(grid) == sounds


def test_every_value_of_16_bits_survives() -> None:
    every = Sound((np.arange(-32768, 32768)[None] / 32768).astype(np.float32), 44_100)
    assert fitted([every], rate=44_100, longest=2.0).decode(
        fitted([every], rate=44_100, longest=2.0).encode([every])
    ) == [every]


def test_the_length_is_what_nine_in_ten_fit_into() -> None:
    sounds = [noise(1600 + 64 * i) for i in range(20)]
    assert fitted(sounds).spec.shape == (1, 1600 + 64 * 17)
    assert fitted(sounds, seconds=0.05).spec.shape == (1, 832)
    assert fitted([noise(32_000)], longest=0.5).spec.shape == (1, 8000)


def test_longer_ones_are_cut_and_shorter_ones_end_in_silence() -> None:
    codec = fitted([noise(6400)] * 10)
    short, long = codec.decode(codec.encode([noise(3000), noise(9000)]))
    assert np.array_equal(short.wave[:, :3000], noise(3000).wave) and not short.wave[:, 3000:].any()
    assert np.array_equal(long.wave, noise(9000).wave[:, :6400])


def test_channels_are_asked_for_or_those_of_most() -> None:
    one, two = noise(640), noise(640, channels=2)
    assert fitted([one, two, two], channels=None).spec.shape[0] == 2
    assert fitted([one, one, two], channels=None).spec.shape[0] == 1
    assert fitted([one], channels=2).decode(fitted([one], channels=2).encode([one]))[0] == one.in_channels(2)


def test_a_short_beginning_of_an_hour_is_all_that_is_resampled() -> None:
    long = noise(10 * 48_000, 48_000)
    short = Sound(long.wave[:, :48_000], 48_000)
    codec = fitted([noise(8000)])
    assert (codec.encode([long]) - codec.encode([short])).abs().max() <= 1e-3


@pytest.mark.parametrize("settings", [{"rate": 1}, {"seconds": 0.0}, {"longest": 1e9}])
def test_lengths_and_rates_that_no_codec_has_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(DataError):
        Lengths(**({"rate": 16_000, "seconds": None, "longest": 1.0} | settings))  # type: ignore[arg-type]


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(DataError, match="no usable sounds"):
        fitted([])
