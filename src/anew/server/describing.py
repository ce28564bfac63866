"""What a form for a model has to offer, read from its files without its weights.

In: the folder of a model. Out: what it can do, and its dials as JSON Schemas by the fields of the request that has
them: types and bounds are those of the request's own shape, defaults those of the model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from anew import registry
from anew.artifact import Artifact, parts_of, read_config
from anew.codecs.event_words import MOST_BARS
from anew.codecs.events import Events
from anew.codecs.turns import Plain, template_of
from anew.deploy.card import EVIDENCE
from anew.engine.enlarge import FACTORS
from anew.engine.middle import sees_after
from anew.engine.settings import DIALS as SOUND
from anew.engine.sizes import own_size
from anew.engine.sound_dials import LOUDEST, QUIETEST, SHORTEST, is_in_time, longest
from anew.engine.verbs import verb_of
from anew.engine.writing import writes
from anew.recipe import Sample
from anew.server.wire.audio import SpeechRequest
from anew.server.wire.chat import ChatRequest
from anew.server.wire.completions import CompletionRequest
from anew.server.wire.drawing import Drawing
from anew.server.wire.music import Compose
from anew.server.wire.pictures import EditRequest, GenerationRequest
from anew.server.wire.sounds import MadeRequest

WRITTEN = (
    "max_tokens", "temperature", "top_p", "top_k", "min_p", "typical_p", "repetition_penalty", "presence_penalty",
    "frequency_penalty", "n",
)  # fmt: skip
COMPOSED = (
    "key", "mode", "metre", "bars", "tempo", "style", "instruments", "temperature", "top_k", "top_p", "min_p", "n",
)  # fmt: skip
PICTURED = {"solver": "sampler", "negative": "negative_prompt"}  # what a model calls it, and requests for pictures
WORDED = {"typical_p": "typical", "repetition_penalty": "repetition", "max_tokens": "max_new"} | {
    f"{name}_penalty": name for name in ("presence", "frequency")
}  # fields of requests for texts, and what a recipe calls them
TOLD = ("type", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "default")


@dataclass(frozen=True)
class Abilities:
    """As `wire.models.About` says of each."""

    licence: str | None = None
    trained_here: bool = False
    address: str | None = None
    sizes: Sequence[str] = ()
    any_size: bool = False
    chats: bool = False
    fills: bool = False
    latents: bool = False
    varies: bool = False
    inpaints: bool = False
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def described(folder: Path, labels: Sequence[str]) -> Abilities:
    """What is damaged, or belongs to a part that is not here, is raised as opening it would."""
    config, told = read_config(folder), facts_of(folder)
    own: dict[str, Any] = {"licence": licence_of(told), "trained_here": bool(told.get("reproduce"))}
    if "pooling" in config:
        return Abilities(address="/v1/embeddings", **own)
    if config["model"]["name"] in registry.BORROWED:
        return Abilities(**own, **borrowed(folder, config))
    shell = Artifact(*parts_of(folder, config, "models", fill=lambda network: None))
    more = of_kind(shell, labels, (folder / "scorer" / "config.json").is_file())
    return Abilities(**own, **more)


def facts_of(folder: Path) -> Mapping[str, Any]:
    """What is told of the model in its evidence; nothing where it has none."""
    path = folder / EVIDENCE
    made: Mapping[str, Any] = json.loads(path.read_text("utf-8")).get("facts", {}) if path.is_file() else {}
    return made


def licence_of(told: Mapping[str, Any]) -> str | None:
    """Of the weights: what the recipe says, or of a model from elsewhere what came with it. That of the data is
    another."""
    if told.get("licence") or told.get("reproduce"):
        return told.get("licence") or None
    named = [one if isinstance(one, str) else one[0] for one in told.get("licences") or ()]
    return named[0] if len(named) == 1 and named[0] != "none stated" else None


# ------------------------------------------------------------------------------------------------ by what it makes


def of_kind(shell: Artifact, labels: Sequence[str], scores: bool) -> dict[str, Any]:
    """`scores`: whether it carries what judges its samples by their captions."""
    modality, verb = shell.recipe.modality, verb_of(shell.model)
    if verb == "enlarge":
        times = {"times": schema_of(EditRequest)["times"] | {"type": "integer", "enum": list(FACTORS)}}
        return {"address": "/v1/images/edits", "options": times}
    more: dict[str, Any] = {"latents": is_placed(shell)}
    if verb != "make":
        return more
    if modality == "image":
        return more | pictured(shell, labels, scores)
    if modality == "audio":
        return more | (voiced(labels) if is_voice(shell) else sounding(shell, labels))
    if modality == "music" and isinstance(shell.codec, Events):
        return more | composed(shell)
    if writes(shell):
        return more | written(shell)
    return more | {"address": "/v1/anew/generate", "options": anything(shell, labels)}


def is_voice(shell: Artifact) -> bool:
    return shell.label is not None and shell.label.modality == "caption" and hasattr(shell.label, "speakers")


def is_placed(shell: Artifact) -> bool:
    return shell.model.latent_shape is not None or hasattr(shell.codec, "inner")


def can_begin(shell: Artifact) -> bool:
    """Whether it makes something of a picture or a sound that it is given."""
    return shell.model.spec.kind == "grid" and shell.model.family != "gan"


def known_to(shell: Artifact) -> list[str]:
    """Its sampling options. Guidance is towards a condition and away from one, step by step."""
    guided = shell.label is not None and shell.model.streams != "once"
    told = [one.name for one in fields(shell.model.options)]
    return [name for name in told if guided or name not in ("guidance", "negative")]


def pictured(shell: Artifact, labels: Sequence[str], scores: bool) -> dict[str, Any]:
    known = known_to(shell)
    names = [PICTURED.get(name, name) for name in known] + ["n", *(["best_of"] if scores else [])]
    begins, size = can_begin(shell), own_size(shell)
    own = usual(shell, known) | {"sampler": solvers(shell)}
    own |= {"class": {"enum": list(labels)}} if labels else {}
    own |= {"size": {"type": "string", "enum": ["auto", size], "default": "auto"}}
    return {
        "address": "/v1/images/generations", "sizes": [size], "varies": begins, "inpaints": begins,
        "options": dials(GenerationRequest, [*names, *(["class"] if labels else []), "size"], own, PICTURED),
    }  # fmt: skip


def borrowed(folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """Of a denoiser, which reads captions and draws in any size: from its settings alone, since what it is made of is
    not opened in passing."""
    kind = registry.find("borrowed", config["model"]["name"])
    canvas = json.loads((folder / "codec" / "codec.json").read_text("utf-8"))
    size, own = f"{canvas['wide']}x{canvas['high']}", {k: v for k, v in config["sample"].items() if v is not None}
    names = ["steps", "guidance", "sampler", "negative_prompt", "n", "size"]
    free = {"size": {"type": "string", "pattern": r"^(auto|\d+x\d+)$", "default": "auto"}}
    values = {name: {"default": own[name]} for name in ("steps", "guidance") if name in own}
    values |= {"sampler": {"type": "string", "enum": list(kind.solvers)}}
    return {
        "address": "/v1/images/generations", "sizes": [size], "any_size": True, "latents": True, "varies": True,
        "inpaints": True, "options": dials(GenerationRequest, names, values | free, {}),
    }  # fmt: skip


def sounding(shell: Artifact, labels: Sequence[str]) -> dict[str, Any]:
    known = known_to(shell)
    own = usual(shell, known) | {"solver": solvers(shell)}
    own |= {"label": {"type": "string", "enum": list(labels)}}
    own |= {"seconds": {"type": "number", "minimum": SHORTEST, "maximum": round(longest(shell), 6), "unit": "s"}}
    own |= {"loudness": {"type": "number", "minimum": QUIETEST, "maximum": LOUDEST, "unit": "LUFS"}}
    own |= {"loop": {"type": "boolean", "default": False}}
    begins = can_begin(shell)
    names = [*known, *SOUND, "n", *(["label"] if labels else [])]
    address = "/v1/anew/audio/generate"
    return {
        "address": address, "varies": begins, "inpaints": begins and is_in_time(shell),
        "options": dials(MadeRequest, names, own, {}),
    }  # fmt: skip


def voiced(speakers: Sequence[str]) -> dict[str, Any]:
    """Of a voice, learnt or ready."""
    own = {"voice": {"type": "string", "enum": list(speakers)}} if speakers else {}
    return {
        "address": "/v1/audio/speech",
        "options": dials(SpeechRequest, ["voice", "speed", "response_format"], own, {}),
    }


def composed(shell: Artifact) -> dict[str, Any]:
    codec = shell.codec
    assert isinstance(codec, Events)
    own: dict[str, Any] = usual(shell, ("temperature", "top_k", "top_p", "min_p"))
    own |= {"style": {"type": "string", "enum": list(codec.styles)}, "bars": {"minimum": 1, "maximum": MOST_BARS}}
    names = [name for name in COMPOSED if name != "style" or codec.styles]
    return {"address": "/v1/anew/music/compose", "options": dials(Compose, names, own, {})}


def written(shell: Artifact) -> dict[str, Any]:
    """Texts have the request's defaults, which are OpenAI's; what the recipe has stands beside them."""
    room = {"maximum": shell.model.spec.shape[0]}
    chats = shell.recipe.modality == "chat" or not isinstance(template_of(shell.codec), Plain)
    sample = shell.recipe.sample.model_dump(exclude_none=True)
    own: dict[str, dict[str, Any]] = {}
    for name in WRITTEN:
        value = sample.get(WORDED.get(name, name))
        own[name] = {} if value is None or name == "n" else {"usual": value}
    own["max_tokens"] |= room
    return {
        "address": "/v1/chat/completions" if chats else "/v1/completions", "chats": chats, "fills": sees_after(shell),
        "options": dials(ChatRequest if chats else CompletionRequest, WRITTEN, own, {}),
    }  # fmt: skip


def anything(shell: Artifact, labels: Sequence[str]) -> dict[str, Any]:
    """Of rows, and of texts that are not written from left to right."""
    known = [name for name in known_to(shell) if name in Drawing.model_fields]
    own = usual(shell, known) | {"solver": solvers(shell), "label": {"type": "string", "enum": list(labels)}}
    more = ["n", *(["label"] if labels else []), *(["where"] if shell.recipe.modality == "table" else ["prompt"])]
    return dials(Drawing, [*known, *more], own, {})


# ------------------------------------------------------------------------------------------------ dials


def dials(
    shape: type[BaseModel], names: Sequence[str], own: Mapping[str, Mapping[str, Any]], spelled: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Each as the request's shape has it, with what the model says of it by its own name or by the request's."""
    known, made = schema_of(shape), dict[str, dict[str, Any]]()
    called = {field: name for name, field in spelled.items()}
    bounds = {name: without(told, "default", "type") for name, told in schema_of(Sample).items()}
    for name in names:
        found = (
            bounds.get(name, {})
            | known.get(name, {})
            | dict(own.get(called.get(name, name), {}))
            | dict(own.get(name, {}))
        )
        made[name] = without(found, "usual") if found.get("usual", "") == found.get("default", 0) else found
    return made


def without(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in names}


@cache
def schema_of(shape: type[BaseModel]) -> dict[str, dict[str, Any]]:
    """The fields' schemas, without null and without what a dial does not need."""
    made = {}
    for name, told in shape.model_json_schema(by_alias=True)["properties"].items():
        one = next((each for each in told.get("anyOf", ()) if each.get("type") != "null"), told)
        found = {key: one[key] for key in TOLD if one.get(key) is not None}
        made[name] = found | ({} if told.get("default") is None else {"default": told["default"]})
    return made


def usual(shell: Artifact, known: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What each is where it is left out: as the recipe says, or as the model chooses."""
    sample, found = shell.recipe.sample.model_dump(exclude_none=True), {}
    for name in known:
        value = sample.get(name, getattr(shell.model, name, None))
        found[name] = {} if not isinstance(value, (int, float, str)) else {"default": value}
    return found


def solvers(shell: Artifact) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "string", "enum": list(shell.model.solvers)}
    chosen = shell.recipe.sample.solver or getattr(shell.model, "solver", None)
    return told | ({"default": chosen} if isinstance(chosen, str) else {})


__all__ = ["Abilities", "described", "voiced"]
