"""What a voice says is written down by an ear, and its words are counted beside those of the recordings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anew.codecs.sound import Sound
from anew.recipes.evaluate import Evidence, voiced
from anew.recipes.evaluate.voiced import FLOOR, RATE, Heard, understood
from anew.validate.metric import Unmeasured
from anew.validate.misheard import errors, word_error_rate

RNG = np.random.default_rng(0)


class Echo:
    """An ear that writes down what it was given for a sound of so many values."""

    name = "echo"

    def __init__(self, texts: dict[int, str]) -> None:
        self.texts = texts

    def hear(self, sound: Sound, **_: Any) -> Any:
        return SimpleNamespace(segments=[SimpleNamespace(text=one) for one in self.texts[len(sound)].split("|")])


def sound(length: int) -> Sound:
    return Sound(np.zeros((1, length), np.float32), 16_000)


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("It cost $3.", "it cost three dollars", (0, 4)), ("Red, blue!", "red", (1, 2)), ("Red.", "a red fox", (2, 1)),
        ("One two three", "one too three", (1, 3)), ("Red", "", (1, 1)),
    ],
)  # fmt: skip
def test_words_are_counted_as_they_are_said(said: str, heard: str, wrong: tuple[int, int]) -> None:
    assert errors(said, heard) == wrong


def test_a_rate_is_over_all_words() -> None:
    made = word_error_rate([("a b c d", "a b c d"), ("e", "f")], "rate", "", RNG, 100)
    assert made.value == 1 / 5 and made.n == 2 and made.low is not None and made.low <= 0.2 <= float(made.high or 0)
    with pytest.raises(Unmeasured):
        word_error_rate([("", "a")], "rate", "", RNG, 100)


def test_a_voice_stands_beside_its_recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = {1: "tall red| fox", 2: " tall red box", 3: "cold", 4: "cold"}
    monkeypatch.setattr(voiced, "open_ear", lambda name: Echo(heard))
    found = Evidence()
    sentences = [Heard("ada\tTall red box.", sound(1), sound(2)), Heard("Cold.", sound(3), sound(4))]
    understood(found, "echo", sentences, RNG, 100)
    rates = {metric.name: metric for metric in found.metrics}
    assert (rates[RATE].value, rates[FLOOR].value) == (0.25, 0) and "echo" in rates[RATE].note
    assert found.headline == [RATE] and found.comparisons[0].others == {FLOOR: "the recordings"}


def test_without_an_ear_the_evidence_says_so(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    for ear, why in ((None, "validation.ear"), ("whisper-base", "anew models import")):
        found = Evidence()
        understood(found, ear, [Heard("Cold.", sound(1), sound(2))], RNG, 100)
        assert why in found.unmeasured[RATE] and not found.metrics
