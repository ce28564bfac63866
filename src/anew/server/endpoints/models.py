"""/v1/models: what is served, and what each can be asked for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from anew.engine.pool import Listed
from anew.server.access import needs
from anew.server.describing import voiced
from anew.server.shelf import about
from anew.server.wire.models import ModelList, ModelTold
from anew.server.wire.own import answered

router = APIRouter(dependencies=[needs("read")])
READY: dict[str, dict[str, Any]] = {  # what is told beside of a voice or an ear that comes with another program
    "speak": voiced(()) | {"speaks": True}, "hear": {"address": "/v1/audio/transcriptions"},
}  # fmt: skip


def told(one: Listed, shelf: Any) -> dict[str, Any]:
    return {"id": one.name, "object": "model", "created": one.created, "owned_by": "anew", "anew": about(one, shelf)}


def all_of(request: Request) -> list[dict[str, Any]]:
    """The store's, and the voices and ears of other programs; of two by one name the store's."""
    pool = request.app.state.pool
    made = {one.name: told(one, pool.shelf) for one in pool.listed()}
    for one in request.app.state.sounding.listed():
        if one["id"] not in made:
            ready = READY[one["anew"]["does"]]
            made[one["id"]] = one | {"anew": one["anew"] | ready}
    return list(made.values())


@router.get("/v1/models", **answered(ModelList))
def models(request: Request) -> Any:
    return {"object": "list", "data": all_of(request)}


@router.get("/v1/models/{name:path}", **answered(ModelTold))
def model(name: str, request: Request) -> Any:
    """By its name or an alias of it."""
    own = {one["id"]: one for one in request.app.state.sounding.listed()}
    pool = request.app.state.pool
    named = {alias for one in pool.listed() for alias in (one.name, *one.aliases)}
    if name in own and name not in named:
        return next(one for one in all_of(request) if one["id"] == name)
    return told(pool.find(name), pool.shelf)
