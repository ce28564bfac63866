"""/v1/fim/completions, as Mistral has it, and /infill, as llama.cpp has it: what is asked."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from anew.server.wire.fields import Fields
from anew.server.wire.options import Sampling

MOST_EXTRA = 256


class FimRequest(Sampling):
    """`random_seed` is what `seed` is called there."""

    prompt: str
    suffix: str = ""
    max_tokens: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_seed(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("seed") is None and isinstance(given.get("random_seed"), int):
            return {name: value for name, value in given.items() if name != "random_seed"} | {
                "seed": given["random_seed"]
            }
        return given


class Extra(Fields):
    """A file beside the one that is written in."""

    filename: str = ""
    text: str


class InfillRequest(Sampling):
    """`model` may be left out where one alone can fill; `prompt` is what the middle begins with; `n_predict` -1 is as
    many as fit, and 0 reads alone, so that the same is answered sooner next time."""

    model: str = ""
    input_prefix: str = ""
    input_suffix: str = ""
    input_extra: Annotated[list[Extra], Field(max_length=MOST_EXTRA)] = []
    prompt: str = ""
    n_predict: Annotated[int, Field(ge=-1)] = -1

    @property
    def most(self) -> int | None:
        return None if self.n_predict < 0 else max(1, self.n_predict)
