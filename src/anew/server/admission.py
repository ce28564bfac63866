"""How many requests may be under way: beyond the bound they are turned away at once, with a word when to come again.

In: requests that make something. Out: those that may go on. What is admitted waits for its turn, fairly among tenants
(engine/turns.py), and is never turned away later.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from anew.server.access import Who
from anew.server.errors import Problem
from anew.server.underway import INSIDE, Underway

KEPT = 8  # one part in so many of the bound is for tenants who have nothing under way
APART = 0.002  # seconds between two who enter
BUSY, TURNS = 0.005, 4  # a turn of the event loop that takes so many seconds is a busy one; so many are waited out
LONGEST = 30  # seconds after which whoever was turned away may come again, at most
SEEN_MOST = 4096  # of them that are remembered
SEEN = 10.0  # seconds of the past that tell how soon there is room


class Admission:
    """`bound`: requests that wait or are under way at a time. It is used by the event loop alone."""

    def __init__(self, bound: int) -> None:
        self.bound, self.of, self.refused = bound, Counter[str](), 0
        self.requests = dict[str, Underway]()  # by their ids, those of the server's own batches left out
        self._left, self._refused = deque[float](maxlen=SEEN_MOST), deque[float](maxlen=SEEN_MOST)

    @property
    def under_way(self) -> int:
        return self.of.total()

    def full(self, who: Who) -> bool:
        """Whether there is no place. With keys, some are left to tenants who have none yet."""
        kept = self.bound // KEPT if who.key is not None and self.of[who.tenant] else 0
        return self.under_way >= self.bound - kept

    def enter(self, who: Who) -> None:
        """Problem where there is no place."""
        if self.full(who):
            raise self.refusal()
        self.of[who.tenant] += 1

    def leave(self, who: Who) -> None:
        self._left.append(time.monotonic())
        self.of[who.tenant] -= 1
        if not self.of[who.tenant]:
            del self.of[who.tenant]

    def refusal(self) -> Problem:
        """Come again when as many have left as were turned away of late: not all at once, nor long after."""
        self.refused += 1
        now = time.monotonic()
        self._refused.append(now)
        for times in (self._left, self._refused):
            while times and times[0] < now - SEEN:
                times.popleft()
        after = min(LONGEST, math.ceil(len(self._refused) / max(1, len(self._left))))
        what = f"{self.under_way} requests wait or are under way, and no more may"
        return Problem(429, what, code="queue_full", after=after)


async def admitted() -> None:
    """Marks an endpoint whose requests are counted; the gate counts them."""


ADMITTED: Any = Depends(admitted)


def counted(routers: Iterable[APIRouter]) -> list[re.Pattern[str]]:
    """The paths of endpoints that are marked so."""
    routes = (route for router in routers for route in router.routes)
    return [route.path_regex for route in routes if isinstance(route, APIRoute) and ADMITTED in route.dependencies]


class Gate:
    """Counts requests until their answers have ended, and turns them away before anything of them is read when there is
    no place: what turns the many away has to cost less than what they come for. Those who enter do so one after the
    other, so that a crowd does not hold up the word that there is no place. ASGI, behind the door."""

    def __init__(self, app: ASGIApp, admission: Admission, paths: Sequence[re.Pattern[str]]) -> None:
        self.app, self.admission, self.paths, self.next = app, admission, paths, 0.0
        self.entering = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and self._counts(scope["path"]):
            who: Who = scope["state"]["who"]
            scope["app"].state.keys.refuse_spent(who)
            self.admission.enter(who)
            scope["state"]["leases"].callback(self.admission.leave, who)
            await self._apart()
            if not scope["state"].get(INSIDE):
                await Underway(scope, send).run(self.app, receive, self.admission.requests)
                return
        await self.app(scope, receive, send)

    def _counts(self, path: str) -> bool:
        return any(counted.match(path) for counted in self.paths)

    async def _apart(self) -> None:
        loop = asyncio.get_running_loop()
        async with self.entering:  # a loop that is late lets in one after the other, not all whose time has come
            if (wait := self.next - loop.time()) > 0:
                await asyncio.sleep(wait)
            for _ in range(TURNS):
                begun = loop.time()
                await asyncio.sleep(0)
                if loop.time() - begun < BUSY:
                    break
            self.next = loop.time() + APART
