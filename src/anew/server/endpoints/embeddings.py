"""/v1/embeddings: texts in, vectors out; a text's vector is the same to the bit alone and among others."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from anew.data.progress import Progress, Report
from anew.engine.embed import Embedder, Vectors
from anew.errors import RecipeError
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.errors import Problem
from anew.server.opening import opened
from anew.server.quotas import count
from anew.server.streaming import ignored_of
from anew.server.wire.embeddings import EmbeddingsRequest, embedding
from anew.server.wire.own import answered
from anew.server.wire.prompts import refuse_unknown
from anew.server.wire.shapes import EmbeddingList
from anew.server.working import Leave, alone

router = APIRouter(dependencies=[needs("generate"), ADMITTED])


@router.post("/v1/embeddings", **answered(EmbeddingList))
async def embeddings(asked: EmbeddingsRequest, request: Request) -> Response:
    texts = asked.texts()
    served = await opened(request, asked.model)
    embedder, read = served.embedder, 0

    def answer(leave: Leave) -> Response:
        """Written in the thread too: so many numbers take their time."""

        def step(progress: Progress) -> None:
            nonlocal read
            read = int(progress.done)
            leave.check()

        found = vectors(embedder, texts, asked.dimensions, step, leave)
        told = {
            "object": "list", "model": served.name, "usage": {"prompt_tokens": read, "total_tokens": read},
            "data": [embedding(i, vector_D, asked.encoding_format) for i, vector_D in enumerate(found.values)],
        }  # fmt: skip
        return JSONResponse(told, headers=ignored_of(asked))

    try:
        return await alone(request, served, answer)
    finally:
        count(read)  # by then, whatever came of it


def vectors(
    embedder: Embedder, texts: Sequence[str | list[int]], dimensions: int | None, report: Report, leave: Leave
) -> Vectors:
    """Problem: tokens that the model does not have, a text that is longer than it reads, more numbers than a vector
    has."""
    tokens: list[Sequence[int]] = []
    room = embedder.room
    for i, text in enumerate(texts):
        leave.check()
        if isinstance(text, str):
            text = embedder.codec.encode([text])[0].tolist()
        else:
            refuse_unknown(text, embedder.codec.spec.vocab, "input")
        if len(text) > room:
            what = f"input: text {i + 1} of {len(texts)} has {len(text):,} tokens, and the model reads {room:,} of one"
            raise Problem(400, what, param="input", code="context_length_exceeded")
        tokens.append(text)
    try:
        return embedder.embed(tokens, dimensions=dimensions, report=report)
    except RecipeError as error:
        raise Problem(400, error.message, param="dimensions", code="invalid_value") from None
