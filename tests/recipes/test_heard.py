"""Clips of a report: few, short, small, the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound
from anew.recipes.evaluate import heard
from anew.recipes.evaluate.heard import MOST_CLIPS, MOST_SECONDS, clips


def noise(seconds: float, rate: int = 16_000, channels: int = 1) -> Sound:
    rng = np.random.default_rng(0)
    return Sound(rng.uniform(-0.5, 0.5, (channels, round(seconds * rate))).astype(np.float32), rate)


def test_a_long_sound_is_cut_and_fades_and_says_so() -> None:
    (clip,) = clips([noise(MOST_SECONDS + 3, 48_000, 2)], ["rain"])
    assert (clip.title, clip.note) == ("1: rain", "the first 20 of 23 seconds")
    told = read_sound(clip.content)
    assert told.rate == heard.HIGHEST_RATE and len(told.wave) == 1 and abs(told.seconds - MOST_SECONDS) < 0.2
    loud = [float(np.abs(told.wave[0, at : at + 2_400]).mean()) for at in (round(19 * told.rate), len(told) - 2_400)]
    assert loud[1] < 0.3 * loud[0]
    assert clips([noise(1)], [None])[0].note == ""
    assert (
        b"trainedAlgorithmicMedia" in clip.content and b"trained" not in clips([noise(1)], ["x"], source="")[0].content
    )


def test_there_are_few_and_they_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [noise(0.2)] * (MOST_CLIPS + 3)
    made = clips(many, ["a"] * len(many))
    assert len(made) == MOST_CLIPS and len({clip.name for clip in made}) == MOST_CLIPS
    assert made == clips(many, ["a"] * len(many))
    monkeypatch.setattr(heard, "MOST_BYTES", 2 * len(made[0].content))
    assert len(clips(many, ["a"] * len(many))) == 2
