"""What of a request for pictures a model can do, and how pictures are counted.

In: a request's fields and an open model. Out: a label and sampling options, or a refusal that names the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from anew.artifact import Artifact
from anew.codecs.image import Picture
from anew.engine.agreement import Scorer
from anew.engine.blend import check, way_of
from anew.engine.edit import grid_of
from anew.engine.enlarge import FACTORS
from anew.engine.generate import captions_for, label_names, reads_captions, said_of
from anew.engine.outpaint import beyond, windows
from anew.engine.served import Served
from anew.engine.sizes import of_size
from anew.errors import RecipeError, nearest
from anew.server.errors import Problem
from anew.server.wire.pictures import MOST_WAY, EditRequest, GenerationRequest, PictureRequest

FRAMES = 8  # of a way from one end to the next, where it is not said
MOST_ENLARGED = 4096 * 4096  # pixels of what is made
# What the model calls an option, and by which field it was asked for.
FIELDS = {
    "steps": "steps", "guidance": "guidance", "solver": "sampler", "temperature": "temperature",
    "negative": "negative_prompt", "strength": "strength", "mask": "mask", "prompt": "model", "size": "size",
    "best_of": "best_of", "margins": "margins", "a style": "style",
}  # fmt: skip
DIALS = (  # which an enlargement has not
    "strength", "margins", "style_share", "steps", "guidance", "sampler", "temperature", "negative_prompt", "class_",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What a model is asked for. `background`: what the pictures' will be; `ignored`: the fields that nothing is made
    of."""

    label: str | None
    options: dict[str, Any]
    size: str
    background: str
    ignored: list[str]


def wanted(served: Served, asked: PictureRequest, canvas: str | None = None) -> Wanted:
    """Problem: what this model cannot do, by its field. `canvas`: the pictures' size, where nothing else says it."""
    refuse(asked.excluded)
    size = size_of(served, asked) if canvas is None else sized(asked, canvas, "the picture and its margins have")
    names = label_names(served.artifact)
    label, said = class_of(served, asked, names), said_by(served, asked.prompt, names)
    options, known = asked.options, [one.name for one in fields(served.artifact.model.options)]
    for name in options:
        if name not in known:
            what = f"{FIELDS[name]}: {served.name} knows {', '.join(FIELDS.get(one, one) for one in sorted(known))}"
            raise Problem(400, what, param=FIELDS[name], code="unsupported_parameter")
    if asked.negative_prompt:
        options["negative"] = unwanted(served, asked, names)
    options |= {"size": size} if asked.size == size and canvas is None else {}
    idle = []
    if asked.prompt.strip() and (said is None or said != label):
        idle.append("prompt")
    if asked.partial_images and served.artifact.model.streams == "once" and not isinstance(asked, EditRequest):
        idle.append("partial_images")  # an edit tries several times
    background = background_of(served.name, asked, served.artifact.plain.spec.shape[0] == 4)
    return Wanted(label, options, size, background, sorted([*asked.ignored, *idle]))


def refuse(excluded: Mapping[str, tuple[str, Any]]) -> None:
    """Problem: fields that are asked for as they cannot be."""
    for field, (why, holds) in excluded.items():
        if holds:
            raise Problem(400, f"{field}: {why}", param=field, code="unsupported_parameter")


# ------------------------------------------------------------------------------------------------ beyond plain drawing


def judged(asked: GenerationRequest, artifact: Artifact, label: str | None) -> None:
    """Problem: no scorer could keep the best of these pictures. `artifact`: with the scorer that is asked for."""
    name = artifact.recipe.name
    refuse({"best_of": (f"{name} is told no captions with which pictures agree", not reads_captions(artifact))})
    refuse({"prompt": ("what was not asked for is shown neither well nor badly; best_of needs one", label is None)})
    field = "best_of" if asked.scorer is None else "scorer"
    with by(field):
        scorer = Scorer.of(artifact)
    with by("prompt"):
        scorer.captions.check([str(label)])


def ends_of(served: Served, asked: GenerationRequest, label: str | None) -> list[str]:
    """What a way goes by, the labels or captions that its prompts name. Problem: there is no such way."""
    alone = isinstance(asked.towards, str)
    towards = [asked.towards] if isinstance(asked.towards, str) else asked.towards or []
    frames, names = asked.frames or FRAMES, label_names(served.artifact)
    many = len(way_of(1 + len(towards), frames, asked.walk))
    refuse({"frames": (f"the way has {many} pictures, and at most {MOST_WAY}", many > MOST_WAY)})
    with by("towards"):
        check(served.artifact, ["", *towards], frames)
    places = ["towards"] if alone else [f"towards[{i}]" for i in range(len(towards))]
    ends = [label, *(said_by(served, words, names, place) for place, words in zip(places, towards, strict=True))]
    for place, end in zip(["prompt", *places], ends, strict=True):
        refuse({place: (f"names none of {', '.join(names[:20])}" if names else "says nothing", end is None)})
    return [str(end) for end in ends]


