"""/v1/chat/completions: what is asked, and how answers and their pieces are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from anew.engine.writing import Token
from anew.server.errors import Problem
from anew.server.wire.options import Sampling
from anew.tasks.chat import Message

ROLES = {"developer": "system"}  # under which a model's template knows them
NO_TOOLS = "tools are not served yet"


class Part(BaseModel):
    type: str
    text: str | None = None


class Turn(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | Annotated[list[Part], Field(min_length=1)]

    def message(self, place: str) -> Message:
        """Its text. Problem: a part that is none, by its place."""
        if isinstance(self.content, str):
            return Message(ROLES.get(self.role, self.role), self.content)
        for n, part in enumerate(self.content):
            if part.type != "text" or part.text is None:
                where = f"{place}.content[{n}]"
                what = f"{where}: a text-only model reads no {part.type}"
                raise Problem(400, what, param=f"{where}.{part.type}", code="unsupported_parameter")
        return Message(ROLES.get(self.role, self.role), "".join(part.text or "" for part in self.content))


class ChatRequest(Sampling):
    refuses: ClassVar[dict[str, str]] = {"tools": NO_TOOLS, "tool_choice": NO_TOOLS, "functions": NO_TOOLS}

    messages: Annotated[list[Turn], Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool = False
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None

    def conversation(self) -> list[Message]:
        return [turn.message(f"messages[{i}]") for i, turn in enumerate(self.messages)]

    @property
    def most(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def told(self) -> int | None:
        """How many of the likeliest tokens are told of each."""
        if self.top_logprobs is not None and not self.logprobs:
            raise Problem(400, "top_logprobs: only with logprobs", param="top_logprobs", code="invalid_value")
        return (self.top_logprobs or 0) if self.logprobs else None


def logprobs_of(tokens: Sequence[Token], pieces: Sequence[bytes]) -> dict[str, Any]:
    """Each token with the likeliest in its place. `pieces`: the bytes of each token of the vocabulary."""

    def spelled(token: int, text: str, logp: float) -> dict[str, Any]:
        return {"token": text, "logprob": logp, "bytes": list(pieces[token])}

    told = [spelled(t.id, t.text, t.logp) | {"top_logprobs": [spelled(*one) for one in t.best]} for t in tokens]
    return {"content": told, "refusal": None}
