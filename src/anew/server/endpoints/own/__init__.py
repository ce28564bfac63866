"""/v1/anew: what the studio and programs use beyond OpenAI's namespace; a file for each group of endpoints.

Fields and parameters that no shape declares are refused by their name.
"""

from __future__ import annotations

import asyncio

from fastapi import FastAPI

from anew.server.endpoints.own import (
    audio,
    code,
    comparisons,
    creations,
    datasets,
    documents,
    generate,
    latents,
    models,
    music,
    neighbours,
    queue,
    recipes,
    runs,
    tasks,
    whoami,
)

HEAVY = 2  # sandboxes, forecasts and uploads that are looked at, at a time
PARTS = (
    recipes, runs, datasets, models, generate, comparisons, audio, music, latents, neighbours, tasks, code, creations,
    documents, queue, whoami,
)  # fmt: skip
ROUTERS = [router for part in PARTS for router in part.routers]


def install(app: FastAPI) -> None:
    """Let the app serve them."""
    app.state.heavy = asyncio.Semaphore(HEAVY)
    for router in ROUTERS:
        app.include_router(router)
