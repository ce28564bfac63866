"""/v1/anew/keys: make API keys, see which there are, take them back. Of the whole server: `admin` is no tenant's."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import ConfigDict

from anew.errors import NotFound
from anew.server.access import Asker, needs
from anew.server.errors import Problem
from anew.server.keys import USUAL, all_keys, create, revoke, told
from anew.server.wire.fields import Wire

router = APIRouter(dependencies=[needs("admin")])


class KeyRequest(Wire):
    """What a new key may do. A field that is not listed is refused: a bound that was misspelled is none."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    scopes: list[str] = list(USUAL)
    tenant: str | None = None
    expires: str | None = None
    requests_per_minute: int | None = None
    tokens_per_day: int | None = None


@router.post("/v1/anew/keys")
def make(asked: KeyRequest, request: Request, who: Asker) -> dict[str, Any]:
    """`key` is how the new key is spelled; nobody can tell it again."""
    with request.app.state.database.writing() as session:
        key, spelled = create(session, who, **asked.model_dump())
    request.app.state.keys.forget()
    return told(key) | {"key": spelled}


@router.get("/v1/anew/keys")
def listed(request: Request) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        found = all_keys(session)
    spent = request.app.state.keys.spending.of
    return {"object": "list", "data": [told(key) | {"tokens_today": spent(key.id)} for key in found]}


@router.delete("/v1/anew/keys/{id}")
def take_back(id: str, request: Request, who: Asker) -> dict[str, Any]:
    """From now on nobody enters with it."""
    try:
        with request.app.state.database.writing() as session:
            key = revoke(session, who, id)
    except NotFound as error:
        raise Problem(404, error.message, param="id", code="key_not_found") from None
    request.app.state.keys.forget()
    return told(key)
