"""Sampling fields that requests for texts share, and what they ask of the engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from anew.contract import AppendOptions
from anew.engine.generate import bias_for
from anew.engine.served import Served
from anew.engine.writing import Wishes, grammars_of, wishes_of
from anew.errors import RecipeError
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

    schema_field: ClassVar[str] = ""  # which says what schema a text has, beside `guided_json`

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

    @property
    def forms(self) -> dict[str, tuple[str, Any]]:
        """By the field that asks for it, a form of texts and what it is. Problem: a schema that is none."""
        asked = {
            self.schema_field: ("json_schema", self.form), "guided_json": ("json_schema", self.guided_json),
            "guided_regex": ("regex", self.guided_regex), "guided_grammar": ("grammar", self.guided_grammar),
        }  # fmt: skip
        return {field: form for field, form in asked.items() if form[1] is not None}

    def wished(self, served: Served, stops: tuple[str, ...] = (), calling: Calling | None = None) -> Wishes:
        """What the texts have to be. `stops`: strings that end them beside those asked for, unless they have a form;
        `calling`: what they may call. Problem: what no text can be held to, by its field."""
        forms = self.forms
        if len(forms) > 1:
            *_, field = forms
            raise Problem(400, f"{field}: a text has one form", param=field, code="unsupported_parameter")
        own = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)
        if not forms:
            wishes = wishes_of({"stop": own + stops})
        for field, (kind, value) in forms.items():
            with told_by(field, "invalid_json_schema" if kind == "json_schema" else "invalid_value"):
                wishes = wishes_of({kind: value, "stop": own})
                can_hold(served, wishes)
        if calling is None or not calling.offer.functions:
            return wishes
        form = wishes.constraint
        if form is not None and form.form != "json":
            (field,) = forms
            raise Problem(400, f"{field}: not together with tools", param=field, code="unsupported_parameter")
        with told_by("functions" if "functions" in self.model_fields_set else "tools", "invalid_json_schema"):
            wishes = replace(wishes, constraint=calling.held(None if form is None else form.text))
            can_hold(served, wishes)
        return wishes


def can_hold(served: Served, wishes: Wishes) -> None:
    """RecipeError: the model's texts cannot be held to the form."""
    if wishes.constraint is not None:
        grammars_of(served.artifact.codec).guide(wishes.constraint)


@contextmanager
def told_by(field: str, code: str) -> Iterator[None]:
    """What is refused meanwhile is refused by the field's name."""
    try:
        yield
    except RecipeError as why:
        raise Problem(400, f"{field}: {why.message}", param=field, code=code) from None


class Choices(Sampling):
    """What chat and plain completions have beside."""

    schema_field = "response_format.json_schema.schema"

    n: Annotated[int, Field(ge=1, le=MOST_CHOICES)] = 1
    stream_options: StreamOptions = StreamOptions()
    response_format: ResponseFormat = ResponseFormat(type="text")

    @property
    def choices(self) -> int:
        return self.n

    @property
    def form(self) -> dict[str, Any] | None:
        told = self.response_format.json_schema
        return schema_of(self.response_format.type, None if told is None else told.schema_, self.schema_field)


def schema_of(kind: str, schema: dict[str, Any] | None, where: str) -> dict[str, Any] | None:
    """The schema of a format for texts, which is told at `where`."""
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    if schema is None:
        raise Problem(400, f"{where}: a JSON schema", param=where, code="missing_required_parameter")
    return schema
