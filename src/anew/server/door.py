"""The door: by which names the server may be called, from which sites, and with which keys.

In: each request before anything else sees it. Out: 403 or 401, or whose request it is, in its state as `who`.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anew.server.context import SPEND
from anew.server.errors import Problem
from anew.server.keyring import Keyring
from anew.server.who import Who

OPEN = ("/", "/healthz", "/readyz")  # which need no key
OF_STUDIO = "/assets/"  # nor do the pieces of the studio, which are the same for all
NOBODY = Who(scopes=frozenset())
HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
EXPOSED = ("x-request-id", "x-anew-seed", "x-anew-ignored", "retry-after") + tuple(
    f"x-ratelimit-{name}-requests" for name in ("limit", "remaining", "reset")
)


@dataclass(frozen=True)
class Door:
    """`key`: it may do all; whoever has it needs no other. `hosts`: by which names we are called, any when empty.
    `origins`: other sites whose pages may ask. `guarded`: without a key nobody enters, even while there is none."""

    key: str | None = None
    hosts: frozenset[str] = HERE
    origins: tuple[str, ...] = ()
    guarded: bool = False

    def check(self, request: Request) -> None:
        """Problem: a name that is not ours, by which a page of the web would reach us (DNS rebinding), or a request
        that a page of another site makes."""
        host = request.headers.get("host", "").lower()
        name = re.sub(r":\d*$", "", host)
        if self.hosts and name not in self.hosts:
            raise Problem(403, f"{name!r} is not what this server is called; anew serve --allow-host tells it")
        origin = request.headers.get("origin")
        if origin is None or origin in self.origins:
            return
        scheme, _, site = origin.lower().partition("://")
        if scheme not in ("http", "https") or site != host:
            raise Problem(403, f"pages of {origin!r} may not ask here; anew serve --allow-origin lets them")


class Entrance:
    """Asks the door, for all that comes from outside: what asks in the server's own name has its `who` already."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "who" not in scope.setdefault("state", {}):
            self.door.check(Request(scope))
        await self.app(scope, receive, send)


def cors(door: Door) -> dict[str, Any]:
    """Pages of the allowed sites may ask anything. They send their key themselves; there are no cookies."""
    return {
        "allow_origins": door.origins, "allow_methods": ("*",), "allow_headers": ("*",), "expose_headers": EXPOSED,
        "allow_private_network": True,
    }  # fmt: skip


class Lock:
    """Lets in who has a key, as often in a minute as it may come. Plain ASGI, behind the answers to other sites, which
    ask what they may before they send a key."""

    def __init__(self, app: ASGIApp, keys: Keyring) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state, limits = scope.setdefault("state", {}), dict[str, str]()

        async def limited(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(limits)
            await send(message)

        if "who" not in state:
            try:
                state["who"] = NOBODY if opens(scope["path"]) else await self.keys.who(given_in(scope))
                self.enter(state["who"], limits)
            except Problem as problem:
                await problem.answer()(scope, receive, limited)
                return
        key = self.keys.key(state["who"].key)
        SPEND.set(None if key is None else partial(self.keys.spending.add, key.id))
        await self.app(scope, receive, limited)

    def enter(self, who: Who, limits: dict[str, str]) -> None:
        """Count the request; `limits` are what its answer says of them."""
        window = self.keys.window(who)
        if window is None:
            return
        now = time.monotonic()
        wait = window.enter(now)
        limits |= window.headers(now)
        if wait:
            what = f"this key may ask {window.most:,} times a minute"
            raise Problem(429, what, code="rate_limit_exceeded", after=math.ceil(wait))


def opens(path: str) -> bool:
    """Whether an address needs no key."""
    return path in OPEN or path.startswith(OF_STUDIO)


def given_in(scope: Scope) -> str | None:
    """The key that came with a request."""
    scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" and given.strip() else None
