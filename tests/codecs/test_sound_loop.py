"""Loops: the measure of a seam tells a step and a jump of the spectrum from what goes on, and loops pass it."""

from __future__ import annotations

import numpy as np
import pytest

from anew.codecs.sound import Sound
from anew.codecs.sound_loop import SHORTEST, looped, seam_of
from anew.collect.effects import CLASSES, effect
from anew.errors import DataError

RATE = 16_000
TIME = np.arange(round(0.6 * RATE)) / RATE


def sound(wave: np.ndarray) -> Sound:
    return Sound(np.ascontiguousarray(np.atleast_2d(wave), dtype=np.float32), RATE)


def test_whole_turns_have_no_seam_and_half_a_turn_more_has_one() -> None:
    turns = 0.5 * np.sin(2 * np.pi * 400 * TIME)
    assert seam_of(sound(turns)).is_inaudible
    broken = seam_of(sound(turns[:-20]))
    assert not broken.is_inaudible and broken.value > broken.value_bound


def test_a_change_of_the_spectrum_at_the_wrap_is_a_seam_though_no_value_jumps() -> None:
    glide = 0.5 * np.sin(2 * np.pi * (300 * TIME + 2_000 * TIME**2)) * np.sin(np.pi * TIME / TIME[-1]) ** 0.02
    found = seam_of(sound(glide))
    assert not found.is_inaudible and found.spectrum > found.spectrum_bound
    assert found.excess == pytest.approx(max(found.spectrum / found.spectrum_bound, found.value / found.value_bound))


def test_noise_goes_round_and_silence_too() -> None:
    assert seam_of(sound(np.zeros(RATE // 2))).is_inaudible
    rng = np.random.default_rng(0)
    assert looped(sound(0.1 * rng.standard_normal(RATE))).seconds > 0.5


@pytest.mark.parametrize("name", CLASSES)
def test_loops_of_effects_are_inaudible_where_the_effects_are_not(name: str) -> None:
    plain = [effect(name, seed).at_rate(RATE) for seed in range(3)]
    assert all(seam_of(looped(one)).is_inaudible for one in plain)
    if name not in ("alarm", "coin"):  # an alarm goes on anyway, and a coin may begin as softly as it ends
        assert not all(one.seconds > SHORTEST and seam_of(one).is_inaudible for one in plain)


def test_a_loop_has_the_length_asked_for_to_a_value() -> None:
    whoosh = effect("whoosh", 1)
    for seconds in (0.15, 0.3, 0.3333):
        assert len(looped(whoosh, seconds)) == round(seconds * whoosh.rate)
    blip = effect("blip", 0)
    assert blip.seconds < SHORTEST and len(looped(blip, SHORTEST)) == round(SHORTEST * blip.rate)


def test_a_loop_may_be_longer_than_its_sound_and_is_never_too_short_to_be_measured() -> None:
    made = looped(effect("coin", 0), 1.5)
    assert made.seconds == 1.5 and seam_of(made).is_inaudible
    with pytest.raises(DataError, match=r"a loop has 0.15 seconds or more, not 0.1"):
        looped(effect("whoosh", 1), 0.1)


def test_a_loop_of_two_channels_has_two_and_is_not_clipped() -> None:
    both = np.stack([0.9 * np.sin(2 * np.pi * 301 * TIME), 0.9 * np.sin(2 * np.pi * 457 * TIME)]) * np.exp(-3 * TIME)
    made = looped(sound(both))
    assert len(made.wave) == 2 and made.peak <= 1 and seam_of(made).is_inaudible
