"""/v1/audio: what is asked of a model that speaks, or writes down what was said."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from anew.server.errors import Problem
from anew.server.wire.fields import Wire

MOST_INPUT = 4096  # characters
MOST_BYTES = 25 << 20  # of a recording
# How recordings begin that may be sent: FLAC, Ogg, Matroska, MP3 with and without tags; what lies at other places: WAV
# and MP4.
BEGINNINGS = (b"fLaC", b"OggS", b"\x1aE\xdf\xa3", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")
FURTHER_ON = {b"WAVE": 8, b"ftyp": 4}


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


def check_recording(files: list[object]) -> None:
    """Problem: none, several, too large, or no recording by how it begins."""
    if len(files) != 1:
        what = "one recording" if files else "is missing"
        code = "invalid_value" if files else "missing_required_parameter"
        raise Problem(400, f"file: {what}", param="file", code=code)
    (content,) = files
    if not isinstance(content, bytes):
        raise Problem(400, "file: an upload", param="file", code="invalid_value")
    if len(content) > MOST_BYTES:
        raise Problem(400, f"file: more than {MOST_BYTES:,} bytes", param="file", code="invalid_value")
    inside = any(content[at : at + 4] == mark for mark, at in FURTHER_ON.items())
    if not inside and not content.startswith(BEGINNINGS):
        what = "file: no FLAC, MP3, MP4, Ogg, WAV or WebM recording"
        raise Problem(400, what, param="file", code="invalid_value")
