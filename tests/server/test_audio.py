"""Speech over HTTP by OpenAI's own client: said, streamed, refused; recordings written down; consent asked for."""

from __future__ import annotations

import base64
import io
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
import soundfile
from serving import served

from anew.cli import main
from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound, sound_file
from anew.deploy.store import Store
from anew.engine import hearing
from anew.engine.pool import Pool
from anew.engine.voices import installed
from anew.safety.consent import make_consent, revoke
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.errors import Problem
from anew.server.shelf import StoreShelf
from anew.server.wire.audio import check_recording
from small_voice import small_voice

WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(32)
absent = not installed() and "CI" not in os.environ  # there it has to be, and its absence fails
needs_voice = pytest.mark.skipif(absent, reason="no voice is installed: pip install 'anew[voice]'")


def test_what_is_no_model_of_speech_is_refused_by_name(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="no model (of speech is in the store|that speaks)") as told:
        client.audio.speech.create(model="tts-1", voice="alloy", input="Hello.")
    assert told.value.code == "model_not_found" and told.value.param == "model"
    with pytest.raises(openai.BadRequestError, match="decoder makes text, and no speech"):
        client.audio.speech.create(model="decoder", voice={"id": "voice_1"}, input="Hello.", response_format="wav")
    with pytest.raises(openai.NotFoundError, match="no model (of speech )?that hears"):
        client.audio.transcriptions.create(
            model="whisper-1", file=("a.wav", WAV), response_format="verbose_json", timestamp_granularities=["word"],
            language="en", temperature=0.2,
        )  # fmt: skip
    with pytest.raises(openai.BadRequestError, match="no text of speech"):
        client.audio.transcriptions.create(model="rnn", file=("a.wav", WAV), stream=True)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"input": ""}, "input"), ({"input": "a" * 4097}, "input"), ({"voice": ""}, "voice"), ({"voice": 3}, "voice"),
        ({"voice": None}, "voice"), ({"speed": 5}, "speed"), ({"speed": 0.1}, "speed"),
        ({"response_format": "ogg"}, "response_format"), ({"response_format": "aac"}, "response_format"),
        ({"stream_format": "mp3"}, "stream_format"), ({"model": None}, "model"),
    ],
)  # fmt: skip
def test_a_request_for_speech_is_checked(address: str, wrong: dict[str, Any], param: str) -> None:
    answer = httpx2.post(f"{address}/v1/audio/speech", json={"model": "tts-1", "input": "a", "voice": "b", **wrong})
    assert answer.status_code == 400 and answer.json()["error"]["param"].startswith(param), answer.text


@pytest.mark.parametrize(
    ("wrong", "file", "param"),
    [
        ({}, WAV[:8] + b"AVI ", "file"), ({}, b"", "file"), ({}, WAV + bytes(25 << 20), "file"),
        ({"language": "English"}, WAV, "language"), ({"temperature": "2"}, WAV, "temperature"),
        ({"response_format": "xml"}, WAV, "response_format"), ({"model": ""}, WAV, "model"),
        ({"timestamp_granularities[]": "word"}, WAV, "timestamp_granularities"),
        ({"stream": "true", "response_format": "srt"}, WAV, "stream"), ({"stream": "maybe"}, WAV, "stream"),
    ],
)  # fmt: skip
def test_a_recording_is_checked(address: str, wrong: dict[str, str], file: bytes, param: str) -> None:
    answer = httpx2.post(
        f"{address}/v1/audio/transcriptions",
        data={"model": "whisper-1", **wrong},
        files={"file": ("a.wav", file)},
    )
    assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text


