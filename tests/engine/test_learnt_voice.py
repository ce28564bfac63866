"""A voice that was learnt here: what it is told, how long it takes, and what is parted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from anew.artifact import Artifact
from anew.codecs.mel import Mel
from anew.codecs.sound import Sound
from anew.codecs.spoken.phonemes import Phonemes
from anew.codecs.spoken.transcript import Transcript
from anew.contract import CondSpec, Spec
from anew.engine.learnt_voice import LearntVoice, halved
from anew.engine.speaking import Speaking
from anew.engine.voices import Manner, Saying
from anew.errors import RecipeError
from anew.models.diffusion.aligned import Aligned
from anew.recipe import override, parse
from anew.recipes import find

WORDS = {"hello": ("HH", "AH0", "L", "OW1"), "world": ("W", "ER1", "L", "D")}


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Of random weights, each phoneme three frames long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(tmp_path_factory.mktemp("home")))
        codec, label = Mel(seconds=1.0), Transcript(longest=20)
        codec.fit([Sound(np.float32(0.1) * np.sin(np.arange(16_000, dtype=np.float32) / 9)[None], 16_000)])
        label.phonemes = Phonemes(WORDS, guess=lambda word: ("AH0",))  # type: ignore[misc]
        spec = Spec("grid", codec.spec.shape, cond=CondSpec(tokens=(20, label.spec.vocab)))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = Aligned(spec, width=32, depth=1, reading=32, readers=1, steps=2)
        torch.nn.init.zeros_(model.log_columns.weight)
        torch.nn.init.constant_(model.log_columns.bias, float(np.log(3)))
        model.lowest_M.fill_(-5.0)
        yield LearntVoice(Artifact(parse(override(find("voice"), {})), model.eval(), codec, label))


def said(voice: LearntVoice, words: str = "hello world", seed: int = 0, **manner: float) -> Sound:
    return voice.say(Saying(words), Manner(**manner), "voice", np.random.default_rng(seed))


def test_a_text_is_said_the_same_by_the_same_seed(voice: LearntVoice) -> None:
    one, again, other = said(voice), said(voice), said(voice, seed=1)
    assert one == again and one != other and one.rate == voice.rate == 16_000 and len(one.wave) == 1
    whole = Speaking(voice, "Hello world. Hello!").whole().sound
    assert whole.seconds > one.seconds and whole == Speaking(voice, "Hello world. Hello!").whole().sound


def test_a_higher_rate_is_shorter_and_another_pitch_as_long(voice: LearntVoice) -> None:
    lengths = [said(voice, rate=rate).seconds for rate in (0.6, 1.0, 1.5, 2.0)]
    assert lengths == sorted(lengths, reverse=True) and len(set(lengths)) == 4
    assert lengths[0] == pytest.approx(lengths[1] / 0.6, rel=0.1) and lengths[3] == pytest.approx(
        lengths[1] / 2, rel=0.1
    )
    for pitch in (-5.0, 7.0):
        assert said(voice, pitch=pitch).seconds == pytest.approx(lengths[1], rel=0.1)
        assert said(voice, pitch=pitch) != said(voice)


def test_what_is_longer_than_the_model_says_at_once_is_parted(voice: LearntVoice) -> None:
    one, many = said(voice, "hello world"), said(voice, " ".join(["hello world"] * 6))
    assert many.seconds > 4 * one.seconds
    slow = said(voice, "hello world", rate=0.5)  # more columns than the grid has
    assert slow.seconds == pytest.approx(2 * one.seconds, rel=0.15)
    assert halved(["<", "HH", ">"]) is None
    assert halved(["<", "HH", "|", "W", "D", ">"]) == (["<", "HH", ">"], ["<", "W", "D", ">"])


def test_phonemes_are_said_as_they_are(voice: LearntVoice) -> None:
    by_phones = voice.say(Saying("", "HH AH0 L OW1", "arpabet"), Manner(), "voice", np.random.default_rng(0))
    assert by_phones == said(voice, "hello")


def test_a_model_that_is_no_voice_is_refused(voice: LearntVoice, tmp_path: Path) -> None:
    deaf = Artifact(voice.artifact.recipe, voice.artifact.model, voice.artifact.codec, None)
    with pytest.raises(RecipeError, match="no voice"):
        LearntVoice(deaf)
