"""Sampling fields that chat and plain completions share, and what they ask of the engine."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from anew.contract import AppendOptions
from anew.engine.generate import bias_for
from anew.engine.served import Served
from anew.engine.writing import Wishes, wishes_of
from anew.server.errors import Problem
from anew.server.wire.fields import Wire

MOST_CHOICES, MOST_BIASED = 16, 1000
Penalty = Annotated[float, Field(ge=-2, le=2)]


class StreamOptions(BaseModel):
    include_usage: bool = False


class ResponseFormat(BaseModel):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: dict[str, Any] | None = None


class Sampling(Wire):
    """`top_k`, `min_p`, `typical_p`, `repetition_penalty` and the `guided_` fields are not OpenAI's; other servers have
    them under these names."""

    model: Annotated[str, Field(min_length=1)]
    temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    top_k: Annotated[int, Field(ge=0)] = 0
    min_p: Annotated[float, Field(ge=0, le=1)] = 0.0
    typical_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    repetition_penalty: Annotated[float, Field(gt=0, le=10)] = 1.0
    presence_penalty: Penalty = 0.0
    frequency_penalty: Penalty = 0.0
    logit_bias: Annotated[dict[str, Annotated[float, Field(ge=-100, le=100)]], Field(max_length=MOST_BIASED)] = {}
    n: Annotated[int, Field(ge=1, le=MOST_CHOICES)] = 1
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] = Field(default_factory=lambda: secrets.randbits(48))
    stop: str | Annotated[list[str], Field(max_length=4)] = []
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    response_format: ResponseFormat = ResponseFormat(type="text")
    guided_json: dict[str, Any] | str | None = None
    guided_regex: str | None = None
    guided_grammar: str | None = None

    @property
    def seeds(self) -> list[int]:
        """One a choice, each of which can be drawn again by itself."""
        return [(self.seed + i) % 2**63 for i in range(self.n)]

    @property
    def first(self) -> int:
        """The seed that draws the first choice again."""
        return self.seeds[0]

    def sampled(self, served: Served, most: int | None, logprobs: int | None) -> AppendOptions:
        """How the engine samples."""
        for token in self.logit_bias:
            if not token.isdecimal() or len(token) > 9:
                raise Problem(400, f"logit_bias: {token!r} is no token's number", param="logit_bias")
        bias = {int(token): value for token, value in self.logit_bias.items()}
        return AppendOptions(
            max_new=most, temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, min_p=self.min_p,
            typical=self.typical_p, repetition=self.repetition_penalty, presence=self.presence_penalty,
            frequency=self.frequency_penalty, bias=bias_for(served.artifact, bias) if bias else (), logprobs=logprobs,
        )  # fmt: skip

    def wished(self, stops: tuple[str, ...] = (), best_of: int = 1) -> Wishes:
        """What the texts have to be. `stops`: strings that end them beside those asked for."""
        asked: dict[str, Any] = {"regex": self.guided_regex, "grammar": self.guided_grammar}
        asked["json_schema"] = self.guided_json if self.guided_json is not None else self._schema()
        forms = {name: value for name, value in asked.items() if value is not None}
        own = [self.stop] if isinstance(self.stop, str) else self.stop
        return wishes_of({**forms, "stop": tuple(own) + (() if forms else stops), "best_of": best_of})

    def _schema(self) -> dict[str, Any] | None:
        form = self.response_format
        if form.type == "text":
            return None
        if form.type == "json_object":
            return {"type": "object"}
        given = form.json_schema or {}
        if not isinstance(given.get("schema"), dict):
            where = "response_format.json_schema.schema"
            raise Problem(400, f"{where}: a JSON schema", param=where, code="missing_required_parameter")
        schema: dict[str, Any] = given["schema"]
        return schema
