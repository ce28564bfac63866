"""Encoders of other programs: folders of the BERT shape, and what sentence-transformers says of their vectors.

In: a folder as `transformers` or `sentence-transformers` saves it, which may be hostile. Out: an artifact's folder.
What its files ask for and anew does not do is refused by name, since it would make other vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from anew.artifact import Pooling, describe, save_codec
from anew.codecs.vocabulary import Vocabulary, around
from anew.contract import Unsupported
from anew.errors import RecipeError, Refused
from anew.exchange.adoption import Adopted, bear_out, product
from anew.exchange.foreign import Foreign
from anew.exchange.huggingface import parsed, read_json
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
POOLS = {"mean_tokens": "mean", "cls_token": "first", "max_tokens": "max", "mean": "mean", "cls": "first", "max": "max"}


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
    describe(folder, recipe, codec.spec, False, pooling=pooling)
    facts = {
        "numbers of a vector": settings["width"], "longest text in tokens": pooling.longest,
        "pooling": f"{pooling.kind} of the last states", "vectors of length one": "yes" if pooling.normalise else "no",
    }  # fmt: skip
    parameters = sum(product(shape) for shape in shapes.values())
    return Adopted(recipe, parameters, " and ".join(sorted(kinds)), facts, limits, INTENDED)


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
    around_it = [{"SpecialToken": {"id": names[key], "type_id": 0}} for key in ("cls", "sep")]
    around_it.insert(1, {"Sequence": {"id": "A", "type_id": 0}})  # type: ignore[dict-item]
    return {
        "version": "1.0", "truncation": None, "padding": None, "pre_tokenizer": {"type": "BertPreTokenizer"},
        "added_tokens": [{"id": pieces[name], "content": name, **plain} for name in symbols],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": True, "lowercase": bool(told.get("do_lower_case", True)),
            "strip_accents": told.get("strip_accents"),
            "handle_chinese_chars": bool(told.get("tokenize_chinese_chars", True)),
        },
        "post_processor": {
            "type": "TemplateProcessing", "single": around_it, "pair": around_it,
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


# ------------------------------------------------------------------------------------------------ states into a vector


def pooling_of(source: Path, told: Mapping[str, Any], context: int, width: int) -> tuple[Pooling, list[str]]:
    """As modules.json says; the mean of all states, and a limit of the card, where there is none."""
    asked = read_json(source / "sentence_bert_config.json") if (source / "sentence_bert_config.json").is_file() else {}
    if asked.get("do_lower_case"):
        raise Refused("sentence_bert_config.json: do_lower_case is not something that anew does before its tokenizer")
    most = [n for n in (asked.get("max_seq_length"), told.get("model_max_length")) if type(n) is int and n > 2]
    longest = min(context, *most) if most else context
    if not (source / "modules.json").is_file():
        return Pooling("mean", longest, False), [
            "Its files do not say how its states become a vector: their mean here."
        ]
    kind, normalise = None, False
    for at, module in enumerate(listed(source / "modules.json")):
        name = str(module.get("type", "")).rpartition(".")[2][:60]
        if (name, at) == ("Transformer", 0) and not module.get("path"):
            continue
        if name == "Pooling" and kind is None and at == 1:
            kind = pool_in(source, str(module.get("path")), width)
        elif name == "Normalize" and kind is not None:
            normalise = True
        else:
            raise Refused(f"modules.json: {name!r} in place {at} is not something that anew does with states")
    if kind is None:
        raise Refused("modules.json: does not say how states become a vector")
    return Pooling(kind, longest, normalise), []


def listed(path: Path) -> list[dict[str, Any]]:
    found = parsed(path)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Refused(f"{path}: not a list of modules")
    return found


def pool_in(source: Path, place: str, width: int) -> Any:
    """The one way to pool that a module's own config.json names."""
    if not place.replace("_", "").isalnum() or not place.isascii():
        raise Refused(f"modules.json: {place[:60]!r} is not a plain name of a folder")
    config = read_json(source / place / "config.json")
    chosen = [key.removeprefix("pooling_mode_") for key, on in config.items() if key.startswith("pooling_mode_") and on]
    if isinstance(config.get("pooling_mode"), str):
        chosen.append(config["pooling_mode"])
    if len(chosen) != 1 or chosen[0] not in POOLS:
        raise Refused(
            f"{place}/config.json: states pooled by {', '.join(chosen)[:80] or 'nothing'}; anew does: mean, cls, max"
        )
    sizes = [config[key] for key in ("word_embedding_dimension", "embedding_dimension") if key in config]
    if any(size != width for size in sizes):
        raise Refused(f"{place}/config.json: states of {str(sizes[0])[:40]} numbers, and the model's have {width}")
    return POOLS[chosen[0]]


def check_prompts(source: Path) -> None:
    """A text that is put before each text by default would have to be put there."""
    path = source / "config_sentence_transformers.json"
    told = read_json(path) if path.is_file() else {}
    if told.get("default_prompt_name"):
        name = str(told["default_prompt_name"])[:60]
        raise Refused(f"{path.name}: default_prompt_name = {name!r}: anew puts no prompt before a text")
