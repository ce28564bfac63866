"""/v1/completions: what is asked, and how texts that go on from a prompt are told."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from anew.engine.writing import Token
from anew.server.errors import Problem
from anew.server.wire.options import MOST_CHOICES, Choices

Prompts = str | list[str] | list[int] | list[list[int]]
MOST_PROMPTS = 64


class CompletionRequest(Choices):
    """`suffix`: what the text ends with, for models that fill in the middle."""

    prompt: Prompts = ""
    suffix: str | None = None
    max_tokens: Annotated[int, Field(ge=1)] = 16
    echo: bool = False
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None
    best_of: Annotated[int, Field(ge=1, le=MOST_CHOICES)] = 1

    def prompts(self) -> list[str | list[int]]:
        """Each text or its tokens."""
        given = self.prompt
        if isinstance(given, str):
            return [given]
        if not given:
            raise Problem(400, "prompt: a list of prompts holds at least one", param="prompt", code="invalid_value")
        if isinstance(given[0], int):
            return [given]  # type: ignore[list-item]
        if len(given) > MOST_PROMPTS:
            raise Problem(400, f"prompt: at most {MOST_PROMPTS} of them", param="prompt", code="invalid_value")
        return given  # type: ignore[return-value]

    def refuse_what_excludes_itself(self) -> None:
        """Problem: fields that no text can honour together."""
        if self.best_of > 1 and (self.stream or self.n > 1):
            what = "best_of: the likeliest of several, known in the end alone: with n = 1, and not streamed"
            raise Problem(400, what, param="best_of", code="unsupported_parameter")
        if self.echo and self.logprobs is not None:
            what = "echo: a prompt's own log-probabilities are not told"
            raise Problem(400, what, param="echo", code="unsupported_parameter")


def logprobs_of(tokens: list[Token], before: int) -> dict[str, Any]:
    """Tokens, their log-probabilities and the likeliest in their places, and where each begins in the text."""
    offsets = [before + sum(len(t.text) for t in tokens[:i]) for i in range(len(tokens))]
    return {
        "tokens": [t.text for t in tokens], "token_logprobs": [t.logp for t in tokens], "text_offset": offsets,
        "top_logprobs": [{text: logp for _, text, logp in t.best} for t in tokens],
    }  # fmt: skip
