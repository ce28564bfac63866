"""Speech by the voice that is installed, measured: faster is shorter, higher is higher, pauses are as long as asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import anew
from anew.codecs.sound import Sound, Wave
from anew.codecs.sound_files import read_sound
from anew.engine.speaking import Said, Speaking, adapt, joined
from anew.engine.voices import Manner, Saying, Voice, installed, open_voice
from anew.errors import AnewError, DataError, NotFound, RecipeError, Refused
from anew.safety.consent import Consent, NoConsent, make_consent

TEXT = "The quick brown fox jumps over the lazy dog. It was a sunny day."


@pytest.fixture(scope="module")
def voice() -> Iterator[Voice]:
    if not installed() and "CI" not in os.environ:  # there it has to be, and its absence fails
        pytest.skip("no voice is installed: pip install 'anew[voice]'")
    yield open_voice()


class Tones:
    """A voice of its own kind, which learns: each word a tone as long as its letters."""

    name, version, rate = "tones", "1", 16_000
    speakers = {"one": "a tone"}

    def __init__(self, hertz: float = 200.0) -> None:
        self.hertz = hertz

    def say(self, saying: Saying, manner: Manner, speaker: str, rng: np.random.Generator) -> Sound:
        at = np.arange(int(len(saying.words or saying.phones) * 800 / manner.rate)) / self.rate
        hertz = self.hertz * 2 ** (manner.pitch / 12)
        wave = 0.3 * np.sin(2 * np.pi * hertz * at) + 0.01 * rng.normal(size=len(at))
        return Sound(wave[None].astype(np.float32), self.rate)

    def permit(self) -> None:
        """A tone is nobody's."""

    def adapted(self, name: str, recordings: Any, consent: Consent) -> Voice:
        assert consent.speaker == name
        return Tones(400.0)


def spoken(voice: Voice, text: str = TEXT, **how: Any) -> Sound:
    return joined(list(Speaking(voice, text, **how).said()))


def pitch_of(wave: Wave, rate: int) -> float:
    """Hz: the median over frames with a voice, by the first peak of the autocorrelation of each."""
    found = []
    for at in range(0, len(wave) - 1200, 600):
        frame = wave[at : at + 1200] * np.hanning(1200)
        if np.mean(frame**2) < 1e-4:
            continue
        lags = np.fft.irfft(np.abs(np.fft.rfft(frame, 4096)) ** 2)[:400]
        low = rate // 600
        best = low + int(lags[low:].argmax())
        if lags[best] > 0.4 * lags[0]:
            found.append(rate / best)
    return float(np.median(found))


def test_faster_is_shorter_all_the_way(voice: Voice) -> None:
    rates = (0.25, 0.5, 0.8, 1.0, 1.5, 2.0, 3.0, 4.0)
    seconds = [spoken(voice, rate=rate, pause=0).seconds for rate in rates]
    assert seconds == sorted(seconds, reverse=True)
    assert all(abs(own * rate / seconds[3] - 1) < 0.15 for own, rate in zip(seconds, rates, strict=True)), seconds


def test_higher_is_higher_and_as_long(voice: Voice) -> None:
    sounds = [spoken(voice, pitch=semitones) for semitones in (-6, -3, 0, 3, 6)]
    hertz = [pitch_of(one.wave[0], one.rate) for one in sounds]
    risen = [12 * np.log2(one / hertz[2]) for one in hertz]
    assert np.allclose(risen, (-6, -3, 0, 3, 6), atol=0.8), risen
    assert len({one.seconds for one in sounds}) == 1


def test_a_pause_is_as_long_as_it_was_asked_for(voice: Voice) -> None:
    seconds = {pause: spoken(voice, pause=pause).seconds for pause in (0.0, 0.5, 2.0)}
    assert seconds[0.5] - seconds[0.0] == pytest.approx(0.5, abs=1e-3)
    assert seconds[2.0] - seconds[0.0] == pytest.approx(2.0, abs=1e-3)
    apart = spoken(voice, TEXT.replace(". It", ".\n\nIt"), pause=0.5)
    assert apart.seconds - seconds[0.0] == pytest.approx(1.0, abs=1e-3)


def test_speech_is_no_silence_and_the_same_every_time(voice: Voice) -> None:
    one, again, other = spoken(voice), spoken(voice), spoken(voice, seed=1)
    assert one == again and one != other and one.seconds == other.seconds
    assert 3 < one.seconds < 6 and 0.1 < one.peak <= 1 and np.sqrt(np.mean(one.wave**2)) > 0.02
    first = next(Speaking(voice, TEXT).said())
    assert np.array_equal(first.sound.wave, one.wave[:, : first.sound.wave.shape[1]]), "streamed is not as whole"