def test_a_recording_is_there_once_and_not_too_large(address: str) -> None:
    where = f"{address}/v1/audio/transcriptions"
    two = [("file", ("a.wav", WAV)), ("file", ("b.wav", WAV))]
    assert "one recording" in httpx2.post(where, data={"model": "a"}, files=two).text
    assert "other: not a file" in httpx2.post(where, data={"model": "a"}, files={"other": WAV}).text
    form = b'--a\r\ncontent-disposition: form-data; name="model"\r\n\r\nb\r\n--a--\r\n'
    told = httpx2.post(where, content=form, headers={"content-type": "multipart/form-data; boundary=a"})
    assert told.json()["error"]["code"] == "missing_required_parameter" and told.json()["error"]["param"] == "file"
    large = httpx2.post(where, data={"model": "a"}, files={"file": WAV + bytes(27 << 20)})
    assert (large.status_code, large.json()["error"]["param"]) == (400, "file")
    assert httpx2.post(where, data={"model": "a"}, files={"file": WAV + bytes(31 << 20)}).status_code == 413


# ------------------------------------------------------------------------------------------------ speech

SAID = "Dr. Smith paid $3.50. Then he left, at 9:05."


@needs_voice
def test_speech_is_the_command_lines_wav(client: openai.OpenAI, tmp_path: Path) -> None:
    assert "hibari" in [one.id for one in client.models.list()] and client.models.retrieve("hibari").id == "hibari"
    answer = client.audio.speech.create(model="hibari", voice="heart", input=SAID, response_format="wav", speed=1.25)
    assert main(["speak", SAID, "--rate", "1.25", "--out", str(tmp_path / "a.wav")]) == 0
    assert answer.content == (tmp_path / "a.wav").read_bytes()
    assert answer.response.headers["content-type"] == "audio/wav"
    assert b"trainedAlgorithmicMedia" in answer.content and b'"voice": "hibari"' in answer.content


@needs_voice
@pytest.mark.parametrize(
    ("form", "kind"),
    [("mp3", "audio/mpeg"), ("opus", "audio/ogg"), ("flac", "audio/flac"), ("pcm", "audio/pcm")],
)  # fmt: skip
def test_each_form_holds_what_was_said(client: openai.OpenAI, form: Any, kind: str) -> None:
    asked: dict[str, Any] = {"model": "hibari", "voice": {"id": "heart"}, "input": SAID}
    wav = read_sound(client.audio.speech.create(**asked, response_format="wav").content)
    answer = client.audio.speech.create(**asked, response_format=form)
    assert answer.response.headers["content-type"] == kind
    if form == "pcm":
        assert np.array_equal(np.frombuffer(answer.content, "<i2"), (wav.wave[0] * 32768).astype("<i2"))
        return
    sound = read_sound(answer.content)
    assert sound.rate == 24_000 and abs(sound.seconds - wav.seconds) < 0.15
    with soundfile.SoundFile(io.BytesIO(answer.content)) as file:
        assert '"voice": "hibari"' in file.comment
    n = min(sound.wave.shape[1], wav.wave.shape[1])
    lags = range(2400)  # an encoder may begin with silence of its own
    alike = max(np.corrcoef(sound.wave[0, lag:n:3], wav.wave[0, : n - lag : 3])[0, 1] for lag in lags)
    assert alike > 0.9, "another sound"


