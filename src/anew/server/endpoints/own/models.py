"""/v1/anew/models: what a model is and was measured to be; open it ahead of time, close it, name it, take it out, take
one in, let it go."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import File, Form, Request, Response, UploadFile
from fastapi.responses import FileResponse, PlainTextResponse
from pydantic import Field

from anew.deploy import starters
from anew.deploy.lookup import pinned
from anew.deploy.store import Entry, Store
from anew.engine.pool import Listed, Pool, Shelf
from anew.errors import AnewError, NotFound
from anew.server.access import Asker, needs
from anew.server.audit import record
from anew.server.endpoints.own.routing import FORM, own_router
from anew.server.endpoints.own.runs import KINDS, PAGE
from anew.server.errors import Problem
from anew.server.kept import EXPORTS
from anew.server.opening import opened
from anew.server.provenance import IMPORTED, Origin, alone_bytes, described, origin_of, starter, taken_in
from anew.server.shelf import about
from anew.server.streaming import unless_left
from anew.server.wire.models import About
from anew.server.wire.own import Own, Told

reading = own_router("/models", needs("read"))
opening = own_router("/models", needs("generate"))
keeping = own_router("/models", needs("admin"))
routers = (reading, opening, keeping)


class Stored(Told):
    """`open`: whether it is in memory. `about`, `licence`: as its evidence has them. `origin`: trained here, a starter
    of the package, or taken in from elsewhere. `anew`: what /v1/models tells of it. Of one model alone: `versions`, ids
    that the name stood for, the present one first; `alone_bytes`, of files that no other has: they go with it."""

    object: Literal["model"] = "model"
    name: str
    id: str
    modality: str
    bytes: int
    created: int
    open: bool
    does: str | None = None
    about: str = ""
    licence: str | None = None
    origin: Origin | None = None
    aliases: list[str] = []
    versions: list[str] = []
    files: dict[str, int] = {}
    alone_bytes: int | None = None
    anew: About


class Starter(Told):
    """A model that comes with the package and is not in the store."""

    name: str
    about: str
    licence: str | None


class StoredList(Told):
    """`starters`: those that can be taken in."""

    object: Literal["list"] = "list"
    data: list[Stored]
    starters: list[Starter] = []


class Removed(Told):
    """`freed_bytes`: of the disk, with all else that no name led to; only where that was asked for."""

    removed: list[str]
    freed_bytes: int | None = None


class NewAlias(Own):
    alias: Annotated[str, Field(min_length=1, max_length=200)]


def pool_of(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


def told(one: Listed, opens: set[str], taken: set[str], shelf: Shelf, entry: Entry | None = None) -> Stored:
    what = described(one.name, one.id)
    facts = {"modality": one.modality, "bytes": one.bytes, "created": one.created, "open": one.id in opens}
    facts |= {"does": one.does, "about": what.about, "licence": what.licence, "aliases": list(one.aliases)}
    facts |= {
        "anew": (known := About(**about(one, shelf))),
        "origin": origin_of(one.id, what, known.trained_here, taken),
    }
    if entry is not None:
        kept = asdict(entry)
        files = {name: value["bytes"] for name, value in kept["files"].items()}
        facts |= {"aliases": kept["aliases"], "versions": kept["versions"], "files": files}
        facts |= {"alone_bytes": alone_bytes(entry, Store())}
    return Stored(name=one.name, id=one.id, **facts)


def opens_of(pool: Pool) -> set[str]:
    return set(pool.open_now())


def entry_of(request: Request, name: str) -> Entry:
    """A model that is served, as the store has it. NotFound."""
    pool_of(request).find(name)
    return Store().show(name)


def put_out(request: Request, name: str) -> None:
    """Out of memory. Problem: somebody uses it."""
    pool = pool_of(request)
    one = pool.find(name)
    pool.close_unused(names=[one.name])
    if one.id in pool.open_now():
        raise Problem(400, f"{name} is in use", param="name", code="in_use")


@reading.get("")
def listed(request: Request) -> StoredList:
    pool = pool_of(request)
    opens, taken = opens_of(pool), taken_in(request.app.state.database)
    there = {entry.name for entry in Store().list()}
    waiting = [Starter(name=name, about=starter(name)[0], licence=starter(name)[1]) for name in starters.names()]
    found = [told(one, opens, taken, pool.shelf) for one in pool.listed()]
    return StoredList(data=found, starters=[one for one in waiting if one.name not in there])


@reading.get("/{name}")
def one(name: str, request: Request) -> Stored:
    pool = pool_of(request)
    found = pool.find(name)
    try:
        entry = Store().show(name)
    except NotFound:
        entry = None
    return told(found, opens_of(pool), taken_in(request.app.state.database), pool.shelf, entry)


@reading.get("/{name}/card", response_class=PlainTextResponse)
def card(name: str, request: Request) -> PlainTextResponse:
    """Its card, in Markdown."""
    return PlainTextResponse(file_of(request, name, "card.md"), media_type="text/markdown; charset=utf-8")


@reading.get("/{name}/evidence")
def evidence(name: str, request: Request) -> dict[str, Any]:
    """What was measured of it: every figure that its card shows, with its interval."""
    made: dict[str, Any] = json.loads(file_of(request, name, "evidence.json"))
    return made


@reading.get("/{name}/figures/{path:path}", response_class=Response)
def figure(name: str, path: str, request: Request) -> Response:
    """A picture or a sound that its evidence names by this path."""
    kind = KINDS.get(PurePosixPath(path).suffix)
    if kind is None:
        raise Problem(404, f"{name} shows no file {path!r}", param="path", code="not_found")
    return Response(file_of(request, name, f"figures/{path}"), media_type=kind, headers=PAGE)


def file_of(request: Request, name: str, file: str) -> bytes:
    entry = entry_of(request, name)
    if file not in entry.files:
        raise Problem(404, f"{name} has no {file}: it was not validated here", param="name", code="not_found")
    return Store().read(entry, file)


@reading.get("/{name}/export", response_class=FileResponse)
async def export(name: str, request: Request) -> FileResponse:
    """The model as a zip, the same bytes as `anew models export NAME FILE.zip`."""
    async with request.app.state.heavy:
        path = await unless_left(request, asyncio.to_thread(packed, request, name))
    return FileResponse(path, filename=path.name, media_type="application/zip")


def packed(request: Request, name: str) -> Path:
    """A zip beside the store, whose disk has room for models; it goes when the answer has ended."""
    entry_of(request, name)
    place: Path = request.app.state.workshop.folder / EXPORTS
    place.mkdir(parents=True, exist_ok=True)
    leases: ExitStack = request.state.leases
    folder = leases.enter_context(tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True))
    return Store().export(pinned(name), Path(folder) / f"{name}.zip")


@opening.post("/{name}/open")
async def open_now(name: str, request: Request) -> Stored:
    """Have it in memory before it is first used."""
    await opened(request, name)
    return await asyncio.to_thread(one, name, request)


@keeping.post("/{name}/close")
def close(name: str, request: Request) -> Stored:
    """Out of memory. 400 while somebody uses it."""
    put_out(request, name)
    return one(name, request)


@keeping.delete("/{name}", response_model_exclude_none=True)
def remove(name: str, request: Request, who: Asker, free: bool = False) -> Removed:
    """Forget it, with its aliases and older versions. `free`: and free the bytes, as `anew models gc` does. 400 while
    somebody uses it."""
    entry = entry_of(request, name)
    put_out(request, name)
    with request.app.state.database.writing() as session:
        record(session, who, "model.deleted", entry.name, id=entry.id)
        gone = Store().remove(entry.name)
    return Removed(removed=gone, freed_bytes=freed() if free else None)


def freed() -> int:
    from anew.engine import forms

    return Store().gc() + forms.free()[0]


@keeping.post("/{name}/aliases")
def call(name: str, asked: NewAlias, request: Request, who: Asker) -> Stored:
    """A further name, which follows when the model gets a new version."""
    entry = entry_of(request, name)
    with request.app.state.database.writing() as session:
        record(session, who, "model.named", entry.name, alias=asked.alias)
        Store().alias(entry.name, asked.alias)
    return one(entry.name, request)


@keeping.delete("/{name}/aliases/{alias}")
def call_no_more(name: str, alias: str, request: Request, who: Asker) -> Stored:
    """The model stays."""
    entry = entry_of(request, name)
    if alias not in entry.aliases:
        raise Problem(404, f"{entry.name} is not called {alias!r}, too", param="alias", code="not_found")
    with request.app.state.database.writing() as session:
        record(session, who, "model.unnamed", entry.name, alias=alias)
        Store().remove(alias)
    return one(entry.name, request)


@keeping.post("", status_code=201, dependencies=[FORM])
def take_in(
    request: Request,
    who: Asker,
    file: Annotated[UploadFile | None, File(description="A zip of a model of anew's, or a GGUF file.")] = None,
    starter: Annotated[str | None, Form(max_length=200, description="One that comes with anew, instead.")] = None,
    name: Annotated[str | None, Form(max_length=200)] = None,
) -> Stored:
    """Take a model in from a file, as `anew models import` does, or a starter: nothing in it is trusted, and nothing
    runs. A server of named models serves it, too, until it ends."""
    if (file is None) == (starter is None):
        raise Problem(400, "file or starter, one of them", param="file", code="invalid_value")
    entry = starters.take(str(starter), called=name) if file is None else uploaded(file, name)
    with request.app.state.database.writing() as session:
        record(session, who, "model.pulled" if file is None else IMPORTED, entry.name, id=entry.id)
    pool_of(request).add(entry.name)
    return one(entry.name, request)


def uploaded(file: UploadFile, name: str | None) -> Entry:
    """AnewError: in which the file goes by the name that it was sent with, not by where it lay for a moment."""
    from anew.recipes import exchange

    sent = file.filename or "model.zip"
    stem, _, suffix = sent.rpartition(".")
    with tempfile.TemporaryDirectory(prefix="anew-import-") as folder:
        foreign = suffix.lower() == "gguf"
        path = Path(folder) / (f"{exchange.plain(stem)}.gguf" if foreign else "model.zip")
        with open(path, "wb") as copy:
            shutil.copyfileobj(file.file, copy)
        try:
            return exchange.import_model(str(path), name) if foreign else Store().add(path, name)
        except AnewError as why:
            why.message = why.message.replace(str(path), sent)
            raise
