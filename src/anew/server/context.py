"""What holds for one request wherever it goes: its id, whose it is, where it and its tokens are counted, and until when
it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anew.server.metrics import Metrics

REQUEST: ContextVar[str] = ContextVar("request", default="-")
OWNER: ContextVar[str] = ContextVar("owner", default="")
METRICS: ContextVar[Metrics | None] = ContextVar("metrics", default=None)
SPEND: ContextVar[Callable[[int], None] | None] = ContextVar("spend", default=None)
UNTIL: ContextVar[float] = ContextVar("until", default=float("inf"))


def left() -> float | None:
    """Seconds until the deadline, None where there is none. For coroutines."""
    until = UNTIL.get()
    return None if until == float("inf") else max(0.0, until - asyncio.get_running_loop().time())
