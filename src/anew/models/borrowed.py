"""Networks, schedules and encoders of other libraries: which of their classes may be made, and how weights find them.

In: a class's name, the JSON that it was saved with, tensors by name. Out: the network, its weights in place. Only the
classes of `ALLOWED` are made, from plain values; nothing is looked for on a network and no code of a folder is run.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from anew.contract import Unsupported
from anew.errors import Refused

NETWORKS = ("UNet2DConditionModel", "SD3Transformer2DModel", "FluxTransformer2DModel", "AutoencoderKL")
ENCODERS = ("CLIPTextModel", "CLIPTextModelWithProjection", "T5EncoderModel")
SCHEDULES = (
    "DDIMScheduler", "DDPMScheduler", "PNDMScheduler", "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler",
    "HeunDiscreteScheduler", "DPMSolverMultistepScheduler", "UniPCMultistepScheduler",
    "FlowMatchEulerDiscreteScheduler",
)  # fmt: skip
ALLOWED = dict.fromkeys((*NETWORKS, *SCHEDULES), "diffusers") | dict.fromkeys(ENCODERS, "transformers")
# Of an encoder's config.json: what shapes it. Others say how to run it, one of them where to fetch code for that.
SHAPING = {
    "vocab_size", "hidden_size", "intermediate_size", "projection_dim", "num_hidden_layers", "num_attention_heads",
    "max_position_embeddings", "hidden_act", "layer_norm_eps", "bos_token_id", "eos_token_id", "pad_token_id",
    "d_model", "d_kv", "d_ff", "num_layers", "num_heads", "relative_attention_num_buckets", "tie_word_embeddings",
    "relative_attention_max_distance", "layer_norm_epsilon", "feed_forward_proj", "is_encoder_decoder",
}  # fmt: skip
# How the same weight is called by files of different age.
AGES = (
    ("", "text_model."), ("text_model.", ""),
    ("encoder.embed_tokens.", "shared."), ("shared.", "encoder.embed_tokens."),
    (".to_q.", ".query."), (".to_k.", ".key."), (".to_v.", ".value."), (".to_out.0.", ".proj_attn."),
)  # fmt: skip


def library(name: str) -> ModuleType:
    """diffusers or transformers. Refused, with the command, where the extra is not installed."""
    try:
        if name == "diffusers":
            import diffusers

            return diffusers
        import transformers

        return transformers
    except ImportError as missing:
        what = f"models of diffusers need the extra 'diffusers' ({str(missing).splitlines()[0][:80]})"
        raise Refused(what, next_command="pip install 'anew[diffusers]'") from None


def build(name: str, config: Mapping[str, Any]) -> Any:
    """The class called so, made from what its JSON says; a network without weights, which `fill` brings. Unsupported:
    a class that is not of `ALLOWED`, a configuration that it does not take."""
    if name not in ALLOWED:
        raise Unsupported(f"{name[:80]!r} is not one of the classes that are made")
    kind = getattr(library(ALLOWED[name]), name)
    try:
        if name in ENCODERS:
            made = kind.config_class(**{key: config[key] for key in config if key in SHAPING})
            with torch.device("meta"):
                return kind(made).eval()
        known = inspect.signature(kind.__init__).parameters
        given = {key: value for key, value in config.items() if key in known}
        with torch.device("meta" if name in NETWORKS else "cpu"):
            return kind(**given).eval() if name in NETWORKS else kind(**given)
    except (TypeError, ValueError, RuntimeError, KeyError, IndexError, ZeroDivisionError, AttributeError,
            NotImplementedError, AssertionError, OverflowError, ImportError) as error:  # fmt: skip
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise Unsupported(f"not a configuration of {name}: {said[0][:160]}") from None


def matched(wanted: Iterable[str], held: Iterable[str]) -> dict[str, str]:
    """For each weight of a network the name that it has among those that are held. Unsupported: one is not there, or
    there is one that the network has no place for."""
    held, found = set(held), dict[str, str]()
    for name in wanted:
        spelled = (name, *(theirs + name[len(ours) :] if not ours.startswith(".") and name.startswith(ours)
                           else name.replace(ours, theirs) for ours, theirs in AGES))  # fmt: skip
        there = next((one for one in spelled if one in held), None)
        if there is None:
            raise Unsupported(f"the weights have no {name[:100]!r}")
        found[name] = there
    left = {one for one in held - set(found.values()) if not one.endswith(("position_ids", "embed_tokens.weight"))}
    if left:
        raise Unsupported(f"the weights hold {min(left)[:100]!r}, for which there is no place")
    return found


def fill(network: nn.Module, tensors: Mapping[str, Tensor], kind: torch.dtype) -> None:
    """Put the weights into a network that `build` made, in the precision `kind`, each held once."""
    places = matched(network.state_dict(), tensors)
    values: dict[str, Tensor] = {}  # weights that are one and the same stay so
    for place in places.values():
        if place not in values:
            values[place] = tensors[place].to(kind, copy=True)
    network.load_state_dict({name: values[place] for name, place in places.items()}, assign=True)
    for module in network.modules():
        for name, value in module.named_buffers(recurse=False):
            if value.is_meta and name != "position_ids":
                raise Unsupported(f"{type(network).__name__} holds {name!r}, which no file has")
            if value.is_meta:  # 0, 1, 2, …: the one table that files leave out
                module.register_buffer(name, torch.arange(value.shape[-1]).expand(value.shape), persistent=False)
    network.requires_grad_(False).eval()


def precision(kinds: Iterable[torch.dtype]) -> torch.dtype:
    """What weights are computed in: bfloat16 where all are held in it, else float32; a processor has no float16."""
    return torch.bfloat16 if set(kinds) == {torch.bfloat16} else torch.float32
