"""Whether the server lives, and whether it is ready to answer."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()


@router.get("/healthz")
@router.get("/readyz")
def healthy() -> dict[str, str]:
    return {"status": "ok"}
