"""/v1/anew/audit: what administrators did, and whether the log still says what it said."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from anew.server import audit
from anew.server.access import needs

router = APIRouter(dependencies=[needs("admin")])

After = Annotated[int, Query(ge=0, lt=2**63)]
Before = Annotated[int | None, Query(ge=1, lt=2**63)]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/v1/anew/audit")
def show(request: Request, after: After = 0, limit: Limit = 100, before: Before = None) -> dict[str, Any]:
    """Rows behind number `after`, the oldest first; with `before`, those before that number, the newest first."""
    with request.app.state.database.reading() as session:
        found = audit.rows(session, after, limit + 1, before)
    return {
        "object": "list", "data": [audit.told(row) for row in found[:limit]], "has_more": len(found) > limit,
    }  # fmt: skip


@router.get("/v1/anew/audit/verify")
def verify(request: Request, holds: str | None = None) -> dict[str, Any]:
    """What is wrong with the log; `holds`: a digest that was kept elsewhere, which a row has to have."""
    with request.app.state.database.reading() as session:
        verdict = audit.verify(session, holds)
    return {"object": "anew.audit.verdict", "well": verdict.well} | asdict(verdict)
