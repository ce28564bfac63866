"""One file for each kind of request."""

from anew.server.endpoints import (
    audio,
    audit,
    chat,
    completions,
    elsewhere,
    embeddings,
    filling,
    health,
    keys,
    models,
    pictures,
    responses,
)  # fmt: skip

ROUTERS = tuple(
    part.router
    for part in (
        elsewhere, models, chat, completions, filling, embeddings, responses, pictures, audio, keys, audit, health,
    )
)  # fmt: skip
