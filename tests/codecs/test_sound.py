"""A sound as a value: other rates keep its tones, other channels its mean, and the same comes out every time."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from anew.codecs.sound import Sound
from anew.errors import DataError


def tone(frequency: float, rate: int, seconds: float = 0.5, loud: float = 0.5) -> Sound:
    time = np.arange(int(seconds * rate)) / rate
    return Sound((loud * np.sin(2 * math.pi * frequency * time))[None].astype(np.float32), rate)


@pytest.mark.parametrize(("old", "new"), [(44_100, 16_000), (22_050, 24_000), (8_000, 44_100), (96_000, 22_050)])
def test_a_tone_is_the_same_tone_at_another_rate(old: int, new: int) -> None:
    changed = tone(1000, old).at_rate(new)
    wanted = tone(1000, new)
    assert changed.rate == new and abs(changed.wave.shape[1] - wanted.wave.shape[1]) <= 1
    middle = slice(new // 8, new * 3 // 8)  # the ends ring, where the tone begins at once
    assert np.abs(changed.wave[0, middle] - wanted.wave[0, middle]).max() <= 1e-4


def test_what_a_rate_cannot_hold_is_gone_and_not_folded() -> None:
    changed = tone(10_000, 44_100).at_rate(16_000)
    assert np.abs(changed.wave[0, 800:-800]).max() <= 1e-4


def test_the_same_bytes_every_time_and_within_full_scale() -> None:
    loud = Sound(np.sign(tone(300, 44_100).wave), 44_100)
    with ThreadPoolExecutor(4) as pool:
        changed = list(pool.map(lambda _: loud.at_rate(16_000), range(4)))
    assert all(one == changed[0] for one in changed)
    assert changed[0].peak == 1.0


def test_channels_are_resampled_each_by_itself() -> None:
    one, other = tone(440, 44_100), tone(880, 44_100)
    both = Sound(np.concatenate([one.wave, other.wave]), 44_100).at_rate(16_000)
    assert np.array_equal(both.wave, np.concatenate([one.at_rate(16_000).wave, other.at_rate(16_000).wave]))


def test_channels_become_their_mean() -> None:
    left, right = tone(440, 16_000), tone(880, 16_000)
    both = Sound(np.concatenate([left.wave, right.wave]), 16_000)
    assert np.allclose(both.in_channels(1).wave, (left.wave + right.wave) / 2, atol=1e-7)
    assert np.array_equal(left.in_channels(2).wave, np.concatenate([left.wave, left.wave]))
    assert both.in_channels(2) is both


def test_a_sound_is_told_from_another() -> None:
    a = tone(440, 16_000)
    assert a == tone(440, 16_000) and hash(a) == hash(tone(440, 16_000))
    assert a != Sound(a.wave, 22_050) and a != tone(441, 16_000) and a != "a"
    assert repr(a) == "Sound(0.500 s, 16,000 Hz, mono)"


@pytest.mark.parametrize(
    ("wave", "rate"),
    [
        (np.zeros(9, np.float32), 16_000),
        (np.zeros((1, 9)), 16_000),
        (np.zeros((0, 9), np.float32), 16_000),
        ([[0.0]], 16_000),
        (np.zeros((1, 9), np.float32), 0),
        (np.zeros((1, 9), np.float32), 10**6),
    ],
)
def test_no_sound_is_made_of_something_else(wave: object, rate: int) -> None:
    with pytest.raises(DataError):
        Sound(wave, rate)  # type: ignore[arg-type]


def test_an_empty_sound_stays_empty() -> None:
    empty = Sound(np.zeros((2, 0), np.float32), 44_100)
    assert empty.at_rate(16_000).wave.shape == (2, 0) and empty.peak == 0.0 and empty.seconds == 0.0
