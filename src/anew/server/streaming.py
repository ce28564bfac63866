"""Growing texts to clients: server-sent events, signs of life in between, and an end to the work when they leave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

from anew.engine.growing import HALF
from anew.engine.served import Asked, Served, Texts
from anew.engine.writing import Finish, Token, Written
from anew.server.errors import Problem, problem_of
from anew.server.wire.answers import usage
from anew.server.wire.options import Sampling

ALIVE = 12.0  # seconds between signs of life
LOOK = 0.25  # seconds between looks whether the client is still there
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class Growth:
    """A request's texts, as they grow."""

    def __init__(self, served: Served, asked: Asked) -> None:
        self.served, self.asked, self.cached, self.written = served, asked, 0, 0

    async def begin(self) -> None:
        """Hand the request in. What is refused is raised here, before anything was answered."""
        loop, self.more = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self.more.set)

        handing = asyncio.ensure_future(asyncio.to_thread(self.served.texts, self.asked, wake))
        try:
            self.texts: Texts = await asyncio.shield(handing)
        except asyncio.CancelledError:
            handing.add_done_callback(lambda done: None if done.exception() else done.result().cancel())
            raise

    async def __aiter__(self) -> AsyncIterator[Written]:
        texts = self.texts
        try:
            while True:
                await self.more.wait()
                self.more.clear()
                written = texts.grown()
                self.cached = texts.cached
                if written is not None:
                    self.written = sum(written.lengths)
                    yield written
                    if all(written.finish):
                        return
        finally:
            texts.cancel()

    @property
    def usage(self) -> dict[str, Any]:
        """Tokens that were read, written, and found read already."""
        opening = self.served.artifact.model.spec.opening
        return usage(len(self.asked.prompt) + len(opening), self.written, self.cached)

    async def whole(self, request: Request) -> Written:
        """How they stand in the end."""

        async def last() -> Written:
            await self.begin()
            async for written in self:
                found = written
            return found

        return await unless_left(request, last())


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


def headers_of(asked: Sampling) -> dict[str, str]:
    """The seed that was drawn or asked for, and the fields that nothing was made of."""
    return {"x-anew-seed": str(asked.first)} | asked.named_ignored


async def unless_left(request: Request, work: Coroutine[Any, Any, Any]) -> Any:
    """The work's result; the work is given up when the client has left."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=LOOK))[0]:
            if await request.is_disconnected():
                raise Problem(499, "the client has left")
        return task.result()
    finally:
        task.cancel()


def events(chunks: AsyncIterator[dict[str, Any]], headers: dict[str, str]) -> StreamingResponse:
    """Each chunk as an event, [DONE] behind the last; an error in between is the last event."""

    async def told() -> AsyncIterator[str]:
        try:
            async for chunk in alive(chunks):
                yield ": alive\n\n" if chunk is None else f"data: {json.dumps(chunk)}\n\n"
            yield "data: [DONE]\n\n"
        except Exception as error:
            yield f"data: {json.dumps(problem_of(error).body)}\n\n"

    return StreamingResponse(told(), headers=HEADERS | headers, media_type="text/event-stream; charset=utf-8")


async def alive(chunks: AsyncIterator[dict[str, Any]]) -> AsyncIterator[dict[str, Any] | None]:
    """The chunks, and None whenever none came for a while."""
    ahead: asyncio.Future[dict[str, Any]] | None = None
    try:
        while True:
            ahead = ahead or asyncio.ensure_future(anext(chunks))  # type: ignore[arg-type]
            done, _ = await asyncio.wait({ahead}, timeout=ALIVE)
            if not done:
                yield None
                continue
            try:
                chunk, ahead = ahead.result(), None
            except StopAsyncIteration:
                return
            yield chunk
    finally:
        if ahead is not None:
            ahead.cancel()
            with suppress(BaseException):
                await ahead
        await chunks.aclose()  # type: ignore[attr-defined]
