"""One file for each kind of request."""

from anew.server.endpoints import (
    audio,
    audit,
    batches,
    chat,
    completions,
    elsewhere,
    embeddings,
    files,
    filling,
    fine_tuning,
    health,
    keys,
    models,
    pictures,
    responses,
    studio,
)

ROUTERS = tuple(
    part.router
    for part in (
        elsewhere, models, chat, completions, filling, embeddings, responses, pictures, audio, files, fine_tuning,
        batches, keys, audit, health, studio,
    )
)  # fmt: skip
