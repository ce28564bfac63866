"""A voice that was learnt here: what it is told, how long it takes, and what is parted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from anew.artifact import Artifact
from anew.codecs.mel import Mel
from anew.codecs.sound import Sound
from anew.codecs.spoken.transcript import Transcript
from anew.contract import Cond, Spec
from anew.engine.generate import generate
from anew.engine.learnt_voice import LearntVoice, halved
from anew.engine.speaking import Speaking
from anew.engine.voices import Manner, Saying
from anew.errors import DataError, NotFound, RecipeError
from anew.models.vae.spectral import Vocoder
from anew.safety.borne import as_file, from_file
from anew.safety.consent import NoConsent, make_consent, revoke
from small_voice import small_voice


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(tmp_path_factory.mktemp("home")))
        yield LearntVoice(small_voice(tmp_path_factory.mktemp("ada"))[0])


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
    by_ipa = voice.say(Saying("", "həlˈoʊ", "ipa"), Manner(), "voice", np.random.default_rng(0))
    assert by_ipa == by_phones
    ssml = '<speak>Hello. <phoneme ph="wɝˈld">earth</phoneme></speak>'
    assert Speaking(voice, ssml).whole().sound.seconds > 0
    many = voice.say(Saying("", "L OW1 " * 30, "arpabet"), Manner(), "voice", np.random.default_rng(0))
    assert (
        many.seconds
        > 3 * voice.say(Saying("", "L OW1 " * 8, "arpabet"), Manner(), "voice", np.random.default_rng(0)).seconds
    )


def test_a_model_that_is_no_voice_is_refused(voice: LearntVoice, tmp_path: Path) -> None:
    deaf = Artifact(voice.artifact.recipe, voice.artifact.model, voice.artifact.codec, None)
    with pytest.raises(RecipeError, match="no voice"):
        LearntVoice(deaf)


# ------------------------------------------------------------------------------------------------ consent


@pytest.mark.parametrize(
    ("purposes", "given", "why"),
    [
        (("adapt",), timedelta(0), "not to speak"),
        (("adapt", "speak"), timedelta(days=-9), "expired"),
        (("adapt", "speak"), timedelta(days=9), "yet to come"),
    ],
)
def test_a_voice_whose_speaker_does_not_agree_says_nothing(
    voice: LearntVoice, tmp_path: Path, purposes: tuple[str, ...], given: timedelta, why: str
) -> None:
    (tmp_path / "one.wav").write_bytes(b"a recording")
    record = make_consent("Ada", "a test", [tmp_path], purposes=purposes, days=7, now=datetime.now(UTC) + given)
    with pytest.raises(NoConsent, match=why) as refused:
        LearntVoice(replace(voice.artifact, consent=as_file([record])))
    assert refused.value.next_command


def test_records_that_a_model_bears_are_checked_each(voice: LearntVoice, tmp_path: Path) -> None:
    with pytest.raises(NoConsent, match="bears no record"):
        LearntVoice(replace(voice.artifact, consent=b""))
    changed = voice.artifact.consent.replace(b"a test", b"anything")
    with pytest.raises(NoConsent, match="changed"):
        LearntVoice(replace(voice.artifact, consent=changed))
    (tmp_path / "one.wav").write_bytes(b"another")
    second = make_consent("Bob", "a test", [tmp_path])
    both = LearntVoice(replace(voice.artifact, consent=as_file([*from_file(voice.artifact.consent), second])))
    speaking = Speaking(both, "Hello. World. Hello.")
    said = speaking.said()
    assert next(said).sound.wave.size
    revoke(second)  # while it speaks
    with pytest.raises(NoConsent, match="consent of Bob was revoked"):
        next(said)
    with pytest.raises(NoConsent, match="revoked"):
        Speaking(both, "Hello.")
    with pytest.raises(NoConsent, match="revoked"):
        generate(both.artifact, 1, 0, label="hello world")
    assert Speaking(voice, "Hello.").whole().sound.seconds > 0, "the first is asked for herself alone"


# ------------------------------------------------------------------------------------------------ speakers and vocoders


def test_speakers_are_told_apart_by_name(voice: LearntVoice, tmp_path: Path) -> None:
    artifact, _ = small_voice(tmp_path, ("bob", "ada"))
    several, label = LearntVoice(artifact), artifact.label
    assert isinstance(label, Transcript)
    assert list(several.speakers) == ["ada", "bob"]
    means = {
        name: artifact.model.read(Cond(tokens_BL=label.encode([f"{name}\thello"])), 1).mean_BLM
        for name in several.speakers
    }
    assert (means["ada"] - means["bob"]).abs().mean() > 0.05
    sounds = [Speaking(several, "Hello world.", name).whole().sound for name in (None, "ada", "bob")]
    assert sounds[0] == sounds[1] != sounds[2]
    assert label.decode(label.encode(["bob\thello", "eve\thello"])) == ["bob: HH AH0 L OW1", "HH AH0 L OW1"]
    again = Transcript.restore({}, label.state())
    assert again.speakers == ("ada", "bob") and again.spec == label.spec
    with pytest.raises(NotFound, match="no speaker 'eve'"):
        Speaking(several, "Hello.", "eve")


def test_waves_come_from_a_vocoder_where_one_is_joined(voice: LearntVoice) -> None:
    settings = {"width": 32, "blocks": 1}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vocoder = Vocoder(Spec("grid", (1, 8000)), **settings)
    codec = Mel.restore({"seconds": 1.0}, voice.artifact.codec.state())
    codec.join(vocoder, settings)
    sung = LearntVoice(replace(voice.artifact, codec=codec))
    assert said(sung) != said(voice) and said(sung).seconds == pytest.approx(said(voice).seconds, abs=0.02)
    again = Mel.restore({"seconds": 1.0}, codec.state())
    assert said(LearntVoice(replace(voice.artifact, codec=again))) == said(sung)
    for name, value in {"mels": 40, "hop": 128, "window": 2048, "rate": 22_050}.items():
        other = Mel(**{"seconds": 1.0, name: value})  # type: ignore[arg-type]
        with pytest.raises(DataError, match=f"the vocoder's {name} is") as refused:
            other.join(vocoder, settings)
        assert f"--codec.{name}" in str(refused.value.next_command)
