"""What is asked of any model's samples, under the names that `anew generate` has for it, and how samples are told."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from anew.codecs.image import write_image
from anew.codecs.sound_files import sound_file
from anew.engine.generated import Generated
from anew.engine.score_saving import content_of
from anew.engine.writing import Token, Written
from anew.server.wire.own import Count, Own, Seed, Short, Text, Told

OPTIONS = (
    "temperature", "top_k", "top_p", "min_p", "typical", "repetition", "presence", "frequency", "stop", "json_schema",
    "regex", "grammar", "best_of", "beams", "logprobs", "max_new", "guidance", "steps", "solver",
    "negative", "size", "seconds", "loudness", "loop",
)  # fmt: skip


class Drawing(Own):
    """The request without its model. What is left out is as the model's recipe says; each sampling option is checked by
    the model that is to heed it."""

    prompt: Text | None = None
    n: Count = 1
    seed: Seed = 0
    label: Short | None = None
    fill: bool = False
    where: Short | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    typical: float | None = None
    repetition: float | None = None
    presence: float | None = None
    frequency: float | None = None
    bias: Annotated[dict[Annotated[str, Field(pattern="^[0-9]{1,9}$")], float], Field(max_length=1000)] | None = None
    stop: Short | Annotated[list[Short], Field(max_length=16)] | None = None
    json_schema: dict[str, Any] | Text | None = None
    regex: Text | None = None
    grammar: Text | None = None
    best_of: Annotated[int, Field(ge=1, le=64)] | None = None
    beams: Annotated[int, Field(ge=1, le=64)] | None = None
    logprobs: int | None = None
    max_new: Annotated[int, Field(ge=1)] | None = None
    guidance: float | None = None
    steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    solver: Short | None = None
    negative: Text | None = None
    size: Short | None = None
    seconds: float | None = None
    loudness: float | None = None
    loop: bool | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Those that were given."""
        given = {name: value for name in OPTIONS if (value := getattr(self, name)) is not None}
        return given | ({} if self.bias is None else {"bias": {int(t): by for t, by in self.bias.items()}})


class Sample(Told):
    """One of `text`, `row`, `b64_png`, `b64_wav` and `b64_mid`. `finish`, `logp` and `tokens` of texts that are written
    token by token."""

    seed: int
    label: str | None = None
    text: str | None = None
    row: dict[str, Any] | None = None
    b64_png: str | None = None
    b64_wav: str | None = None
    b64_mid: str | None = None
    finish: str | None = None
    logp: float | None = None
    tokens: list[dict[str, Any]] | None = None


class Samples(Told):
    object: Literal["samples"] = "samples"
    model: str
    modality: str
    samples: list[Sample]


def samples_of(made: Generated) -> list[dict[str, Any]]:
    """The samples as they are told; a picture's, sound's or score's bytes are those of its file. As dicts: half a
    surrogate pair, which a model may make up, is no text to a `Sample`."""
    found = []
    for i, (value, seed, label) in enumerate(zip(made.samples, made.seeds, made.labels, strict=True)):
        one: dict[str, Any] = {"seed": seed, "label": label}
        if made.modality == "image":
            one["b64_png"] = base64.b64encode(write_image(value, made.source, notes=made.notes(i))).decode()
        elif made.modality == "audio":
            one["b64_wav"] = base64.b64encode(sound_file(value, "wav", made.notes(i), made.source)).decode()
        elif made.modality == "music":
            file = content_of(value, ".mid", made.notes(i))
            one["b64_mid"] = base64.b64encode(file).decode()
        elif made.modality == "table":
            one["row"] = {name: cell(inside) for name, inside in value.items()}
        else:
            one["text"] = value
        if made.finish:
            one |= {"finish": made.finish[i], "logp": made.logp[i], "tokens": tokens_of(made.tokens[i])}
        found.append(one)
    return found


def texts_of(written: Written, seeds: Sequence[int]) -> list[dict[str, Any]]:
    rows = zip(seeds, written.texts, written.finish, written.logp, written.tokens, strict=True)
    return [
        {"seed": seed, "label": None, "text": text, "finish": finish, "logp": logp, "tokens": tokens_of(tokens)}
        for seed, text, finish, logp, tokens in rows
    ]


def tokens_of(tokens: Sequence[Token]) -> list[dict[str, Any]] | None:
    return [token._asdict() for token in tokens] or None


def cell(value: Any) -> Any:
    """A number of numpy's as one of Python's."""
    return value.item() if hasattr(value, "item") else value
