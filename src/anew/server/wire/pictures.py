"""/v1/images: what is asked, what of it a model can do, and how pictures are told.

In: a request's fields and an open model. Out: a label and sampling options, or a refusal that names the field.
"""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from anew.codecs.image import Form
from anew.engine.edit import grid_of
from anew.engine.generate import captions_for, label_names, reads_captions
from anew.engine.served import Served
from anew.engine.sizes import of_size
from anew.errors import RecipeError, nearest
from anew.server.errors import Problem
from anew.server.wire.fields import Wire

MOST_PROMPT, MOST_STEPS = 32_000, 1000
SIZE = r"^(auto|[1-9]\d{0,4}x[1-9]\d{0,4})$"
STILL = "pictures are png, jpeg or webp, and do not move"
# What the model calls an option, and by which field it was asked for.
FIELDS = {
    "steps": "steps", "guidance": "guidance", "solver": "sampler", "temperature": "temperature",
    "negative": "negative_prompt", "strength": "strength", "mask": "mask", "prompt": "model", "size": "size",
}  # fmt: skip


class PictureRequest(Wire):
    """`seed`, `steps`, `guidance`, `sampler`, `temperature`, `negative_prompt` and `class` are not OpenAI's."""

    refuses: ClassVar[dict[str, str]] = {
        "svg": STILL, "frame_count": STILL, "frame_duration_ms": STILL, "markup": "no model here reads marks",
    }  # fmt: skip

    prompt: Annotated[str, Field(max_length=MOST_PROMPT)]
    model: Annotated[str, Field(min_length=1)] | None = None
    n: Annotated[int, Field(ge=1, le=10)] = 1
    size: Annotated[str, Field(pattern=SIZE)] = "auto"
    response_format: Literal["b64_json", "url"] = "b64_json"
    output_format: Form = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    background: Literal["auto", "opaque", "transparent"] = "auto"
    stream: bool = False
    partial_images: Annotated[int, Field(ge=0, le=3)] = 0
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] = Field(default_factory=lambda: secrets.randbits(48))
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] | None = None
    guidance: Annotated[float, Field(ge=-100, le=100)] | None = None
    sampler: str | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    negative_prompt: Annotated[str, Field(max_length=MOST_PROMPT)] | None = None
    class_: str | int | None = Field(None, alias="class")

    @property
    def first(self) -> int:
        """The seed that draws the first picture again; the others follow it."""
        return self.seed % 2**63

    @property
    def options(self) -> dict[str, Any]:
        """The options that were asked for, as models call them."""
        asked = {"steps": self.steps, "guidance": self.guidance, "solver": self.sampler}
        asked |= {"temperature": self.temperature}
        return {name: value for name, value in asked.items() if value is not None}

    def refuse_what_excludes_itself(self) -> None:
        """Problem: fields that no picture can honour together, or at all."""
        wrong = {
            "partial_images": ("only with stream", self.partial_images and not self.stream),
            "response_format": ("a stream tells b64_json", self.stream and self.response_format == "url"),
            "output_compression": (
                "a PNG loses nothing; jpeg and webp may",
                self.output_format == "png" and self.output_compression not in (None, 100),
            ),
            "background": (
                "a JPEG has no transparent pixels; png and webp may",
                self.background == "transparent" and self.output_format == "jpeg",
            ),
        }  # fmt: skip
        for field, (why, holds) in wrong.items():
            if holds:
                raise Problem(400, f"{field}: {why}", param=field, code="unsupported_parameter")


class EditRequest(PictureRequest):
    """Beside `image` and `mask`, which come as files or as URLs. `strength`, in place of a mask, is not OpenAI's: the
    whole picture is varied, as `VariationRequest` says."""

    strength: Annotated[float, Field(ge=0, le=1)] | None = None


class VariationRequest(PictureRequest):
    """Beside `image`. `strength`, from 0, the picture itself, to 1, which forgets it, is not OpenAI's."""

    prompt: Annotated[str, Field(max_length=MOST_PROMPT)] = ""
    strength: Annotated[float, Field(ge=0, le=1)] = 0.5


@dataclass(frozen=True)
class Wanted:
    """What a model is asked for. `background`: what the pictures' will be; `ignored`: the fields that nothing is made
    of."""

    label: str | None
    options: dict[str, Any]
    size: str
    background: str
    ignored: list[str]


def wanted(served: Served, asked: PictureRequest) -> Wanted:
    """Problem: what this model cannot do, by its field."""
    asked.refuse_what_excludes_itself()
    size, names = size_of(served, asked), label_names(served.artifact)
    label, said = class_of(served, asked, names), told_by(served, asked.prompt, names)
    options, known = asked.options, [one.name for one in fields(served.artifact.model.options)]
    for name in options:
        if name not in known:
            what = f"{FIELDS[name]}: {served.name} knows {', '.join(FIELDS.get(one, one) for one in sorted(known))}"
            raise Problem(400, what, param=FIELDS[name], code="unsupported_parameter")
    if asked.negative_prompt:
        options["negative"] = unwanted(served, asked, names)
    options |= {"size": size} if asked.size == size else {}
    idle = []
    if asked.prompt.strip() and (said is None or said != label):
        idle.append("prompt")
    if asked.partial_images and served.artifact.model.streams == "once" and not isinstance(asked, EditRequest):
        idle.append("partial_images")  # an edit tries several times
    return Wanted(label, options, size, background_of(served, asked), sorted([*asked.ignored, *idle]))


