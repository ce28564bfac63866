"""Tiny models with random weights that write, for the tests of what steers them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from anew import registry
from anew.artifact import Artifact
from anew.codecs.text import Bytes
from anew.codecs.vocabulary import Vocabulary
from anew.recipe import parse
from anew.testing.suite import seeded

TRAINED_ON = ['def read(path: str) -> "bytes":\n    return {}[0], -1.5e3 + 42  # é, ß und 日本\n' * 4]


def byte_letters(context):
    """The vocabulary of a model of GPT-2's kind, with a symbol that starts a turn and more rows than tokens."""
    table = json.loads(json.dumps(writer("bpe").codec.state()["table"]))
    size = len(table["model"]["vocab"])
    mark = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    table["added_tokens"] = [{"id": size + i, "content": f"<|{i}|>", **mark} for i in range(2)]
    table["decoder"] = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    return Vocabulary.of(table, context, vocab=size + 7, end=size, stops=[size + 1], begins=[])


def blanks_as_letters(context):
    """The vocabulary of a model of Llama 2's kind: a blank is a letter, and what it does not know is bytes."""
    letters = sorted(set("".join(TRAINED_ON)) - set(" 日本") | {"\u2581"})
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256)), *letters, "\u2581d", "re", '":']
    merges = [["\u2581", "d"], ["r", "e"], ['"', ":"]]
    mark = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
    back = {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}
    table = {
        "version": "1.0", "truncation": None, "padding": None, "pre_tokenizer": None, "post_processor": None,
        "added_tokens": [{"id": i, "content": tokens[i], **mark} for i in range(3)],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u2581"}, replace]},
        "decoder": {"type": "Sequence", "decoders": [
            back, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                  "vocab": {token: i for i, token in enumerate(tokens)}, "merges": merges},
    }  # fmt: skip
    return Vocabulary.of(table, context, vocab=len(tokens), end=2, begins=[1])


FOREIGN = {"byte letters": byte_letters, "blanks as letters": blanks_as_letters}


@lru_cache
def writer(codec: str = "characters", model: str = "transformer", context: int = 600) -> Artifact:
    settings = {"context": context} | ({"min_count": 1} if codec == "characters" else {})
    settings |= {"vocab": 300} if codec == "bpe" else {}
    if codec in FOREIGN:
        made = FOREIGN[codec](context)
    else:
        made = registry.find("codecs", codec)(**settings)
        made.fit(TRAINED_ON)
    sizes = {"width": 32, "layers": 1} | ({"heads": 2} if model != "rnn" else {})
    sizes |= {"table_rows": 512} if model == "transformer" else {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = registry.find("models", model)(made.spec, **sizes)
        for p in network.parameters():
            torch.nn.init.normal_(p, std=0.3)
    named = "vocabulary" if codec in FOREIGN else codec
    recipe = {"name": "small", "modality": "text", "codec": {"name": named, **settings}}
    return Artifact(parse(recipe | {"model": {"name": model, **sizes}}), network.eval(), made)


def saved(kind: Any, name: str, sizes: dict[str, int], where: Path) -> Path:
    """The folder of a model of bytes."""
    codec = Bytes(context=64)
    codec.fit([])
    with seeded(1):
        model = kind(codec.spec, **sizes).eval()
        for p in model.parameters():
            if p.ndim > 1:
                torch.nn.init.normal_(p, std=0.1)
    recipe = {
        "name": "small",
        "modality": "text",
        "data": {"source": "texts"},
        "codec": {"name": "bytes", "context": 64},
    }
    Artifact(parse(recipe | {"model": {"name": name, **sizes}}), model, codec).save(where)
    return where
