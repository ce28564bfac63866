"""Work that takes its time: in a thread of its own, so that nobody else waits, and given up when its client leaves.

In: a function that looks now and then whether somebody still waits for it. Out: its result, or what it tells
meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from fastapi import Request

from anew.engine.served import Served
from anew.server.context import OWNER, left
from anew.server.streaming import late, unless_left

T = TypeVar("T")
Event = dict[str, Any]
Tell = Callable[[Event], None]
Begin = Callable[[Callable[[], None]], None]


class Left(Exception):
    """Nobody waits any more."""


class Leave:
    """Whether somebody still waits for the work."""

    def __init__(self) -> None:
        self._gone = threading.Event()

    def go(self) -> None:
        self._gone.set()

    def check(self) -> None:
        """Left, once nobody waits."""
        if self._gone.is_set():
            raise Left


def in_thread(run: Callable[[], None]) -> None:
    threading.Thread(target=run, name="work", daemon=True).start()


def by_turns(served: Served) -> Begin:
    """In the model's own thread, which does one thing at a time, by turns among those who ask."""
    return partial(served.worker.submit, OWNER.get())


def settled(done: Future[T], work: Callable[[], T]) -> None:
    """The work's result, or what it raised, for whoever waits for it."""
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)


async def apart(request: Request, work: Callable[[Leave], T]) -> T:
    """The work's result. It goes on after its client has left until it looks, and no longer."""
    return await awaited(request, work, in_thread)


async def alone(request: Request, served: Served, work: Callable[[Leave], T]) -> T:
    """The same, when its turn has come."""
    return await awaited(request, work, by_turns(served))


async def awaited(request: Request, work: Callable[[Leave], T], begin: Begin) -> T:
    leave, done = Leave(), Future[T]()
    done.set_running_or_notify_cancel()

    def checked() -> T:
        leave.check()
        return work(leave)

    begin(lambda: settled(done, checked))
    try:
        return await unless_left(request, asyncio.wrap_future(done))
    finally:
        leave.go()


async def telling(
    work: Callable[[Leave, Callable[[T], None]], None], begin: Begin = in_thread
) -> AsyncGenerator[T, None]:
    """What the work tells, as it tells it."""
    loop, came, leave = asyncio.get_running_loop(), asyncio.Queue[T | Exception | None](), Leave()

    def put(what: T | Exception | None) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(came.put_nowait, what)

    def run() -> None:
        try:
            leave.check()
            work(leave, put)
        except Exception as error:
            put(error)
        put(None)

    begin(run)
    deadline = None if (seconds := left()) is None else loop.call_later(seconds, came.put_nowait, late())
    try:
        while (one := await came.get()) is not None:
            if isinstance(one, Exception):
                raise one
            yield one
    finally:
        leave.go()
        if deadline is not None:
            deadline.cancel()


async def begun(request: Request, chunks: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same chunks, the first of which has come: what is refused is raised here, before anything was answered."""
    first = await unless_left(request, anext(chunks))

    async def whole() -> AsyncIterator[T]:
        try:
            yield first
            async for chunk in chunks:
                yield chunk
        finally:
            await chunks.aclose()  # type: ignore[attr-defined]

    return whole()
