"""The tokenizer that a GGUF file holds as a tokenizer.json of the library `tokenizers`, and back.

In: `tokenizer.ggml.*`. Out: plain values that load and give the ids that llama.cpp gives. Two kinds: byte pairs over
byte letters, cut first by the patterns that GGUF knows by a name alone (llama.cpp, `llama-vocab.cpp`), and
SentencePiece's pairs by score, with bytes for what the vocabulary lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from anew.errors import DataError
from anew.exchange.gguf_header import Header

NORMAL, UNKNOWN, CONTROL, USER, UNUSED, BYTE = 1, 2, 3, 4, 5, 6  # llama.h, llama_token_type
ENDS = ("eos", "eot", "eom")  # the ends of a text, a turn and a message
SPACE = "▁"
PLAIN_BESIDE = ("<unk>", "<s>", "<|endoftext|>")  # of Phi-3's symbols those that take no white space along
LONGEST = 1024  # characters of a token
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LETTERS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
TAIL = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TAIL_SLASH = TAIL.replace(r"[\r\n]*", r"[\r\n/]*", 1)
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
CASED = tuple(rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}{a}{LOWER}{b}" for a, b in (("*", "+"), ("+", "*")))
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


class Cut(NamedTuple):
    """How text is cut before pairs are joined. `whole`: a piece that is a token stays one, whatever the pairs say."""

    patterns: tuple[str, ...]
    whole: bool = False
    begins: bool = False
    nfc: bool = False


CUTS = {
    "gpt-2": Cut((GPT2,)),
    "llama-bpe": Cut((f"{CONTRACTIONS}|{LETTERS}|\\p{{N}}{{1,3}}|{TAIL}",), whole=True, begins=True),
    "smaug-bpe": Cut((f"{CONTRACTIONS}|{LETTERS}|\\p{{N}}{{1,3}}|{TAIL}",)),
    "qwen2": Cut((f"{CONTRACTIONS}|{LETTERS}|\\p{{N}}|{TAIL}",), nfc=True),
    "smollm": Cut((r"\p{N}", GPT2)),
    "tekken": Cut(("|".join((*CASED, r"\p{N}", TAIL_SLASH)),), whole=True, begins=True),
    "gpt-4o": Cut(("|".join((*(f"{c}{CONTRACTIONS}?" for c in CASED), r"\p{N}{1,3}", TAIL_SLASH)),)),
}
ALIASES = {
    **dict.fromkeys(("phi-2", "gigachat", "mellum", "mpt", "olmo", "jais", "trillion", "exaone4"), "gpt-2"),
    **dict.fromkeys(("llama3", "llama-v3", "falcon3", "pixtral", "lfm2"), "llama-bpe"),
    **dict.fromkeys(("dbrx",), "smaug-bpe"),
    **dict.fromkeys(("deepseek-r1-qwen", "stablelm2", "hunyuan", "megrez"), "qwen2"),
    **dict.fromkeys(("starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"), "smollm"),
    "llama4": "gpt-4o",
}  # fmt: skip


def tokenizer_of(header: Header) -> dict[str, Any] | None:
    """tokenizer.json; None where the file holds no tokenizer."""
    kind = str(header.fields.get("tokenizer.ggml.model", "none"))
    if kind in ("no_vocab", "none"):
        return None
    if kind not in ("gpt2", "llama"):
        raise DataError(f"{header.path}: a tokenizer of kind {kind[:40]!r}; anew reads gpt2 and llama")
    tokens = strings(header, "tokens")
    vocab = {token: n for n, token in enumerate(tokens)}
    if len(vocab) < len(tokens):
        raise DataError(f"{header.path}: {len(tokens) - len(vocab)} tokens stand twice in its vocabulary")
    if len(tokens) > header.tensors["token_embd.weight"].shape[0]:
        raise DataError(f"{header.path}: {len(tokens)} tokens, and fewer embeddings")
    if max(map(len, tokens), default=0) > LONGEST:
        raise DataError(f"{header.path}: a token of more than {LONGEST} characters")
    types = numbers(header, "token_type", len(tokens), NORMAL)
    if kind == "gpt2":
        cut = cut_of(header)
        made, begins = byte_pairs(header, vocab, cut), cut.begins
    else:
        made, begins = sentence_pairs(header, vocab, types), True
    set_apart = (UNKNOWN, CONTROL, USER)
    strips = "phi3" in str(header.fields.get("general.name", "")).lower().replace("-", "")
    added = [
        added_token(n, tokens[n], t != USER, strips and tokens[n] not in PLAIN_BESIDE)
        for n, t in enumerate(types.tolist())
        if t in set_apart and tokens[n]
    ]
    around = {"truncation": None, "padding": None, "added_tokens": added}
    ids = {word: special(header, word, len(tokens)) for word in ("bos", "eos")}
    first = ids["bos"] if flag(header, "add_bos_token", begins) else None
    last = ids["eos"] if flag(header, "add_eos_token", False) else None
    return {"version": "1.0", **around, **made, "post_processor": surrounded(tokens, first, last)}


def strings(header: Header, name: str) -> list[str]:
    value = header.fields.get(f"tokenizer.ggml.{name}")
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DataError(f"{header.path}: tokenizer.ggml.{name} is missing, or no list of strings")
    return value


def numbers(header: Header, name: str, count: int, default: float) -> np.ndarray:
    value = header.fields.get(f"tokenizer.ggml.{name}")
    if value is None:
        return np.full(count, default)
    if not isinstance(value, np.ndarray) or len(value) != count or not np.isfinite(value).all():
        raise DataError(f"{header.path}: tokenizer.ggml.{name} is not {count} numbers")
    return value


def special(header: Header, word: str, count: int) -> int | None:
    value = header.fields.get(f"tokenizer.ggml.{word}_token_id")
    return value if isinstance(value, int) and 0 <= value < count else None


def flag(header: Header, name: str, default: bool) -> bool:
    value = header.fields.get(f"tokenizer.ggml.{name}", default)
    if not isinstance(value, bool):
        raise DataError(f"{header.path}: tokenizer.ggml.{name} is neither true nor false")
    return value


def cut_of(header: Header) -> Cut:
    name = str(header.fields.get("tokenizer.ggml.pre", "default"))
    if name == "default" and header.fields.get("general.architecture") == "gpt2":
        name = "gpt-2"
    cut = CUTS.get(ALIASES.get(name, name))
    if cut is None:
        raise DataError(
            f"{header.path}: its tokenizer cuts text as {name[:40]!r}; anew knows {', '.join((*CUTS, *ALIASES))}"
        )
    return cut


# ------------------------------------------------------------------------------------------------ to tokenizer.json


def byte_pairs(header: Header, vocab: Mapping[str, int], cut: Cut) -> dict[str, Any]:
    merges = []
    for line in strings(header, "merges"):
        left, _, right = line[1:].partition(" ")
        left = line[:1] + left
        if left not in vocab or right not in vocab or left + right not in vocab:
            raise DataError(f"{header.path}: its tokenizer joins {line[:80]!r}, which its vocabulary does not hold")
        merges.append([left, right])
    split = {"type": "Split", "behavior": "Isolated", "invert": False}
    cuts = [split | {"pattern": {"Regex": pattern}} for pattern in cut.patterns]
    letters = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return {
        "normalizer": {"type": "NFC"} if cut.nfc else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [*cuts, letters]},
        "decoder": letters,
        "model": pairs_model(vocab, merges, ignore_merges=cut.whole),
    }


def sentence_pairs(header: Header, vocab: Mapping[str, int], types: np.ndarray) -> dict[str, Any]:
    """SentencePiece joins the two neighbours whose joint piece scores highest: byte pairs ranked by that score."""
    tokens, scores = list(vocab), numbers(header, "scores", len(vocab), 0.0)
    pieces = [n for n, t in enumerate(types.tolist()) if t == NORMAL]
    known = {tokens[n] for n in pieces}
    merges = []
    for n in sorted(pieces, key=lambda n: -scores[n]):
        token = tokens[n]
        cuts = ((token[:at], token[at:]) for at in range(1, len(token)))
        merges += [[left, right] for left, right in cuts if left in known and right in known]
    prefix = flag(header, "add_space_prefix", True)
    spaces = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
    back = {"type": "Replace", "pattern": {"String": SPACE}, "content": " "}
    strip = [{"type": "Strip", "content": " ", "start": 1, "stop": 0}] if prefix else []
    unknown = special(header, "unknown", len(tokens))
    odd = [n for n, t in enumerate(types.tolist()) if t == UNKNOWN] if unknown is None else [unknown]
    model = pairs_model(vocab, merges, byte_fallback=True, fuse_unk=True, unk_token=tokens[odd[0]] if odd else None)
    return {
        "normalizer": {
            "type": "Sequence",
            "normalizers": [*([{"type": "Prepend", "prepend": SPACE}] if prefix else []), spaces],
        },
        "pre_tokenizer": None,
        "decoder": {"type": "Sequence", "decoders": [back, {"type": "ByteFallback"}, {"type": "Fuse"}, *strip]},
        "model": model,
    }


def pairs_model(vocab: Mapping[str, int], merges: list[list[str]], **settings: Any) -> dict[str, Any]:
    plain = {"dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None}
    plain |= {"fuse_unk": False, "byte_fallback": False, "ignore_merges": False}
    return {"type": "BPE", **plain, **settings, "vocab": dict(vocab), "merges": merges}


def added_token(n: int, content: str, is_special: bool, strips: bool = False) -> dict[str, Any]:
    plain = {"single_word": False, "lstrip": False, "rstrip": strips, "normalized": False}
    return {"id": n, "content": content, **plain, "special": is_special}


def surrounded(tokens: Sequence[str], first: int | None, last: int | None) -> dict[str, Any] | None:
    """The post-processor that puts `first` before a text and `last` after it."""
    ends = [n for n in (first, last) if n is not None]
    if not ends:
        return None

    def one(n: int | None, kind: int) -> list[dict[str, Any]]:
        return [] if n is None else [{"SpecialToken": {"id": tokens[n], "type_id": kind}}]

    def around(letter: str, kind: int) -> list[dict[str, Any]]:
        return [*one(first, kind), {"Sequence": {"id": letter, "type_id": kind}}, *one(last, kind)]

    known = {tokens[n]: {"id": tokens[n], "ids": [n], "tokens": [tokens[n]]} for n in ends}
    pair = [*around("A", 0), *around("B", 1)]
    return {"type": "TemplateProcessing", "single": around("A", 0), "pair": pair, "special_tokens": known}
