"""/v1/audio: what is asked of a model that speaks, or writes down what was said, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from anew.codecs.sound_files import is_known, refusal
from anew.engine.hearing import Segment
from anew.server.errors import Problem
from anew.server.wire.fields import Wire

MOST_INPUT = 4096  # characters
MOST_BYTES = 25 << 20  # of a recording
FRAMES = 50  # of a second of sound, each counted as a token
CANNOT = ("aac",)  # forms that nothing here writes


class Voice(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(min_length=1)]


class SpeechRequest(Wire):
    model: Annotated[str, Field(min_length=1)]
    input: Annotated[str, Field(min_length=1, max_length=MOST_INPUT)]
    voice: Annotated[str, Field(min_length=1)] | Voice
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    stream_format: Literal["audio", "sse"] = "audio"

    @property
    def speaker(self) -> str:
        return self.voice if isinstance(self.voice, str) else self.voice.id

    def refuse_what_is_not_written(self) -> None:
        if self.response_format in CANNOT:
            what = (
                f"response_format: nothing here writes {self.response_format}; mp3, opus, flac, wav and pcm are written"
            )
            raise Problem(400, what, param="response_format", code="unsupported_parameter")


class VoiceRequest(Wire):
    """Beside `audio_sample`. `consent`: the id of a record that is kept here, or the record itself."""

    refuses = {"prompt": "a voice is learnt from recordings, not from a description"}

    name: Annotated[str, Field(min_length=1, max_length=200)]
    consent: str | None = None
    type: Literal["audio_sample"] = "audio_sample"


class TranscriptionRequest(Wire):
    """Beside `file`."""

    model: Annotated[str, Field(min_length=1)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None
    prompt: str = ""
    temperature: Annotated[float, Field(ge=0, le=1)] = 0.0
    response_format: Literal["json", "text", "srt", "vtt", "verbose_json"] = "json"
    timestamp_granularities: list[Literal["word", "segment"]] = []
    stream: bool = False

    def refuse_what_excludes_itself(self) -> None:
        if self.timestamp_granularities and self.response_format != "verbose_json":
            field = "timestamp_granularities"
            raise Problem(400, f"{field}: only with verbose_json", param=field, code="invalid_value")
        if self.stream and self.response_format not in ("json", "text"):
            raise Problem(400, "stream: only with json or text", param="stream", code="unsupported_parameter")


def check_recording(files: list[object], field: str = "file") -> bytes:
    """The one there is. Problem: none, several, too large, or no recording by how it begins."""
    if len(files) != 1:
        what = "one recording" if files else "is missing"
        code = "invalid_value" if files else "missing_required_parameter"
        raise Problem(400, f"{field}: {what}", param=field, code=code)
    (content,) = files
    if not isinstance(content, bytes):
        raise Problem(400, f"{field}: an upload", param=field, code="invalid_value")
    if len(content) > MOST_BYTES:
        raise Problem(400, f"{field}: more than {MOST_BYTES:,} bytes", param=field, code="invalid_value")
    if not is_known(content):
        raise Problem(400, f"{field}: {refusal(content)}", param=field, code="invalid_value")
    return content


def verbose(segments: Sequence[Segment], language: str, seconds: float, words: bool, each: bool) -> dict[str, Any]:
    """As verbose_json has it: `words` and the segments (`each`) where they were asked for."""
    told: dict[str, Any] = {"task": "transcribe", "language": language, "duration": round(seconds, 3)}
    told |= {"text": text_of(segments), "usage": used(seconds)}
    if each:
        told["segments"] = [
            {
                "id": i, "seek": round(one.start * 100), "start": one.start, "end": one.end, "text": one.text,
                "tokens": list(one.tokens), "temperature": one.temperature, "avg_logprob": one.logp,
                "compression_ratio": one.compression, "no_speech_prob": one.no_speech,
            }
            for i, one in enumerate(segments)
        ]  # fmt: skip
    if words:
        told["words"] = [
            {"word": word.text.strip(), "start": word.start, "end": word.end} for one in segments for word in one.words
        ]
    return told


def text_of(segments: Sequence[Segment]) -> str:
    return "".join(one.text for one in segments).strip()


def used(seconds: float) -> dict[str, Any]:
    return {"type": "duration", "seconds": round(seconds, 3)}
