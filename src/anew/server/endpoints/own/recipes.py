"""/v1/anew/recipes: the ready recipes, one with every setting written out, changes checked in the words of the command
line, and what a run would take on this machine."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import Field

from anew import recipes
from anew.collect import datasets
from anew.data.home import home
from anew.errors import AnewError, nearest
from anew.recipe import Recipe, parse
from anew.recipes.dotted import laid_over
from anew.recipes.resolve import resolve
from anew.server.access import needs
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.streaming import unless_left
from anew.server.wire.own import Own, Told
from anew.server.wording import worded
from anew.server.work.process import environment
from anew.train.forecast import Forecast

reading = own_router("/recipes", needs("read"))
training = own_router("/recipes", needs("train"))
routers = (reading, training)
CODES = {2: 400, 3: 400, 4: 404, 5: 400}  # of the command line's exit codes, the status of each
Value = str | bool | int | float | list[str] | list[int] | list[float]


class Changes(Own):
    """`overrides`: dotted keys, `{"train.lr": 0.003, "size": "xs"}`; a text is read as if it had been typed."""

    overrides: Annotated[dict[str, Value], Field(max_length=200)] = {}


class Ready(Told):
    name: str
    modality: str
    source: str = Field(description="The data that it brings; empty where it brings none.")
    about: str


class ReadyList(Told):
    object: Literal["list"] = "list"
    data: list[Ready]


class Shown(Told):
    """`values`: as the recipe says, defaults left out; `resolved`: every setting of every part on this machine, None
    where that takes the stored model that it starts from."""

    object: Literal["recipe"] = "recipe"
    name: str
    values: dict[str, Any]
    resolved: dict[str, Any] | None


class RunForecast(Told):
    """`parts` learn one after the other; `records` were looked at."""

    object: Literal["forecast"] = "forecast"
    recipe: str
    parts: dict[str, Forecast]
    records: int
    seconds: float
    memory_bytes: int
    disk_bytes: int
    free_bytes: int


def values_of(name: str) -> dict[str, Any]:
    """A ready recipe's, never a file's. Problem: there is none."""
    if name not in recipes.ready():
        what = f"no recipe is called {name!r}{nearest(name, recipes.ready())}"
        raise Problem(404, what, param="name", code="not_found")
    return recipes.find(name)


def changed(name: str, asked: Changes) -> Recipe:
    values = values_of(name)
    try:
        return laid_over(values, asked.overrides)
    except AnewError as why:
        raise Problem(400, worded(why), param="overrides", code="invalid_value") from None


def shown(recipe: Recipe) -> Shown:
    plain = recipe.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    try:
        rests = recipe.adapt is not None or recipe.rests
        whole = None if rests else resolve(recipe).model_dump(mode="json", exclude_none=True)
    except AnewError as why:
        raise Problem(400, worded(why), param="overrides", code="invalid_value") from None
    return Shown(name=recipe.name, values=plain, resolved=whole)


@reading.get("")
def listed() -> ReadyList:
    found = [(name, recipes.find(name)) for name in recipes.ready()]
    told = [
        Ready(name=name, modality=v["modality"], source=v.get("data", {}).get("source", ""), about=v.get("about", ""))
        for name, v in found
    ]
    return ReadyList(data=told)


@reading.get("/{name}")
def one(name: str) -> Shown:
    return shown(parse(values_of(name), name))


@reading.post("/{name}/check")
def check(name: str, asked: Changes) -> Shown:
    """The recipe with changes made; 400 says which one no run would take, as the command line says it."""
    return shown(changed(name, asked))


@training.post("/{name}/forecast")
async def forecast(name: str, asked: Changes, request: Request) -> RunForecast:
    """What a run would take here. A process of its own weighs and times it, which ends when the client leaves."""
    recipe = await asyncio.to_thread(changed, name, asked)
    refuse_elsewhere(recipe)
    line = [f"--{key}={typed(value)}" for key, value in asked.overrides.items()]
    async with request.app.state.heavy:
        told = await unless_left(request, anew("recipe", "forecast", name, "--json", *line))
    return RunForecast(recipe=name, **told)


def refuse_elsewhere(recipe: Recipe) -> None:
    """Problem: data that no name stands for, or that would have to be fetched first."""
    source = recipe.data.source
    if source and source not in datasets.CATALOGUE:
        what = f"data.source: over HTTP a known data set by its name, not {source!r}"
        raise Problem(400, what, param="overrides", code="invalid_value")
    if source and datasets.show(source, home())["folder"] is None:
        what = f"the data set {source} is not on this machine yet\n  try: anew data get {source}"
        raise Problem(400, what, param="overrides", code="data_not_here")
    if recipe.start is not None:
        what = "start: a forecast does not go on from a stored model"
        raise Problem(400, what, param="overrides", code="unsupported_parameter")


def typed(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


async def anew(*arguments: str) -> dict[str, Any]:
    """The last line that `anew … --json` prints. Problem: what it says went wrong."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "anew", *arguments, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, start_new_session=True, env=environment(),
    )  # fmt: skip
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # it, and what it began
            await process.wait()
    told: dict[str, Any] = json.loads((said.decode().strip().splitlines() or ["{}"])[-1])
    if process.returncode:
        status = CODES.get(process.returncode, 500)
        again = f"\n  try: {told['next_command']}" if told.get("next_command") else ""
        raise Problem(status, f"{told.get('error', 'the forecast failed')}{again}", code="invalid_value")
    return told
