"""The tokenizers of a diffusers folder, each as one tokenizer.json.

In: a tokenizer's files: tokenizer.json, or the vocab.json and merges.txt of a CLIP (Radford et al. 2021, section 2.4).
Out: the table, the symbol that fills a text up, and how many tokens are read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from anew.errors import DataError, Refused
from anew.exchange.foreign import shown
from anew.exchange.huggingface import read_json

MOST_MERGES = 16 << 20  # bytes
MOST_TOKENS = 1 << 12
BEGIN, END = "<|startoftext|>", "<|endoftext|>"
SPLIT = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def table_of(
    file: Callable[..., Path], has: Callable[..., bool], place: str, config: Mapping[str, Any], most: int | None
) -> tuple[str, str, int]:
    """tokenizer.json, the padding symbol and the length. `file`, `has`: of the folder, by their path within it;
    `config`: the encoder's; `most`: tokens, None: as many as the tokenizer is for. Refused, DataError: the reason."""
    told = read_json(file(place, "tokenizer_config.json")) if has(place, "tokenizer_config.json") else {}
    extra = read_json(file(place, "special_tokens_map.json")) if has(place, "special_tokens_map.json") else {}
    if has(place, "tokenizer.json"):
        path = file(place, "tokenizer.json")
        table = read_json(path)
    elif has(place, "vocab.json") and has(place, "merges.txt"):
        path = file(place, "vocab.json")
        table = byte_pairs(read_json(path), file(place, "merges.txt"))
    else:
        what = "holds neither tokenizer.json nor vocab.json and merges.txt"
        raise DataError(f"{file(place, 'tokenizer_config.json').parent}: {what}")
    length = most or told.get("model_max_length")
    places = config.get("max_position_embeddings") or MOST_TOKENS
    length = min(length, places) if isinstance(length, int) and length > 0 else places
    if not isinstance(length, int) or not 2 <= length <= MOST_TOKENS:
        raise Refused(f"{path}: {shown(length, 40)} tokens")
    text, pad = json.dumps(table, ensure_ascii=False), symbol(told, extra)
    try:
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:  # of the library's own, which is no other's child
        raise Refused(f"{path}: not a tokenizer: {str(error)[:160]}") from None
    if tokenizer.token_to_id(pad) is None or tokenizer.get_vocab_size() > config.get("vocab_size", 0):
        what = f"{tokenizer.get_vocab_size()} symbols, {shown(pad, 40)!r} to fill up with"
        raise Refused(f"{path}: {what}, and the encoder has {shown(config.get('vocab_size'), 20)}")
    return text, pad, length


def symbol(told: Mapping[str, Any], extra: Mapping[str, Any]) -> str:
    """What a text is filled up with."""
    for value in (told.get("pad_token"), extra.get("pad_token")):
        value = value.get("content") if isinstance(value, dict) else value
        if isinstance(value, str):
            return value
    return END


def byte_pairs(vocab: Mapping[str, Any], merges: Path) -> dict[str, Any]:
    """The tokenizer.json of a CLIP: lower case, byte pairs that know where a word ends, one symbol at each side."""
    if merges.stat().st_size > MOST_MERGES:
        raise Refused(f"{merges}: {merges.stat().st_size:,} bytes are more than such a file has")
    lines = merges.read_text("utf-8", "replace").split("\n")
    pairs = [line.split(" ") for line in lines if line.strip() and not line.startswith("#version")]
    if BEGIN not in vocab or END not in vocab or any(len(pair) != 2 for pair in pairs):
        raise Refused(f"{merges.parent}: vocab.json and merges.txt are not those of a CLIP")
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "special": True}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            {"id": vocab[name], "content": name, **plain, "normalized": name == BEGIN} for name in (BEGIN, END)
        ],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"},
        ]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": SPLIT}, "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        ]},
        "post_processor": {
            "type": "RobertaProcessing", "sep": [END, vocab[END]], "cls": [BEGIN, vocab[BEGIN]], "trim_offsets": False,
            "add_prefix_space": False,
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": END, "continuing_subword_prefix": "",
            "end_of_word_suffix": "</w>", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": dict(vocab), "merges": pairs,
        },
    }  # fmt: skip
