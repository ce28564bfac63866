"""/v1/audio: a text said, a sentence at a time; what was said in a recording; another speaker's voice, with consent."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from anew.codecs.sound import Sound
from anew.codecs.sound_stream import STREAM_FORMS
from anew.contract import Unsupported
from anew.engine.hearing import Segment, recording, srt, vtt
from anew.engine.speaking import Speaking, adapt
from anew.engine.voices import READY
from anew.errors import AnewError, DataError, NotFound
from anew.safety.consent import NoConsent, require_consent
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.errors import Problem
from anew.server.forms import described, read_body
from anew.server.sounding import Sounding
from anew.server.speaking import as_bytes, as_events, heard, spoken
from anew.server.streaming import HEADERS, events, ignored_of, unless_left
from anew.server.wire.audio import (
    FRAMES,
    MOST_BYTES,
    SpeechRequest,
    TranscriptionRequest,
    VoiceRequest,
    check_recording,
    text_of,
    used,
    verbose,
)
from anew.server.wire.own import answered
from anew.server.wire.shapes import VoiceList
from anew.server.wording import worded
from anew.server.working import begun

router = APIRouter(dependencies=[needs("generate"), ADMITTED])
FIELDS_BYTES = 5 << 20  # of a form beside its file: a consent record may name many recordings


@router.post("/v1/audio/speech", response_model=None)
async def speech(asked: SpeechRequest, request: Request) -> Response:
    asked.refuse_what_is_not_written()
    sounding: Sounding = request.app.state.sounding
    try:
        by = await asyncio.to_thread(sounding.voice, asked.model)
    except NoConsent as error:
        raise unpermitted(error, "model") from None
    speaker = None if asked.speaker in (asked.model, by.name, "default") else asked.speaker
    try:
        speaking = await asyncio.to_thread(Speaking, by.what, asked.input, speaker, asked.speed)
    except NoConsent as error:
        raise unpermitted(error, "model") from None
    except (DataError, NotFound) as error:
        field = "voice" if isinstance(error, NotFound) else "input"
        raise Problem(400, f"{field}: {error.message}", param=field, code="invalid_value") from None
    read = len(asked.input)
    form: Any = asked.response_format
    pieces = await begun(request, spoken(by, speaking, form, read))
    if asked.stream_format == "sse":
        return events(as_events(pieces, read), ignored_of(asked), typed=True, done=None)
    return StreamingResponse(as_bytes(pieces), headers=HEADERS | ignored_of(asked), media_type=STREAM_FORMS[form])


# ------------------------------------------------------------------------------------------------ what was said


async def recorded(request: Request) -> tuple[TranscriptionRequest, bytes]:
    body = await read_body(request, ("file",), ("timestamp_granularities", "include"), MOST_BYTES + FIELDS_BYTES)
    asked = body.as_(TranscriptionRequest)
    asked.refuse_what_excludes_itself()
    return asked, check_recording(body.files.get("file", []))


@router.post(
    "/v1/audio/transcriptions", response_model=None, openapi_extra=described(TranscriptionRequest, "file", url=False)
)
async def transcriptions(
    given: Annotated[tuple[TranscriptionRequest, bytes], Depends(recorded)], request: Request, response: Response
) -> Any:
    asked, content = given
    sounding: Sounding = request.app.state.sounding
    by = await asyncio.to_thread(sounding.ear, asked.model)
    sound = await unless_left(request, asyncio.to_thread(sound_of, content))
    came = await begun(request, heard(by, sound, asked))
    headers = ignored_of(asked)
    if asked.stream:
        return events(understood(came, sound), headers, typed=True, done=None)
    segments, language = list[Segment](), ""

    async def all_of_it() -> None:
        nonlocal language
        async for one in came:
            if isinstance(one, Segment):
                segments.append(one)
            else:
                language = str(one)

    await unless_left(request, all_of_it())
    written = {"text": lambda: text_of(segments) + "\n", "srt": lambda: srt(segments), "vtt": lambda: vtt(segments)}
    if asked.response_format in written:
        kind = "text/vtt" if asked.response_format == "vtt" else "text/plain"
        return PlainTextResponse(written[asked.response_format](), headers=headers, media_type=kind)
    response.headers.update(headers)
    if asked.response_format == "json":
        return {"text": text_of(segments), "usage": used(sound.seconds)}
    wanted = asked.timestamp_granularities or ["segment"]
    return verbose(segments, language, sound.seconds, "word" in wanted, "segment" in wanted)


async def understood(came: Any, sound: Sound) -> Any:
    """transcript.text.delta each, and transcript.text.done."""
    text = ""
    async for one in came:
        if isinstance(one, Segment):
            delta = one.text if text else one.text.lstrip()
            text += delta
            yield {"type": "transcript.text.delta", "delta": delta}
    usage = {"type": "tokens", "input_tokens": round(sound.seconds * FRAMES), "output_tokens": len(text.split())}
    usage["total_tokens"] = usage["input_tokens"] + usage["output_tokens"]  # type: ignore[operator]
    yield {"type": "transcript.text.done", "text": text.strip(), "usage": usage}


def sound_of(content: bytes) -> Sound:
    try:
        return recording(content, "file")
    except DataError as error:
        raise Problem(400, error.message, param="file", code="invalid_value") from None


# ------------------------------------------------------------------------------------------------ another's voice


async def sampled(request: Request) -> tuple[VoiceRequest, bytes]:
    body = await read_body(request, ("audio_sample",), (), MOST_BYTES + FIELDS_BYTES)
    asked = body.as_(VoiceRequest)
    return asked, check_recording(body.files.get("audio_sample", []), "audio_sample")


@router.get("/v1/audio/voices", **answered(VoiceList))
async def speakers(request: Request) -> Any:
    return {"object": "list", "data": await asyncio.to_thread(request.app.state.sounding.speakers)}


@router.post("/v1/audio/voices", response_model=None, openapi_extra=described(VoiceRequest, "audio_sample", url=False))
async def voices(given: Annotated[tuple[VoiceRequest, bytes], Depends(sampled)], request: Request) -> Any:
    asked, content = given
    await asyncio.to_thread(agreed, asked, content)
    by = await asyncio.to_thread(request.app.state.sounding.voice, READY)
    try:
        await asyncio.to_thread(adapt, by.what, asked.name, [content], asked.consent)
    except Unsupported as error:
        raise Problem(400, worded(error), param="audio_sample", code="unsupported_parameter") from None


def agreed(asked: VoiceRequest, content: bytes) -> None:
    """Before anything else is looked at. Problem: nobody agreed to this."""
    try:
        require_consent(asked.consent, speaker=asked.name, purpose="adapt", recordings=[content])
    except NoConsent as error:
        raise unpermitted(error, "consent") from None
    except AnewError as error:
        raise Problem(400, worded(error), param="consent", code="invalid_value") from None


def unpermitted(error: NoConsent, field: str) -> Problem:
    return Problem(403, worded(error), param=field, code="consent_required")


__all__ = ["router"]
