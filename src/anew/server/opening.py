"""Models for requests: open from when they are asked for until the answer has ended.

In: a model's name. Out: the open model. While it is loaded its requests wait on the event loop and take up no thread.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fastapi import Request

from anew.engine.pool import Pool
from anew.engine.served import Served
from anew.server.context import METRICS, OWNER
from anew.server.streaming import unless_left
from anew.server.traces import note
from anew.server.underway import UNDERWAY

TOGETHER = 2  # models that are loaded at a time


class Opening:
    """Loads each model once, however many ask for it."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._threads = ThreadPoolExecutor(TOGETHER, "loading")
        self._loading: dict[str, asyncio.Future[None]] = {}

    async def lease(self, name: str) -> Served:
        """Whoever gets it gives it back to the pool."""
        while (served := self.pool.take_open(name)) is None:
            id = self.pool.find(name).id
            if id not in self._loading:
                loading = asyncio.get_running_loop().run_in_executor(self._threads, self._load, name)
                self._loading[id] = loading
                loading.add_done_callback(partial(self._loaded, id))
            await asyncio.shield(self._loading[id])
        return served

    def _load(self, name: str) -> None:
        self.pool.give(self.pool.take(name))

    def _loaded(self, id: str, done: asyncio.Future[None]) -> None:
        self._loading.pop(id, None)
        if not done.cancelled():
            done.exception()  # told to whoever waits; nobody may

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


async def opened(request: Request, name: str) -> Served:
    """The open model; nobody closes it before this request's answer has ended. NotFound for what is not served."""
    OWNER.set(request.state.who.tenant)
    METRICS.set(request.app.state.metrics)
    note({"gen_ai.request.model": name})
    if (underway := getattr(request.state, UNDERWAY, None)) is not None:
        underway.model = name
    opening: Opening = request.app.state.opening
    served = opening.pool.take_open(name)
    if served is None:
        served = await unless_left(request, opening.lease(name))
    request.state.leases.callback(opening.pool.give, served)
    return served
