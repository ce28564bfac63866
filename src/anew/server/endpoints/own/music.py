"""/v1/anew/music: pieces by a model of scores, what `anew compose` gives for the same words and seed; and scores in
another form, by no model."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request

from anew.engine.commission import Commission
from anew.engine.composing import events_of
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.endpoints.own.routing import own_router
from anew.server.opening import opened
from anew.server.wire.music import Compose, Pieces, Render, Rendered, pieces_of, rendered, score_of
from anew.server.wire.own import answered
from anew.server.working import Leave, alone

making = own_router("/music", needs("generate"), ADMITTED)
routers = (making,)


@making.post("/compose", **answered(Pieces))
async def compose(asked: Compose, request: Request) -> Any:
    """Compose, go on with a score, harmonise a melody, or fill bars of a score."""
    forms = asked.forms
    commission: Commission = await asyncio.to_thread(asked.commission)
    served = await opened(request, asked.model)
    events_of(served.artifact)

    def work(leave: Leave) -> list[dict[str, Any]]:
        scores = commission.write(served.artifact, lambda share: leave.check())
        leave.check()
        return pieces_of(scores, commission.seed, commission.notes(served.artifact), forms)

    return {"object": "pieces", "model": served.name, "pieces": await alone(request, served, work)}


@making.post("/render", **answered(Rendered))
async def render(asked: Render) -> Any:
    """A score as MIDI, notation, a picture or sound."""
    return await asyncio.to_thread(lambda: rendered(score_of(asked.score, "score"), asked.format))
