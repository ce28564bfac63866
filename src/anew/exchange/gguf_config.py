"""GGUF metadata to a config.json and back.

In: a header, or a config.json with its tensors' names. Out: the other's settings. What the tensors tell is taken from
the tensors, and what the metadata says beside it must agree: nothing is built from a number that nothing bears out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from anew.errors import DataError
from anew.exchange.foreign import shown
from anew.exchange.gguf_header import Header
from anew.exchange.gguf_shapes import (
    ABSENT,
    ARCHITECTURES,
    DEFAULTS,
    KEYS,
    NEEDED,
    Architecture,
    foreign_name,
    query_scale,
)

OWN_TENSORS = ("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight")
KNOWN = {  # what is read beside an architecture's own keys, and what changes nothing of what is computed
    "vocab_size", "attention.value_length", "attention.causal", "rope.dimension_count", "rope.scaling.type",
    "rope.scaling.factor", "rope.scaling.original_context_length", "rope.scaling.attn_factor", "rope.scaling.finetuned",
    "rope.scale_linear", "tensor_data_layout", "pooling_type", "mm.tokens_per_image",
}  # fmt: skip
LLAMA3 = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}


def config_of(header: Header, tensors: Mapping[str, Tensor]) -> tuple[Architecture, dict[str, Any]]:
    """The architecture and its config.json."""
    say = Settings(header)
    name = say.get("general.architecture", str)
    row = ARCHITECTURES.get(str(name))
    if row is None:
        raise DataError(f"{header.path}: architecture {name!r}; anew reads {', '.join(ARCHITECTURES)}")
    say.prefix = f"{row.name}."
    say.nothing_else({*row.keys, *KNOWN, *(["attention.sliding_window_pattern"] if row.pattern else [])})
    absent = DEFAULTS | ABSENT.get(row.name, {})
    config: dict[str, Any] = {"architectures": [row.class_name], "model_type": row.model_type, **row.always}
    for key, to in row.keys.items():
        whole = not any(part in key for part in ("epsilon", "freq_base", "softcapping"))
        value = say.get(key, int if whole else float, needed=key in NEEDED)
        config[to] = absent.get(to) if value is None else value
    if row.transposed:
        borne_out(say, row, {KEYS[key]: config[to] for key, to in row.keys.items() if key in NEEDED})
        return row, config | {"tie_word_embeddings": "output.weight" not in header.tensors} | vocabulary(header)
    heads = config["num_attention_heads"]
    config["num_key_value_heads"] = config["num_key_value_heads"] or heads
    config["head_dim"] = config["head_dim"] or config["hidden_size"] // max(1, heads)
    borne_out(say, row, config)
    config |= {"tie_word_embeddings": "output.weight" not in header.tensors} | vocabulary(header)
    if row.name == "llama":
        config |= {
            f"{n}_bias": f"blk.0.{p}.bias" in header.tensors for n, p in (("attention", "attn_q"), ("mlp", "ffn_up"))
        }
    rotary = say.get("rope.dimension_count", int)
    if rotary is not None and rotary != config["head_dim"]:
        if row.rotary_pairs:
            raise say.fault(
                f"{rotary} of {config['head_dim']} channels turned, which anew has not where pairs alternate"
            )
        config["partial_rotary_factor"] = rotary / config["head_dim"]
    if (scaling := rope_scaling(say, tensors, config)) is not None:
        config["rope_scaling"] = scaling
    if row.pattern is not None:
        config |= windows(say, row, config)
    return row, config


class Settings:
    """The metadata with its types checked; `prefix` goes before an architecture's own keys."""

    def __init__(self, header: Header) -> None:
        self.header, self.prefix = header, ""

    def fault(self, what: str) -> DataError:
        return DataError(f"{self.header.path}: {what}")

    def get(self, key: str, kind: type, *, needed: bool = False) -> Any:
        value = self.header.fields.get(self.prefix + key)
        if value is None:
            if needed:
                raise self.fault(f"metadata {self.prefix + key!r} is missing")
            return None
        if kind is int and isinstance(value, np.ndarray) and len(set(value.tolist())) == 1:
            value = value[0].item()  # one number a layer, the same for all
        if not isinstance(value, (int, float) if kind is float else kind) or isinstance(value, bool) is not (
            kind is bool
        ):
            raise self.fault(f"metadata {self.prefix + key!r} is {str(value)[:40]!r}, not one {kind.__name__}")
        if kind in (int, float) and not 0 <= value < 2**31:
            raise self.fault(f"metadata {self.prefix + key!r} is {value}")
        return float(str(np.float32(value))) if kind is float else value

    def nothing_else(self, known: Collection[str]) -> None:
        """Refused by its name: a setting of the architecture that has an effect, and none here."""
        for key, value in self.header.fields.items():
            own = key.removeprefix(self.prefix)
            idle = not (value.any() if isinstance(value, np.ndarray) else value)
            if own != key and own not in known and not idle:
                raise self.fault(f"metadata {key[:80]!r} = {shown(value, 40)} is not something that anew understands")
        if self.get("attention.causal", bool) is False:
            raise self.fault("a model that looks at what comes after does not write from left to right")