@needs_voice
def test_speech_comes_a_sentence_at_a_time(client: openai.OpenAI) -> None:
    body = {"model": "hibari", "voice": "heart", "input": SAID, "response_format": "pcm", "stream_format": "sse"}
    with client.audio.speech.with_streaming_response.create(**body) as answer:  # type: ignore[arg-type]
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    *deltas, done = events
    assert [one["type"] for one in deltas] == ["speech.audio.delta"] * 2 and done["type"] == "speech.audio.done"
    whole = client.audio.speech.create(**{**body, "stream_format": "audio"}).content  # type: ignore[arg-type]
    assert b"".join(base64.b64decode(one["audio"]) for one in deltas) == whole
    asked: Any = {**body, "response_format": "flac"}
    with client.audio.speech.with_streaming_response.create(**asked) as answer:
        told = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert told[-1] == done and read_sound(base64.b64decode(told[0]["audio"])).seconds == len(whole) / 48_000
    usage = done["usage"]
    assert usage["input_tokens"] == len(SAID) and abs(usage["output_tokens"] / 50 - len(whole) / 48_000) < 0.1
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@needs_voice
def test_what_cannot_be_said_is_refused_before_a_byte_is_sent(client: openai.OpenAI, address: str) -> None:
    def refused(**wrong: Any) -> Any:
        with pytest.raises(openai.BadRequestError) as told:
            client.audio.speech.create(**{"model": "hibari", "voice": "heart", "input": "a", **wrong})
        return told.value

    assert refused(voice="alloy").param == "voice" and "it has: heart" in str(refused(voice="alloy"))
    assert "nothing in the text can be said" in str(refused(input="日本"))
    assert "<foo> is not known" in str(refused(input="<speak><foo/></speak>"))
    assert "mp3, opus, flac, wav and pcm" in str(refused(response_format="aac"))
    raw = client.audio.speech.with_raw_response.create(
        model="hibari", voice="default", input="a", instructions="whisper", extra_body={"lang": "en"}
    )
    assert raw.headers["x-anew-ignored"] == "instructions, lang"
    late = '<speak>Now. Then. <phoneme ph="ж">x</phoneme></speak>'
    assert "is no phoneme" in str(refused(input=late)), "refused after something was sent"
    assert refused(model="hibari", input="<speak><break time='99s'/></speak>").param == "input"


@needs_voice
def test_whoever_leaves_frees_the_voice(client: openai.OpenAI, address: str) -> None:
    long = "This is a sentence that goes on for a while, as they do. " * 70
    with httpx2.stream(
        "POST", f"{address}/v1/audio/speech",
        json={"model": "hibari", "voice": "heart", "input": long[:4000], "response_format": "pcm", "speed": 0.25},
    ) as answer:  # fmt: skip
        assert next(answer.iter_raw())
    begun = time.monotonic()
    client.audio.speech.create(model="hibari", voice="heart", input="Now.", response_format="pcm")
    assert time.monotonic() - begun < 3, "the voice still speaks to whoever has left"


@needs_voice
def test_several_are_said_at_once_and_each_is_what_it_is_alone(client: openai.OpenAI) -> None:
    texts = [f"This is number {i}." for i in range(4)]
    alone = [said(client, one) for one in texts]
    found: dict[str, bytes] = {}
    threads = [threading.Thread(target=lambda one=one: found.update({one: said(client, one)})) for one in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[one] for one in texts] == alone and len(set(alone)) == 4


def said(client: openai.OpenAI, text: str) -> bytes:
    return client.audio.speech.create(model="hibari", voice="heart", input=text, response_format="pcm").content


# ------------------------------------------------------------------------------------------------ consent


def a_recording(seed: int) -> bytes:
    wave = np.random.default_rng(seed).normal(0, 0.1, (1, 8000)).clip(-1, 1).astype(np.float32)
    return sound_file(Sound(wave, 16_000))


def test_no_voice_is_taken_without_consent(client: openai.OpenAI, tmp_path: Path) -> None:
    """The record, the recording and the name have to belong together; then what is missing is a voice that learns."""
    sample, other = a_recording(0), a_recording(1)
    (tmp_path / "a.wav").write_bytes(sample)
    signed = make_consent("Ada", "a test", [tmp_path / "a.wav"])

    def asked(content: bytes, name: str, consent: str) -> Any:
        client.audio.voices.create(audio_sample=("a.wav", content), name=name, consent=consent)

    with pytest.raises(openai.PermissionDeniedError, match="nobody agreed.*|anew consent make") as told:
        client.post("/audio/voices", cast_to=object, body={"name": "Ada"}, files={"audio_sample": ("a.wav", sample)},
                    options={"headers": {"content-type": "multipart/form-data"}})  # fmt: skip
    assert told.value.code == "consent_required" and told.value.param == "consent"
    record = signed.file.decode()
    for content, name, consent, why in (
        (other, "Ada", record, "does not name"),
        (sample, "Bob", record, "not of Bob"),
        (sample, "Ada", record.replace("a test", "all tests"), "was changed"),
        (other, "Ada", signed.consent.id, "does not name"),
    ):
        with pytest.raises(openai.PermissionDeniedError, match=why):
            asked(content, name, consent)
    with pytest.raises(openai.BadRequestError, match="no record of consent"):
        asked(sample, "Ada", "/etc/passwd")
    if installed():
        for consent in (record, signed.consent.id):
            with pytest.raises(openai.BadRequestError, match="learns no other speaker"):
                asked(sample, "Ada", consent)
    revoke(signed)
    with pytest.raises(openai.PermissionDeniedError, match="revoked"):
        asked(sample, "Ada", record)
    with pytest.raises(openai.NotFoundError, match="anew consent make"):
        client.audio.voice_consents.list()


