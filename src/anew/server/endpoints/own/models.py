"""/v1/anew/models: what a model is and was measured to be; open it ahead of time, close it, take it out, let it go."""

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

from anew.deploy.lookup import pinned
from anew.deploy.store import Entry, Store
from anew.engine.pool import Listed, Pool, Shelf
from anew.errors import NotFound
from anew.server.access import Asker, needs
from anew.server.audit import record
from anew.server.endpoints.own.routing import FORM, own_router
from anew.server.endpoints.own.runs import KINDS, PAGE
from anew.server.errors import Problem
from anew.server.kept import EXPORTS
from anew.server.opening import opened
from anew.server.shelf import about
from anew.server.streaming import unless_left
from anew.server.wire.models import About
from anew.server.wire.own import Told

reading = own_router("/models", needs("read"))
opening = own_router("/models", needs("generate"))
keeping = own_router("/models", needs("admin"))
routers = (reading, opening, keeping)


class Stored(Told):
    """`open`: whether it is in memory. `versions`: ids that the name stood for, the present one first. `about`: what
    /v1/models tells of it."""

    object: Literal["model"] = "model"
    name: str
    id: str
    modality: str
    bytes: int
    created: int
    open: bool
    aliases: list[str] = []
    versions: list[str] = []
    files: dict[str, int] = {}
    about: About


class StoredList(Told):
    object: Literal["list"] = "list"
    data: list[Stored]


class Removed(Told):
    removed: list[str]


def pool_of(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


def told(one: Listed, opens: set[str], entry: Entry | None, shelf: Shelf) -> Stored:
    known = asdict(entry) if entry is not None else {}
    files = {name: value["bytes"] for name, value in known.get("files", {}).items()}
    more: dict[str, Any] = {"aliases": known.get("aliases", []), "versions": known.get("versions", []), "files": files}
    facts = {"modality": one.modality, "bytes": one.bytes, "created": one.created, "open": one.id in opens}
    more["about"] = About(**about(one, shelf))
    return Stored(name=one.name, id=one.id, **facts, **more)


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
    opens = opens_of(pool)
    return StoredList(data=[told(one, opens, None, pool.shelf) for one in pool.listed()])


@reading.get("/{name}")
def one(name: str, request: Request) -> Stored:
    pool = pool_of(request)
    found = pool.find(name)
    try:
        entry = Store().show(name)
    except NotFound:
        entry = None
    return told(found, opens_of(pool), entry, pool.shelf)


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


@keeping.delete("/{name}")
def remove(name: str, request: Request, who: Asker) -> Removed:
    """Forget it; `anew models gc` frees the bytes. 400 while somebody uses it."""
    entry = entry_of(request, name)
    put_out(request, name)
    with request.app.state.database.writing() as session:
        record(session, who, "model.deleted", entry.name, id=entry.id)
        return Removed(removed=Store().remove(entry.name))


@keeping.post("", status_code=201, dependencies=[FORM])
def take_in(
    request: Request,
    who: Asker,
    file: Annotated[UploadFile, File(description="A zip of a model of anew's.")],
    name: Annotated[str | None, Form(max_length=200)] = None,
) -> Stored:
    """Take a model in from a zip, as `anew models import` does: nothing in it is trusted, and nothing runs."""
    with tempfile.TemporaryDirectory(prefix="anew-import-") as folder:
        path = Path(folder) / "model.zip"
        with open(path, "wb") as copy:
            shutil.copyfileobj(file.file, copy)
        entry = Store().add(path, name)
    with request.app.state.database.writing() as session:
        record(session, who, "model.imported", entry.name, id=entry.id)
    return one(entry.name, request)