def test_python_has_a_door_of_its_own(voice: Voice, tmp_path: Path) -> None:
    speech = anew.speak(TEXT, rate=1.5)
    shown = speech._repr_html_()
    assert speech.sound == spoken(voice, rate=1.5)
    assert shown.startswith("<figure") and shown.count("<audio controls") == 1
    assert ' src="data:audio/wav;base64,' in shown.partition("<audio controls")[2]
    path = speech.save(tmp_path / "a" / "b.flac")
    assert read_sound(path).seconds == speech.sound.seconds
    with pytest.raises(RecipeError, match="ends in .wav"):
        speech.save(tmp_path / "b.aac")


def test_ssml_and_phonemes_reach_the_voice(voice: Voice) -> None:
    slow = spoken(voice, '<speak><prosody rate="50%">Hello there</prosody></speak>')
    assert slow.seconds > 1.7 * spoken(voice, "Hello there").seconds
    soft = spoken(voice, '<speak><prosody volume="-12dB">Hello there</prosody></speak>')
    assert soft.peak == pytest.approx(spoken(voice, "Hello there").peak * 10 ** (-12 / 20), rel=0.01)
    for phones in ('ipa" ph="həˈloʊ', 'x-arpabet" ph="HH AH0 L OW1'):
        said = spoken(voice, f'<speak><phoneme alphabet="{phones}">x</phoneme></speak>')
        assert abs(said.seconds - spoken(voice, "hello").seconds) < 0.3
    with pytest.raises(DataError, match="'ж' is no phoneme"):
        spoken(voice, '<speak><phoneme ph="ж">x</phoneme></speak>')
    with pytest.raises(DataError, match="'QQ' is no phoneme"):
        spoken(voice, '<speak><phoneme alphabet="x-arpabet" ph="QQ">x</phoneme></speak>')


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"rate": 0.2}, "rate is from 0.25 to 4"), ({"rate": float("nan")}, "rate"), ({"pitch": 25}, "pitch is from"),
        ({"pause": -1}, "pause is from"), ({"speaker": "hart"}, "has no speaker 'hart'"),
        ({"text": "日本 ..."}, "nothing"),
        ({"text": ""}, "nothing"), ({"text": "a " * 60_000}, "more than 100,000"), ({"text": "<speak>"}, "SSML"),
    ],
)  # fmt: skip
def test_what_nobody_could_say_is_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(AnewError, match=why):
        Speaking(**{"voice": Tones(), "text": "Hello."} | wrong)


def test_a_voice_that_is_not_there_is_refused_with_the_way_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Refused, match="no voice is installed") as refused:
        open_voice()
    assert refused.value.next_command == "pip install 'anew[voice]'"
    with pytest.raises(NotFound, match="no voice is called 'hibary'"):
        open_voice("hibary")


def test_another_voice_takes_the_same_place() -> None:
    asked = Speaking(Tones(), 'One two. <"3">', pause=1.0)
    first, second = asked.said()
    assert isinstance(first, Said) and first.share < second.share == 1.0 and second.sound.seconds > 1.0
    told = json.loads(asked.notes["anew"])
    assert told["voice"] == "tones" and told["text"] == asked.text and told["digitalSourceType"].endswith("Media")
    long = Speaking(Tones(), "word " * 2000)
    assert "text" not in json.loads(long.notes["anew"]) and len(json.loads(long.notes["anew"])["text_sha256"]) == 64


def test_a_voice_is_taken_with_consent_alone(tmp_path: Path) -> None:
    recordings = tmp_path / "ada"
    recordings.mkdir()
    (recordings / "1.wav").write_bytes(b"one")
    signed = make_consent("Ada", "a test", [recordings], root=tmp_path)
    assert adapt(Tones(), "Ada", [recordings], signed, tmp_path).hertz == 400  # type: ignore[attr-defined]
    for speaker, consent in (("Ada", None), ("Bob", signed)):
        with pytest.raises(NoConsent):
            adapt(Tones(), speaker, [recordings], consent, tmp_path)
    (recordings / "2.wav").write_bytes(b"another")
    with pytest.raises(NoConsent, match="does not name"):
        adapt(Tones(), "Ada", [recordings], signed, tmp_path)
    with pytest.raises(NoConsent):
        adapt(Tones(), "Ada", [b"another"], signed, tmp_path)
    only = make_consent("Ada", "a test", [recordings], purposes=["speak"], root=tmp_path)
    with pytest.raises(NoConsent, match="not to adapt"):
        adapt(Tones(), "Ada", [recordings], only, tmp_path)
