"""Growing texts to clients: server-sent events, and an end to the work when they leave."""

from __future__ import annotations

import asyncio
import functools
import json
import threading
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import StreamingResponse

from anew.engine.growing import HALF
from anew.engine.served import Asked, Served, Texts
from anew.engine.writing import Finish, Token, Written
from anew.server.context import METRICS, OWNER, left
from anew.server.errors import Problem, problem_of
from anew.server.metrics import Timing
from anew.server.quotas import count
from anew.server.wire.answers import FINISH, usage
from anew.server.wire.fields import Wire
from anew.server.wire.options import Sampling

Result = TypeVar("Result")
MOST_NAMED = 2000  # characters of a header
LOOK = 0.25  # seconds between looks whether the client is still there
A_FEW = 8  # streams that go on in one turn of the event loop
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class Growth:
    """A request's texts, as they grow."""

    def __init__(self, served: Served, asked: Asked) -> None:
        self.served, self.asked, self.cached, self.written = served, asked, 0, 0
        self.texts: Texts | None = None

    async def begin(self) -> None:
        """Hand the request in. What is refused is raised here, before anything was answered."""
        self.more = asyncio.Event()
        wake = functools.partial(bell(asyncio.get_running_loop()).ring, self.more)
        asked = replace(self.asked, owner=OWNER.get())
        handing = asyncio.ensure_future(asyncio.to_thread(self.served.texts, asked, wake))
        try:
            self.texts = await asyncio.shield(handing)
        except asyncio.CancelledError:
            handing.add_done_callback(lambda done: None if done.exception() else done.result().cancel())
            raise

    async def __aiter__(self) -> AsyncIterator[Written]:
        assert self.texts is not None
        texts, timing, reasons = self.texts, self._timing(), list[str]()
        deadline = (
            None if (seconds := left()) is None else asyncio.get_running_loop().call_later(seconds, self.more.set)
        )
        try:
            while True:
                await self.more.wait()
                self.more.clear()
                if left() == 0:
                    raise late()
                written = texts.grown()
                self.cached = texts.cached
                if written is not None:
                    self.written = sum(written.lengths)
                    timing.grew(self.written)
                    reasons = [FINISH[finish] for finish in written.finish if finish]
                    yield written
                    if all(written.finish):
                        return
        finally:
            texts.cancel()
            if deadline is not None:
                deadline.cancel()
            timing.ended(self.cached, reasons)
            count(self.read + self.written)

    def cancel(self) -> None:
        """Nobody will read them."""
        if self.texts is not None:
            self.texts.cancel()

    def _timing(self) -> Timing:
        return Timing(METRICS.get(), self.served.name, self.read)

    @property
    def read(self) -> int:
        """Tokens of the prompt, with what begins every sequence."""
        return len(self.asked.prompt) + len(self.served.artifact.model.spec.opening)

    @property
    def usage(self) -> dict[str, Any]:
        """Tokens that were read, written, and found read already."""
        return usage(self.read, self.written, self.cached)

    async def whole(self, request: Request) -> Written:
        """How they stand in the end."""

        async def last() -> Written:
            await self.begin()
            async for written in self:
                found = written
            return found

        return await unless_left(request, last())


class Bell:
    """Wakes many who wait on an event loop from other threads, with one call for all that a step of the engine brought:
    a call costs more than what it is made for. They go on a few at a time, so that whoever comes meanwhile is let in,
    or turned away, in between."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.rung, self.lock = loop, list[asyncio.Event](), threading.Lock()

    def ring(self, more: asyncio.Event) -> None:
        with self.lock:
            self.rung.append(more)
            if len(self.rung) > 1:
                return
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        with self.lock:
            rung, self.rung = self.rung[:A_FEW], self.rung[A_FEW:]
            if self.rung:
                self.loop.call_soon(self._wake)
        for more in rung:
            more.set()


@functools.lru_cache(maxsize=1)
def bell(loop: asyncio.AbstractEventLoop) -> Bell:
    return Bell(loop)


async def parts(growth: Growth, n: int) -> AsyncIterator[tuple[int, str, list[Token], Finish | None]]:
    """Of n growing texts, whenever there is more of one: its number, what is new, the tokens that were told of it
    since, and why it ends with that."""
    sent, told, over = [""] * n, [0] * n, [False] * n
    async for written in growth:
        for i in [i for i in range(n) if not over[i]]:
            finish = written.finish[i]
            ready = written.texts[i].rstrip(HALF) if finish is None else written.texts[i]
            new, tokens = ready[len(sent[i]) :], written.tokens[i][told[i] :]
            if new or finish is not None:
                yield i, new, tokens, finish
                sent[i], told[i], over[i] = ready, len(written.tokens[i]), finish is not None


async def merged(streams: Sequence[AsyncIterator[Result]]) -> AsyncIterator[Result]:
    """What several streams give, in the order in which it comes."""
    if len(streams) == 1:  # which needs no tasks
        async for only in streams[0]:
            yield only
        return
    ahead = {asyncio.ensure_future(anext(stream)): stream for stream in streams}
    try:
        while ahead:
            done, _ = await asyncio.wait(ahead, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                stream = ahead.pop(task)
                with suppress(StopAsyncIteration):
                    one = task.result()
                    ahead[asyncio.ensure_future(anext(stream))] = stream
                    yield one
    finally:
        for task in ahead:
            task.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)


def headers_of(asked: Sampling) -> dict[str, str]:
    """The seed that was drawn or asked for, and the fields that nothing was made of."""
    return {"x-anew-seed": str(asked.first)} | ignored_of(asked)


def ignored_of(asked: Wire) -> dict[str, str]:
    return ignoring(asked.ignored)


def ignoring(fields: Sequence[str]) -> dict[str, str]:
    """Fields that nothing was made of, as a URL spells them: a name may hold anything, a header may not. Of too many
    the number is told."""
    named = [quote(name, safe="[]() ", errors="replace") for name in fields]
    kept = bisect_right(list(accumulate(len(name) + 2 for name in named)), MOST_NAMED)
    told = ", ".join(named[:kept] + [f"({len(named) - kept} more)"] * (kept < len(named)))
    return {"x-anew-ignored": told} if told else {}


def late() -> Problem:
    return Problem(504, "the request was not done by its deadline", code="deadline_exceeded")


async def unless_left(request: Request, work: Awaitable[Result]) -> Result:
    """The work's result; the work is given up when the client has left."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=LOOK))[0]:
            if await request.is_disconnected():
                raise Problem(499, "the client has left")
            if left() == 0:
                raise late()
        return task.result()
    finally:
        task.cancel()


async def carried_out(request: Request, work: Future[Result]) -> Result:
    """What comes of work in a thread; it is not begun any more for a client that has left."""

    async def done() -> Result:
        return await asyncio.wrap_future(work)

    found: Result = await unless_left(request, done())
    return found


def events(
    chunks: AsyncIterator[dict[str, Any]], headers: dict[str, str], *, typed: bool = False, done: str | None = "[DONE]"
) -> StreamingResponse:
    """Each chunk as an event, an error in between as the last, `done` behind them. `typed`: the chunks say by
    themselves what each is."""

    async def told() -> AsyncIterator[str]:
        try:
            async for chunk in chunks:
                kind = f"event: {chunk['type']}\n" if typed else ""
                yield f"{kind}data: {json.dumps(chunk)}\n\n"
            if done is not None:
                yield f"data: {done}\n\n"
        except Exception as error:
            yield f"data: {json.dumps(problem_of(error).body)}\n\n"

    return StreamingResponse(told(), headers=HEADERS | headers, media_type="text/event-stream; charset=utf-8")
