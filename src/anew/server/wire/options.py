"""Sampling fields that requests for texts share, and what they ask of the engine."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from anew.contract import AppendOptions
from anew.engine.generate import bias_for
from anew.engine.served import Served
from anew.engine.writing import Wishes, wishes_of
from anew.server.errors import Problem
from anew.server.wire.fields import Fields, Wire
from anew.tasks.calling import Calling

MOST_CHOICES, MOST_BIASED = 16, 1000
Stop = Annotated[str, Field(min_length=1, max_length=1000)]
Penalty = Annotated[float, Field(ge=-2, le=2)]


class StreamOptions(Fields):
    include_usage: bool = False


class NamedSchema(Fields):
    """`name` and `strict`: as clients send them; a text is held to the schema either way."""

    name: str | None = None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    strict: bool | None = None


class ResponseFormat(Fields):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchema | None = None

    def idle(self) -> list[str]:
        return [] if self.type == "json_schema" else self.given("json_schema")


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
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] = Field(default_factory=lambda: secrets.randbits(48))
    stop: Stop | Annotated[list[Stop], Field(max_length=4)] = []
    stream: bool = False
    guided_json: dict[str, Any] | str | None = None
    guided_regex: str | None = None
    guided_grammar: str | None = None

    @property
    def choices(self) -> int:
        """How many texts are asked for."""
        return 1

    @property
    def form(self) -> dict[str, Any] | None:
        """What a text has to be by the request's own field for that."""
        return None

    @property
    def seeds(self) -> list[int]:
        """One a choice, each of which can be drawn again by itself."""
        return [(self.seed + i) % 2**63 for i in range(self.choices)]

    @property
    def first(self) -> int:
        """The seed that draws the first choice again."""
        return self.seeds[0]

    def sampled(self, served: Served, most: int | None, logprobs: int | None) -> AppendOptions:
        """How the engine samples."""
        for token in self.logit_bias:
            if not token.isdecimal() or len(token) > 9:
                raise Problem(400, f"logit_bias: {token!r} is no token's number", param="logit_bias")
            if int(token) >= served.artifact.model.spec.vocab:
                raise Problem(400, f"logit_bias: there is no token {token}", param="logit_bias")
        bias = {int(token): value for token, value in self.logit_bias.items()}
        return AppendOptions(
            max_new=most, temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, min_p=self.min_p,
            typical=self.typical_p, repetition=self.repetition_penalty, presence=self.presence_penalty,
            frequency=self.frequency_penalty, bias=bias_for(served.artifact, bias) if bias else (), logprobs=logprobs,
        )  # fmt: skip

    def wished(self, stops: tuple[str, ...] = (), best_of: int = 1, calling: Calling | None = None) -> Wishes:
        """What the texts have to be. `stops`: strings that end them beside those asked for, unless they have a form;
        `calling`: what they may call."""
        asked: dict[str, Any] = {"regex": self.guided_regex, "grammar": self.guided_grammar}
        asked["json_schema"] = self.guided_json if self.guided_json is not None else self.form
        forms = {name: value for name, value in asked.items() if value is not None}
        if len(forms) > 1:
            field = next(f"guided_{name}" for name in forms if name != "json_schema")
            raise Problem(400, f"{field}: a text has one form", param=field, code="unsupported_parameter")
        own = [self.stop] if isinstance(self.stop, str) else self.stop
        wishes = wishes_of({**forms, "stop": tuple(own) + (() if forms else stops), "best_of": best_of})
        form = wishes.constraint
        if calling is None or not calling.offer.functions:
            return wishes
        if form is not None and form.form != "json":
            what = f"guided_{form.form}: not together with tools"
            raise Problem(400, what, param=f"guided_{form.form}", code="unsupported_parameter")
        return replace(wishes, constraint=calling.held(form and form.text))


class Choices(Sampling):
    """What chat and plain completions have beside."""

    n: Annotated[int, Field(ge=1, le=MOST_CHOICES)] = 1
    stream_options: StreamOptions = StreamOptions()
    response_format: ResponseFormat = ResponseFormat(type="text")

    @property
    def choices(self) -> int:
        return self.n

    @property
    def form(self) -> dict[str, Any] | None:
        told = self.response_format.json_schema
        return schema_of(self.response_format.type, told and told.schema_, "response_format.json_schema")


def schema_of(kind: str, schema: dict[str, Any] | None, where: str) -> dict[str, Any] | None:
    """The schema of a format for texts, which is told at `where`."""
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    if schema is None:
        raise Problem(400, f"{where}.schema: a JSON schema", param=f"{where}.schema", code="missing_required_parameter")
    return schema
