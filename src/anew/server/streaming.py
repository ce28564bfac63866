"""Growing texts to clients: server-sent events, with signs of life in between, and an end to the work when they leave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

from anew.engine.served import Asked, Served
from anew.engine.writing import Written
from anew.server.errors import problem_of

ALIVE = 12.0  # seconds between signs of life
LOOK = 0.25  # seconds between looks whether the client is still there
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class Growth:
    """A request's texts, as they grow."""

    def __init__(self, served: Served, asked: Asked) -> None:
        self.served, self.asked, self.cached = served, asked, 0

    async def __aiter__(self) -> AsyncIterator[Written]:
        loop, more = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(more.set)

        texts = await asyncio.to_thread(self.served.texts, self.asked, wake)
        try:
            while True:
                await more.wait()
                more.clear()
                written = texts.grown()
                self.cached = texts.cached
                if written is not None:
                    yield written
                    if all(written.finish):
                        return
        finally:
            texts.cancel()

    async def whole(self, request: Request) -> Written:
        """How they stand in the end."""

        async def last() -> Written:
            async for written in self:
                found = written
            return found

        return await unless_left(request, last())


async def unless_left(request: Request, work: Coroutine[Any, Any, Any]) -> Any:
    """The work's result; the work is given up when the client has left."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=LOOK))[0]:
            if await request.is_disconnected():
                raise asyncio.CancelledError
        return task.result()
    finally:
        task.cancel()


def events(chunks: AsyncIterator[dict[str, Any]], headers: dict[str, str]) -> StreamingResponse:
    """Each chunk as an event, [DONE] behind the last; an error in between is the last event."""

    async def told() -> AsyncIterator[str]:
        try:
            async for chunk in alive(chunks):
                yield ": alive\n\n" if chunk is None else f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"
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
