"""What is not said is not heard; a model itself is asked in tests/server/test_audio.py."""

from __future__ import annotations

import numpy as np
import pytest

from anew.codecs.sound import Sound
from anew.engine.hearing import Ear


@pytest.mark.parametrize("value", [0.0, 0.3, -1.0])
@pytest.mark.parametrize("shape", [(1, 16_000), (8, 44_100), (1, 0)])
def test_of_silence_no_words_are_made_up(value: float, shape: tuple[int, int]) -> None:
    ear = object.__new__(Ear)  # without a model, which is not asked
    found = ear.hear(Sound(np.full(shape, value, np.float32), 44_100))
    assert list(found.segments) == [] and found.language == "" and found.seconds == shape[1] / 44_100
