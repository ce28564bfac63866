"""A request that the server asks of itself, by its own front door: as its client would, with the client's key.

In: an address and a body. Out: what a client would get. When the client leaves, so does the request.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.types import Message

from anew.server.errors import Problem

CARRIED = ("type", "asgi", "http_version", "scheme", "root_path", "client", "server", "extensions")
NAMED = (b"host", b"authorization")


@dataclass(frozen=True)
class Answered:
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def ask(request: Request, address: str, body: Any) -> Answered:
    """The answer. Problem: what the client would have been told."""
    content, sent = json.dumps(body).encode(), False
    headers = [(name, value) for name, value in request.scope["headers"] if name in NAMED]
    headers += [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    scope: dict[str, Any] = {key: request.scope[key] for key in CARRIED if key in request.scope}
    scope |= {"method": "POST", "path": address, "raw_path": address.encode(), "query_string": b"", "headers": headers}
    scope["state"] = {}
    begun: Message = {}
    came = bytearray()

    async def receive() -> Message:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": content, "more_body": False}
        return await request.receive()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.update(message)
        else:
            came.extend(message.get("body", b""))

    await asyncio.create_task(request.app(scope, receive, send))  # whose id, owner and deadline are its own
    found = {name.decode().lower(): value.decode("latin-1") for name, value in begun["headers"]}
    if begun["status"] >= 400:
        told = json.loads(came)["error"]
        raise Problem(begun["status"], told["message"], param=told["param"], code=told["code"])
    return Answered(found, bytes(came))