def borne_out(say: Settings, row: Architecture, config: Mapping[str, Any]) -> None:
    """The tensors are those that the settings speak of, in as many blocks and of those shapes."""
    tensors, layers = say.header.tensors, config["num_hidden_layers"]
    for name in tensors:
        if foreign_name(row, name) is None and name not in OWN_TENSORS:
            raise say.fault(f"tensor {name!r} has no place in a {row.name} model that anew knows")
    if not 0 < layers <= len(tensors):
        raise say.fault(f"{layers} blocks in {len(tensors)} tensors")
    wanted = {f"{name}.weight" for name in row.top if name != "output"}
    wanted |= {f"blk.{n}.{name}.weight" for n in range(layers) for name in row.blocks}
    if missing := sorted(wanted - tensors.keys()):
        raise say.fault(f"tensor {missing[0]!r} is missing" + (f", and {len(missing) - 1} more" if missing[1:] else ""))
    shapes = shapes_of(row, config, tensors["token_embd.weight"].shape[0])
    for name, stored in tensors.items():
        *block, part, kind = name.split(".")
        if block and int(block[1]) >= layers:
            raise say.fault(f"tensor {name!r} lies beyond the {layers} blocks that the metadata speaks of")
        expected = shapes.get(part, stored.shape)
        expected = expected[:1] if kind == "bias" else expected
        if stored.shape != expected:
            raise say.fault(f"tensor {name!r} is of shape {list(stored.shape)}, the metadata says {list(expected)}")


def shapes_of(row: Architecture, config: Mapping[str, Any], vocab: int) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor by its part's name."""
    width, inner, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    size = config.get("head_dim") or width // max(1, heads)
    few = config.get("num_key_value_heads") or heads
    made: dict[str, tuple[int, ...]] = {n: (width,) for n in (*row.top, *row.blocks) if n.endswith("norm")}
    made |= {"attn_q_norm": (size,), "attn_k_norm": (size,)}
    made |= {"token_embd": (vocab, width), "output": (vocab, width)}
    made |= {"position_embd": (config["max_position_embeddings"], width)}
    made |= {"attn_q": (heads * size, width), "attn_k": (few * size, width), "attn_v": (few * size, width)}
    made |= {"attn_qkv": ((heads + 2 * few) * size, width), "attn_output": (width, heads * size)}
    rows = 2 * inner if row.blocks["ffn_up"].endswith("gate_up_proj") else inner
    return made | {"ffn_gate": (inner, width), "ffn_up": (rows, width), "ffn_down": (width, inner)}


def vocabulary(header: Header) -> dict[str, Any]:
    """The embedding's rows, and the ids of the tokens that begin, end and fill."""
    rows = header.tensors["token_embd.weight"].shape[0]
    made: dict[str, Any] = {"vocab_size": rows}
    for word, to in (("bos", "bos_token_id"), ("eos", "eos_token_id"), ("padding", "pad_token_id")):
        value = Settings(header).get(f"tokenizer.ggml.{word}_token_id", int)
        if value is not None and value < rows:
            made[to] = value
    return made


