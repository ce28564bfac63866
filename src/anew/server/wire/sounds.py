"""/v1/anew/audio: sounds that are made, go on, or are mended; what is asked, and how they are told."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from anew.codecs.sound import Sound
from anew.codecs.sound_files import FORMS, MOST_VALUES, is_known, pcm16, read_sound, sound_file
from anew.codecs.sound_stream import STREAM_FORMS
from anew.engine.generated import Generated
from anew.errors import DataError
from anew.server.errors import Problem
from anew.server.wire.audio import MOST_BYTES
from anew.server.wire.own import Count, ModelName, Own, Seed, Short, Told
from anew.server.wire.pictures import MOST_STEPS, apart

MOST_SECONDS = 60.0  # of a sound that is sent
MOST_BODY = 4 * MOST_BYTES // 3 + (1 << 20)  # a file in base64, and the fields beside it
Number = Annotated[float, Field(ge=0, le=MOST_SECONDS)]
Pair = Annotated[list[Number], Field(min_length=2, max_length=2), BeforeValidator(apart)]


class SoundRequest(Own):
    """`answer`: the file itself, of one sound, or JSON with each in base64. Options are those of `anew generate`."""

    model: ModelName
    label: Short | None = None
    n: Count = 1
    seed: Seed = 0
    guidance: Annotated[float, Field(ge=-100, le=100)] | None = None
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] | None = None
    solver: Short | None = None
    negative: Short | None = None
    response_format: Literal["wav", "flac", "mp3", "ogg", "opus", "pcm"] = "wav"
    answer: Literal["file", "json"] = "file"

    @property
    def options(self) -> dict[str, Any]:
        """Those that were given, as `generate` calls them."""
        names = ("guidance", "steps", "solver", "negative", "seconds", "loudness", "loop")
        return {name: value for name in names if (value := getattr(self, name, None)) is not None}

    @property
    def begun(self) -> dict[str, Any]:
        """What is to be done with the sound that is sent, as an `Order` has it."""
        pair = {name: tuple(value) for name in ("mask", "margins") if (value := getattr(self, name, None)) is not None}
        return pair | ({} if (strength := getattr(self, "strength", None)) is None else {"strength": strength})

    def check(self, has_sound: bool) -> None:
        """Problem: fields that exclude each other, or a sound that is missing."""
        if self.answer == "file" and self.n > 1:
            what = "n: a file holds one sound; ask for answer json"
            raise Problem(400, what, param="n", code="unsupported_parameter")
        if not has_sound:
            raise Problem(400, "audio: is missing", param="audio", code="missing_required_parameter")


class MadeRequest(SoundRequest):
    """`audio` with `strength`: variations of it; 0 gives it back, 1 forgets it."""

    seconds: float | None = None
    loudness: float | None = None
    loop: bool | None = None
    strength: Annotated[float, Field(ge=0, le=1)] | None = None

    def check(self, has_sound: bool) -> None:
        if has_sound and self.strength is None:
            what = "strength: from 0, the sound itself, to 1, which forgets it"
            raise Problem(400, what, param="strength", code="missing_required_parameter")
        super().check(has_sound or self.strength is None)


class ContinueRequest(SoundRequest):
    """`margins`: seconds before and after the sound."""

    margins: Pair


class InpaintRequest(SoundRequest):
    """`mask`: the seconds from which and to which it is made anew."""

    mask: Pair


class MadeSound(Told):
    """`b64_audio`: the file. `loudness`: LUFS, null of silence; `seed` makes it again."""

    seed: int
    label: str | None = None
    seconds: float
    loudness: float | None
    b64_audio: str


class Sounds(Told):
    object: Literal["sounds"] = "sounds"
    model: str
    format: str
    sounds: list[MadeSound]


def sound_sent(content: Any) -> Sound:
    """Of an upload, or of base64, which may be a data: URI. Problem: no sound, or one beyond the bounds."""
    try:
        if isinstance(content, str):
            head, comma, rest = content.partition(",") if content[:5].lower() == "data:" else ("", "", content)
            if comma and not head.lower().endswith(";base64"):
                raise binascii.Error
            content = base64.b64decode(rest, validate=True)
        if not isinstance(content, bytes):
            raise binascii.Error
    except (binascii.Error, ValueError):
        raise Problem(400, "audio: a file, or one in base64", param="audio", code="invalid_value") from None
    if not is_known(content):
        what = "audio: no WAV, FLAC, Ogg, MP3 or AIFF file"
        raise Problem(400, what, param="audio", code="invalid_value")
    try:
        return read_sound(
            content, "audio", most_seconds=MOST_SECONDS, most_bytes=MOST_BYTES, most_values=MOST_VALUES // 4
        )
    except DataError as why:
        raise Problem(400, why.message, param="audio", code="invalid_value") from None


def file_of(made: Generated, i: int, form: str) -> tuple[bytes, str]:
    """The bytes of a sample's file, as the command line writes them, and their media type; pcm has no header."""
    sound: Sound = made.samples[i]
    kind = STREAM_FORMS[form]  # type: ignore[index]
    if form not in FORMS:
        return pcm16(sound.wave).astype("<i2").tobytes(), kind
    return sound_file(sound, form, made.notes(i), made.source), kind


__all__ = [
    "MOST_BODY",
    "ContinueRequest",
    "InpaintRequest",
    "MadeRequest",
    "SoundRequest",
    "Sounds",
    "file_of",
    "sound_sent",
]
