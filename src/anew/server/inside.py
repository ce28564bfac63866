"""The app asked from inside: a request by ASGI, without a network, as the tenant whose work it is.

In: an address, a body, and who asks. Out: status, headers and body, as a client over the network would get them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Scope

from anew.server.underway import INSIDE


@dataclass
class Answer:
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def ask(app: ASGIApp, path: str, body: bytes, *, state: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    """The whole answer to a POST of JSON. `state`: of the request; with `who` in it, whose request it is. Cancelled, it
    is as if the client had left. In a task of its own: what holds for the request is set in the task's context."""
    whole = {"content-type": "application/json", "content-length": str(len(body)), "host": "localhost"} | dict(headers)
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "client": ("127.0.0.1", 0),
        "server": ("localhost", 80), "headers": [(k.encode(), v.encode()) for k, v in whole.items()],
        "state": dict(state) | {INSIDE: True},
    }  # fmt: skip
    answer, sent = Answer(), False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()  # it does not leave before it has its answer
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in message["headers"]}
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer
