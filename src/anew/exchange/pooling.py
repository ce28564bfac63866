"""What sentence-transformers says beside an encoder: how its states become one vector.

In: the folder of a model, which may be hostile. Out: a `Pooling`. What those files ask for and anew does not do is
refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anew.artifact import Pooling
from anew.errors import Refused
from anew.exchange.huggingface import parsed, read_json

POOLS = {"mean_tokens": "mean", "cls_token": "first", "max_tokens": "max", "mean": "mean", "cls": "first", "max": "max"}


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