# ------------------------------------------------------------------------------------------------ hearing


@pytest.fixture(scope="module")
def hearer(database: Database) -> Iterator[tuple[openai.OpenAI, str]]:
    """Where a model hears: the first that is kept in the folder that ANEW_HEARING names, as ANEW_HOME/hearing is."""
    named = os.environ.get("ANEW_TEST_HEARING", "")
    if not named or hearing.lacking(Path(named)) is not None:
        pytest.skip("no model that hears: ANEW_TEST_HEARING=FOLDER, as in ANEW_HOME/hearing")
    hearing.folder().mkdir(parents=True, exist_ok=True)
    (place := hearing.folder() / "whisper").symlink_to(named)
    try:
        for address in served(Pool(Nothing()), Door(), database):
            with openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0) as made:
                yield made, hearing.ears()[0]
    finally:
        place.unlink()


class Nothing:
    def listed(self) -> list[Any]:
        return []

    def open(self, name: str) -> Any:
        raise KeyError(name)


def test_a_recording_is_what_its_reader_reads() -> None:
    slow = sound_file(Sound(np.zeros((1, 8000), np.float32), 8000), "mp3")  # MPEG 2.5, as telephones record
    assert check_recording([slow]) == slow
    with pytest.raises(Problem, match="MP4 .AAC., not a WAV"):
        check_recording([b"\0\0\0 ftypM4A " + bytes(90)])


