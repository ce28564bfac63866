"""What each architecture is called in GGUF and in a Hugging Face folder: tensors, settings, and what differs in the
numbers (the order of a rotary head's rows, a norm's offset, a transposed matrix). One row of a table serves both ways.

In: GGUF metadata and the shapes of its tensors, or a config.json. Out: the other. Names and conversions follow
llama.cpp's `convert_hf_to_gguf.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from anew.errors import DataError

TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
ATTENTION = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj"}
HEAD_NORMS = {"attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm"}
GATED = {"ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
BLOCK = {
    "attn_norm": "input_layernorm", **ATTENTION, "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm", **GATED,
}  # fmt: skip
GEMMA = BLOCK | {
    "post_attention_norm": "post_attention_layernorm", "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}  # fmt: skip
PHI = {name: to for name, to in BLOCK.items() if name not in (*ATTENTION, "ffn_gate")}
PHI |= {"attn_qkv": "self_attn.qkv_proj", "ffn_up": "mlp.gate_up_proj"}
KEYS = {  # GGUF's, after the architecture's name -> config.json's
    "block_count": "num_hidden_layers", "embedding_length": "hidden_size", "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads", "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim", "attention.layer_norm_rms_epsilon": "rms_norm_eps",
    "context_length": "max_position_embeddings", "rope.freq_base": "rope_theta",
}  # fmt: skip
WINDOW = {"attention.sliding_window": "sliding_window"}
CAPS = {"attn_logit_softcapping": "attn_logit_softcapping", "final_logit_softcapping": "final_logit_softcapping"}
NEEDED = ("block_count", "embedding_length", "feed_forward_length", "attention.head_count", "context_length")


@dataclass(frozen=True)
class Architecture:
    """One row. `blocks` and `top`: ggml's name of a tensor -> Hugging Face's. `keys`: the settings' names. `always`:
    what config.json says that GGUF has no word for. `pattern`: a full layer after so many - 1 with a window."""

    name: str
    model_type: str
    class_name: str
    blocks: Mapping[str, str] = field(default_factory=lambda: BLOCK)
    top: Mapping[str, str] = field(default_factory=lambda: TOP)
    keys: Mapping[str, str] = field(default_factory=lambda: KEYS)
    always: Mapping[str, Any] = field(default_factory=lambda: {"hidden_act": "silu"})
    stem: str = "model.layers."
    pattern: int | None = None
    rotary_pairs: bool = False  # a head's rows alternate instead of standing in halves
    norms_offset: bool = False  # GGUF's norm weights are Hugging Face's + 1
    transposed: bool = False  # Hugging Face's matrices are (in, out)


GELU = {"hidden_activation": "gelu_pytorch_tanh", "hidden_act": "gelu_pytorch_tanh"}
GPT2_KEYS = {
    "block_count": "n_layer", "embedding_length": "n_embd", "feed_forward_length": "n_inner",
    "attention.head_count": "n_head", "attention.layer_norm_epsilon": "layer_norm_epsilon",
    "context_length": "n_positions",
}  # fmt: skip
GPT2_BLOCK = {
    "attn_norm": "ln_1", "attn_qkv": "attn.c_attn", "attn_output": "attn.c_proj", "ffn_norm": "ln_2",
    "ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj",
}  # fmt: skip
GPT2_TOP = {
    "token_embd": "transformer.wte", "position_embd": "transformer.wpe", "output_norm": "transformer.ln_f",
    "output": "lm_head",
}  # fmt: skip
ROWS = (
    Architecture("llama", "llama", "LlamaForCausalLM", rotary_pairs=True),
    Architecture(
        "smollm3", "smollm3", "SmolLM3ForCausalLM", rotary_pairs=True,
        always={"hidden_act": "silu", "no_rope_layer_interval": 4},
    ),
    Architecture("qwen2", "qwen2", "Qwen2ForCausalLM"),
    Architecture("qwen3", "qwen3", "Qwen3ForCausalLM", BLOCK | HEAD_NORMS),
    Architecture("gemma", "gemma", "GemmaForCausalLM", always=GELU, norms_offset=True),
    Architecture(
        "gemma2", "gemma2", "Gemma2ForCausalLM", GEMMA, keys=KEYS | WINDOW | CAPS, always=GELU, pattern=2,
        norms_offset=True,
    ),
    Architecture(
        "gemma3", "gemma3_text", "Gemma3ForCausalLM", GEMMA | HEAD_NORMS,
        keys=KEYS | WINDOW | {"rope.freq_base_swa": "rope_local_base_freq"} | CAPS, always=GELU, pattern=6,
        norms_offset=True,
    ),
    Architecture("phi3", "phi3", "Phi3ForCausalLM", PHI, keys=KEYS | WINDOW),
    Architecture(
        "gpt2", "gpt2", "GPT2LMHeadModel", GPT2_BLOCK, GPT2_TOP, GPT2_KEYS, {"activation_function": "gelu_new"},
        "transformer.h.", transposed=True,
    ),
)  # fmt: skip
ARCHITECTURES = {row.name: row for row in ROWS}
OF_MODEL_TYPE = {row.model_type: row for row in ROWS} | {"mistral": ROWS[0], "gemma3": ARCHITECTURES["gemma3"]}
LARGEST = {"gemma2": 46, "gemma3": 62}  # layers of the 27B models, which scale queries by width over heads
# What llama.cpp takes for a setting that the file does not hold.
ABSENT = {"gemma2": {"sliding_window": 4096, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}}
DEFAULTS = {"rope_theta": 10000.0, "rope_local_base_freq": 10000.0, "sliding_window": None}


# ------------------------------------------------------------------------------------------------ names and numbers


def foreign_name(row: Architecture, name: str) -> str | None:
    """ggml's name of a tensor as Hugging Face has it; None where the architecture has no such tensor."""
    found = re.fullmatch(r"(?:blk\.(\d{1,6})\.)?([a-z0-9_]+)\.(weight|bias)", name)
    if found is None:
        return None
    block, part, kind = found.groups()
    inner = (row.top if block is None else row.blocks).get(part)
    if inner is None:
        return None
    return f"{inner}.{kind}" if block is None else f"{row.stem}{int(block)}.{inner}.{kind}"


