"""/: a page for whoever looks at the server with a browser."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, StrictUndefined

from anew.server.errors import Problem
from anew.server.wire.answers import VERSION

router = APIRouter()
PAGE = Path(__file__).with_name("home.html.j2")
SEEN = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@router.get("/", include_in_schema=False)
async def home(request: Request) -> HTMLResponse:
    """What is served, told where no key is needed."""
    try:
        await request.app.state.keys.who(None)
        models = await asyncio.to_thread(request.app.state.pool.listed)
    except Problem:
        models = None
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(
        PAGE.read_text("utf-8")
    )
    told = page.render(version=VERSION, address=str(request.base_url).rstrip("/"), models=models)
    return HTMLResponse(told, headers={"content-security-policy": SEEN})
