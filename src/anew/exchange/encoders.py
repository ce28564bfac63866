"""Encoders of other programs: folders of the BERT shape.

In: a folder as `transformers` or `sentence-transformers` saves it, which may be hostile. Out: an artifact's folder.
What its files ask for and anew does not do is refused by name, since it would make other vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from anew.artifact import describe, save_codec
from anew.codecs.vocabulary import Vocabulary, around
from anew.contract import Unsupported
from anew.errors import RecipeError, Refused
from anew.exchange.adoption import Adopted, bear_out
from anew.exchange.foreign import Foreign
from anew.exchange.huggingface import read_json
from anew.exchange.pooling import check_prompts, pooling_of
from anew.exchange.shapes import HARMLESS, activation_of, check
from anew.exchange.tensors import write_tensors
from anew.exchange.weights import Place, unpacked
from anew.models.encoders.bert import Bert
from anew.recipe import parse, settings_of

SHAPES = ("bert",)
MOST_PIECES = 32 << 20  # bytes of a vocab.txt
INTENDED = (
    "To tell how near texts are to one another in meaning: search, grouping, near-duplicates. Not for statements of "
    "fact, nor for decisions about people."
)
KEYS = {
    "width": "hidden_size", "layers": "num_hidden_layers", "heads": "num_attention_heads", "inner": "intermediate_size",
    "eps": "layer_norm_eps", "segments": "type_vocab_size",
}  # fmt: skip
UNDERSTOOD = (HARMLESS - {"is_decoder", "pruned_heads"}) | {
    *KEYS.values(), "vocab_size", "max_position_embeddings", "hidden_act", "position_embedding_type",
    "attention_probs_dropout_prob", "hidden_dropout_prob", "classifier_dropout", "finetuning_task",
    "tie_word_embeddings",
}  # fmt: skip
OUTER = {
    "embed": "embeddings.word_embeddings", "places": "embeddings.position_embeddings",
    "segments": "embeddings.token_type_embeddings", "norm": "embeddings.LayerNorm",
}  # fmt: skip
INNER = {
    "attention.q": "attention.self.query", "attention.k": "attention.self.key", "attention.v": "attention.self.value",
    "attention.out": "attention.output.dense", "attention_norm": "attention.output.LayerNorm",
    "mlp.up": "intermediate.dense", "mlp.down": "output.dense", "mlp_norm": "output.LayerNorm",
}  # fmt: skip
HEADS = ("pooler.", "cls.", "embeddings.position_ids")  # what states do not pass through, and a table of 0, 1, 2, …


def adopt_encoder(foreign: Foreign, source: Path, folder: Path, name: str, about: str) -> Adopted:
    """Write the artifact of the model in the folder `source` into an empty folder. Refused, DataError: the reason."""
    bear_out(foreign)
    settings, context = read_settings(foreign.config)
    told = read_json(source / "tokenizer_config.json") if (source / "tokenizer_config.json").is_file() else {}
    codec = vocabulary_of(foreign, source, told, context)
    pooling, limits = pooling_of(source, told, context, settings["width"])
    check_prompts(source)
    recipe = parse(
        {
            "name": name, "about": about, "modality": "text", "codec": {"name": "vocabulary", "context": context},
            "model": {"name": foreign.config["model_type"], **settings},
        },
        name,
    )  # fmt: skip
    try:
        with torch.device("meta"):
            network = Bert(codec.spec, **settings)
    except (Unsupported, RuntimeError, TypeError, OverflowError) as error:
        raise Refused(f"config.json: not a form of BERT: {str(error).splitlines()[0][:200]}") from None
    shapes = {weight: tuple(value.shape) for weight, value in network.state_dict().items()}
    kinds = set[str]()

    def counted() -> Iterator[tuple[str, Tensor]]:
        for weight, value in read_weights(shapes, foreign.tensors):
            kinds.add(str(value.dtype).removeprefix("torch."))
            yield weight, value

    write_tensors(folder / "model.safetensors", counted(), shapes)
    save_codec(codec, folder / "codec")
    describe(folder, recipe, codec.spec, None, pooling=pooling)
    facts = {
        "numbers of a vector": settings["width"], "longest text in tokens": pooling.longest,
        "pooling": f"{pooling.kind} of the last states", "vectors of length one": "yes" if pooling.normalise else "no",
    }  # fmt: skip
    parameters = sum(prod(shape) for shape in shapes.values())
    told = (foreign.config["model_type"], foreign.licence)
    return Adopted(recipe, *told, parameters, " and ".join(sorted(kinds)), facts, limits, INTENDED)


def read_settings(config: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The settings of `Bert`, every one of them, and the context."""
    check(config, UNDERSTOOD)
    position = config.get("position_embedding_type") or "absolute"
    if position != "absolute":
        raise Refused(f"config.json: position_embedding_type = {str(position)[:60]!r}; anew reads 'absolute' alone")
    try:
        made = {ours: config[theirs] for ours, theirs in KEYS.items() if theirs in config}
        made["activation"] = activation_of(config.get("hidden_act", "gelu"))
        return settings_of(Bert, made, "s", "config.json"), int(config["max_position_embeddings"])
    except KeyError as missing:
        raise Refused(f"config.json: {missing.args[0]!r} is missing, which a BERT needs") from None
    except (TypeError, ValueError, RecipeError) as error:
        raise Refused(f"config.json: not a BERT's: {str(error)[:200]}") from None


