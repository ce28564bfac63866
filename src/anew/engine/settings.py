"""How a picture or a sound was made, as it stands in its file: all that makes it again, and nothing else (no path, no
clock).

In: a request to a model; or the bytes of a picture's file, which may be anything. Out: `Settings`, the notes that a
file gets, and settings again.

The note is JSON, whose strings are escaped to ASCII so that any prompt survives. Beside it stands the line of
parameters that tools of diffusion models write and show (`engine.parameters`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from anew.artifact import Artifact
from anew.codecs.provenance import NOTE, PARAMETERS, notes_of
from anew.codecs.score_notes import BEGINNINGS, notes_in_score
from anew.codecs.sound_files import is_known
from anew.codecs.sound_notes import notes_in
from anew.contract import Options
from anew.engine.parameters import parameters_of, read_parameters
from anew.engine.sizes import asked_for, own_size
from anew.errors import DataError
from anew.recipe import NAME, Sample, explain

MOST_TEXT = 32_000  # characters of a prompt
MOST_CROSSED = 400  # values of an axis
MOST_SAMPLES, MOST_STEPS = 100_000, 10_000
DIALS = ("seconds", "loudness", "loop")  # of a sound
OPTIONS = {*Sample.model_fields, "negative"}  # those that a recipe may say, so that they are checked
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, Field(max_length=MOST_TEXT)]
Value = Words | int | float
Short = Annotated[str, Field(max_length=40)]
Labels = Annotated[list[Words | None], Field(min_length=1, max_length=MOST_SAMPLES)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Over(Strict):
    """An adapter that lay over the model."""

    name: Annotated[str, Field(pattern=NAME)]
    weights: Digest
    weight: float = 1.0


Adapters = Annotated[list[Over], Field(max_length=20)]


class Edit(Strict):
    """What it began from. `picture`, `mask`, `style`: SHA-256 of their values as the codec's grid holds them; of a
    picture that was enlarged, and of a sound with a gap or margins, as they were. `share`: how far the style was taken
    on. `times`: how much larger it is. `margins`: pixels added at the left, top, right and bottom; of a sound, seconds
    before and after it. `gap`: of a sound, the seconds from and to which it was made anew."""

    kind: Literal["variation", "inpainting", "outpainting", "style", "enlargement"]
    picture: Digest
    mask: Digest | None = None
    style: Digest | None = None
    strength: Annotated[float, Field(ge=0, le=1)] | None = None
    share: Annotated[float, Field(ge=0, le=1)] | None = None
    times: Literal[2, 4] | None = None
    margins: Annotated[list[Annotated[int | float, Field(ge=0)]], Field(min_length=2, max_length=4)] | None = None
    gap: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=2, max_length=2)] | None = None


class Crossed(Strict):
    """One axis of a grid. `weights`: of the models, where these are crossed; `adapters`: over each of them."""

    axis: Annotated[str, Field(max_length=30)]
    values: Annotated[list[Value], Field(min_length=1, max_length=MOST_CROSSED)]
    weights: Annotated[list[Digest], Field(max_length=MOST_CROSSED)] | None = None
    adapters: Annotated[list[Adapters], Field(max_length=MOST_CROSSED)] | None = None


class Worded(Strict):
    """What was asked of a piece of music, in the words of `anew compose`. `way`: what it began from, whose notes have
    the SHA-256 `source`."""

    key: Short | None = None
    mode: Literal["major", "minor"] | None = None
    metre: Short | None = None
    bars: int | None = None
    tempo: float | None = None
    style: Annotated[str, Field(max_length=300)] | None = None
    instruments: Annotated[str, Field(max_length=600)] | None = None
    way: Literal["begin", "melody", "fill"] | None = None
    gap: Short | None = None
    keep: Short | None = None
    source: Digest | None = None


class Settings(Strict):
    """`model`: its recipe's name; `weights`: the SHA-256 that finds it whatever it is called. None in what another tool
    wrote. `n` samples of the seeds from `seed` on, or of `seeds`, where these do not follow each other; `labels`: the
    condition of each, a label or a caption, None of a model that is told neither. `size`: width and height, of a model
    that can be asked for them, and in what another tool wrote. `score`: of music, where something was asked of it."""

    format: Literal[1] = 1
    model: Annotated[str, Field(pattern=NAME)] | None = None
    weights: Digest | None = None
    seed: Seed = 0
    seeds: Annotated[list[Seed], Field(min_length=1, max_length=MOST_SAMPLES)] | None = None
    n: Annotated[int, Field(ge=1, le=MOST_SAMPLES)] = 1
    prompt: Words | None = None
    labels: Labels | None = None
    options: dict[Annotated[str, Field(max_length=30)], Value] = {}
    adapters: Adapters = []
    edit: Edit | None = None
    xy: Annotated[list[Crossed], Field(min_length=1, max_length=2)] | None = None
    size: Annotated[str, Field(pattern=r"^\d{1,5}x\d{1,5}$")] | None = None
    score: Worded | None = None

    def of(self, seeds: Sequence[int], labels: Sequence[str | None]) -> Settings:
        """Those of some samples among others."""
        told = None if self.labels is None else list(labels)
        follow = all(seed == (seeds[0] + i) % 2**63 for i, seed in enumerate(seeds))
        which = {"seed": seeds[0], "seeds": None if follow else list(seeds)}
        return self.model_copy(update={"n": len(seeds), "labels": told, **which})

    def over(self, axes: Sequence[Mapping[str, Any]]) -> Settings | None:
        """Those of a grid; None of one that no file could tell."""
        try:
            return self.model_copy(update={"xy": [Crossed.model_validate(axis) for axis in axes]})
        except ValidationError:
            return None

    def notes(self, size: str) -> dict[str, str]:
        """For the picture's file; the line of parameters, of one sample of that `size` alone."""
        told = {"format": 1} | self.model_dump(exclude_defaults=True)
        made = {NOTE: json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False)}
        if self.n == 1 and self.xy is None:
            label = None if self.labels is None else self.labels[0]
            made[PARAMETERS] = parameters_of(
                self.prompt or label, self.seed, self.options, size, self.model, self.weights,
                None if self.edit is None else self.edit.strength,
            )  # fmt: skip
        return made


