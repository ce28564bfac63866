"""/v1/anew/generate: samples of any model, what `anew generate` gives; two models side by side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import Field

from anew.engine.served import Served
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.drawing import asked_of, by_engine, drawn
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.opening import opened
from anew.server.streaming import Growth, events, parts
from anew.server.wire.drawing import Drawing, Samples, samples_of, texts_of, tokens_of
from anew.server.wire.own import STREAMED, ModelName, Told, answered
from anew.server.working import alone

making = own_router("", needs("generate"), ADMITTED)
routers = (making,)


class Generate(Drawing):
    """`stream`: texts as they grow."""

    model: ModelName
    stream: bool = False


class SideBySide(Drawing):
    models: Annotated[list[ModelName], Field(min_length=2, max_length=4)]


class Beside(Told):
    object: Literal["comparison"] = "comparison"
    models: list[Samples]


@making.post("/generate", **answered(Samples, **STREAMED))
async def generate(asked: Generate, request: Request) -> Any:
    """Samples: texts, rows or pictures, the same as `anew generate` gives for the seed."""
    served = await opened(request, asked.model)
    if not asked.stream:
        return await samples(served, asked, request)
    if not by_engine(served, asked.label, asked.fill, asked.where):
        what = f"stream: {served.name} does not write token after token"
        raise Problem(400, what, param="stream", code="unsupported_parameter")
    growth = await asyncio.to_thread(growing, served, asked)
    await growth.begin()
    return events(deltas(growth, asked), {})


def growing(served: Served, asked: Drawing) -> Growth:
    return Growth(served, asked_of(served, asked.n, asked.seed, asked.prompt, asked.options))


async def samples(served: Served, asked: Drawing, request: Request) -> dict[str, Any]:
    modality = served.artifact.recipe.modality
    if by_engine(served, asked.label, asked.fill, asked.where):
        growth = await asyncio.to_thread(growing, served, asked)
        made = texts_of(await growth.whole(request), growth.asked.seeds)
    else:
        told = (asked.n, asked.seed, asked.prompt, asked.label, asked.fill, asked.where, asked.options)
        made = await alone(request, served, lambda leave: samples_of(drawn(served, leave, *told)))
    return {"object": "samples", "model": served.name, "modality": modality, "samples": made}


async def deltas(growth: Growth, asked: Generate) -> AsyncIterator[dict[str, Any]]:
    async for i, new, tokens, finish in parts(growth, asked.n):
        told: dict[str, Any] = {"index": i, "seed": growth.asked.seeds[i], "delta": new, "finish": finish}
        yield told | ({} if asked.logprobs is None else {"tokens": tokens_of(tokens) or []})


@making.post("/compare", **answered(Beside))
async def compare(asked: SideBySide, request: Request) -> Any:
    """The same request put to several models, one after the other."""
    made = [await samples(await opened(request, name), asked, request) for name in asked.models]
    return {"object": "comparison", "models": made}