def background_of(served: Served, asked: PictureRequest) -> str:
    """Problem: a transparent one, of a model that paints every pixel."""
    has_alpha = served.artifact.plain.spec.shape[0] == 4
    if asked.background == "transparent" and not has_alpha:
        what = f"background: {served.name} makes opaque pictures; one trained with codec.alpha makes others"
        raise Problem(400, what, param="background", code="unsupported_parameter")
    return "opaque" if not has_alpha or asked.background == "opaque" or asked.output_format == "jpeg" else "transparent"


def size_of(served: Served, asked: PictureRequest) -> str:
    """Of the pictures that are made. Problem: not of that size."""
    _, high, wide = served.artifact.plain.spec.shape
    own = f"{wide}x{high}"
    if asked.size in ("auto", own):
        return own
    try:
        if hasattr(served.artifact.codec, "resized"):
            of_size(served.artifact, asked.size)
            return asked.size
        why = f"size: {served.name} makes {own} (or auto)"
    except RecipeError as error:
        why = error.message
    raise Problem(400, why, param="size", code="invalid_value")


def class_of(served: Served, asked: PictureRequest, names: Sequence[str]) -> str | None:
    """The label that is asked for, by `class` or else by the prompt's words."""
    if asked.class_ is None:
        return told_by(served, asked.prompt, names)
    label = str(asked.class_)
    if label not in names:
        known = f"it knows {', '.join(names[:20])}" if names else "it was trained without labels"
        what = f"class: {served.name} knows no {label!r}{nearest(label, names)}; {known}"
        raise Problem(400, what, param="class", code="invalid_value")
    return label


def unwanted(served: Served, asked: PictureRequest, names: Sequence[str]) -> str:
    """The label to be steered away from, which takes guidance."""
    label = told_by(served, asked.negative_prompt or "", names, "negative_prompt")
    guidance = asked.guidance if asked.guidance is not None else served.artifact.recipe.sample.guidance
    why = f"{served.name} is steered away from one of its labels alone"
    why += f": {', '.join(names[:20])}" if names else ", and has none"
    if label is not None and guidance != 1:
        return label
    if label is not None:
        why = "it steers nothing at a guidance of 1"
    raise Problem(400, f"negative_prompt: {why}", param="negative_prompt", code="unsupported_parameter")


def told_by(served: Served, prompt: str, names: Sequence[str], field: str = "prompt") -> str | None:
    """What a prompt asks a model for: its own words, where it reads captions, or else the label that it names."""
    if not reads_captions(served.artifact):
        return named(prompt, names)
    if not prompt.strip():
        return None
    try:
        captions_for(served.artifact, [prompt])
    except RecipeError as error:
        raise Problem(400, f"{field}: {error.message}", param=field, code="invalid_value") from None
    return prompt


def named(prompt: str, names: Sequence[str]) -> str | None:
    """The one label that the words name, whole, in its own case or else in any; None where they name none, or
    several."""

    def word(name: str) -> str:
        return rf"(?<!\w){re.escape(name)}(?!\w)"

    for flags in (re.NOFLAG, re.IGNORECASE):
        found = [name for name in names if re.search(word(name), prompt, flags)]
        if found:
            longest = max(found, key=len)
            rest = re.sub(word(longest), " ", prompt, flags=flags)
            return None if any(re.search(word(name), rest, flags) for name in names) else longest
    return None


def starting(served: Served) -> None:
    """Problem: a model that cannot begin from a picture."""
    try:
        grid_of(served.artifact)
    except RecipeError as error:
        raise Problem(400, str(error), param="model", code="unsupported_parameter") from None


def told_of(error: RecipeError) -> Problem:
    """A model's refusal names the option first; it is told by the field that asked for it."""
    places = {error.message.find(option): field for option, field in FIELDS.items() if option in error.message}
    field = places[min(places)] if places else None
    return Problem(400, str(error), param=field, code="unsupported_parameter")


def usage(served: Served, pictures: int, read: int) -> dict[str, Any]:
    """Counted in what the model draws for a picture: numbers of its grid, or codes. `read`: pictures that it was
    given."""
    each = math.prod(served.artifact.model.spec.shape)
    return {
        "total_tokens": each * (pictures + read), "input_tokens": each * read, "output_tokens": each * pictures,
        "input_tokens_details": {"image_tokens": each * read, "text_tokens": 0},
    }  # fmt: skip
