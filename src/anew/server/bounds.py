"""What bounds every request: an id, the size of its body, the time that it takes, and an end to what it held.

In and out: ASGI. Whatever a request takes (a model, a place in the queue) goes onto `state["leases"]` and is given back
when its answer has ended, however it ended. Plain ASGI: endpoints see when their client leaves.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anew.server import errors
from anew.server.context import OWNER, REQUEST, UNTIL
from anew.server.errors import Problem
from anew.server.traces import spanned

log = logging.getLogger("anew.server")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
FORM = 1 << 20  # bytes that a form has beside its file
ALIVE = 12.0  # seconds between signs of life
PING = {"type": "http.response.body", "body": b": alive\n\n", "more_body": True}
UPLOADS = "multipart/form-data"
SAID_OF_ALL = (  # in each answer's head, where the answer says nothing else
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


@dataclass(frozen=True)
class Limits:
    """`body`, `upload`: bytes of a request, and of one that carries files. `arriving`, `uploading`: seconds that it may
    take to come in. `deadline`: seconds until its answer has ended; a request may ask for fewer by the header
    `x-anew-deadline`."""

    body: int = 32 << 20
    upload: int = (1 << 29) + FORM
    arriving: float = 60.0
    uploading: float = 3600.0
    deadline: float = 3600.0


class Ended(Exception):
    """The answer has been given already."""


class Bounds:
    """`forms`: the paths of endpoints that take files; nowhere else may a body be as large as those."""

    def __init__(self, app: ASGIApp, limits: Limits | None = None, forms: Sequence[re.Pattern[str]] = ()) -> None:
        self.app, self.limits, self.forms = app, limits or Limits(), forms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            files = scope["method"] == "POST" and any(path.match(scope["path"]) for path in self.forms)
            await Bound(self.app, self.limits, files, scope, receive, send).run()
        else:
            await self.app(scope, receive, send)


class Bound:
    """One request on its way, which may bring `files` or may not."""

    def __init__(self, app: ASGIApp, limits: Limits, files: bool, scope: Scope, receive: Receive, send: Send) -> None:
        self.app, self.limits, self.scope, self.receive, self.send = app, limits, scope, receive, send
        self.id, self.headers = secrets.token_hex(8), Headers(scope=scope)
        self.status, self.came, self.whole, self.over = 0, 0, False, False
        self.uploads = files and self.headers.get("content-type", "").lower().startswith(UPLOADS)
        self.alive: asyncio.TimerHandle | None = None
        self.sent = 0  # messages
        self.most = limits.upload if self.uploads else limits.body
        self.begun = time.monotonic()
        self.arrive_until = self.begun + (limits.uploading if self.uploads else limits.arriving)

    async def run(self) -> None:
        REQUEST.set(self.id)
        OWNER.set("")
        state = self.scope.setdefault("state", {})
        with spanned(self.scope), ExitStack() as state["leases"]:
            try:
                UNTIL.set(asyncio.get_running_loop().time() + self.seconds())
                if int(self.headers.get("content-length") or 0) > self.most:
                    raise self.too_large()
                await self.app(self.scope, self.reading, self.sending)
            except Ended:
                pass
            except Exception as error:  # what was sent by then is all that can be said
                if not self.status:
                    await self.refuse(errors.problem_of(error))
        self.rest()
        took = 1000 * (time.monotonic() - self.begun)
        path = self.scope["path"].encode("unicode_escape").decode()  # a path may hold the end of a line
        log.info("%s %s %s %d %.0f ms", self.id, self.scope["method"], path, self.status, took)
        method = self.scope["method"] if self.scope["method"] in METHODS else "other"
        self.scope["app"].state.metrics.answers.labels(method, self.status or 499).inc()

    def seconds(self) -> float:
        asked = self.headers.get("x-anew-deadline")
        try:
            seconds = self.limits.deadline if asked is None else float(asked)
        except ValueError:
            seconds = -1.0
        if not 0 < seconds <= self.limits.deadline:
            what = f"x-anew-deadline: seconds, more than 0 and at most {self.limits.deadline:g}"
            raise Problem(400, what, param="x-anew-deadline", code="invalid_value")
        return seconds

    def too_large(self) -> Problem:
        return Problem(413, f"the body has more than {self.most:,} bytes")

    async def refuse(self, problem: Problem) -> None:
        """Answer, whatever the app does. What still comes of a body is thrown away: a connection that is closed at once
        is reset, and the answer lost."""
        answer = problem.answer()
        if problem.status == 408:
            answer.headers["connection"] = "close"
        await answer(self.scope, self.receive, self.sending)
        self.over = True

    async def reading(self) -> Message:
        """A piece of the body, as long as it is not too large and not too late."""
        if self.whole:
            return await self.receive()
        try:
            async with asyncio.timeout(self.arrive_until - time.monotonic()):
                message = await self.receive()
        except TimeoutError:
            await self.refuse(Problem(408, "the body did not come in time"))
            raise Ended from None
        self.came += len(message.get("body", b""))
        if self.came > self.most:
            await self.refuse(self.too_large())
            raise Ended
        self.whole = not message.get("more_body", False)
        return message

    async def sending(self, message: Message) -> None:
        if self.over:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self.id
            said = {name for name, _ in message["headers"]}
            message["headers"] += [pair for pair in SAID_OF_ALL if pair[0] not in said]
            if headers.get("content-type", "").startswith("text/event-stream"):
                self.alive = asyncio.get_running_loop().call_later(ALIVE, self.ping)
        self.sent += message is not PING
        if message.get("more_body") is False:
            self.rest()
        await self.send(message)

    def rest(self) -> None:
        if self.alive is not None:
            self.alive.cancel()

    def ping(self, before: int = 0) -> None:
        """A sign of life in a stream of events, whenever there was none for a while."""
        loop = asyncio.get_running_loop()
        if self.sent == before:
            self.pinging = loop.create_task(self.sending(PING))
        self.alive = loop.call_later(ALIVE, self.ping, self.sent)
