"""Small random models in Hugging Face's form, one of each shape that GGUF has, with a tokenizer learnt on the spot."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from anew.exchange.foreign import Foreign

SENTENCES = [
    "The cat sat on the mat, and the 12 dogs didn't mind: they'd seen 3,456 cats before!",
    "def add(a, b):\n    return a + b  # naïve, über-simple\n\n\nprint(add(1, 23))\t",
    "Ein Käse für 7 €; 日本語のテキスト, Ελληνικά, кириллица, 🎉🎊   three   spaces",
    "WE'LL see ALL of It's THINGS; I'M sure you'Ve heard\r\n\r\n of HTTPServer2000/paths/like/this",
]
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"


@cache
def byte_pairs(patterns: tuple[str, ...], whole: bool = False, nfc: bool = False) -> str:
    """A byte-level tokenizer.json of about 400 tokens whose text is cut by `patterns`."""
    made = Tokenizer(models.BPE(ignore_merges=whole))
    made.normalizer = normalizers.NFC() if nfc else None
    cuts = [pre_tokenizers.Split(Regex(p), "isolated") for p in patterns]
    made.pre_tokenizer = pre_tokenizers.Sequence([*cuts, pre_tokenizers.ByteLevel(False, use_regex=False)])
    made.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|begin|>", "<|im_end|>"]
    made.train_from_iterator(
        SENTENCES * 3,
        trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, special_tokens=special, show_progress=False),
    )
    made.add_tokens(["<tool>"])
    return made.to_str()


@cache
def sentence_pieces(prefix: bool = True) -> str:
    """A tokenizer.json as SentencePiece's models become one: pairs by score, bytes for what is unknown."""
    trained = Tokenizer(models.BPE())
    spaces = [normalizers.Replace(" ", "▁")]
    trained.normalizer = normalizers.Sequence([*([normalizers.Prepend("▁")] if prefix else []), *spaces])
    plain = [s for s in SENTENCES if s.isascii()]
    trained.train_from_iterator(plain * 3, trainers.BpeTrainer(vocab_size=140, show_progress=False))
    learnt = json.loads(trained.to_str())["model"]
    merges = [tuple(m) for m in learnt["merges"]]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256))]
    joined = [a + b for a, b in merges]
    tokens += list(dict.fromkeys(joined)) + sorted(set(learnt["vocab"]) - set(joined))
    vocab = {token: n for n, token in enumerate(tokens)}
    made = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    made.normalizer = trained.normalizer
    strip = [decoders.Strip(" ", 1, 0)] if prefix else []
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), *strip])
    made.add_special_tokens(["<unk>", "<s>", "</s>"])
    made.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A <s> $B", [("<s>", 1)])
    return made.to_str()


