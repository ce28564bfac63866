"""The app: every endpoint, every error in one shape, an id for each request, and a door that knows who may enter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.middleware.cors import CORSMiddleware

from anew.engine.pool import Pool
from anew.server import errors
from anew.server.admission import Admission, Gate, counted
from anew.server.audit import record
from anew.server.bounds import Bounds, Limits
from anew.server.contents import Contents
from anew.server.database.connect import Database
from anew.server.door import Door, Entrance, Lock, cors
from anew.server.endpoints import ROUTERS, own
from anew.server.forms import taking_forms
from anew.server.keyring import Keyring
from anew.server.metrics import Metrics
from anew.server.opening import Opening
from anew.server.queries import Queries
from anew.server.shelf import look_through
from anew.server.sounding import Sounding
from anew.server.who import Who
from anew.server.work.worker import Workshop, at_work

FETCHES = 8  # URLs that are followed at a time, in threads of their own: they may be as slow as their sites like
UNUSED = 600.0  # seconds after which a model that nobody uses is closed


class Ascii(JSONResponse):
    """JSON that can hold what a model made up and is no text: half a surrogate pair."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


def create_app(
    pool: Pool, door: Door, database: Database, *, queue: int = 256, limits: Limits | None = None,
    may_fetch: bool = False, workshop: Workshop | None = None,
) -> FastAPI:  # fmt: skip
    """`queue`: requests that may wait or be under way at a time. `may_fetch`: whether URLs in requests are followed, to
    public addresses. `workshop`: where files and jobs lie, by default in the database's own folder of ANEW_HOME."""
    workshop = workshop or Workshop.of(database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async def tidy() -> None:
            while True:
                await asyncio.sleep(UNUSED / 10)
                await asyncio.to_thread(pool.close_unused, UNUSED)

        try:
            await asyncio.to_thread(started, database, door)
        except Exception as error:
            app.state.failed = error  # for whoever started the server
            raise
        looking = asyncio.create_task(asyncio.to_thread(look_through, pool))
        task = asyncio.create_task(tidy())
        async with at_work(app, workshop):
            yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.wait({looking})
        app.state.opening.close()
        app.state.sounding.close()
        await asyncio.to_thread(pool.close)
        await asyncio.to_thread(keys.close)
        if fetching is not None:
            fetching.shutdown(wait=False, cancel_futures=True)
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
    app.state.fetching = fetching = ThreadPoolExecutor(FETCHES, "fetch") if may_fetch else None
    app.state.metrics = Metrics(pool, app.state.admission)
    app.state.keys = keys = Keyring(database, door.key, open=not door.guarded)
    app.state.workshop, app.state.contents = workshop, Contents(workshop.folder / "files", workshop.largest_file)
    app.state.failed, app.state.sounding = None, Sounding(pool)
    errors.install(app)

    for router in ROUTERS:
        app.include_router(router)
    own.install(app)
    app.add_middleware(Queries)
    routers = (*ROUTERS, *own.ROUTERS)
    app.add_middleware(Gate, admission=app.state.admission, paths=counted(routers))
    app.add_middleware(Lock, keys=keys)
    if door.origins:
        app.add_middleware(CORSMiddleware, **cors(door))
    app.add_middleware(Entrance, door=door)
    app.add_middleware(Bounds, limits=limits, forms=taking_forms(routers))  # outermost
    return app


def started(database: Database, door: Door) -> None:
    with database.writing() as session:
        how = {"hosts": sorted(door.hosts), "origins": list(door.origins), "guarded": door.guarded}
        record(session, Who(), "server.started", version("anew"), **how, api_key=door.key is not None)
