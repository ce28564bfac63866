"""/v1/anew/audio: sounds that a model makes, with which one goes on, or of which it makes a part anew; the bytes are
those that `anew generate` writes for the same seed."""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response

from anew.codecs.loudness import loudness
from anew.codecs.sound import Sound
from anew.engine.generated import Generated
from anew.engine.order import Order
from anew.errors import DataError, RecipeError
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.forms import described, read_body
from anew.server.opening import opened
from anew.server.quotas import count
from anew.server.wire.audio import FRAMES
from anew.server.wire.own import answered
from anew.server.wire.sounds import (
    MOST_BODY,
    ContinueRequest,
    InpaintRequest,
    MadeRequest,
    SoundRequest,
    Sounds,
    file_of,
    sound_sent,
)
from anew.server.wording import worded
from anew.server.working import Leave, alone

router = own_router("/audio", needs("generate"), ADMITTED)
routers = (router,)
R = TypeVar("R", bound=SoundRequest)
FIELDS = (
    "seconds",
    "loudness",
    "loop",
    "strength",
    "mask",
    "margins",
    "guidance",
    "steps",
    "solver",
    "negative",
    "label",
)


def given(shape: type[R]) -> Callable[[Request], Awaitable[tuple[R, Sound | None]]]:
    """What reads such a request and the sound that comes with it."""

    async def read(request: Request) -> tuple[R, Sound | None]:
        body = await read_body(request, ("audio",), ("mask", "margins"), MOST_BODY)
        asked, files = body.as_(shape), body.files.get("audio", [])
        if len(files) > 1:
            raise Problem(400, "audio: one sound at a time", param="audio", code="unsupported_parameter")
        asked.check(bool(files))
        return asked, await asyncio.to_thread(sound_sent, files[0]) if files else None

    return read


def taking(shape: type[SoundRequest]) -> dict[str, Any]:
    """An endpoint's options: what it takes and gives."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    kinds = ("audio/wav", "audio/flac", "audio/mpeg", "audio/ogg", "audio/pcm")
    told = described(shape, "audio", url=False)
    content = told["requestBody"]["content"]
    plain = {**content["multipart/form-data"]["schema"]}
    plain["properties"] = plain["properties"] | {"audio": {"type": "string", "description": "A file in base64."}}
    content["application/json"] = {"schema": plain}
    if shape is MadeRequest:
        for one in content.values():
            one["schema"] = one["schema"] | {"required": ["model"]}
    return answered(Sounds, content=dict.fromkeys(kinds, binary)) | {"openapi_extra": told}


@router.post("/generate", **taking(MadeRequest))
async def generate(sent: Annotated[tuple[Any, Any], Depends(given(MadeRequest))], request: Request) -> Any:
    """Sounds of a length, a loudness, as loops; or variations of the one that is sent."""
    return await made(request, *sent)


@router.post("/continue", **taking(ContinueRequest))
async def go_on(sent: Annotated[tuple[Any, Any], Depends(given(ContinueRequest))], request: Request) -> Any:
    """What may come before a sound and after it; the sound itself comes back bit by bit."""
    return await made(request, *sent)


@router.post("/inpaint", **taking(InpaintRequest))
async def inpaint(sent: Annotated[tuple[Any, Any], Depends(given(InpaintRequest))], request: Request) -> Any:
    """A gap in a sound made anew; what lies outside of it comes back bit by bit."""
    return await made(request, *sent)


async def made(request: Request, asked: SoundRequest, sound: Sound | None) -> Any:
    served = await opened(request, asked.model)
    if served.artifact.recipe.modality != "audio":
        what = f"model: {served.name} makes {served.artifact.recipe.modality}, and no sounds"
        raise Problem(400, what, param="model", code="unsupported_parameter")

    def work(leave: Leave) -> Generated:
        order = Order(served.artifact, asked.n, asked.seed, None, asked.label, asked.options, sound, **asked.begun)
        return order.draw(lambda share, decode: leave.check())

    try:
        found = await alone(request, served, work)
    except (RecipeError, DataError) as why:
        field = min((name for name in FIELDS if name in why.message), key=why.message.find, default=None)
        raise Problem(400, worded(why), param=field, code="invalid_value") from None
    count(round(FRAMES * sum(one.seconds for one in [*found.samples, *([sound] if sound else [])])))
    files = await asyncio.to_thread(lambda: [file_of(found, i, asked.response_format) for i in range(asked.n)])
    if asked.answer == "file":
        content, kind = files[0]
        return Response(content, media_type=kind, headers={"x-anew-seed": str(found.seeds[0])})
    return {
        "object": "sounds", "model": served.name, "format": asked.response_format,
        "sounds": [
            {"seed": seed, "label": label, "seconds": round(one.seconds, 6), "loudness": lufs(one),
             "b64_audio": base64.b64encode(content).decode()}
            for seed, label, one, (content, _) in zip(found.seeds, found.labels, found.samples, files, strict=True)
        ],
    }  # fmt: skip


def lufs(sound: Sound) -> float | None:
    found = loudness(sound)
    return round(found, 2) if math.isfinite(found) else None
