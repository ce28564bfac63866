"""The shapes of well-known models: their configurations as settings of the decoder, and back.

In: config.json of a model type that is listed here, or the settings of a decoder. Out: the other. What a configuration
says and no setting holds is refused by name; a shape is written only where reading it again gives the same settings.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from anew.contract import Spec
from anew.errors import RecipeError, Refused
from anew.exchange.foreign import shown
from anew.exchange.rope import FULL, KEYS, SLIDING, read_local_base, read_rope, write_rope
from anew.models.autoregressive.decoder import Decoder
from anew.recipe import settings_of

Config = Mapping[str, Any]
Settings = dict[str, Any]

DEFAULTS: Settings = {
    name: p.default
    for name, p in inspect.signature(Decoder).parameters.items()
    if p.kind is inspect.Parameter.KEYWORD_ONLY
}
ACTIVATIONS = {
    "silu": "silu", "swish": "silu", "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
}  # fmt: skip
MOST: dict[str, int] = {  # beyond any model's, and within what a hostile file may make anew do
    **dict.fromkeys(("num_hidden_layers", "n_layer"), 1000),
    **dict.fromkeys(("num_attention_heads", "num_key_value_heads", "n_head"), 10_000),
    **dict.fromkeys(("hidden_size", "intermediate_size", "head_dim", "n_embd", "n_inner"), 1_000_000),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "vocab_size", "type_vocab_size"), 100_000_000),
}
# Keys that change nothing of what a trained model computes.
HARMLESS = {
    "architectures", "model_type", "torch_dtype", "dtype", "transformers_version", "use_cache", "initializer_range",
    "attention_dropout", "embd_pdrop", "resid_pdrop", "attn_pdrop", "dropout", "hidden_dropout", "bos_token_id",
    "eos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "_name_or_path", "name_or_path", "pretraining_tp",
    "is_llama_config", "transformers.js_config", "cache_implementation", "task_specific_params", "auto_map",
    "id2label", "label2id", "problem_type", "return_dict", "output_attentions", "output_hidden_states", "torchscript",
    "chunk_size_feed_forward", "pruned_heads", "_attn_implementation", "attn_implementation", "is_decoder",
    "gradient_checkpointing", "num_logits_to_keep", "summary_type", "summary_use_proj", "summary_activation",
    "summary_proj_to_labels", "summary_first_dropout", "n_ctx", "reorder_and_upcast_attn", "max_window_layers",
    "sliding_window_pattern", "_sliding_window_pattern", "no_rope_layer_interval", "unsloth_version", "language",
}  # fmt: skip
USED = {
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
    "intermediate_size", "rms_norm_eps", "hidden_act", "tie_word_embeddings", "max_position_embeddings",
    "original_max_position_embeddings", *KEYS,
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """`read`: settings beside the common ones. `write`: configuration keys beside the common ones. `uses`: what `read`
    looks at. Where the configuration says nothing: whether the head is the embedding (`tied`), rope's base (`theta`).
    `names`: of its tensors. `absent`: what else holds where a key is missing, as in transformers' own configuration."""

    model_type: str
    architecture: str
    read: Callable[[Config], Settings]
    write: Callable[[Settings], Settings]
    uses: frozenset[str] = frozenset()
    tied: bool = False
    theta: float = 10_000.0
    names: str = "llama"
    fixed: Settings | None = None  # settings that the shape has by itself
    longer: bool = False  # whether it is written with longrope, and with a share of channels turned
    absent: Settings = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------ one function a shape


def read_llama(config: Config) -> Settings:
    bias = bool(config.get("attention_bias"))
    return {"qkv_bias": bias, "out_bias": bias, "mlp_bias": bool(config.get("mlp_bias"))}


def write_llama(settings: Settings) -> Settings:
    return {"attention_bias": settings["qkv_bias"], "mlp_bias": settings["mlp_bias"]}


def read_mistral(config: Config) -> Settings:
    window = config.get("sliding_window")
    return {"pattern": "l", "window": int(window)} if window else {}


def write_mistral(settings: Settings) -> Settings:
    return {"sliding_window": settings["window"] or None}


def read_qwen(config: Config) -> Settings:
    """A window for the layers past a number of them, where it is used at all."""
    bias = bool(config.get("attention_bias"))
    made = {"out_bias": bias, "qkv_bias": bias} if "attention_bias" in config else {}
    if not config.get("use_sliding_window"):
        return made
    first = config.get("max_window_layers", 28)
    kinds = [SLIDING if i >= first else FULL for i in range(config["num_hidden_layers"])]
    return made | layered(config.get("layer_types") or kinds, config)


