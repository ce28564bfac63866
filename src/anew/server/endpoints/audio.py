"""/v1/audio: requests are checked whole, and then refused in words: no model of speech can be in the store yet."""

from __future__ import annotations

import asyncio
from typing import Annotated, NoReturn

from fastapi import APIRouter, Depends, Request

from anew.engine.pool import Pool
from anew.errors import NotFound
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.errors import Problem
from anew.server.forms import described, read_body
from anew.server.wire.audio import MOST_BYTES, SpeechRequest, TranscriptionRequest, check_recording

router = APIRouter(dependencies=[needs("generate"), ADMITTED])
FIELDS_BYTES = 1 << 20  # of a form beside its file


@router.post("/v1/audio/speech", response_model=None)
async def speech(asked: SpeechRequest, request: Request) -> None:
    await asyncio.to_thread(refuse, request.app.state.pool, asked.model)


async def recorded(request: Request) -> TranscriptionRequest:
    body = await read_body(request, ("file",), ("timestamp_granularities", "include"), MOST_BYTES + FIELDS_BYTES)
    asked = body.as_(TranscriptionRequest)
    asked.refuse_what_excludes_itself()
    check_recording(body.files.get("file", []))
    return asked


@router.post(
    "/v1/audio/transcriptions", response_model=None, openapi_extra=described(TranscriptionRequest, "file", url=False)
)
async def transcriptions(asked: Annotated[TranscriptionRequest, Depends(recorded)], request: Request) -> None:
    await asyncio.to_thread(refuse, request.app.state.pool, asked.model)


def refuse(pool: Pool, name: str) -> NoReturn:
    """Problem: no such model, or one of something else."""
    try:
        one = pool.find(name)
    except NotFound:
        what = f"no model of speech is in the store, and none of anything is called {name!r}"
        raise Problem(404, what, param="model", code="model_not_found") from None
    what = f"model: {name} makes {one.modality or 'something else'}, and no speech"
    raise Problem(400, what, param="model", code="unsupported_parameter")