def settings_of(
    artifact: Artifact, prompt: Any, seed: int, labels: Sequence[str | None], chosen: Options, given: Mapping[str, Any]
) -> Settings | None:
    """Of a request as it is carried out: options with the recipe's defaults and the model's own choice filled in.
    `given`: those that were asked for, in words. A number is as whole or broken as the option's default is, so that it
    does not matter by which door it came. None of what no file could tell: half a surrogate pair, an endless prompt."""
    options: dict[str, Any] = {}
    for option in fields(chosen):
        value = given.get(option.name) if option.name == "negative" else getattr(chosen, option.name)
        value = getattr(artifact.model, option.name, None) if value is None else value
        if option.name in OPTIONS and isinstance(value, (str, int, float)):
            options[option.name] = float(value) if isinstance(option.default, float) else value
    options |= {name: given[name] for name in DIALS if name in given}
    adapters = [Over(name=one.name, weights=one.weights, weight=one.weight) for one in artifact.laid]
    told = {"model": artifact.recipe.name, "weights": artifact.weights, "seed": seed, "n": len(labels)}
    said = prompt if isinstance(prompt, str) and prompt and prompt not in labels else None  # a condition's own words
    told |= {"prompt": said, "adapters": adapters}
    told |= {"labels": None if artifact.label is None else list(labels), "options": options}
    told |= {"size": own_size(artifact)} if asked_for(artifact) else {}
    try:
        return Settings.model_validate(told)
    except ValidationError:
        return None


def made_by(content: bytes, origin: str = "picture") -> Settings | None:
    """What the file says of how it was made; None where it says nothing. DataError, in one line that names `origin`:
    no picture, sound or score, damaged notes, or another tool's settings that nothing here can honour."""
    is_sound, is_score = is_known(content), content.startswith(BEGINNINGS)
    notes = (notes_in if is_sound else notes_in_score if is_score else notes_of)(content, origin)
    if NOTE in notes:
        return settings_from(notes[NOTE], origin)
    if PARAMETERS in notes:
        return validated(read_parameters(notes[PARAMETERS], origin), origin)
    return None


def settings_from(text: str, origin: str) -> Settings:
    """Out of a note, which may be anything."""

    def number(name: str) -> float:
        raise ValueError(f"{name} is no number")

    try:
        told = json.loads(text, parse_constant=number)
    except (ValueError, RecursionError) as error:
        raise DataError(one_line(f"{origin}: its note is not JSON: {error}")) from None
    return validated(told, origin)


def validated(told: Any, origin: str) -> Settings:
    try:
        found = Settings.model_validate(told)
        unsaid = ("negative", *DIALS)
        Sample.model_validate({name: value for name, value in found.options.items() if name not in unsaid})
    except ValidationError as error:
        root = Settings if error.title == Settings.__name__ else Sample
        raise DataError(one_line(f"{origin}: its note says what cannot be: {explain(error, root)}")) from None
    if found.seeds is not None and len(found.seeds) != found.n:
        raise DataError(f"{origin}: its note has {len(found.seeds)} seeds for {found.n} samples")
    if int(found.options.get("steps", 1)) > MOST_STEPS:
        raise DataError(f"{origin}: its note asks for more than {MOST_STEPS:,} steps")
    return found


def one_line(text: str, most: int = 300) -> str:
    """Short, and without characters that steer a terminal."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text[: most + 1])
    return shown if len(shown) <= most else shown[:most] + "…"


__all__ = ["Crossed", "Edit", "Over", "Settings", "Worded", "made_by", "settings_of"]