def write_qwen(settings: Settings) -> Settings:
    made: Settings = {"sliding_window": settings["window"] or None, "use_sliding_window": bool(settings["window"])}
    kinds = layer_types(settings)
    made["layer_types"] = kinds
    return made | {"max_window_layers": kinds.index(SLIDING) if SLIDING in kinds else len(kinds)}


def write_qwen3(settings: Settings) -> Settings:
    return write_qwen(settings) | {"attention_bias": settings["qkv_bias"]}


def read_gemma(config: Config) -> Settings:
    bias = bool(config.get("attention_bias"))
    activation = config.get("hidden_activation") or config.get("hidden_act") or "gelu_pytorch_tanh"
    activation = "gelu_pytorch_tanh" if activation == "gelu" else activation  # what its first releases meant by it
    return {
        "embed_scale": math.sqrt(config["hidden_size"]), "qkv_bias": bias, "out_bias": bias,
        "activation": activation_of(activation),
    }  # fmt: skip


def write_gemma(settings: Settings) -> Settings:
    """Both names of the activation, since versions of transformers read one or the other."""
    named = activation_named(settings["activation"])
    return {"attention_bias": settings["qkv_bias"], "hidden_activation": named, "hidden_act": named}


def read_gemma2(config: Config) -> Settings:
    alternate = [SLIDING if i % 2 == 0 else FULL for i in range(config["num_hidden_layers"])]
    made = read_gemma(config) | layered(config.get("layer_types") or alternate, config)
    made["scale"] = config.get("query_pre_attn_scalar", 256) ** -0.5
    made["attention_cap"] = config.get("attn_logit_softcapping", 50.0) or 0.0
    return made | {"logit_cap": config.get("final_logit_softcapping", 30.0) or 0.0}


def write_gemma2(settings: Settings) -> Settings:
    scalar = round(settings["scale"] ** -2, 6)
    return write_gemma(settings) | {
        "query_pre_attn_scalar": int(scalar) if scalar.is_integer() else scalar,
        "attn_logit_softcapping": settings["attention_cap"] or None, "sliding_window": settings["window"],
        "final_logit_softcapping": settings["logit_cap"] or None, "layer_types": layer_types(settings),
    }  # fmt: skip


def read_gemma3(config: Config) -> Settings:
    every = config.get("sliding_window_pattern") or config.get("_sliding_window_pattern") or 6
    kinds = [FULL if (i + 1) % every == 0 else SLIDING for i in range(config["num_hidden_layers"])]
    off = {"attn_logit_softcapping": None, "final_logit_softcapping": None, "layer_types": kinds}
    made = read_gemma2({**off, **config})
    return made | {"local_base": read_local_base(config, 10_000.0)}


def read_gpt2(config: Config) -> Settings:
    if config.get("scale_attn_weights", True) is not True:
        raise Refused("config.json: scale_attn_weights = false is not one of the forms that anew's decoder has")
    return {
        "width": config["n_embd"], "layers": config["n_layer"], "heads": config["n_head"], "kv_heads": config["n_head"],
        "head_width": config["n_embd"] // config["n_head"], "inner": config.get("n_inner") or 4 * config["n_embd"],
        "eps": config.get("layer_norm_epsilon", 1e-5),
        "activation": activation_of(config.get("activation_function", "gelu_new")),
    }  # fmt: skip


def write_gpt2(settings: Settings) -> Settings:
    return {
        "n_embd": settings["width"], "n_layer": settings["layers"], "n_head": settings["heads"],
        "n_inner": settings["inner"], "layer_norm_epsilon": settings["eps"], "scale_attn_weights": True,
        "activation_function": {"gelu_tanh": "gelu_new"}.get(settings["activation"], settings["activation"]),
    }  # fmt: skip


def read_smollm3(config: Config) -> Settings:
    if config.get("use_sliding_window"):
        raise Refused("config.json: use_sliding_window beside layers without positions is not a form of the decoder")
    every = config.get("no_rope_layer_interval", 4)
    told = config.get("no_rope_layers") or [int((i + 1) % every != 0) for i in range(config["num_hidden_layers"])]
    return read_llama(config) | {"pattern": shortest("".join("g" if rope else "n" for rope in told))}


def write_smollm3(settings: Settings) -> Settings:
    kinds = letters(settings)
    return write_llama(settings) | {
        "no_rope_layers": [int(k != "n") for k in kinds],
        "layer_types": [FULL] * len(kinds),
    }


