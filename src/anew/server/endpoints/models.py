"""/v1/models: what is served."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from anew.engine.pool import Listed, Pool
from anew.server.access import needs
from anew.server.shelf import Known

router = APIRouter(dependencies=[needs("read")])


def told(one: Listed) -> dict[str, Any]:
    own: dict[str, Any] = {"modality": one.modality, "bytes": one.bytes, "id": one.id, "does": one.does}
    if isinstance(one, Known):
        own |= {"context": one.context, "params": one.params, "trained_here": one.trained_here}
    return {"id": one.name, "object": "model", "created": one.created, "owned_by": "anew", "anew": own}


@router.get("/v1/models")
def models(request: Request) -> dict[str, Any]:
    pool: Pool = request.app.state.pool
    own = request.app.state.sounding.listed()
    return {"object": "list", "data": [*(told(one) for one in pool.listed()), *own]}


@router.get("/v1/models/{name:path}")
def model(name: str, request: Request) -> dict[str, Any]:
    own = {one["id"]: one for one in request.app.state.sounding.listed()}
    return own[name] if name in own else told(request.app.state.pool.find(name))
