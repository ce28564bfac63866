"""Models for requests: open from when they are asked for until the answer has ended."""

from __future__ import annotations

import asyncio

from fastapi import Request

from anew.engine.served import Served


async def opened(request: Request, name: str) -> Served:
    """The open model; nobody closes it before this request's answer has ended. NotFound for what is not served."""
    return await asyncio.to_thread(request.app.state.pool.open, name)