@needs_voice
def test_what_was_said_is_written_down(hearer: tuple[openai.OpenAI, str]) -> None:
    client, model = hearer
    text = "The quick brown fox jumps over the lazy dog. It was a sunny day."
    for form in ("wav", "mp3"):
        file = client.audio.speech.create(model="hibari", voice="heart", input=text, response_format=form).content  # type: ignore[arg-type]
        told = client.audio.transcriptions.create(model=model, file=(f"a.{form}", file))
        assert plain(told.text) == plain(text) and told.usage and told.usage.type == "duration"
    asked: dict[str, Any] = {"model": model, "file": ("a.mp3", file), "language": "en"}
    long: Any = client.audio.transcriptions.create(
        **asked, response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    assert long.language == "en" and plain(" ".join(one.word for one in long.words)) == plain(text)
    assert abs(long.duration - long.segments[-1].end) < 1 and long.segments[0].start < 0.5
    assert plain(client.audio.transcriptions.create(**asked, response_format="text")) == plain(text)  # type: ignore[call-overload]
    srt = client.audio.transcriptions.create(**asked, response_format="srt")  # type: ignore[call-overload]
    assert srt.startswith("1\n00:00:0") and " --> 00:00:0" in srt
    assert client.audio.transcriptions.create(**asked, response_format="vtt").startswith("WEBVTT\n\n00:00:0")  # type: ignore[call-overload]
    events = list(client.audio.transcriptions.create(**asked, stream=True))
    assert events[-1].type == "transcript.text.done" and plain(events[-1].text) == plain(text)
    assert "".join(one.delta for one in events[:-1]).strip() == events[-1].text  # type: ignore[union-attr]


def test_a_hostile_recording_is_refused_in_a_line(hearer: tuple[openai.OpenAI, str]) -> None:
    client, model = hearer
    bomb = sound_file(Sound(np.zeros((1, 8000 * 4000), np.float32), 8000), "flac")
    assert len(bomb) < 1 << 20
    for file, why in ((WAV, "file:"), (bomb, "unpacks to more than 3600 seconds"), (b"OggS" + bytes(99), "damaged")):
        with pytest.raises(openai.BadRequestError, match=why) as told:
            client.audio.transcriptions.create(model=model, file=("a.wav", file))
        assert told.value.param == "file"


def plain(text: str) -> str:
    return " ".join("".join(one for one in text.lower() if one.isalpha() or one == " ").split())


# ------------------------------------------------------------------------------------------------ voices learnt here


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory, database: Database) -> Iterator[tuple[str, Any]]:
    """A server of a store with a voice of two speakers, and the record that it bears."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(tmp_path_factory.mktemp("home")))
        folder = tmp_path_factory.mktemp("voice")
        artifact, record = small_voice(folder, ("ada", "bob"))
        artifact.save(folder / "model")
        Store().add(folder / "model", "small")
        for address in served(Pool(StoreShelf()), Door(), database):
            yield address, record


def test_a_learnt_voice_says_over_http_what_the_command_line_says(learnt: tuple[str, Any], tmp_path: Path) -> None:
    client = openai.OpenAI(base_url=f"{learnt[0]}/v1", api_key="none")
    said = {}
    for speaker in ("ada", "bob", "default"):
        asked: Any = {"model": "small", "voice": speaker, "input": "Hello world. Hello!"}
        said[speaker] = client.audio.speech.create(**asked, response_format="wav", speed=1.25).content
        own = [] if speaker == "default" else ["--speaker", speaker]
        wanted = [
            "speak",
            "Hello world. Hello!",
            "--voice",
            "small",
            "--rate",
            "1.25",
            "--out",
            str(tmp_path / "a.wav"),
        ]
        assert main([*wanted, *own]) == 0
        assert said[speaker] == (tmp_path / "a.wav").read_bytes()
    assert said["default"] == said["ada"] != said["bob"]
    with client.audio.speech.with_streaming_response.create(**asked, response_format="pcm") as answer:
        pieces = list(answer.iter_bytes())
    whole = read_sound(client.audio.speech.create(**asked, response_format="wav").content)
    assert len(b"".join(pieces)) == 2 * whole.wave.shape[1]
    with pytest.raises(openai.BadRequestError, match="no speaker 'eve'"):
        client.audio.speech.create(model="small", voice="eve", input="Hello.")


def test_voices_are_listed_and_one_that_may_not_speak_is_refused(learnt: tuple[str, Any]) -> None:
    address, record = learnt
    listed = [one for one in httpx2.get(f"{address}/v1/audio/voices").json()["data"] if one["model"] == "small"]
    assert [one["id"] for one in listed] == ["ada", "bob"] and all(one["learnt"] for one in listed)
    assert not any("refused" in one for one in listed)
    asked = {"model": "small", "voice": "ada", "input": "Hello."}
    assert httpx2.post(f"{address}/v1/audio/speech", json=asked).status_code == 200
    given = httpx2.get(f"{address}/v1/anew/models/small/export")
    assert (
        given.status_code == 403
        and "not to publish" in given.text
        and given.headers["content-type"] != "application/zip"
    )
    revoke(record, "a test")  # of a voice that is open
    answer = httpx2.post(f"{address}/v1/audio/speech", json=asked)
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "consent_required"
    assert "revoked" in answer.json()["error"]["message"]
    for door, said in (("generate", {"label": "hello"}), ("generate", {}), ("audio/generate", {})):
        other = httpx2.post(f"{address}/v1/anew/{door}", json={"model": "small", **said})
        assert other.status_code == 403 and "revoked" in other.text, other.text
        assert other.json()["error"]["code"] == "consent_required"
    assert main(["speak", "Hello.", "--voice", "small"]) == 5
    listed = [one for one in httpx2.get(f"{address}/v1/audio/voices").json()["data"] if one["model"] == "small"]
    assert listed and all("revoked" in one["refused"] for one in listed)
