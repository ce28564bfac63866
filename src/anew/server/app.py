"""The app: every endpoint, every error in one shape, an id for each request, and a door that knows who may enter."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from anew.engine.pool import Pool
from anew.server import errors
from anew.server.access import Who
from anew.server.admission import Admission, Gate, counted
from anew.server.bounds import Bounds, Limits
from anew.server.database.connect import Database
from anew.server.endpoints import chat, completions, health, models, own
from anew.server.errors import Problem
from anew.server.metrics import Metrics
from anew.server.opening import Opening

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
    """Asks the door."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["who"] = Who()
            self.door.check(Request(scope))
        await self.app(scope, receive, send)


def create_app(
    pool: Pool, door: Door, database: Database, *, queue: int = 256, limits: Limits | None = None
) -> FastAPI:
    """`queue`: requests that may wait or be under way at a time."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async def tidy() -> None:
            while True:
                await asyncio.sleep(UNUSED / 10)
                await asyncio.to_thread(pool.close_unused, UNUSED)

        task = asyncio.create_task(tidy())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        app.state.opening.close()
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
    app.state.pool, app.state.database, app.state.opening = pool, database, Opening(pool)
    app.state.admission, app.state.draining = Admission(queue), False
    app.state.metrics = Metrics(pool, app.state.admission)
    errors.install(app)

    parts = (models, chat, completions, health)
    for part in parts:
        app.include_router(part.router)
    own.install(app)
    routers = [*(part.router for part in parts), *own.ROUTERS]
    app.add_middleware(Gate, admission=app.state.admission, paths=counted(routers))
    app.add_middleware(Entrance, door=door)
    app.add_middleware(Bounds, limits=limits)  # outermost
    return app