def read_weights(shapes: Mapping[str, tuple[int, ...]], tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Our weights one after the other. Refused names one that is missing, left over or of another shape."""
    stem = "bert." if any(name.startswith("bert.") for name in tensors) else ""
    placed = {}
    for ours in shapes:
        theirs = stem + spelled(ours)
        early = theirs.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        placed[ours] = early if theirs not in tensors and early in tensors else theirs
        if placed[ours] not in tensors:
            raise Refused(f"the weights have no {theirs!r}, which a BERT of this configuration has")
    known = {*placed.values()}
    left = [name for name in tensors if name not in known and not name.removeprefix(stem).startswith(HEADS)]
    if left:
        raise Refused(f"the weights hold {min(left)!r}, for which a BERT has no place")
    for ours, theirs in placed.items():
        yield from unpacked(Place(theirs, (ours,)), tensors[theirs], shapes)


def spelled(ours: str) -> str:
    """How Hugging Face calls a weight of `Bert`."""
    *path, part = ours.split(".")
    if path[0] != "blocks":
        return f"{OUTER['.'.join(path)]}.{part}"
    return f"encoder.layer.{path[1]}.{INNER['.'.join(path[2:])]}.{part}"


# ------------------------------------------------------------------------------------------------ the tokenizer


def vocabulary_of(foreign: Foreign, source: Path, told: Mapping[str, Any], context: int) -> Vocabulary:
    """The codec: tokenizer.json, or the WordPiece of a vocab.txt; it must put one symbol before a text, one behind."""
    table = foreign.tokenizer
    if table is None and (source / "vocab.txt").is_file():
        table = word_pieces(source / "vocab.txt", told)
    if table is None:
        raise Refused(f"{source}: holds neither tokenizer.json nor vocab.txt")
    begins, ends = around(table)
    if (len(begins), len(ends)) != (1, 1):
        raise Refused(f"the tokenizer puts {len(begins)} and {len(ends)} symbols around a text; a BERT reads one each")
    vocab = foreign.config["vocab_size"]
    try:
        return Vocabulary.of(table, context, vocab=vocab, end=ends[0], begins=list(begins))
    except ValueError as error:
        raise Refused(f"tokenizer and config.json do not fit each other: {error}") from None


def word_pieces(path: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    """The tokenizer.json of a vocab.txt, a piece a line: Wu et al. 2016 (arXiv:1609.08144), section 4.1."""
    if path.stat().st_size > MOST_PIECES:
        raise Refused(f"{path}: {path.stat().st_size:,} bytes are more than such a file has")
    with path.open(encoding="utf-8", errors="replace") as file:
        pieces = {line.rstrip("\n"): n for n, line in enumerate(file)}
    names = {key: str(symbol_in(told.get(f"{key}_token"), f"[{key.upper()}]")) for key in ("cls", "sep", "unk")}
    missing = [name for name in names.values() if name not in pieces]
    if missing:
        raise Refused(f"{path}: has no {missing[0][:60]!r}, which a BERT's vocabulary has")
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    symbols = sorted({*names.values(), *({"[PAD]", "[MASK]"} & pieces.keys())}, key=lambda name: pieces[name])
    first, last = ({"SpecialToken": {"id": names[key], "type_id": 0}} for key in ("cls", "sep"))
    whole: list[dict[str, Any]] = [first, {"Sequence": {"id": "A", "type_id": 0}}, last]
    return {
        "version": "1.0", "truncation": None, "padding": None, "pre_tokenizer": {"type": "BertPreTokenizer"},
        "added_tokens": [{"id": pieces[name], "content": name, **plain} for name in symbols],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": True, "lowercase": bool(told.get("do_lower_case", True)),
            "strip_accents": told.get("strip_accents"),
            "handle_chinese_chars": bool(told.get("tokenize_chinese_chars", True)),
        },
        "post_processor": {
            "type": "TemplateProcessing", "single": whole, "pair": whole,
            "special_tokens": {name: {"id": name, "ids": [pieces[name]], "tokens": [name]} for name in names.values()},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece", "unk_token": names["unk"], "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": pieces,
        },
    }  # fmt: skip


def symbol_in(told: Any, default: str) -> Any:
    return (told.get("content") if isinstance(told, dict) else told) or default
