"""Tiny random models of every shape that anew reads, made by transformers, and a tokenizer for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

transformers = pytest.importorskip("transformers")

SMALL = {
    "vocab_size": 400, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}  # fmt: skip
LONG = {
    "rope_type": "longrope", "rope_theta": 1e4, "partial_rotary_factor": 0.5, "short_factor": [1.0, 1.5],
    "long_factor": [2.0, 8.0],
}  # fmt: skip
LINEAR = {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}
FAR = {
    "sliding_attention": {"rope_type": "default", "rope_theta": 1e3},
    "full_attention": {**LINEAR, "rope_theta": 1e6},
}
# The configuration's class, its model_type when anew writes it, and what it says beside the small sizes.
SHAPES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "llama": ("Llama", "llama", {}),
    "llama of SmolLM2's form": ("Llama", "llama", {"tie_word_embeddings": True, "rms_norm_eps": 1e-5}),
    "llama 3, biases": (
        "Llama", "llama",
        {"tie_word_embeddings": True, "attention_bias": True, "mlp_bias": True, "rope_parameters": LLAMA3},
    ),
    "llama, linear scaling": ("Llama", "llama", {"rope_parameters": LINEAR, "head_dim": 12}),
    "mistral, short window": ("Mistral", "mistral", {"sliding_window": 9}),
    "mistral, long window": ("Mistral", "mistral", {"sliding_window": 64, "head_dim": 16}),
    "mistral, no window": ("Mistral", "llama", {"sliding_window": None}),
    "qwen2": ("Qwen2", "qwen2", {"tie_word_embeddings": True}),
    "qwen2, window": ("Qwen2", "qwen2", {"use_sliding_window": True, "sliding_window": 7, "max_window_layers": 1}),
    "qwen3": ("Qwen3", "qwen3", {"head_dim": 16}),
    "phi3": ("Phi3", "llama", {}),
    "phi3, window, long": (
        "Phi3", "phi3", {"sliding_window": 20, "original_max_position_embeddings": 32, "rope_parameters": LONG},
    ),
    "gemma": ("Gemma", "gemma", {"head_dim": 16}),
    "gemma 2": ("Gemma2", "gemma2", {"head_dim": 16, "sliding_window": 6, "query_pre_attn_scalar": 24}),
    "gemma 3": (
        "Gemma3Text", "gemma3_text",
        {"head_dim": 16, "sliding_window": 6, "query_pre_attn_scalar": 24, "rope_parameters": FAR,
         "layer_types": ["sliding_attention", "sliding_attention", "full_attention"]},
    ),
    "smollm3": ("SmolLM3", "smollm3", {"no_rope_layers": [1, 0, 1]}),
    "gpt2": ("GPT2", "gpt2", {}),
}  # fmt: skip
TEXTS = [f"The {what} fox number {i}, it's é 日本" for i, what in enumerate(["quick", "brown", "lazy"] * 9)]
TEMPLATE = (
    "{% for m in messages %}<|start|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def configuration(shape: str) -> Any:
    kind, _, more = SHAPES[shape]
    if kind == "GPT2":
        small = {"vocab_size": 400, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 64}
        return transformers.GPT2Config(**small, bos_token_id=1, eos_token_id=2)
    return getattr(transformers, f"{kind}Config")(**{**SMALL, **more})


def network(shape: str, seed: int = 0) -> Any:
    """A random one whose logits are far apart and whose norms and biases matter."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = transformers.AutoModelForCausalLM.from_config(configuration(shape)).eval()
        for name, p in model.named_parameters():
            torch.nn.init.normal_(p, std=0.3, mean=1.0 if "norm" in name or "ln_" in name else 0.0)
    return model


def tokenizer_json() -> dict[str, Any]:
    """Byte pairs with the symbols <|pad|>, <|start|> and <|end|> as 0, 1 and 2."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    symbols = ["<|pad|>", "<|start|>", "<|end|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=400, show_progress=False, initial_alphabet=alphabet, special_tokens=symbols
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    made: dict[str, Any] = json.loads(tokenizer.to_str())
    return made