LAYERS = frozenset({"sliding_window", "layer_types", "use_sliding_window"})
CAPS = frozenset({"attn_logit_softcapping", "final_logit_softcapping", "query_pre_attn_scalar"})
BIAS = frozenset({"attention_bias"})
GELU = frozenset({"hidden_activation"})
WINDOW = frozenset({"sliding_window"})
GPT2 = frozenset(
    {"n_embd", "n_layer", "n_head", "n_inner", "n_positions", "layer_norm_epsilon", "activation_function"}
    | {"scale_attn_weights"}
)
GEMMA = {"norm_offset": 1.0}
FEW = {"num_key_value_heads": 4, "head_dim": 256, "sliding_window": 4096}
SHAPES = {
    shape.model_type: shape
    for shape in (
        Shape("llama", "LlamaForCausalLM", read_llama, write_llama, BIAS | {"mlp_bias"}),
        Shape("qwen2", "Qwen2ForCausalLM", read_qwen, write_qwen, LAYERS, fixed={"qkv_bias": True},
              absent={"num_key_value_heads": 32, "sliding_window": 4096}),
        Shape("qwen3", "Qwen3ForCausalLM", read_qwen, write_qwen3, LAYERS | BIAS, fixed={"qk_norm": True},
              absent={"num_key_value_heads": 32, "sliding_window": 4096, "head_dim": 128}),
        Shape("mistral", "MistralForCausalLM", read_mistral, write_mistral, WINDOW,
              absent={"num_key_value_heads": 8, "sliding_window": 4096}),
        Shape("phi3", "Phi3ForCausalLM", read_mistral, write_mistral, WINDOW, names="phi3", longer=True,
              absent={"rms_norm_eps": 1e-5}),
        Shape("smollm3", "SmolLM3ForCausalLM", read_smollm3, write_smollm3,
              LAYERS | BIAS | {"no_rope_layers", "mlp_bias"}, tied=True, theta=2_000_000.0,
              absent={"num_key_value_heads": 4}),
        Shape("gemma", "GemmaForCausalLM", read_gemma, write_gemma, GELU | BIAS, tied=True, fixed=GEMMA,
              absent={"num_key_value_heads": 16, "head_dim": 256}),
        Shape("gemma2", "Gemma2ForCausalLM", read_gemma2, write_gemma2, CAPS | GELU | BIAS | LAYERS, tied=True,
              names="gemma2", fixed=GEMMA | {"norm_after": True}, absent=FEW),
        Shape("gemma3_text", "Gemma3ForCausalLM", read_gemma3, write_gemma2, CAPS | GELU | BIAS | LAYERS, tied=True,
              theta=1_000_000.0, names="gemma2", fixed=GEMMA | {"norm_after": True, "qk_norm": True}, absent=FEW),
        Shape("gpt2", "GPT2LMHeadModel", read_gpt2, write_gpt2, GPT2, tied=True, names="gpt2",
              fixed={"norm": "layer", "gated": False, "qkv_bias": True, "out_bias": True, "mlp_bias": True,
                     "positions": "learned"}),
    )
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ all shapes


def read_settings(config: Config) -> tuple[Settings, int]:
    """The decoder's settings, every one of them, and the context. Refused names what anew has no form for."""
    shape = shape_of(config)
    check(config, HARMLESS | USED | shape.uses)
    config = shape.absent | dict(config)
    try:
        made = {} if shape.names == "gpt2" else read_common(config, shape)
        made |= {"tied": bool(config.get("tie_word_embeddings", shape.tied))} | shape.read(config) | (shape.fixed or {})
        context = config["n_positions" if shape.names == "gpt2" else "max_position_embeddings"]
        made = DEFAULTS | settings_of(Decoder, made, "s", "config.json")
    except KeyError as missing:
        raise Refused(f"config.json: {missing.args[0]!r} is missing, which a {shape.model_type} model needs") from None
    except (TypeError, ValueError, AttributeError, ArithmeticError, RecipeError) as error:
        raise Refused(f"config.json: not a {shape.model_type} model's: {str(error)[:200]}") from None
    scaling = made["rope_scaling"]
    original = scaling["original"] if scaling and scaling["type"] == "longrope" else context
    return made, min(int(context), original)


def check(config: Config, understood: Collection[str]) -> None:
    """Refuse numbers that no model has, and keys beyond those understood that ask for anything."""
    for key, most in MOST.items():
        value = config.get(key)
        if value is not None and not (type(value) is int and 1 <= value <= most):
            raise Refused(f"config.json: {key} = {shown(value, 40)} is not a number from 1 to {most:,}")
    unknown = {k: v for k, v in config.items() if k not in understood and v not in (None, False, [], {})}
    if unknown:
        key = min(unknown)
        raise Refused(f"config.json: {shown(key)} = {shown(unknown[key])} is not something that anew understands")


def write_config(settings: Config, spec: Spec) -> dict[str, Any]:
    """config.json of the first shape that holds all of these settings, for a decoder of this spec."""
    wanted = full(settings, spec)
    for shape in SHAPES.values():
        config = {"model_type": shape.model_type, "architectures": [shape.architecture], "vocab_size": spec.vocab}
        config["pad_token_id"] = None
        if shape.names == "gpt2":
            config["n_positions"] = spec.shape[0]
        else:
            config |= write_common(wanted) | {"max_position_embeddings": spec.shape[0]} | write_rope(wanted)
        config |= {"tie_word_embeddings": wanted["tied"]} | shape.write(wanted)
        scaling = (wanted["rope_scaling"] or {}).get("type")
        fits = shape.longer or (scaling != "longrope" and wanted["rope_share"] == 1)
        if fits and full(read_settings(config)[0], spec) == wanted:
            return config
    raise Refused("no model type of Hugging Face has this decoder's form; anew's own export keeps it whole")


def shape_of(config: Config) -> Shape:
    kind = str(config.get("model_type"))
    if kind not in SHAPES:
        also = " (its text alone, gemma3_text, is)" if kind == "gemma3" else ""
        raise Refused(
            f"config.json: model_type {str(kind)[:60]!r} is not among those that anew reads{also}: {', '.join(SHAPES)}"
        )
    return SHAPES[kind]


def read_common(config: Config, shape: Shape) -> Settings:
    heads = config["num_attention_heads"]
    width, kv_heads = config["hidden_size"], config.get("num_key_value_heads") or heads
    return {
        "width": width, "layers": config["num_hidden_layers"], "heads": heads, "kv_heads": kv_heads,
        "head_width": config.get("head_dim") or width // heads, "inner": config["intermediate_size"],
        "eps": config.get("rms_norm_eps", 1e-6), "activation": activation_of(config.get("hidden_act") or "silu"),
    } | read_rope(config, shape.theta)  # fmt: skip


def write_common(settings: Settings) -> Settings:
    return {
        "hidden_size": settings["width"], "num_hidden_layers": settings["layers"], "head_dim": settings["head_width"],
        "num_attention_heads": settings["heads"], "num_key_value_heads": settings["kv_heads"],
        "intermediate_size": settings["inner"], "rms_norm_eps": settings["eps"],
        "hidden_act": activation_named(settings["activation"]),
    }  # fmt: skip


def full(settings: Config, spec: Spec) -> Settings:
    """Settings in which equal decoders are equal: what a 0 stands for written out, what has no effect left out."""
    made = DEFAULTS | dict(settings)
    made["kv_heads"] = made["kv_heads"] or made["heads"]
    made["head_width"] = made["head_width"] or made["width"] // made["heads"]
    made["inner"] = made["inner"] or (8 * made["width"] // 3 if made["gated"] else 4 * made["width"])
    made["scale"] = round(made["scale"] or made["head_width"] ** -0.5, 12)
    made["embed_scale"] = round(made["embed_scale"], 12)
    made["pattern"] = letters(made)
    if "l" not in made["pattern"]:
        made |= {"window": 0, "local_base": 0.0}
    if made["local_base"] == made["rope_base"] and made["rope_scaling"] is None:
        made["local_base"] = 0.0
    if made["positions"] == "learned":
        made |= {name: DEFAULTS[name] for name in ("rope_base", "rope_share", "rope_scaling")}
    return made


def letters(settings: Config) -> str:
    """The pattern with a letter for each layer."""
    pattern: str = settings["pattern"]
    return "".join(pattern[i % len(pattern)] for i in range(settings["layers"]))


def shortest(pattern: str) -> str:
    """The shortest pattern that repeats to this one."""
    sizes = range(1, len(pattern) + 1)
    return next(pattern[:n] for n in sizes if all(c == pattern[i % n] for i, c in enumerate(pattern)))


def layered(kinds: list[str], config: Config) -> Settings:
    """The pattern and window of layers that look at everything or at a window."""
    odd = set(kinds) - {SLIDING, FULL}
    if odd:
        raise Refused(f"config.json: layer_types {min(odd)!r} is not one that anew has ({FULL}, {SLIDING})")
    pattern = shortest("".join("l" if kind == SLIDING else "g" for kind in kinds))
    return {"pattern": pattern, "window": int(config["sliding_window"])} if "l" in pattern else {"pattern": "g"}


def layer_types(settings: Config) -> list[str]:
    return [SLIDING if letter == "l" else FULL for letter in letters(settings)]


def activation_of(name: str) -> str:
    if name not in ACTIVATIONS:
        raise Refused(f"config.json: the activation {name!r} is not one that anew has: {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def activation_named(ours: str) -> str:
    named = {"gelu_tanh": "gelu_pytorch_tanh"}.get(ours, ours)
    if named not in ACTIVATIONS:
        raise Refused(f"no model type of Hugging Face has the activation {ours!r}")
    return named
