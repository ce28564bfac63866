"""Small random encoders of the BERT shape, as transformers saves them, with a vocabulary of pieces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

transformers = pytest.importorskip("transformers")

PIECES = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz0123456789.,'!?", *(f"##{c}" for c in
    "abcdefghijklmnopqrstuvwxyz0123456789"), "the", "quick", "brown", "fox", "##ing", "cafe", "日", "本",
]  # fmt: skip
TEXTS = [
    "The quick brown fox", "café, Café and CAFE!", "jumping 1234 times: 日本 🙂", "a", "", "x" * 130,
    "[SEP] [MASK] [CLS]", "the " * 40, "Ünïcode e\u0301\tand\nlines",
]  # fmt: skip
FORMS: dict[str, dict[str, Any]] = {
    "as it was made": {},
    "another activation, one segment": {"hidden_act": "gelu_new", "type_vocab_size": 1, "layer_norm_eps": 1e-6},
    "narrow": {"hidden_size": 24, "num_attention_heads": 2, "intermediate_size": 20, "num_hidden_layers": 1},
}


def network(form: str = "as it was made", kind: str = "BertModel") -> Any:
    """A random one whose norms, biases and positions matter."""
    small = {
        "vocab_size": len(PIECES) + 3, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
        "intermediate_size": 48, "max_position_embeddings": 64,
    }  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = getattr(transformers, kind)(transformers.BertConfig(**{**small, **FORMS[form]})).eval()
        for name, p in made.named_parameters():
            torch.nn.init.normal_(p, std=0.3, mean=1.0 if "LayerNorm.weight" in name else 0.0)
    return made


def save(made: Any, at: Path, *, pooling: str | None = "mean_tokens", normalise: bool = True, longest: int = 40) -> Any:
    """The folder as sentence-transformers lays one down, or without `pooling` transformers alone. Its tokenizer."""
    made.save_pretrained(at)
    (at / "vocab.txt").write_text("\n".join(PIECES) + "\n", "utf-8")
    tokenizer = transformers.BertTokenizerFast(vocab=str(at / "vocab.txt"), do_lower_case=True)
    tokenizer.model_max_length = 50
    tokenizer.save_pretrained(at)
    (at / "README.md").write_text("---\nlicense: apache-2.0\n---\n# An encoder\n")
    if pooling is not None:
        kinds = ["Transformer", "Pooling", *(["Normalize"] if normalise else [])]
        paths = ["", "1_Pooling", "2_Normalize"]
        modules = [
            {"idx": i, "path": paths[i], "type": f"sentence_transformers.models.{k}"} for i, k in enumerate(kinds)
        ]
        put(at / "modules.json", modules)
        put(at / "sentence_bert_config.json", {"max_seq_length": longest, "do_lower_case": False})
        (at / "1_Pooling").mkdir()
        modes = {f"pooling_mode_{name}": name == pooling for name in ("cls_token", "mean_tokens", "max_tokens")}
        put(at / "1_Pooling" / "config.json", {"word_embedding_dimension": made.config.hidden_size, **modes})
    return tokenizer


def put(path: Path, values: Any) -> None:
    path.write_text(json.dumps(values))


@torch.no_grad()
def vectors(made: Any, tokenizer: Any, texts: list[str], pooling: str, normalise: bool, longest: int) -> torch.Tensor:
    """What transformers makes of the texts, all in one batch."""
    read = tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
    states_BTD = made(**read).last_hidden_state
    seen_BT1 = read["attention_mask"][..., None].bool()
    found = {
        "mean_tokens": (states_BTD * seen_BT1).sum(1) / seen_BT1.sum(1),
        "cls_token": states_BTD[:, 0],
        "max_tokens": states_BTD.masked_fill(~seen_BT1, -torch.inf).amax(1),
    }[pooling]
    return torch.nn.functional.normalize(found, dim=1) if normalise else found
