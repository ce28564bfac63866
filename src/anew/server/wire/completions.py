"""/v1/completions: what is asked, and how texts that go on from a prompt are told."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import isnan
from typing import Annotated, Any

from pydantic import Field

from anew.engine.requests import seed_of
from anew.engine.writing import Token
from anew.server.errors import Problem
from anew.server.wire.options import MOST_CHOICES, Choices
from anew.server.wire.prompts import Texts, each_of

MOST_PROMPTS = 64
MOST_TEXTS = 128  # that one request may ask for


class CompletionRequest(Choices):
    """`suffix`: what the text ends with, for models that fill in the middle; `best_of`: so many are drawn, of which the
    n likeliest are answered; `max_tokens` 0 with `echo` and `logprobs` tells how likely the prompt is."""

    prompt: Texts = ""
    suffix: str | None = None
    max_tokens: Annotated[int, Field(ge=0)] = 16
    echo: bool = False
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None
    best_of: Annotated[int, Field(ge=1, le=MOST_CHOICES)] | None = None

    def prompts(self) -> list[str | list[int]]:
        return each_of(self.prompt, "prompt", MOST_PROMPTS)

    @property
    def chooses(self) -> bool:
        """Whether more are drawn than answered."""
        return (self.best_of or self.n) > self.n

    @property
    def seeds(self) -> list[int]:
        return [seed_of(self.first, draw) for draw in range(self.best_of or 1)] if self.chooses else super().seeds

    @property
    def first(self) -> int:
        return super().seeds[0]

    def refuse_what_excludes_itself(self) -> None:
        """Problem: fields that no text can honour together."""
        what = None
        texts = len(self.prompts()) * (self.best_of or self.n)
        if texts > MOST_TEXTS:
            raise Problem(
                400, f"n: {texts} texts, and a request may ask for {MOST_TEXTS}", param="n", code="invalid_value"
            )
        if self.best_of is not None and self.best_of < self.n:
            what = "of fewer than n, n cannot be chosen"
        elif self.chooses and self.stream:
            what = "the likeliest of several are known in the end alone: not streamed"
        if what is not None:
            raise Problem(400, f"best_of: {what}", param="best_of", code="unsupported_parameter")


def logprobs_of(tokens: Sequence[Token], before: int = 0) -> dict[str, Any]:
    """Tokens, their log-probabilities and the likeliest in their places, and where each begins in the text. By their
    texts OpenAI's shape holds one of each alone, the likeliest; `anew` has them all, with their numbers."""
    offsets = itertools.accumulate((len(t.text) for t in tokens), initial=before)
    return {
        "tokens": [t.text for t in tokens], "token_logprobs": [None if isnan(t.logp) else t.logp for t in tokens],
        "top_logprobs": [None if isnan(t.logp) else by_text(t) for t in tokens],
        "text_offset": list(offsets)[: len(tokens)],
        "anew": {"ids": [t.id for t in tokens], "top": [None if isnan(t.logp) else candidates(t) for t in tokens]},
    }  # fmt: skip


def by_text(token: Token) -> dict[str, float]:
    return {text: logp for _, text, logp in sorted(token.best, key=lambda one: one[2])}


def candidates(token: Token) -> list[dict[str, Any]]:
    return [{"id": id, "token": text, "logprob": logp} for id, text, logp in token.best]


def joined(first: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """Of tokens, and of those behind them."""
    return {
        name: joined(value, then[name]) if isinstance(value, dict) else value + then[name]
        for name, value in first.items()
    }
