"""One file for each kind of request."""

from anew.server.endpoints import (
    audio,
    chat,
    completions,
    elsewhere,
    embeddings,
    filling,
    health,
    models,
    pictures,
    responses,
)  # fmt: skip

ROUTERS = tuple(
    part.router
    for part in (elsewhere, models, chat, completions, filling, embeddings, responses, pictures, audio, health)
)
