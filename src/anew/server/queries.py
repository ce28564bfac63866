"""Parameters of an address that its endpoint does not know: let be, and named in `x-anew-ignored` like fields.

In: a request, and what its endpoint declares. Out: the same answer with a header more.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anew.server.streaming import ignoring

READ = "read"  # in a request's state: names of parameters that its endpoint reads without declaring them
IGNORED = "x-anew-ignored"


class Queries:
    """ASGI, behind the door: whose endpoint refuses what it does not know has answered with 400 by then."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                named = [headers[IGNORED]] if IGNORED in headers else []
                if named := [*named, *ignoring(unknown(scope)).values()]:
                    headers[IGNORED] = ", ".join(named)
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" and scope["query_string"] else send)


def unknown(scope: Scope) -> list[str]:
    """The parameters, once the request has found its endpoint; none where there is no such."""
    dependant = getattr(scope.get("route"), "dependant", None)
    if dependant is None:
        return []
    known = {field.alias for field in dependant.query_params} | scope["state"].get(READ, set())
    given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return sorted({name for name, _ in given} - known)
