"""A foreign model made into an artifact, and an artifact into a foreign model.

In: a `Foreign`, or an artifact's folder. Out: the other. Weights keep their bits and their precision on the way; what
has no counterpart is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from anew.artifact import describe, load_codec, read_json, save_codec
from anew.codecs.text import BytePairs
from anew.codecs.vocabulary import Vocabulary, opening_of
from anew.contract import Spec, Unsupported
from anew.data.spec import spec_of
from anew.errors import Refused
from anew.exchange.foreign import Foreign, shown
from anew.exchange.shapes import DEFAULTS, read_settings, write_config
from anew.exchange.tensors import Tensors, write_tensors
from anew.exchange.weights import Written, blueprint, read_weights
from anew.models.autoregressive.decoder import Decoder
from anew.recipe import Recipe, Sample, parse

MOST_NEW = 256  # tokens of a sample, unless more are asked for
SAMPLED = {  # theirs and ours
    "temperature": "temperature", "top_k": "top_k", "top_p": "top_p", "min_p": "min_p",
    "repetition_penalty": "repetition",
}  # fmt: skip
# Of generation_config.json: what is taken up elsewhere, and what only tells transformers how to run.
UNDERSTOOD = {
    *SAMPLED, "do_sample", "bos_token_id", "eos_token_id", "pad_token_id", "transformers_version", "_from_model_config",
    "max_length", "max_new_tokens", "use_cache", "cache_implementation", "output_attentions", "output_hidden_states",
}  # fmt: skip
OFF = (None, False, 0, 1, 1.0, [], {}, "")  # values by which a setting of generation does nothing


INTENDED = (
    "What its makers intend it for: their licence and their own card say. Not for statements of fact, nor for "
    "decisions about people."
)


@dataclass(frozen=True)
class Adopted:
    """What the card says of a model that was taken in. `shape`: as its makers call it; `licence`: as its files state
    it. `limits`: a sentence each, of what anew does not do as its files ask for it among them."""

    recipe: Recipe
    shape: str
    licence: str | None
    parameters: int
    precision: str
    facts: dict[str, Any]
    limits: list[str]
    intended: str = INTENDED


def adopt(foreign: Foreign, folder: Path, name: str, about: str) -> Adopted:
    """Write the artifact into an empty folder. Refused, with the reason, for what anew cannot hold exactly."""
    bear_out(foreign)
    settings, context = read_settings(foreign.config)
    if foreign.tokenizer is None:
        raise Refused("the model has no tokenizer.json: transformers writes one with save_pretrained")
    codec = vocabulary_of(foreign, context)
    spec = codec.spec
    changed = {k: v for k, v in settings.items() if v is not None and v != DEFAULTS[k]}
    recipe = parse(
        {
            "name": name, "about": about, "modality": "text", "codec": {"name": "vocabulary", "context": context},
            "model": {"name": "decoder", **changed}, "sample": sampling_of(foreign.generation),
        },
        name,
    )  # fmt: skip
    kinds = set[str]()

    def counted() -> Any:
        for weight, value in read_weights(foreign.config["model_type"], settings, spec, foreign.tensors):
            kinds.add(str(value.dtype).removeprefix("torch."))
            yield weight, value

    try:
        shapes = blueprint(settings, spec)
    except (Unsupported, RuntimeError, OverflowError) as error:  # torch's own limits of a shape among them
        raise Refused(f"config.json: not a form of the decoder: {str(error).splitlines()[0][:200]}") from None
    write_tensors(folder / "model.safetensors", counted(), shapes)
    save_codec(codec, folder / "codec")
    describe(folder, recipe, spec, None)
    count = sum(prod(shape) for shape in shapes.values())
    facts = {"context": context, "chat template": "no" if codec.template is None else "yes"}
    limits = [f"Its files ask for {what} when it generates, which anew does not do." for what in left_of(foreign)]
    if codec.lossy:
        limits.append("Its tokenizer changes some texts that it reads: nats of its tokens are not those of the data.")
    told = (foreign.config["model_type"], foreign.licence)
    return Adopted(recipe, *told, count, " and ".join(sorted(kinds)), facts, limits)


def bear_out(foreign: Foreign) -> None:
    """Refuse a number of layers that the weights do not hold before anything is made of so many."""
    layers = foreign.config.get("num_hidden_layers", foreign.config.get("n_layer"))
    if not isinstance(layers, int) or not 0 < layers <= len(foreign.tensors):
        raise Refused(f"config.json: {shown(layers, 40)} layers, and {len(foreign.tensors)} tensors in the weights")
    if not isinstance(foreign.config.get("vocab_size"), int):
        raise Refused("config.json: vocab_size is missing, or no number")


def vocabulary_of(foreign: Foreign, context: int) -> Vocabulary:
    """The codec, with the symbols that begin and end a sequence as the files tell them."""
    assert foreign.tokenizer is not None
    told = {**foreign.config, **{k: v for k, v in foreign.generation.items() if v is not None}}
    ends = told.get("eos_token_id")
    ends = ends if isinstance(ends, list) else [] if ends is None else [ends]
    begin = told.get("bos_token_id")
    if not ends or not all(isinstance(token, int) for token in ends):
        raise Refused("config.json: eos_token_id names no symbol that ends a sequence")
    if begin is not None and (type(begin) is not int or not 0 <= begin < foreign.config["vocab_size"]):
        raise Refused(f"config.json: bos_token_id = {shown(begin, 40)} is not one of the model's symbols")
    try:
        return Vocabulary.of(
            foreign.tokenizer, context, vocab=foreign.config["vocab_size"], end=ends[0], stops=ends[1:],
            begins=list(opening_of(foreign.tokenizer)), template=foreign.template, bos=begin,
        )  # fmt: skip
    except ValueError as error:
        raise Refused(f"tokenizer and config.json do not fit each other: {error}") from None


def sampling_of(generation: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults of generation, where the files have some of their own."""
    given = generation if generation.get("do_sample") else {}
    return {ours: given[k] for k, ours in SAMPLED.items() if given.get(k) is not None} | {"max_new": MOST_NEW}


