"""Whether the server lives, whether it is ready to answer, and its figures."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from anew.server.access import needs
from anew.server.errors import Problem

router = APIRouter()


@router.get("/healthz")
def healthy() -> dict[str, str]:
    """It lives."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(request: Request) -> dict[str, str]:
    """It takes requests. Problem while it ends."""
    if request.app.state.draining:
        raise Problem(503, "the server is about to end", code="draining", after=5)
    return {"status": "ok"}


@router.get("/metrics", dependencies=[needs("read")])
def metrics(request: Request) -> Any:
    """Figures in the text format of Prometheus."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
