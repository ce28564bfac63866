"""A config.json as the metadata that llama.cpp reads.

In: a model in Hugging Face's form. Out: GGUF's fields and the tensors that GGUF keeps settings in. A setting that
llama.cpp has no word for, so that it would compute something else, is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from anew.errors import DataError
from anew.exchange.foreign import Foreign
from anew.exchange.gguf_config import llama3_factors, longrope_gain
from anew.exchange.gguf_shapes import CAPS, Architecture, query_scale
from anew.exchange.gguf_tokenizer import ENDS
from anew.exchange.gguf_vocabulary import tokenizer_fields

TANH = ("gelu_pytorch_tanh", "gelu")  # Gemma's first releases said gelu and meant the other
ACTIVATIONS = {"gpt2": ("gelu_new",), "gemma": TANH, "gemma2": TANH[:1], "gemma3": TANH[:1]}
SAMPLING = "general.sampling."  # what the makers of a model recommend to draw with
DRAWN = {  # generation_config.json's word and GGUF's
    "temperature": "temp", "top_k": "top_k", "top_p": "top_p", "min_p": "min_p", "repetition_penalty": "penalty_repeat"
}  # fmt: skip
LAST = "penalty_last_n"  # tokens that the penalty looks back on
FLOATS = ("layer_norm", "freq_base", "attn_logit", "final_logit")  # settings that are no whole numbers


def metadata_of(row: Architecture, foreign: Foreign, where: str) -> dict[str, Any]:
    """Every field of the file but its type."""
    config, prefix = foreign.config, f"{row.name}."
    made: dict[str, Any] = {"general.type": "model", "general.quantization_version": 2}
    if foreign.licence:
        made["general.license"] = foreign.licence
    made |= recommended(foreign.generation)
    act = next(
        (config[key] for key in ("hidden_activation", "activation_function", "hidden_act") if config.get(key)), None
    )
    if act not in (None, *ACTIVATIONS.get(row.name, ("silu",))):
        raise DataError(f"{where}: llama.cpp's {row.name} has no activation {act!r}")
    rope = rope_of(config)
    values = config | rope["values"]
    for key, to in row.keys.items():
        if values.get(to) is not None:
            made[prefix + key] = float(values[to]) if key.split(".")[-1].startswith(FLOATS) else int(values[to])
    if row.transposed:
        made.setdefault(f"{prefix}feed_forward_length", 4 * config["n_embd"])
    else:
        made |= {prefix + key: value for key, value in attention(row, config, where).items()}
        made |= {prefix + key: value for key, value in stretched(rope["scaling"], config, where).items()}
    made[f"{prefix}vocab_size"] = int(config["vocab_size"])
    return made | vocabulary(foreign, where)


def recommended(generation: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults of drawing, where there are some. Its penalty looks back on everything, unlike llama.cpp's own."""
    given = generation if generation.get("do_sample") else {}
    made = {SAMPLING + ours: given[theirs] for theirs, ours in DRAWN.items() if given.get(theirs) is not None}
    made = {key: int(n) if key.endswith("top_k") else float(n) for key, n in made.items()}
    return made | ({f"{SAMPLING}{LAST}": -1} if given.get("repetition_penalty") is not None else {})


