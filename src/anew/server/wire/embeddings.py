"""/v1/embeddings: what is asked, and how vectors are written."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from anew.server.wire.fields import Wire
from anew.server.wire.prompts import Texts, each_of

MOST_INPUTS = 2048


class EmbeddingsRequest(Wire):
    """`dimensions`: the first so many numbers of each vector."""

    model: Annotated[str, Field(min_length=1)]
    input: Texts
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int, Field(ge=1)] | None = None

    def texts(self) -> list[str | list[int]]:
        return each_of(self.input, "input", MOST_INPUTS)


def written(vector_D: NDArray[np.float32], form: str) -> list[float] | str:
    """The same numbers either way: as JSON, or as the base64 of their bytes, the lowest of each first."""
    if form == "base64":
        return base64.b64encode(vector_D.astype("<f4").tobytes()).decode()
    return list(map(float, vector_D))


def embedding(i: int, vector_D: NDArray[np.float32], form: str) -> dict[str, Any]:
    return {"object": "embedding", "index": i, "embedding": written(vector_D, form)}
