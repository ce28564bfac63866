"""The weights of well-known models as those of the decoder, and back: names, and what is fused or lies transposed.

In: tensors by Hugging Face's names and the decoder's settings. Out: tensors by the decoder's names, bit for bit; or the
other way round. Each is read when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from anew.contract import Spec
from anew.errors import Refused
from anew.exchange.shapes import SHAPES, letters
from anew.models.autoregressive.decoder import Decoder

BUFFERS = (".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias")  # masks and tables that old files hold


@dataclass(frozen=True)
class Place:
    """One tensor of theirs: ours that it holds, one below the other, and whether it lies transposed."""

    theirs: str
    ours: tuple[str, ...]
    transposed: bool = False


LLAMA = {
    "attention_norm": "input_layernorm", "attention.q": "self_attn.q_proj", "attention.k": "self_attn.k_proj",
    "attention.v": "self_attn.v_proj", "attention.out": "self_attn.o_proj", "attention.q_norm": "self_attn.q_norm",
    "attention.k_norm": "self_attn.k_norm", "mlp_norm": "post_attention_layernorm", "mlp.gate": "mlp.gate_proj",
    "mlp.up": "mlp.up_proj", "mlp.down": "mlp.down_proj",
}  # fmt: skip
GEMMA2 = LLAMA | {
    "attention_after": "post_attention_layernorm", "mlp_norm": "pre_feedforward_layernorm",
    "mlp_after": "post_feedforward_layernorm",
}  # fmt: skip
FUSED_QKV = ("attention.q", "attention.k", "attention.v")
PHI3 = {k: v for k, v in LLAMA.items() if k not in (*FUSED_QKV, "mlp.gate", "mlp.up")}
PHI3_FUSED = {FUSED_QKV: "self_attn.qkv_proj", ("mlp.gate", "mlp.up"): "mlp.gate_up_proj"}
GPT2 = {
    "attention_norm": "ln_1", "attention.out": "attn.c_proj", "mlp_norm": "ln_2", "mlp.up": "mlp.c_fc",
    "mlp.down": "mlp.c_proj",
}  # fmt: skip
NAMES: dict[str, dict[tuple[str, ...], str]] = {
    "llama": {(k,): v for k, v in LLAMA.items()},
    "gemma2": {(k,): v for k, v in GEMMA2.items()},
    "phi3": {(k,): v for k, v in PHI3.items()} | PHI3_FUSED,
    "gpt2": {(k,): v for k, v in GPT2.items()} | {FUSED_QKV: "attn.c_attn"},
}
OUTER = {"embed": "embed_tokens", "norm": "norm"}
OUTER_GPT2 = {"embed": "wte", "places": "wpe", "norm": "ln_f"}


def blueprint(settings: Mapping[str, Any], spec: Spec) -> dict[str, tuple[int, ...]]:
    """The names and shapes of the decoder's weights; no memory is taken for them."""
    with torch.device("meta"):
        model = Decoder(spec, **settings)
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}


def places(model_type: str, settings: Mapping[str, Any], have: Mapping[str, tuple[int, ...]]) -> Iterator[Place]:
    """Where each of the weights that the decoder has lies in theirs."""
    names = SHAPES[model_type].names
    stem, layer_stem, outer = "model.", "model.layers", OUTER
    if names == "gpt2":
        stem, layer_stem, outer = "transformer.", "transformer.h", OUTER_GPT2
    for ours, theirs in outer.items():
        yield from parts_of((ours,), stem + theirs, have, False)
    for layer in range(len(letters(settings))):
        for ours, theirs in NAMES[names].items():
            where = tuple(f"blocks.{layer}.{one}" for one in ours)
            linear = names == "gpt2" and "norm" not in ours[0]
            yield from parts_of(where, f"{layer_stem}.{layer}.{theirs}", have, linear)
    yield from parts_of(("head",), "lm_head", have, False)


def parts_of(ours: tuple[str, ...], theirs: str, have: Mapping[str, Any], transposed: bool) -> Iterator[Place]:
    for part in ("weight", "bias"):
        names = tuple(f"{one}.{part}" for one in ours)
        if names[0] in have:
            yield Place(f"{theirs}.{part}", names, transposed and part == "weight")


# ------------------------------------------------------------------------------------------------ in


def read_weights(
    model_type: str, settings: Mapping[str, Any], spec: Spec, tensors: Mapping[str, Tensor]
) -> Iterator[tuple[str, Tensor]]:
    """Our weights one after the other. Refused names a tensor that is missing, left over or of another shape."""
    have = blueprint(settings, spec)
    placed = list(places(model_type, settings, have))
    spelled = spelling(tensors)
    known = {spelled(place.theirs) for place in placed}
    for place in placed:
        if spelled(place.theirs) not in tensors:
            raise Refused(f"the weights have no {place.theirs!r}, which a {model_type} model of this configuration has")
    known |= set() if "head.weight" in have else {"lm_head.weight"}
    left = [n for n in tensors if n not in known and not n.endswith(BUFFERS)]
    if left:
        raise Refused(f"the weights hold {min(left)!r}, for which a {model_type} model has no place")
    for place in placed:
        value = tensors[spelled(place.theirs)]
        yield from unpacked(place, value, have)


def unpacked(place: Place, value: Tensor, have: Mapping[str, tuple[int, ...]]) -> Iterator[tuple[str, Tensor]]:
    """The weights that a tensor holds."""
    rows = [have[name][0] for name in place.ours]
    wanted = (sum(rows), *have[place.ours[0]][1:])
    found = tuple(value.shape)[:: -1 if place.transposed else 1]
    if found != wanted or not value.is_floating_point():
        raise Refused(f"{place.theirs} is {value.dtype} of shape {found}, not floating point of shape {wanted}")
    value = value.T if place.transposed else value
    for name, part in zip(place.ours, value.split(rows), strict=True):
        yield name, part.contiguous()


def spelling(tensors: Mapping[str, Tensor]) -> Callable[[str], str]:
    """How names are written in these files: a bare network's lack the stem that one with a head puts before them."""
    stem = next((s for s in ("model.", "transformer.") if any(n.startswith(s) for n in tensors)), None)
    return (lambda name: name) if stem else (lambda name: name.split(".", 1)[1] if name[:3] != "lm_" else name)


# ------------------------------------------------------------------------------------------------ out


class Written(Mapping[str, Tensor]):
    """The decoder's weights by Hugging Face's names, each put together when it is asked for."""

    def __init__(self, model_type: str, settings: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(weights, ())
        self.weights = weights
        self.places = {place.theirs: place for place in places(model_type, settings, shapes)}
        left = weights.keys() - {name for place in self.places.values() for name in place.ours}
        if left:
            raise Refused(f"a {model_type} model has no place for {min(left)!r}")

    def __getitem__(self, name: str) -> Tensor:
        place = self.places[name]
        parts = [self.weights[one] for one in place.ours]
        value = parts[0] if len(parts) == 1 else torch.cat(parts)
        return value.T.contiguous() if place.transposed else value

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)
