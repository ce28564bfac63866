"""/v1/anew/recipes: the ready recipes, one with every setting written out, changes checked in the words of the command
line, and what a run would take on this machine."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import nullcontext, suppress
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import Field

from anew import recipes
from anew.collect import datasets
from anew.errors import AnewError, nearest
from anew.recipe import START, Recipe, parse
from anew.recipes.dotted import laid_over
from anew.recipes.resolve import resolve
from anew.recipes.settings import keys_of
from anew.server.access import Asker, needs
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.given_data import Folder, Given, Named, given, refuse_absent
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


class Weighed(Changes):
    """What a run would learn from; without either, the recipe's own data."""

    training_file: Named | None = None
    training_folder: Folder | None = None


class Setting(Told):
    """A setting: `key` as overrides name it, `kind` the JSON schema of its values, `value` as the recipe has it on this
    machine, None where that is open; `own`: it belongs to the part of that name and to no other."""

    key: str
    about: str
    kind: dict[str, Any]
    value: Any
    own: str | None = None


class SettingList(Told):
    object: Literal["list"] = "list"
    data: list[Setting]


class Ready(Told):
    name: str
    modality: str
    source: str = Field(description="The data that it brings; empty where it brings none.")
    about: str
    starts: bool = Field(description="It begins from nothing: a job can name it. Others go on from a stored model.")


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
        Ready(
            name=name,
            modality=v["modality"],
            source=v.get("data", {}).get("source", ""),
            about=v.get("about", ""),
            starts="adapt" not in v and v["codec"]["name"] != START,
        )  # fmt: skip
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


@reading.get("/{name}/schema")
def schema(name: str) -> SettingList:
    """Every setting of the recipe and of its parts: what it takes, what it does, how it stands."""
    return SettingList(data=[Setting(**one) for one in keys_of(parse(values_of(name), name))])


@training.post("/{name}/forecast")
async def forecast(name: str, asked: Weighed, request: Request, who: Asker) -> RunForecast:
    """What a run would take here. A process of its own weighs and times it, which ends when the client leaves."""
    recipe, state = await asyncio.to_thread(changed, name, asked), request.app.state
    line = [f"--{key}={typed(value)}" for key, value in asked.overrides.items()]
    data: Given | None = None
    if asked.training_file is not None or asked.training_folder is not None:
        with state.database.reading() as session:
            data = given(session, state.contents, who, asked.training_file, asked.training_folder)
    else:
        refuse_elsewhere(recipe)
    async with state.heavy:
        with nullcontext() if data is None else data.readable() as source:
            more = [] if source is None else [f"--data.source={source}"]
            told = await unless_left(request, anew("recipe", "forecast", name, "--json", *line, *more))
    return RunForecast(recipe=name, **told)


def refuse_elsewhere(recipe: Recipe) -> None:
    """Problem: data that no name stands for, or that would have to be fetched first."""
    source = recipe.data.source
    if source and source not in datasets.CATALOGUE:
        what = f"data.source: over HTTP a known data set by its name, not {source!r}"
        raise Problem(400, what, param="overrides", code="invalid_value")
    if source:
        refuse_absent(source, "overrides")
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