def rope_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The rotary settings in one shape: config.json has had them in its own keys and in `rope_parameters`."""
    said = config.get("rope_parameters") or {}
    whole = said.get("full_attention", said)
    values = {"rope_theta": whole.get("rope_theta")} if whole.get("rope_theta") else {}
    if "sliding_attention" in said:
        values["rope_local_base_freq"] = said["sliding_attention"]["rope_theta"]
    scaling = dict(config.get("rope_scaling") or {key: v for key, v in whole.items() if key != "rope_theta"})
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    return {"values": values, "scaling": None if kind in ("default", "none") else scaling | {"rope_type": kind}}


def attention(row: Architecture, config: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Heads, windows and the scale of queries."""
    heads = config["num_attention_heads"]
    size = config.get("head_dim") or config["hidden_size"] // heads
    window = config.get("sliding_window")
    made: dict[str, Any] = {"attention.head_count_kv": config.get("num_key_value_heads") or heads}
    made |= {"attention.key_length": size, "attention.value_length": size}
    made["rope.dimension_count"] = int(size * config.get("partial_rotary_factor", 1.0))
    if row.pattern is None:
        turning = [int((n + 1) % 4 != 0) for n in range(config["num_hidden_layers"])]
        if row.name == "smollm3" and config.get("no_rope_layers", turning) != turning:
            raise DataError(f"{where}: llama.cpp's smollm3 wants every 4th layer without positions")
        if window and config.get("use_sliding_window", True):  # llama.cpp reads everything: within the window the same
            made["context_length"] = min(int(config["max_position_embeddings"]), int(window))
        return made
    if row.name == "gemma2" and not all(config.get(key) for key in CAPS):
        raise DataError(f"{where}: llama.cpp's gemma2 caps its scores and its logits, and this model does not")
    layers = config["num_hidden_layers"]
    kinds = config.get("layer_types")
    plain = ["full_attention" if (n + 1) % row.pattern == 0 else "sliding_attention" for n in range(layers)]
    if kinds is not None and kinds != plain:
        if set(kinds) != {"full_attention"} or row.name == "gemma2":
            raise DataError(f"{where}: llama.cpp's {row.name} wants every {row.pattern}. layer without a window")
        made["attention.sliding_window"] = 0
    wanted = query_scale(row, config, size)
    meant = config.get("query_pre_attn_scalar", 256)
    if meant != wanted:
        raise DataError(f"{where}: llama.cpp scales queries by {wanted}, not {meant}")
    return made


def stretched(scaling: Mapping[str, Any] | None, config: Mapping[str, Any], where: str) -> dict[str, Any]:
    """How rotary frequencies are stretched, where it is not by tensors alone."""
    if scaling is None or scaling["rope_type"] == "llama3":
        return {}
    kind, original = scaling["rope_type"], scaling.get("original_max_position_embeddings")
    original = original or config.get("original_max_position_embeddings")
    if kind == "linear":
        return {"rope.scaling.type": "linear", "rope.scaling.factor": float(scaling["factor"])}
    if kind == "yarn":
        made = {"rope.scaling.type": "yarn", "rope.scaling.factor": float(scaling["factor"])}
        return made | {"rope.scaling.original_context_length": int(original or config["max_position_embeddings"])}
    if kind in ("longrope", "su") and original:
        known = scaling | {"original_max_position_embeddings": original}
        gain = float(scaling.get("attention_factor") or longrope_gain(known, config))
        return {"rope.scaling.original_context_length": int(original), "rope.scaling.attn_factor": gain}
    raise DataError(f"{where}: llama.cpp has no rotary scaling {kind!r} of this shape")


def own_tensors(config: Mapping[str, Any]) -> dict[str, Tensor]:
    """The settings that GGUF keeps as tensors."""
    scaling = rope_of(config)["scaling"]
    kind = scaling and scaling["rope_type"]
    if kind == "llama3":
        size = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
        theta = rope_of(config)["values"].get("rope_theta", config.get("rope_theta", 10000.0))
        known = {"head_dim": size, "rope_theta": theta, "rope_scaling": scaling}
        return {"rope_freqs.weight": llama3_factors(known, float(scaling["factor"])).float()}
    if kind in ("longrope", "su"):
        return {f"rope_factors_{n}.weight": torch.tensor(scaling[f"{n}_factor"]) for n in ("long", "short")}
    return {}


def vocabulary(foreign: Foreign, where: str) -> dict[str, Any]:
    """The tokenizer, the tokens that begin, end and fill, and the chat template."""
    if foreign.tokenizer is None:
        return {"tokenizer.ggml.model": "no_vocab"}
    made = tokenizer_fields(foreign.tokenizer, int(foreign.config["vocab_size"]), where)
    said = foreign.config | foreign.generation
    places = {"bos_token_id": ("bos",), "eos_token_id": ENDS, "pad_token_id": ("padding",)}
    for key, words in places.items():
        ids = said.get(key)
        ids = [n for n in (ids if isinstance(ids, list) else [ids]) if n is not None]
        made |= {f"tokenizer.ggml.{word}_token_id": int(n) for word, n in zip(words, ids, strict=False)}
    if any(token.get("rstrip") for token in foreign.tokenizer.get("added_tokens") or []):
        made["general.name"] = "Phi-3"  # by which llama.cpp knows that white space goes with its symbols
    unknown = foreign.tokenizer["model"].get("unk_token")
    if unknown in foreign.tokenizer["model"]["vocab"]:
        made["tokenizer.ggml.unknown_token_id"] = foreign.tokenizer["model"]["vocab"][unknown]
    return made | ({"tokenizer.chat_template": foreign.template} if foreign.template else {})
