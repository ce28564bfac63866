"""/v1/anew/generate: samples of any model, what `anew generate` gives; two models side by side; finished bake-offs."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Request
from fastapi.responses import FileResponse
from pydantic import Field

from anew.data.home import home
from anew.engine.served import Served
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.drawing import asked_of, by_engine, drawn
from anew.server.endpoints.own.routing import own_router
from anew.server.endpoints.own.runs import PAGE, own_machine
from anew.server.errors import Problem
from anew.server.opening import opened
from anew.server.streaming import Growth, events, parts
from anew.server.wire.drawing import Drawing, Samples, samples_of, texts_of, tokens_of
from anew.server.wire.own import STREAMED, ModelName, Told, answered
from anew.server.working import alone

making = own_router("", needs("generate"), ADMITTED)
reading = own_router("/comparisons", needs("read"), own_machine)
routers = (making, reading)
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class Generate(Drawing):
    """`stream`: texts as they grow."""

    model: ModelName
    stream: bool = False


class SideBySide(Drawing):
    models: Annotated[list[ModelName], Field(min_length=2, max_length=4)]


class Beside(Told):
    object: Literal["comparison"] = "comparison"
    models: list[Samples]


class Comparisons(Told):
    object: Literal["list"] = "list"
    data: list[dict[str, Any]]


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


# ------------------------------------------------------------------------------------------------ anew compare


@reading.get("")
def comparisons() -> Comparisons:
    """What `anew compare` finished on this machine."""
    root = home() / "compare"
    names = sorted(path.parent.name for path in root.glob("*/comparison.json")) if root.is_dir() else []
    keys = ("data", "modality", "minutes", "seeds", "said")
    found = [(name, figures(root / name / "comparison.json")) for name in names]
    return Comparisons(data=[{"name": name} | {key: told.get(key) for key in keys} for name, told in found])


@reading.get("/{name}")
def comparison(name: str) -> dict[str, Any]:
    """Every figure of every model, the best first."""
    return figures(place(name, "comparison.json"))


@reading.get("/{name}/report", response_class=FileResponse)
def report(name: str) -> FileResponse:
    """The page that explains itself."""
    return FileResponse(place(name, "comparison.html"), media_type="text/html", headers=PAGE)


def figures(path: Path) -> dict[str, Any]:
    """What is no number is none, as JSON has it."""
    made: dict[str, Any] = json.loads(path.read_bytes(), parse_constant=lambda name: None)
    return made


def place(name: str, file: str) -> Path:
    path = home() / "compare" / name / file
    if not FOLDER.fullmatch(name) or not path.is_file():
        raise Problem(404, f"no comparison is called {name!r}", param="name", code="not_found")
    return path
