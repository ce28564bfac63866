"""What requests under /v1/anew have in common: a field that no shape declares is refused by its name, so that nothing
is ignored here."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from anew.server.wire.fields import Wire

MOST_TEXT = 4 << 20  # characters of a text that is given
MOST_SAMPLES = 64
ModelName = Annotated[str, Field(min_length=1, max_length=200, description="A model that is served.")]
Seed = Annotated[int, Field(ge=0, lt=2**63, description="The same seed gives the same bytes.")]
Text = Annotated[str, Field(max_length=MOST_TEXT)]
Short = Annotated[str, Field(max_length=2000)]
Count = Annotated[int, Field(ge=1, le=MOST_SAMPLES)]


class Own(Wire):
    """A request's body."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Told(BaseModel):
    """An answer's body; what a newer version tells beside the declared fields passes through."""

    model_config = ConfigDict(extra="allow")


def answered(shape: Any, **more: Any) -> dict[str, Any]:
    """An endpoint's options: its answer is of this shape, and passes as it is, with what a model made up in it."""
    return {"response_model": None, "responses": {200: {"model": shape} | more}}


STREAMED: dict[str, Any] = {"content": {"text/event-stream": {}}}
