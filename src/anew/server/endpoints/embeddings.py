"""/v1/embeddings: texts in, vectors out; a text's vector is the same to the bit alone and among others."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from anew.engine.embed import Embedder, Vectors
from anew.errors import RecipeError
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.context import OWNER
from anew.server.errors import Problem
from anew.server.opening import opened
from anew.server.quotas import count
from anew.server.streaming import carried_out, ignored_of
from anew.server.wire.embeddings import EmbeddingsRequest, embedding
from anew.server.wire.prompts import refuse_unknown

router = APIRouter(dependencies=[needs("generate"), ADMITTED])


@router.post("/v1/embeddings", response_model=None)
async def embeddings(asked: EmbeddingsRequest, request: Request) -> Response:
    texts = asked.texts()
    served = await opened(request, asked.model)
    embedder = served.embedder

    def answer() -> tuple[Response, int]:
        """Written in the thread too: so many numbers take their time."""
        found = vectors(embedder, texts, asked.dimensions)
        read = sum(found.tokens)
        told = {
            "object": "list", "model": served.name, "usage": {"prompt_tokens": read, "total_tokens": read},
            "data": [embedding(i, vector_D, asked.encoding_format) for i, vector_D in enumerate(found.values)],
        }  # fmt: skip
        return JSONResponse(told, headers=ignored_of(asked)), read

    answered, read = await carried_out(request, served.run(OWNER.get(), answer))
    count(read)
    return answered


def vectors(embedder: Embedder, texts: list[str | list[int]], dimensions: int | None) -> Vectors:
    """Problem: tokens that the model does not have, a text that is longer than it reads, more numbers than a vector
    has."""
    for text in texts:
        if not isinstance(text, str):
            refuse_unknown(text, embedder.codec.spec.vocab, "input")
    _, long = embedder.read(texts, cut=True)
    if long:
        what = f"input: text {long[0] + 1} of {len(texts)} is longer than the {embedder.pooling.longest:,} tokens that"
        raise Problem(400, f"{what} are read", param="input", code="context_length_exceeded")
    try:
        return embedder.embed(texts, dimensions=dimensions)
    except RecipeError as error:
        raise Problem(400, error.message, param="dimensions", code="invalid_value") from None