def ggml_name(row: Architecture, name: str) -> str | None:
    """Hugging Face's name of a tensor as ggml has it; None where GGUF has no such tensor."""
    stem, _, kind = name.rpartition(".")
    if found := re.fullmatch(re.escape(row.stem) + r"(\d+)\.(.+)", stem):
        inner = {to: part for part, to in row.blocks.items()}.get(found[2])
        return inner and f"blk.{found[1]}.{inner}.{kind}"
    inner = {to: part for part, to in row.top.items()}.get(stem)
    return inner and f"{inner}.{kind}"


def heads_of(row: Architecture, name: str, config: Mapping[str, Any]) -> int | None:
    """How many heads' rows of this tensor (named as in Hugging Face) GGUF orders otherwise."""
    found = re.search(r"self_attn\.([qk])_proj\.", name) if row.rotary_pairs else None
    return found and int(config["num_attention_heads" if found[1] == "q" else "num_key_value_heads"])


def from_ggml(row: Architecture, name: str, value: Tensor, config: Mapping[str, Any]) -> Tensor:
    """GGUF's numbers of the tensor that Hugging Face calls `name` as Hugging Face has them."""
    if heads := heads_of(row, name, config):
        return value.view(heads, -1, 2, *value.shape[1:]).transpose(1, 2).reshape(value.shape)
    return moved(row, name, value, -1)


def to_ggml(row: Architecture, name: str, value: Tensor, config: Mapping[str, Any]) -> Tensor:
    """The way back."""
    if heads := heads_of(row, name, config):
        return value.reshape(heads, 2, -1, *value.shape[1:]).transpose(1, 2).reshape(value.shape)
    return moved(row, name, value, 1)


def moved(row: Architecture, name: str, value: Tensor, offset: int) -> Tensor:
    if row.norms_offset and name.endswith("norm.weight"):
        return value.float() + offset
    return value.T.contiguous() if row.transposed and re.search(r"\.c_\w+\.weight$", name) else value


def query_scale(row: Architecture, config: Mapping[str, Any], size: int) -> int:
    """What llama.cpp takes for `query_pre_attn_scalar`; `size` is a head's."""
    largest = config["num_hidden_layers"] == LARGEST.get(row.name)
    return config["hidden_size"] // config["num_attention_heads"] if largest else size


def architecture_of(model_type: object, where: str) -> Architecture:
    row = OF_MODEL_TYPE.get(str(model_type))
    if row is None:
        raise DataError(f"{where}: GGUF export knows {', '.join(sorted(OF_MODEL_TYPE))}, not {model_type!r}")
    return row
