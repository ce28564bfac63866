"""Requests that are under way: which there are, since when, and an end to one on the word of whoever asked it.

In: a request behind the gate. Out: its answer, or the word that it was cancelled. What it held is given back as if its
client had left. It is used by the event loop alone.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anew.server.access import Who
from anew.server.context import REQUEST
from anew.server.errors import Problem

INSIDE, UNDERWAY = "inside", "underway"  # in a request's state: whether the server asks itself, and what this is


class Underway:
    """`model`: which it asked for, once that was looked up."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.send = scope, send
        self.id, self.address = REQUEST.get(), str(scope["path"])
        self.who: Who = scope["state"]["who"]
        self.model: str | None = None
        self.began_at, self.since, self.cancelled = int(time.time()), time.monotonic(), False
        self.streams: bool | None = None  # None before its answer has begun
        self.ended = False
        self.task: asyncio.Task[Any] | None = None
        scope["state"][UNDERWAY] = self

    def told(self) -> dict[str, Any]:
        seconds = round(time.monotonic() - self.since, 1)
        return {
            "id": self.id, "address": self.address, "model": self.model, "began_at": self.began_at, "seconds": seconds,
        }  # fmt: skip

    def cancel(self) -> None:
        if self.task is not None and not self.cancelled:
            self.cancelled = True
            self.task.cancel()

    async def run(self, app: ASGIApp, receive: Receive, among: dict[str, Underway]) -> None:
        self.task = asyncio.current_task()
        among[self.id] = self
        try:
            await app(self.scope, receive, self._sending)
        except asyncio.CancelledError:
            if not self.cancelled or self.task is None:
                raise
            self.task.uncancel()
            await self._tell(receive)
        finally:
            among.pop(self.id, None)

    async def _sending(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.streams = Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")
        self.ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self.send(message)

    async def _tell(self, receive: Receive) -> None:
        """As an answer, or as the last event of one that has begun; a file that breaks off tells by that."""
        problem = Problem(499, "the request was cancelled from the queue", code="cancelled")
        if self.streams is None:
            await problem.answer()(self.scope, receive, self.send)
        elif self.streams and not self.ended:
            last = f"data: {json.dumps(problem.body)}\n\n".encode()
            await self.send({"type": "http.response.body", "body": last, "more_body": False})
