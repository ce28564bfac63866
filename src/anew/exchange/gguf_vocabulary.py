"""A tokenizer.json as the `tokenizer.ggml.*` that GGUF holds.

In: plain values of the library `tokenizers`. Out: metadata. Only what llama.cpp reads the same way is written: byte
pairs over byte letters whose cuts have a name there, and SentencePiece's pairs; anything else is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anew.errors import DataError
from anew.exchange.gguf_tokenizer import BYTE, CONTROL, CUTS, GPT2, NORMAL, SPACE, UNKNOWN, UNUSED, USER

NEVER_JOINED = -1e6  # the score of what no pair makes


def tokenizer_fields(tokenizer: Mapping[str, Any], size: int, where: str) -> dict[str, Any]:
    """`tokenizer.ggml.*` for a model of `size` embeddings; ids without a token are filled up and marked unused."""
    model = tokenizer["model"]
    if model.get("type", "BPE") != "BPE":
        raise DataError(f"{where}: a tokenizer of kind {model['type']!r} has no form in GGUF that llama.cpp reads")
    tokens, types = rows_of(tokenizer, size, where)
    merges = [tuple(m.split(" ", 1)) if isinstance(m, str) else tuple(m) for m in model["merges"]]
    first, last = ends_of(tokenizer.get("post_processor"))
    made: dict[str, Any] = {"tokens": tokens, "add_bos_token": first, "add_eos_token": last}
    if not model.get("byte_fallback"):
        made |= {"model": "gpt2", "pre": cut_name(tokenizer, where), "merges": [" ".join(m) for m in merges]}
        return {f"tokenizer.ggml.{key}": value for key, value in (made | {"token_type": types}).items()}
    scores: dict[str, float] = {}
    for rank, (left, right) in enumerate(merges):
        scores.setdefault(left + right, -float(rank + 1))
    types = [BYTE if is_byte(token) else t for token, t in zip(tokens, types, strict=True)]
    made |= {"model": "llama", "pre": "default", "scores": [scores.get(token, NEVER_JOINED) for token in tokens]}
    made |= {"token_type": types, "add_space_prefix": has_prefix(tokenizer, where)}
    return {f"tokenizer.ggml.{key}": value for key, value in made.items()}


def is_byte(token: str) -> bool:
    return len(token) == 6 and token.startswith("<0x") and token.endswith(">")


def rows_of(tokenizer: Mapping[str, Any], size: int, where: str) -> tuple[list[str], list[int]]:
    """Each id's token and its type."""
    model, added = tokenizer["model"], tokenizer.get("added_tokens") or []
    by_id = {n: token for token, n in model["vocab"].items()} | {a["id"]: a["content"] for a in added}
    if by_id and max(by_id) >= size:
        raise DataError(f"{where}: its tokenizer has the id {max(by_id)}, its embeddings {size} rows")
    types = dict.fromkeys(by_id, NORMAL)
    for a in added:
        plain = not a["special"] and SPACE in a["content"]  # a run of spaces, which pairs make
        types[a["id"]] = NORMAL if plain else CONTROL if a["special"] else USER
    if (unknown := model["vocab"].get(model.get("unk_token"))) is not None:
        types[unknown] = UNKNOWN
    ids = range(size)
    return [by_id.get(n, f"[PAD{n}]") for n in ids], [types.get(n, UNUSED) for n in ids]


def ends_of(processor: Mapping[str, Any] | None) -> tuple[bool, bool]:
    """Whether a token is put before and after every text."""
    if processor is None:
        return False, False
    if processor["type"] == "Sequence":
        found = [ends_of(p) for p in processor["processors"]]
        return any(a for a, _ in found), any(b for _, b in found)
    single = processor.get("single") or [{}]
    return "SpecialToken" in single[0], "SpecialToken" in single[-1]


def flat(part: Mapping[str, Any] | None, inner: str) -> list[Mapping[str, Any]]:
    """A step or a sequence of steps as a list."""
    if part is None:
        return []
    return [step for p in part[inner] for step in flat(p, inner)] if part["type"] == "Sequence" else [part]


def cut_name(tokenizer: Mapping[str, Any], where: str) -> str:
    """llama.cpp's name of how the tokenizer cuts text."""
    patterns, letters = [], False
    for step in flat(tokenizer.get("pre_tokenizer"), "pretokenizers"):
        if step["type"] == "ByteLevel" and not step.get("add_prefix_space", True):
            letters = True
            patterns += [GPT2] if step.get("use_regex", True) else []
        elif step["type"] == "Digits":
            patterns.append(r"\p{N}" if step["individual_digits"] else r"\p{N}+")
        elif step["type"] == "Split" and "Regex" in step["pattern"] and step["behavior"] == "Isolated":
            patterns.append(step["pattern"]["Regex"])
        else:
            patterns.append(f"<{step['type']}>")
    normal = {step["type"] for step in flat(tokenizer.get("normalizer"), "normalizers")}
    whole = bool(tokenizer["model"].get("ignore_merges"))
    meant = [
        (name, cut.whole is whole, normal == ({"NFC"} if cut.nfc else set()))
        for name, cut in CUTS.items()
        if cut.patterns == tuple(patterns)
    ]
    found = [name for name, *same in meant if all(same)]
    if meant and letters and not found:
        raise DataError(f"{where}: llama.cpp's {meant[0][0]} joins or normalises otherwise than its tokenizer")
    if not (found and letters):
        raise DataError(f"{where}: llama.cpp has no name for how its tokenizer cuts text: {', '.join(patterns)[:160]}")
    return found[0]


def has_prefix(tokenizer: Mapping[str, Any], where: str) -> bool:
    """Whether a space is put before every text."""
    prefix = False
    for step in flat(tokenizer.get("normalizer"), "normalizers"):
        prefix |= step["type"] == "Prepend"
        if step["type"] not in ("Prepend", "Replace"):
            raise DataError(f"{where}: its tokenizer's {step['type']} has no form in GGUF")
    for step in flat(tokenizer.get("pre_tokenizer"), "pretokenizers"):
        prefix |= step["type"] == "Metaspace" and step.get("prepend_scheme", "always") != "never"
    return prefix
