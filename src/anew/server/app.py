"""The app: every endpoint, every error in one shape, an id for each request, and a door that knows who may enter."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anew.engine.pool import Pool
from anew.server import errors
from anew.server.access import Who
from anew.server.contents import Contents
from anew.server.database.connect import Database
from anew.server.endpoints import batches, chat, completions, files, fine_tuning, health, models
from anew.server.errors import Problem
from anew.server.work.worker import Workshop, at_work

UNUSED = 600.0  # seconds after which a model that nobody uses is closed
OPEN = ("/healthz", "/readyz")  # which need no key


@dataclass(frozen=True)
class Door:
    """`key`: without it nobody enters; None: everybody who reaches us. `hosts`: by which names we are called."""

    key: str | None = None
    hosts: frozenset[str] = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})

    def check(self, request: Request) -> None:
        """Problem: another host's name, by which a page of the web would reach us, or a wrong key."""
        host = (
            request.headers.get("host", "").rsplit(":", 1)[0] if request.url.port else request.headers.get("host", "")
        )
        if self.hosts and host not in self.hosts:
            raise Problem(403, f"{host!r} is not what this server is called; anew serve --host tells it")
        if self.key is None or request.scope["path"] in OPEN:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), self.key.encode()):
            raise Problem(401, "the API key is missing or wrong")


class Ascii(JSONResponse):
    """JSON that can hold what a model made up and is no text: half a surrogate pair."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


class Entrance:
    """Asks the door, and gives each answer an id. Plain ASGI: endpoints see when their client leaves."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        begun = False

        async def named(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = secrets.token_hex(8)
                headers["x-content-type-options"] = "nosniff"
            await send(message)

        if "who" not in scope.setdefault("state", {}):  # which no client can set: a batch's line, from inside
            scope["state"]["who"] = Who()
            try:
                self.door.check(Request(scope))
            except Problem as problem:
                await problem.answer()(scope, receive, named)
                return
        try:
            await self.app(scope, receive, named)
        except Exception as error:  # what was sent by then is all that can be said
            if not begun:
                await errors.problem_of(error).answer()(scope, receive, named)


def create_app(pool: Pool, door: Door, database: Database, workshop: Workshop | None = None) -> FastAPI:
    workshop = workshop or Workshop.of(database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async def tidy() -> None:
            while True:
                await asyncio.sleep(UNUSED / 10)
                await asyncio.to_thread(pool.close_unused, UNUSED)

        task = asyncio.create_task(tidy())
        async with at_work(app, workshop):
            yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(pool.close)
        database.close()

    app = FastAPI(
        title="anew",
        version=version("anew"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        default_response_class=Ascii,
    )
    app.state.pool, app.state.database = pool, database
    app.state.workshop, app.state.contents = workshop, Contents(workshop.folder / "files", workshop.largest_file)
    errors.install(app)

    app.add_middleware(Entrance, door=door)
    for part in (models, chat, completions, files, fine_tuning, batches, health):
        app.include_router(part.router)
    return app
