"""Addresses that OpenAI serves and anew does not: 404 at once, with what there is instead."""

from __future__ import annotations

from fastapi import APIRouter, Request

from anew.server.access import needs
from anew.server.errors import Problem

router = APIRouter(dependencies=[needs("read")])

INSTEAD = {
    "/v1/moderations": "no model here judges texts; what is served answers at /v1/chat/completions",
    "/v1/audio/translations": "speech is written down in its own language at /v1/audio/transcriptions",
    "/v1/audio/voice_consents": "consent is given where the recordings lie: anew consent make",
    "/v1/videos": "no model here makes videos; pictures are made at /v1/images/generations",
    "/v1/realtime": "speech and text go one way at a time: /v1/audio/speech, /v1/chat/completions with stream",
    "/v1/assistants": "conversations are kept by /v1/responses with previous_response_id",
    "/v1/threads": "conversations are kept by /v1/responses with previous_response_id",
    "/v1/conversations": "conversations are kept by /v1/responses with previous_response_id",
    "/v1/vector_stores": "texts become vectors at /v1/embeddings",
    "/v1/responses/compact": "a client shortens its conversation itself, or asks with truncation auto",
}
ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def elsewhere(request: Request) -> None:
    path = request.url.path
    begins = next(at for at in INSTEAD if path == at or path.startswith(f"{at}/"))
    raise Problem(404, f"{path} is not served: {INSTEAD[begins]}")


for at in INSTEAD:
    router.add_api_route(at, elsewhere, methods=ANY, include_in_schema=False)
    router.add_api_route(at + "/{rest:path}", elsewhere, methods=ANY, include_in_schema=False)