def canvas_of(served: Served, picture: Picture, margins: Sequence[int]) -> tuple[str, int]:
    """The size of the picture with its margins, and how often the model is asked to draw a part of it. Problem: too
    large."""
    with by("margins"):
        unknown = beyond(served.artifact, picture.shape, margins)
        return f"{unknown.shape[1]}x{unknown.shape[0]}", windows(served.artifact, unknown)


def enlarging(served: Served, asked: EditRequest, picture: Picture) -> tuple[int, Wanted]:
    """How many times as large the picture is to be. Problem: anything that an enlargement cannot heed."""
    refuse(asked.excluded)
    why = f"{served.name} enlarges what it is given, and nothing else about it can be asked for"
    refuse({name.rstrip("_"): (why, getattr(asked, name) is not None) for name in DIALS})
    refuse({"n": ("there is one enlargement of a picture, whatever the seed", asked.n > 1)})
    high, wide = picture.shape[:2]
    sizes = {f"{wide * factor}x{high * factor}": factor for factor in FACTORS}
    times = asked.times or sizes.get(asked.size, FACTORS[0])
    size = sized(asked, f"{wide * times}x{high * times}", f"the picture has, {times} times as large,")
    if high * wide * times**2 > MOST_ENLARGED:
        what = f"image: {size} are more than {MOST_ENLARGED:,} pixels"
        raise Problem(400, what, param="image", code="invalid_value")
    background = background_of("an opaque picture", asked, picture.shape[2] == 4)
    idle = [*asked.given("prompt", "seed"), *(["partial_images"] if asked.partial_images else [])]
    return times, Wanted(None, {}, size, background, sorted([*asked.ignored, *idle]))


def background_of(name: str, asked: PictureRequest, has_alpha: bool) -> str:
    """Problem: a transparent one, where every pixel is painted."""
    if asked.background == "transparent" and not has_alpha:
        what = f"background: {name} makes opaque pictures; a model trained with codec.alpha makes others"
        raise Problem(400, what, param="background", code="unsupported_parameter")
    return "opaque" if not has_alpha or asked.background == "opaque" or asked.output_format == "jpeg" else "transparent"


def sized(asked: PictureRequest, size: str, whose: str) -> str:
    """Problem: another one than that which follows from the picture."""
    if asked.size not in ("auto", size):
        raise Problem(400, f"size: {whose} {size} (or auto)", param="size", code="invalid_value")
    return size


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
        return said_by(served, asked.prompt, names)
    label = str(asked.class_)
    if label not in names:
        known = f"it knows {', '.join(names[:20])}" if names else "it was trained without labels"
        what = f"class: {served.name} knows no {label!r}{nearest(label, names)}; {known}"
        raise Problem(400, what, param="class", code="invalid_value")
    return label


def unwanted(served: Served, asked: PictureRequest, names: Sequence[str]) -> str:
    """The label to be steered away from, which takes guidance."""
    label = said_by(served, asked.negative_prompt or "", names, "negative_prompt")
    guidance = asked.guidance if asked.guidance is not None else served.artifact.recipe.sample.guidance
    why = f"{served.name} is steered away from one of its labels alone"
    why += f": {', '.join(names[:20])}" if names else ", and has none"
    if label is not None and guidance != 1:
        return label
    if label is not None:
        why = "it steers nothing at a guidance of 1"
    raise Problem(400, f"negative_prompt: {why}", param="negative_prompt", code="unsupported_parameter")


def said_by(served: Served, prompt: str, names: Sequence[str], field: str = "prompt") -> str | None:
    """What a prompt asks a model for: its own words, where it reads captions, or else the label that it names."""
    if not reads_captions(served.artifact):
        return named(prompt, names)
    if not prompt.strip():
        return None
    try:
        captions_for(served.artifact, [said_of(served.artifact, prompt, None)])
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
        raise Problem(400, error.message, param="model", code="unsupported_parameter") from None


def told_of(error: RecipeError) -> Problem:
    """A model's refusal names the option first; it is told by the field that asked for it."""
    places = {error.message.find(option): field for option, field in FIELDS.items() if option in error.message}
    field = places[min(places)] if places else None
    return Problem(400, error.message, param=field, code="unsupported_parameter")


@contextmanager
def by(field: str) -> Iterator[None]:
    """What is refused meanwhile is refused by the field's name."""
    try:
        yield
    except RecipeError as why:
        what = why.message.removeprefix(f"{field}: ")
        raise Problem(400, f"{field}: {what}", param=field, code="unsupported_parameter") from None


def usage(drawn: int, read: int) -> dict[str, Any]:
    """Counted in what the model draws: numbers of its grid, or codes. `read`: those of pictures that it was given."""
    return {
        "total_tokens": drawn + read, "input_tokens": read, "output_tokens": drawn,
        "input_tokens_details": {"image_tokens": read, "text_tokens": 0},
    }  # fmt: skip
