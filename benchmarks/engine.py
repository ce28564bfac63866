"""The engine beside llama-cpp-python and Hugging Face `generate` on one model, and the promises that it makes.

    python benchmarks/engine.py MODEL.gguf [--threads 1] [--rounds 5] [--only speed,clients,exact] [--tokens 200]

speed    prefill, and decoding of 1, 8 and 16 requests of ragged lengths through the real scheduler, greedy, drafts and
         prefix cache off. Sides take turns, one round each, and every figure is the median over the rounds. llama.cpp
         runs the better of Q4_0 and Q8_0, written from the same weights; `generate` in float32, batch 1. anew runs on
         torch alone, and where the kernel is built and computes the model's form, with it beside that.
clients  eight requests of mixed lengths at once against each by itself, with the kernel and by torch alone; what
         padding a lone request to a block costs in floats (in eight bits nothing is padded).
exact    eight requests, alone, in company, with the prefix cache, with drafts; at temperature 0 and 1; int8, floats.

Before anything is timed the model is quantised, and what that costs on held-out text is measured: the language
reference that every Python brings. llama-cpp-python and transformers are left out, by name, where they are not
installed. The last line is JSON; the exit code says whether every promise that could be measured was kept.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

LEAST = {"prefill": 1.8, "decode 1": 0.7, "decode 8": 1.3, "decode 16": 1.5}  # times llama.cpp's tokens a second
BY_KERNEL = LEAST | {"decode 1": 0.9}
GENERATE, CLIENTS = 3.0, 2.5
LENGTHS = (128, 24, 300, 60, 180, 12, 90, 240)
PREFILL, DECODED = 512, 48


def main() -> int:
    asked = arguments()
    import torch

    torch.set_num_threads(asked.threads)
    from anew.engine.quantise import quantise
    from anew.engine.runner import Runner

    decoder, end, ids = opened(asked.model)
    result: dict[str, Any] = {"threads": asked.threads, "torch": torch.__version__}
    kept: dict[str, bool] = {}
    parts = asked.only.split(",")
    if "exact" in parts:
        result["exact"] = {"floats": exact(decoder, end, ids, asked.tokens)}
    if "clients" in parts:
        result["padding"] = padding(decoder, asked.rounds)
    sides: dict[str, Any] = {}
    if "speed" in parts:
        sides = peers(asked, decoder)
    quality = quantise(decoder, ids[: asked.held_out])
    assert quality is not None
    result["quality"] = {"tokens": quality.tokens, "floats": quality.plain, "int8": quality.int8}
    print(f"int8 loses {quality.worse:.4f} nats a token on {quality.tokens} held-out tokens", flush=True)
    if "exact" in parts:
        result["exact"]["int8"] = exact(decoder, end, ids, asked.tokens)
        kept["exact"] = all(all(found.values()) for found in result["exact"].values())
    if "speed" in parts:
        sides["torch"] = Anew(decoder, end, kernel=False)
        if Runner(decoder).kernel is None:
            print("no kernel here, or none for this model: its column is left out", flush=True)
        else:
            sides["kernel"] = Anew(decoder, end)
        result["speed"] = speed(sides, ids.tolist(), asked.rounds)
        kept |= judged(result["speed"])
    if "clients" in parts:
        for way, by_kernel in (("torch", False), *((("kernel", True),) if Runner(decoder).kernel else ())):
            found = clients(Anew(decoder, end, by_kernel), ids.tolist(), asked.rounds)
            print(f"eight clients {found:.2f} × one ({way})", flush=True)
            result[f"clients {way}"], kept[f"clients {way}"] = found, found >= CLIENTS
    print(json.dumps(result | {"kept": kept}, sort_keys=True))
    return 0 if all(kept.values()) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=200, help="that each request of `exact` writes")
    parser.add_argument("--held-out", type=int, default=21_100, help="tokens that quality is measured on")
    parser.add_argument("--only", default="speed,clients,exact")
    return parser.parse_args()


def opened(path: Path) -> tuple[Any, int, Any]:
    """The decoder, its end symbol, and the tokens of a text that it may not have learned by heart."""
    from pydoc_data.topics import topics

    import torch
    from tokenizers import Tokenizer

    from anew.exchange.gguf import read
    from anew.exchange.proof import network_of

    foreign = read(path)
    decoder, end = network_of(foreign)
    tokenizer = Tokenizer.from_str(json.dumps(foreign.tokenizer))
    text = "\n\n".join(topics[name] for name in sorted(topics))
    return decoder.eval(), end, torch.tensor(tokenizer.encode(text, add_special_tokens=False).ids)


# ------------------------------------------------------------------------------------------------ sides


class Anew:
    """Seconds of prefill and of decoding, through the scheduler."""

    def __init__(self, decoder: Any, end: int, kernel: bool = True) -> None:
        self.decoder, self.end, self.kernel = decoder, end, kernel

    def engine(self, **settings: Any) -> Any:
        from anew.engine.engine import Engine
        from anew.engine.runner import Runner

        return Engine(Runner(self.decoder, kernel=self.kernel), (self.end,), **{"prefix_bytes": 0} | settings)

    def times(self, prompts: list[list[int]], new: int) -> tuple[float, float]:
        """Until every prompt is read and has its first token; and from there until each has `new` more."""
        from anew.contract import AppendOptions
        from anew.engine.requests import Request

        engine = self.engine()
        never = AppendOptions(max_new=new + 64, temperature=0.0, bias=((self.end, -1e9),))
        tickets = [engine.submit(Request(tuple(prompt), never, drafts=False)) for prompt in prompts]
        start = time.perf_counter()
        while engine.scheduler.reading:
            engine.step()
        read = time.perf_counter()
        for _ in range(new):
            engine.step()
        done = time.perf_counter()
        for ticket in tickets:
            ticket.cancel()
        return read - start, done - read


class LlamaCpp:
    """llama.cpp by its own batches, one sequence a request."""

    def __init__(self, path: Path, threads: int) -> None:
        import llama_cpp

        self.api = api = llama_cpp
        self.llama = api.Llama(str(path), n_ctx=512, verbose=False)
        settings = api.llama_context_default_params()
        settings.n_ctx, settings.n_batch, settings.n_ubatch, settings.n_seq_max = 8192, 512, 512, 16
        settings.n_threads = settings.n_threads_batch = threads
        settings.kv_unified = False  # a cache for each sequence: quicker for batches than one for all
        self.ctx = api.llama_init_from_model(self.llama.model, settings)  # Llama itself opens one sequence alone

    def times(self, prompts: list[list[int]], new: int) -> tuple[float, float]:
        api, ctx = self.api, self.ctx
        api.llama_memory_clear(api.llama_get_memory(ctx), True)
        batch = api.llama_batch_init(512, 0, 1)
        vocab, logits = self.llama.n_vocab(), api.llama_get_logits_ith

        def run(rows: list[tuple[int, int, int, bool]]) -> None:
            batch.n_tokens = len(rows)
            for i, (token, at, sequence, wanted) in enumerate(rows):
                batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, at, 1
                batch.seq_id[i][0], batch.logits[i] = sequence, wanted
            if api.llama_decode(ctx, batch):
                raise RuntimeError("llama_decode failed")

        def best(i: int) -> int:
            import numpy as np

            return int(np.ctypeslib.as_array(logits(ctx, i), (vocab,)).argmax())

        start = time.perf_counter()
        tokens = []
        for sequence, prompt in enumerate(prompts):
            for first in range(0, len(prompt), 512):
                part = prompt[first : first + 512]
                run([(t, first + i, sequence, first + i + 1 == len(prompt)) for i, t in enumerate(part)])
            tokens.append(best(len(part) - 1))
        read = time.perf_counter()
        for n in range(new):
            run([(token, len(prompts[s]) + n, s, True) for s, token in enumerate(tokens)])
            tokens = [best(i) for i in range(len(tokens))]
        done = time.perf_counter()
        api.llama_batch_free(batch)
        return read - start, done - read


class Generate:
    """Hugging Face `generate`, greedy, float32, one prompt."""

    def __init__(self, path: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        loaded = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
        self.model = loaded.eval()

    def times(self, prompts: list[list[int]], new: int) -> tuple[float, float]:
        import torch

        x = torch.tensor(prompts)
        passed = []
        with torch.inference_mode():
            for length in (1, 1 + new):
                start = time.perf_counter()
                self.model.generate(x, max_new_tokens=length, min_new_tokens=length, do_sample=False, pad_token_id=0)
                passed.append(time.perf_counter() - start)
        return passed[0], passed[1] - passed[0]


def peers(asked: argparse.Namespace, decoder: Any) -> dict[str, Any]:
    """Those that are installed."""
    from anew.exchange.gguf import read, write

    sides: dict[str, Any] = {}
    if importlib.util.find_spec("llama_cpp") is None:
        print("llama-cpp-python is not installed: its column is left out", flush=True)
    else:
        folder = Path(tempfile.mkdtemp())
        for quant in ("q4_0", "q8_0"):
            sides[f"llama.cpp {quant}"] = LlamaCpp(
                write(read(asked.model), folder / f"{quant}.gguf", quant), asked.threads
            )
    if importlib.util.find_spec("transformers") is None:
        print("transformers is not installed: its column is left out", flush=True)
    else:
        sides["generate"] = Generate(asked.model)
    return sides


# ------------------------------------------------------------------------------------------------ what is measured


def speed(sides: dict[str, Any], ids: list[int], rounds: int) -> dict[str, dict[str, float]]:
    """Tokens a second of each side in each case: medians over rounds in which the sides take turns."""
    cases: dict[str, tuple[list[list[int]], int]] = {"prefill": ([ids[:PREFILL]], 0)}
    for n in (1, 8, 16):
        cases[f"decode {n}"] = ([ids[100 * i : 100 * i + LENGTHS[i % 8]] for i in range(n)], DECODED)
    rates: dict[str, dict[str, list[float]]] = {case: {} for case in cases}
    for _ in range(rounds):
        for case, (prompts, new) in cases.items():
            for name, side in sides.items():
                if name == "generate" and len(prompts) > 1:
                    continue
                read, wrote = side.times(prompts, new)
                rate = len(prompts) * new / wrote if new else PREFILL / read
                rates[case].setdefault(name, []).append(rate)
    found = {case: {name: median(values) for name, values in of.items()} for case, of in rates.items()}
    for case, of in found.items():
        print(f"{case:10}", "  ".join(f"{name} {rate:.0f}/s" for name, rate in of.items()), flush=True)
    return found


def judged(rates: dict[str, dict[str, float]]) -> dict[str, bool]:
    """Each promise against the better of the two files."""
    kept = {}
    for case, of in rates.items():
        theirs = max((rate for name, rate in of.items() if name.startswith("llama")), default=0.0)
        for side, least in {"torch": LEAST, "kernel": BY_KERNEL}.items():
            if theirs and side in of:
                kept[f"{case} {side}"] = of[side] / theirs >= least[case]
    if "generate" in rates["decode 1"]:
        kept["generate"] = rates["decode 1"]["torch"] / rates["decode 1"]["generate"] >= GENERATE
    return kept


def clients(side: Anew, ids: list[int], rounds: int) -> float:
    """Eight at once, as a multiple of one after the other, reading included."""
    from anew.contract import AppendOptions
    from anew.engine.requests import Request

    asked = [
        Request(tuple(ids[100 * i : 100 * i + length]), AppendOptions(max_new=DECODED, temperature=0.0), drafts=False)
        for i, length in enumerate(LENGTHS)
    ]

    def one_by_one() -> None:
        for request in asked:
            side.engine().run([request])

    alone, together = turns([one_by_one, lambda: side.engine().run(asked)], rounds)
    return alone / together


def padding(decoder: Any, rounds: int) -> float:
    """A step of one row in a block of eight, as a multiple of one in a block of its own."""
    from anew.engine.runner import Runner

    runners = [Runner(decoder, rows=rows) for rows in (1, 8)]
    memory = runners[0].open(256)
    single, padded = turns([lambda r=r: r.step([(1, 200, memory)]) for r in runners], 8 * rounds)
    print(f"padding to a block costs {padded / single:.2f} × in floats", flush=True)
    return padded / single


def turns(what: list[Callable[[], Any]], rounds: int) -> list[float]:
    """Median seconds of each, by turns."""
    import torch

    passed: list[list[float]] = [[] for _ in what]
    with torch.inference_mode():
        for _ in range(rounds):
            for call, of in zip(what, passed, strict=True):
                start = time.perf_counter()
                call()
                of.append(time.perf_counter() - start)
    return [median(of) for of in passed]


def exact(decoder: Any, end: int, ids: Any, new: int) -> dict[str, bool]:
    """Whether eight requests get the same tokens alone and otherwise; half of them share a beginning."""
    from anew.contract import AppendOptions
    from anew.engine.requests import Request

    found = {}
    for temperature in (0.0, 1.0):
        asked = [
            Request(
                tuple(ids[:256].tolist() * (i % 2) + ids[300 * i : 300 * i + length].tolist()),
                AppendOptions(max_new=new, temperature=temperature),
                seed=i,
                drafts=False,
            )
            for i, length in enumerate(LENGTHS)
        ]
        side = Anew(decoder, end)
        alone = [side.engine().run([one])[0].tokens for one in asked]
        cached = side.engine(prefix_bytes=1 << 28)
        cached.run([replace(asked[1], options=AppendOptions(max_new=1))])
        ways = {
            "company": side.engine().run(asked),
            "prefix": cached.run(asked),
            "drafts": side.engine().run([replace(one, drafts=True) for one in asked]),
        }
        found |= {f"{way} {temperature}": [a.tokens for a in answers] == alone for way, answers in ways.items()}
    print("exact:", found, flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
