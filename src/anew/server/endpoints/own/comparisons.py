"""/v1/anew/comparisons: bake-offs of this machine, whoever began them: begin one, how far it is, what came of it."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi.responses import FileResponse
from pydantic import Field

from anew.collect import datasets
from anew.data.home import home
from anew.errors import nearest
from anew.recipes.grid import CONTENDERS, SENSELESS, choose
from anew.server import bakeoffs
from anew.server.access import needs
from anew.server.endpoints.own.routing import own_router
from anew.server.endpoints.own.runs import PAGE, own_machine, shown
from anew.server.errors import Problem
from anew.server.wire.own import Own, Short, Told

reading = own_router("/comparisons", needs("read"), own_machine)
training = own_router("/comparisons", needs("train"), own_machine)
knowing = own_router("/contenders", needs("read"))
routers = (knowing, reading, training)
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
TOLD = ("data", "modality", "minutes", "seeds", "said")
Family = Literal["autoregressive", "vae", "gan", "diffusion"]
State = Literal["running", "finished", "stopped", "failed"]


class Bakeoff(Own):
    """`data`: a known data set, fetched where it is not here. `minutes`: CPU minutes of training for each model."""

    data: Short
    families: Annotated[list[Family], Field(max_length=4)] = []
    models: Annotated[list[Short], Field(max_length=16)] = []
    minutes: Annotated[float, Field(ge=0.05, le=600)] = 2.0
    seeds: Annotated[int, Field(ge=1, le=5)] = 1


class Contender(Told):
    name: str
    family: str
    modality: str
    recipe: str


class Senseless(Told):
    family: str
    modality: str
    why: str


class Contenders(Told):
    """`data`: what can be compared, the first of a family and a modality first; `senseless`: what cannot, and why."""

    object: Literal["list"] = "list"
    data: list[Contender]
    senseless: list[Senseless]


class Comparisons(Told):
    object: Literal["list"] = "list"
    data: list[dict[str, Any]]


class BakeoffPart(Told):
    """What one model is at, or, without a name, what all share. waiting, collecting, cleaning, judge, preparing, codec,
    training, judging, done or failed; `step` of `steps` where it learns."""

    name: str | None
    seed: int
    state: str
    step: int | None = None
    steps: int | None = None
    why: str | None = None


class BakeoffProgress(Told):
    """`said`: what it said last; why it ended, where it failed."""

    object: Literal["comparison.progress"] = "comparison.progress"
    name: str
    state: State
    data: str
    modality: str
    models: list[str]
    minutes: float
    seeds: int
    parts: list[BakeoffPart]
    said: list[str]


@knowing.get("")
def contenders() -> Contenders:
    """The models that are compared of each modality."""
    found = [Contender(name=c.name, family=c.family, modality=c.modality, recipe=c.recipe) for c in CONTENDERS]
    cannot = [Senseless(family=family, modality=kind, why=why) for (family, kind), why in SENSELESS.items()]
    return Contenders(data=found, senseless=cannot)


@reading.get("")
def comparisons() -> Comparisons:
    """What `anew compare` finished on this machine, and what was begun here."""
    return Comparisons(data=[listed(folder) for folder in bakeoffs.folders()])


def listed(folder: Path) -> dict[str, Any]:
    begun = bakeoffs.Begun.read(folder)
    told = asdict(begun) if begun is not None else {}
    if (folder / bakeoffs.FIGURES).is_file():
        told |= {key: value for key, value in figures(folder / bakeoffs.FIGURES).items() if key in TOLD}
    path = folder / (bakeoffs.FIGURES if (folder / bakeoffs.FIGURES).is_file() else bakeoffs.BEGUN)
    facts = {"state": bakeoffs.state_of(folder), "changed_at": int(path.stat().st_mtime)}
    return {"name": folder.name} | {key: told.get(key) for key in TOLD} | facts


@training.post("", status_code=201)
async def begin(asked: Bakeoff) -> BakeoffProgress:
    """Begin one, or go on with one that was stopped; models that are finished are not trained again. One at a time."""
    if asked.data not in datasets.CATALOGUE:
        what = f"data: no data set is called {asked.data!r}{nearest(asked.data, datasets.CATALOGUE)}"
        raise Problem(400, what, param="data", code="invalid_value")
    kind = datasets.CATALOGUE[asked.data].modality
    chosen = choose(kind, asked.families, asked.models)
    begun = bakeoffs.Begun(asked.data, kind, tuple(c.name for c in chosen), asked.minutes, asked.seeds)
    return await asyncio.to_thread(lambda: progress_of(bakeoffs.begin(begun)))


@training.post("/{name}/cancel")
def cancel(name: str) -> BakeoffProgress:
    """Its process saves what it has, and ends."""
    folder = place(name, bakeoffs.BEGUN).parent
    bakeoffs.stop(folder)
    return progress_of(folder)


@reading.get("/{name}/progress")
def progress(name: str) -> BakeoffProgress:
    """How far each model is, of one that the server began."""
    return progress_of(place(name, bakeoffs.BEGUN).parent)


def progress_of(folder: Path) -> BakeoffProgress:
    begun = bakeoffs.Begun.read(folder)
    if begun is None:
        raise Problem(404, f"{folder.name} was not begun here", param="name", code="not_found")
    state: Any = bakeoffs.state_of(folder)
    rows = [BakeoffPart(**part) for part in bakeoffs.parts(folder, begun)]
    asked = asdict(begun) | {"models": list(begun.models)}
    return BakeoffProgress(name=folder.name, state=state, parts=rows, said=bakeoffs.last_said(folder), **asked)


@reading.get("/{name}")
def comparison(name: str) -> dict[str, Any]:
    """Every figure of every model, the best first."""
    return figures(place(name, bakeoffs.FIGURES))


@reading.get("/{name}/report", response_class=FileResponse)
def report(name: str) -> FileResponse:
    """The page that explains itself."""
    return FileResponse(place(name, "comparison.html"), media_type="text/html", headers=PAGE)


@reading.get("/{name}/files/{path:path}", response_class=FileResponse)
def file(name: str, path: str) -> FileResponse:
    """A file of a model's own report: `seed-0/vae/validate/samples.png`."""
    folder = place(name, bakeoffs.BEGUN, bakeoffs.FIGURES).parent
    seed, _, rest = path.partition("/")
    model, _, inside = rest.partition("/")
    if not re.fullmatch(r"seed-\d{1,3}", seed) or not FOLDER.fullmatch(model):
        raise Problem(404, f"{name} shows no file {path!r}", param="path", code="not_found")
    return shown(folder / seed / model, inside)


def figures(path: Path) -> dict[str, Any]:
    """What is no number is none, as JSON has it."""
    made: dict[str, Any] = json.loads(path.read_bytes(), parse_constant=lambda name: None)
    return made


def place(name: str, *files: str) -> Path:
    """The first of these files that the comparison has. Problem: it has none."""
    for file in files if FOLDER.fullmatch(name) else ():
        path = home() / "compare" / name / file
        if path.is_file():
            return path
    raise Problem(404, f"no comparison is called {name!r}", param="name", code="not_found")
