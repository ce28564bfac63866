"""Requests for speech are checked whole, and then told that no model of speech is there."""

from __future__ import annotations

from typing import Any

import httpx2
import openai
import pytest

WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(32)


def test_no_model_of_speech_is_there(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="no model of speech is in the store") as told:
        client.audio.speech.create(model="tts-1", voice="alloy", input="Hello.")
    assert told.value.code == "model_not_found" and told.value.param == "model"
    with pytest.raises(openai.BadRequestError, match="decoder makes text, and no speech"):
        client.audio.speech.create(model="decoder", voice={"id": "voice_1"}, input="Hello.", response_format="wav")
    with pytest.raises(openai.NotFoundError, match="no model of speech"):
        client.audio.transcriptions.create(
            model="whisper-1", file=("a.wav", WAV), response_format="verbose_json", timestamp_granularities=["word"],
            language="en", temperature=0.2,
        )  # fmt: skip
    with pytest.raises(openai.BadRequestError, match="no speech"):
        client.audio.transcriptions.create(model="rnn", file=("a.wav", WAV), stream=True)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"input": ""}, "input"), ({"input": "a" * 4097}, "input"), ({"voice": ""}, "voice"), ({"voice": 3}, "voice"),
        ({"voice": None}, "voice"), ({"speed": 5}, "speed"), ({"speed": 0.1}, "speed"),
        ({"response_format": "ogg"}, "response_format"),
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
    assert httpx2.post(where, data={"model": "a"}, files={"file": WAV + bytes(27 << 20)}).status_code == 413
