"""Rotary positions as Hugging Face's configurations tell them, and as the decoder does. In and out: plain values.

Newer configurations say `rope_parameters`, older ones `rope_theta` and `rope_scaling`. Both are read; the older form is
written, which every version of transformers understands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anew.errors import Refused
from anew.exchange.foreign import shown

KEYS = {"rope_theta", "rope_scaling", "rope_parameters", "partial_rotary_factor", "rope_local_base_freq"}
FULL, SLIDING = "full_attention", "sliding_attention"
SAID = {  # what belongs to a kind of scaling, beside its name and what it was stretched from
    "default": set[str](), "linear": {"factor"}, "llama3": {"factor", "low_freq_factor", "high_freq_factor"},
    "longrope": {"factor", "short_factor", "long_factor", "attention_factor"},
}  # fmt: skip


def read_rope(config: Mapping[str, Any], theta: float) -> dict[str, Any]:
    """The decoder's settings for what all layers share; `theta`: the base where the configuration says none."""
    if config.get("rope_parameters") and config.get("rope_scaling"):
        raise Refused("config.json: rope_parameters and rope_scaling are two answers to one question")
    told = dict(config.get("rope_parameters") or config.get("rope_scaling") or {})
    told = told[FULL] if FULL in told else told
    share = told.pop("partial_rotary_factor", None) or config.get("partial_rotary_factor") or 1.0
    base = told.pop("rope_theta", None) or config.get("rope_theta") or theta
    return {"rope_base": float(base), "rope_share": float(share), "rope_scaling": read_scaling(told, config)}


def read_local_base(config: Mapping[str, Any], theta: float) -> float:
    """The base of layers that look at a window alone."""
    told = (config.get("rope_parameters") or {}).get(SLIDING, {})
    if told.get("rope_type", "default") != "default":
        raise Refused(f"config.json: rope_parameters of sliding layers are {told['rope_type']!r}, which anew has not")
    all_said(told, "default", "rope_theta")
    return float(told.get("rope_theta") or config.get("rope_local_base_freq") or theta)


def all_said(told: Mapping[str, Any], kind: str, *also: str) -> None:
    known = SAID[kind] | {"rope_type", "type", "original_max_position_embeddings", *also}
    if odd := sorted(key for key, value in told.items() if key not in known and value is not None):
        raise Refused(f"config.json: {shown(odd[0])} = {shown(told[odd[0]])} of a {kind} rope is not one that anew has")


def read_scaling(told: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = {"su": "longrope"}.get(kind := told.get("rope_type", told.get("type", "default")), kind)
    original = config.get("original_max_position_embeddings") or told.get("original_max_position_embeddings")
    if kind in SAID:
        all_said(told, kind)
    if kind == "default":
        return None
    if kind == "linear":
        return {"type": "linear", "factor": float(told["factor"])}
    if kind == "llama3":
        numbers = {"low": told["low_freq_factor"], "high": told["high_freq_factor"], "factor": told["factor"]}
        return {"type": "llama3", "original": int(original)} | {k: float(v) for k, v in numbers.items()}
    if kind == "longrope":
        original = int(original or config["max_position_embeddings"])
        factor = float(told.get("factor") or config["max_position_embeddings"] / original)
        lists = {name: [float(v) for v in told[f"{name}_factor"]] for name in ("short", "long")}
        gain = {"gain": float(told["attention_factor"])} if told.get("attention_factor") else {}
        return {"type": "longrope", "original": original, "factor": factor} | lists | gain
    raise Refused(f"config.json: rope_scaling {kind!r} is not one that anew has (linear, llama3, longrope)")


def write_rope(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration's keys for these settings."""
    made: dict[str, Any] = {
        "rope_theta": settings["rope_base"],
        "rope_scaling": write_scaling(settings["rope_scaling"]),
    }
    if settings["rope_share"] != 1:
        made["partial_rotary_factor"] = settings["rope_share"]
    if settings["local_base"]:
        made["rope_local_base_freq"] = settings["local_base"]
    scaling = settings["rope_scaling"]
    if scaling is not None and scaling["type"] == "longrope":
        made["original_max_position_embeddings"] = scaling["original"]
        made["max_position_embeddings"] = round(scaling["original"] * scaling["factor"])
    return made


def write_scaling(scaling: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if scaling is None:
        return None
    names = {"factor": "factor", "low": "low_freq_factor", "high": "high_freq_factor"}
    names |= {"original": "original_max_position_embeddings"}
    if scaling["type"] == "longrope":
        names = {"short": "short_factor", "long": "long_factor", "gain": "attention_factor"}
    kind = {"linear": {"type": "linear"}, "longrope": {"type": "longrope"}}.get(scaling["type"], {})
    return kind | {"rope_type": scaling["type"]} | {names[k]: v for k, v in scaling.items() if k in names}
