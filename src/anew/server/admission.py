"""How many requests may be under way: beyond the bound they are turned away at once, with a word when to come again.

In: requests that make something. Out: those that may go on. What is admitted waits for its turn, fairly among tenants
(engine/turns.py), and is never turned away later.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import Depends, Request

from anew.server.access import Who
from anew.server.errors import Problem

KEPT = 8  # one part in so many of the bound is for tenants who have nothing under way


class Admission:
    """`bound`: requests that wait or are under way at a time. It is used by the event loop alone."""

    def __init__(self, bound: int) -> None:
        self.bound, self.of, self.refused = bound, Counter[str](), 0

    @property
    def under_way(self) -> int:
        return self.of.total()

    def enter(self, who: Who) -> None:
        """Problem where there is no place. With keys, some are left to tenants who have none yet."""
        kept = self.bound // KEPT if who.key is not None and self.of[who.tenant] else 0
        if self.under_way >= self.bound - kept:
            self.refused += 1
            what = f"{self.under_way} requests wait or are under way, and no more may"
            raise Problem(429, what, code="queue_full", after=1)
        self.of[who.tenant] += 1

    def leave(self, who: Who) -> None:
        self.of[who.tenant] -= 1
        if not self.of[who.tenant]:
            del self.of[who.tenant]


async def admitted(request: Request) -> None:
    """Counts the request until its answer has ended."""
    admission: Admission = request.app.state.admission
    who: Who = request.state.who
    admission.enter(who)
    request.state.leases.callback(admission.leave, who)


ADMITTED: Any = Depends(admitted)
