"""/v1/anew/whoami: what whoever asks may do here, and how much of it is left for today."""

from __future__ import annotations

from typing import Literal

from fastapi import Request

from anew.server.access import Asker, needs
from anew.server.endpoints.own.routing import own_router
from anew.server.keyring import Keyring
from anew.server.wire.own import Told

router = own_router("/whoami", needs("read"))
routers = (router,)


class Myself(Told):
    """`key`: the id of the key that came, `--api-key` for the one that the server was started with, null where none is
    needed. Bounds are null where there are none; `tokens_today` where the key is in no database."""

    object: Literal["whoami"] = "whoami"
    tenant: str
    scopes: list[str]
    key: str | None
    expires_at: int | None = None
    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    tokens_today: int | None = None


@router.get("")
def whoami(request: Request, who: Asker) -> Myself:
    keys: Keyring = request.app.state.keys
    told = Myself(tenant=who.tenant, scopes=sorted(who.scopes), key=who.key)
    known = keys.key(who.key)
    if known is None:
        return told
    bounds = {"requests_per_minute": known.requests_per_minute, "tokens_per_day": known.tokens_per_day}
    more = bounds | {"expires_at": known.expires_at, "tokens_today": keys.spending.of(known.id)}
    return told.model_copy(update=more)