COMMON = {
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5,
    "max_position_embeddings": 128, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": False,
}  # fmt: skip
GEMMA = {"hidden_act": "gelu_pytorch_tanh", "tie_word_embeddings": True, "sliding_window": 32}
GEMMA |= {"head_dim": 16, "query_pre_attn_scalar": 16}
CONFIGS: dict[str, dict[str, Any]] = {
    "llama": {"head_dim": 16},
    "llama-bias": {"model_type": "llama", "attention_bias": True},
    "smollm3": {"num_hidden_layers": 4, "no_rope_layer_interval": 4},
    "qwen2": {},
    "qwen3": {"head_dim": 32},
    "gemma": {"hidden_act": "gelu_pytorch_tanh", "tie_word_embeddings": True, "head_dim": 32},
    "gemma2": GEMMA | {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
    "gemma3_text": GEMMA | {"rope_local_base_freq": 10000.0, "rope_theta": 1e6},
    "phi3": {},
    "gpt2": {
        "n_layer": 2, "n_head": 4, "n_positions": 128, "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True,
        "activation_function": "gelu_new",
    },
}  # fmt: skip


def model(kind: str, *, width: int = 64, inner: int = 96, tokenizer: str | None = None, **settings: Any) -> Foreign:
    """A model of the shape called `kind` whose weights are drawn from a generator of their own."""
    tokenizer = sentence_pieces() if tokenizer is None else tokenizer
    table = json.loads(tokenizer) if tokenizer else None
    vocab = 480 if table is None else -(-Tokenizer.from_str(tokenizer).get_vocab_size() // 32) * 32
    config = {"model_type": kind, "vocab_size": vocab} | CONFIGS[kind]
    if kind == "gpt2":
        config |= {"n_embd": width, "n_inner": inner}
    else:
        config = COMMON | {"hidden_size": width, "intermediate_size": inner} | config
    config |= settings
    rng = torch.Generator().manual_seed(len(kind))
    tensors = {n: draw(n, s, rng) for n, s in shapes(config).items()}
    generation = {"bos_token_id": 1, "eos_token_id": [2]} if table else {}
    return Foreign(config, tensors, table, TEMPLATE if table else None, generation, "apache-2.0")


def draw(name: str, shape: tuple[int, ...], rng: torch.Generator) -> torch.Tensor:
    drawn = torch.randn(shape, generator=rng)
    around = 1.0 if "norm.weight" in name or "ln_" in name and name.endswith("weight") else 0.0
    return around + 0.1 * drawn if len(shape) == 1 else drawn * shape[-1] ** -0.5


def shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    kind, vocab = config["model_type"], config["vocab_size"]
    if kind == "gpt2":
        d, inner = config["n_embd"], config["n_inner"]
        made = {"transformer.wte.weight": (vocab, d), "transformer.wpe.weight": (config["n_positions"], d)}
        pairs = {"ln_1": (d,), "attn.c_attn": (d, 3 * d), "attn.c_proj": (d, d), "ln_2": (d,)}
        pairs |= {"mlp.c_fc": (d, inner), "mlp.c_proj": (inner, d)}
        for n in range(config["n_layer"]):
            for part, shape in pairs.items():
                made[f"transformer.h.{n}.{part}.weight"] = shape
                made[f"transformer.h.{n}.{part}.bias"] = shape[-1:]
        return made | {"transformer.ln_f.weight": (d,), "transformer.ln_f.bias": (d,)}
    d, inner, heads, few = (
        config[k] for k in ("hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads")
    )
    size = config.get("head_dim", d // heads)
    q, kv = heads * size, few * size
    made = {"model.embed_tokens.weight": (vocab, d), "model.norm.weight": (d,)}
    if not config["tie_word_embeddings"]:
        made["lm_head.weight"] = (vocab, d)
    for n in range(config["num_hidden_layers"]):
        block: dict[str, tuple[int, ...]] = {"input_layernorm.weight": (d,), "post_attention_layernorm.weight": (d,)}
        block |= {"self_attn.o_proj.weight": (d, q), "mlp.down_proj.weight": (d, inner)}
        if kind == "phi3":
            block |= {"self_attn.qkv_proj.weight": (q + 2 * kv, d), "mlp.gate_up_proj.weight": (2 * inner, d)}
        else:
            block |= {"mlp.gate_proj.weight": (inner, d), "mlp.up_proj.weight": (inner, d)}
            block |= {f"self_attn.{p}_proj.weight": (rows, d) for p, rows in (("q", q), ("k", kv), ("v", kv))}
        if config.get("attention_bias") or kind == "qwen2":
            block |= {f"self_attn.{p}_proj.bias": (rows,) for p, rows in (("q", q), ("k", kv), ("v", kv))}
            block |= {"self_attn.o_proj.bias": (d,)} if kind == "llama" else {}
        if kind in ("qwen3", "gemma3_text"):
            block |= {"self_attn.q_norm.weight": (size,), "self_attn.k_norm.weight": (size,)}
        if kind in ("gemma2", "gemma3_text"):
            block |= {f"{p}_feedforward_layernorm.weight": (d,) for p in ("pre", "post")}
        made |= {f"model.layers.{n}.{part}": shape for part, shape in block.items()}
    return made