def windows(say: Settings, row: Architecture, config: Mapping[str, Any]) -> dict[str, Any]:
    """Gemma's layers with and without a window, and the scale of its queries as llama.cpp has it."""
    pattern = say.get("attention.sliding_window_pattern", int) or row.pattern or 1
    layers = config["num_hidden_layers"]
    kinds = ["full_attention" if (n + 1) % pattern == 0 else "sliding_attention" for n in range(layers)]
    if not config["sliding_window"]:
        kinds = ["full_attention"] * layers
    scalar = query_scale(row, config, config["head_dim"])
    caps = {key: value or None for key, value in config.items() if key.endswith("softcapping")}
    return caps | {"layer_types": kinds, "sliding_window_pattern": pattern, "query_pre_attn_scalar": scalar}


# ------------------------------------------------------------------------------------------------ rotary scaling


def rope_scaling(say: Settings, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the rotary frequencies are stretched, as config.json says it."""
    if "rope_freqs.weight" in tensors:
        return llama3_scaling(say, tensors["rope_freqs.weight"], config)
    if "rope_factors_long.weight" in tensors and "rope_factors_short.weight" in tensors:
        original = say.get("rope.scaling.original_context_length", int, needed=True)
        made = {"rope_type": "longrope", "original_max_position_embeddings": original}
        made |= {f"{n}_factor": tensors[f"rope_factors_{n}.weight"].tolist() for n in ("long", "short")}
        gain = say.get("rope.scaling.attn_factor", float) or 1.0
        usual = math.isclose(gain, longrope_gain(made, config), rel_tol=1e-4)
        return made if usual else made | {"attention_factor": gain}
    if (say.get("rope.scaling.attn_factor", float) or 1.0) != 1:
        raise say.fault("rope.scaling.attn_factor belongs to frequencies that the file does not hold")
    kind, factor = say.get("rope.scaling.type", str), say.get("rope.scaling.factor", float)
    factor = factor or say.get("rope.scale_linear", float) or 1.0
    if kind == "none" or (kind is None and factor == 1):
        return None
    made = {"rope_type": kind or "linear", "factor": factor}
    original = say.get("rope.scaling.original_context_length", int)
    return made if original is None else made | {"original_max_position_embeddings": original}


def longrope_gain(scaling: Mapping[str, Any], config: Mapping[str, Any]) -> float:
    """What turned channels are multiplied by where nothing else is said (Ding et al. 2024, arXiv:2402.13753, as
    transformers' `modeling_rope_utils` has it)."""
    original = scaling["original_max_position_embeddings"]
    factor = scaling.get("factor") or config["max_position_embeddings"] / original
    return math.sqrt(1 + math.log(factor) / math.log(original)) if factor > 1 and original > 1 else 1.0


def llama3_factors(config: Mapping[str, Any], factor: float) -> Tensor:
    """What Llama 3 divides each rotary frequency by (transformers, `modeling_rope_utils`): the short waves by 1, the
    long ones by `factor`, those between by a smooth way from one to the other."""
    said = LLAMA3 | dict(config.get("rope_scaling") or {})
    low, high, original = (float(said[key]) for key in LLAMA3)
    half = torch.arange(0, config["head_dim"], 2, dtype=torch.float64) / config["head_dim"]
    wavelength = 2 * math.pi * float(config["rope_theta"]) ** half
    smooth = ((original / wavelength - low) / (high - low)).clamp(0, 1)
    return 1 / ((1 - smooth) / factor + smooth)


def llama3_scaling(say: Settings, factors: Tensor, config: Mapping[str, Any]) -> dict[str, Any]:
    """GGUF holds Llama 3's factors alone; the settings that make them are found again, or the file refused."""
    factor = round(float(factors.max()), 4)
    expected = llama3_factors(config, factor).float()
    if factors.shape != expected.shape or not torch.allclose(factors.float(), expected, rtol=1e-3):
        raise say.fault("its rope_freqs are not those of Llama 3, and no other scaling by frequency is known")
    return {"rope_type": "llama3", "factor": factor, **LLAMA3}
