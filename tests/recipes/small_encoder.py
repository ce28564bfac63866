"""A small encoder of texts whose words have planted vectors, as other programs save one."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from anew.contract import Spec
from anew.exchange.encoders import spelled
from anew.models.encoders.bert import Bert

WIDTH = 16
APART = ("red", "green", "blue", "black", "square", "cross", "frame", "stripes", "a")
NEAR = {"scarlet": ("red", 0.9), "box": ("square", 0.8), "crimson": ("red", 0.6)}  # cosine with a word of those above
PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", *APART, *NEAR, "ox", "##es")


def orthogonal() -> torch.Tensor:
    """(15, 16): rows of mean 0 and of deviation 1, at right angles: a normalisation leaves them as they are."""
    rows = torch.ones(1, 1)
    while len(rows) < WIDTH:
        rows = torch.cat([torch.cat([rows, rows], 1), torch.cat([rows, -rows], 1)])
    return rows[1:]


def save(folder: Path) -> None:
    """The folder: its layers add nothing to the words' own vectors."""
    sizes = {"width": WIDTH, "layers": 1, "heads": 2, "inner": WIDTH, "segments": 1}
    network = Bert(Spec("tokens", (16,), len(PIECES)), **sizes)
    weights = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    weights |= {name: torch.ones_like(value) for name, value in weights.items() if name.endswith("norm.weight")}
    axes = orthogonal()
    table = weights["embed.weight"]
    for word, axis in zip(APART, axes, strict=False):
        table[PIECES.index(word)] = axis
    for turn, (word, (other, cosine)) in enumerate(NEAR.items()):
        own = axes[len(APART) + turn]
        table[PIECES.index(word)] = cosine * table[PIECES.index(other)] + (1 - cosine**2) ** 0.5 * own
    table[PIECES.index("ox")], table[PIECES.index("##es")] = axes[12], axes[13]
    folder.mkdir()
    save_file({spelled(name): value for name, value in weights.items()}, folder / "model.safetensors")
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", "utf-8")
    config = {
        "model_type": "bert", "vocab_size": len(PIECES), "hidden_size": WIDTH, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": WIDTH, "max_position_embeddings": 16, "type_vocab_size": 1,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