def left_of(foreign: Foreign) -> list[str]:
    """The settings of generation that have an effect there and none here."""
    return [
        f"{key} = {value}"
        for key, value in sorted(foreign.generation.items())
        if key not in UNDERSTOOD and value not in OFF
    ]


# ------------------------------------------------------------------------------------------------ out


def release(folder: Path, licence: str | None = None) -> Foreign:
    """The foreign form of an artifact's folder. Refused where there is none: another model, a codec of ours."""
    config = read_json(folder / "config.json")
    name, settings = config["model"]["name"], config["model"]["settings"]
    if name != Decoder.__module__.rpartition(".")[2]:
        raise Refused(f"the model is a {name}; only a decoder has a form that other programs read")
    spec = spec_of(config["spec"])
    if spec.cond is not None:
        raise Refused("the model is told labels, which no form of other programs has a place for")
    tokenizer, told = tokenizer_of(config["codec"], folder, spec)
    made = write_config(DEFAULTS | settings, spec)
    ends: int | list[int] = list(spec.ends) if spec.stops else spec.ends[0]
    symbols = {"bos_token_id": told.get("bos", spec.begins[0] if spec.begins else spec.end), "eos_token_id": ends}
    symbols = {key: value for key, value in symbols.items() if value is not None}
    tensors = Written(made["model_type"], DEFAULTS | settings, Tensors([folder / "model.safetensors"]))
    precision = str(next(iter(tensors.values())).dtype).removeprefix("torch.")
    kept = Sample.model_validate(config["sample"]).model_dump(exclude_defaults=True)
    sample = {theirs: kept[ours] for theirs, ours in SAMPLED.items() if ours in kept}
    generation = symbols | ({"do_sample": True, **sample} if sample else {})
    return Foreign(
        made | symbols | {"torch_dtype": precision}, tensors, tokenizer, told.get("template"), generation, licence
    )


def tokenizer_of(codec: Mapping[str, Any], folder: Path, spec: Spec) -> tuple[dict[str, Any], dict[str, Any]]:
    """A tokenizer.json that makes the same tokens of a text, and the codec's state."""
    made = load_codec(codec["name"], codec["settings"], folder / "codec")
    if isinstance(made, Vocabulary):
        state = made.state()
        return json.loads(state["table"]), state
    if isinstance(made, BytePairs) and spec.end is not None:
        from anew.exchange.huggingface import opens_with

        end = "<|end|>"
        token = {"id": spec.end, "content": end, "single_word": False, "lstrip": False, "rstrip": False}
        token |= {"normalized": False, "special": True}
        spelled = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
        table = made.state()["table"] | {"added_tokens": [token], "decoder": spelled}
        return table | {"post_processor": opens_with(end, spec.end)}, {"bos": spec.end}
    raise Refused(f"the codec {codec['name']} has no form that other programs read; bpe has one")
