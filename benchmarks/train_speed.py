"""Training tokens a second beside Hugging Face's GPT-2 of the same shape, interleaved, on one and two threads.

    make .venv/ready-peers; python benchmarks/train_speed.py
    python benchmarks/train_speed.py --threads 1 --rounds 5 --seconds 2      # a first look

Both sides learn the same tokens in batches of the same rows: ours by the trainer's own step (Muon and AdamW or AdamW
alone, as --optimiser says), GPT-2 by the plainest good loop: no dropout, scaled dot-product attention, fused AdamW, the
gradient clipped. Further columns: GPT-2 as it comes (its dropout, its own attention choice, AdamW that is not fused),
and ours without its table of n-grams. `--clock cpu` counts CPU seconds, for one thread beside other work.
Each round times every side once, in turn; figures are medians over rounds, ratios are taken round by round. The last
line of stdout is JSON; exit code 1 when a promise is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SHAPES = {"4 x 128": (4, 128, 4, 1.3), "6 x 384": (6, 384, 6, 1.15)}  # layers, width, heads, promised ratio
CONTEXT, VOCAB = 128, 96
Step = Callable[[], None]


def main() -> int:
    asked = arguments()
    results: list[dict[str, Any]] = []
    for threads in asked.threads:
        for name in asked.shapes:
            found = compare(name, threads, asked)
            results.append(found)
            print(
                f"{name}, {threads} thread{'s' * (threads > 1)}: ours {found['ours']:,.0f} tokens a second, "
                f"{found['ratio']:.2f} × GPT-2 [{found['low']:.2f}, {found['high']:.2f}], "
                f"{found['ratio_as_it_comes']:.2f} × as it comes; "
                f"without the table {found['ratio_without_table']:.2f} × (promised {found['promised']} ×)",
                flush=True,
            )
    passed = all(found["ratio"] >= found["promised"] for found in results)
    settings = {"rows": asked.rows, "context": CONTEXT, "optimiser": asked.optimiser, "rounds": asked.rounds}
    print(json.dumps({"passed": passed, "results": results, **settings}))
    return 0 if passed else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=3.0, help="of a side in a round, at least")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--optimiser", choices=("muon", "adamw"), default="adamw")
    return parser.parse_args()


def compare(name: str, threads: int, asked: argparse.Namespace) -> dict[str, Any]:
    """The three sides' medians, and the ratio of ours to GPT-2 with the spread of its rounds."""
    import torch

    torch.set_num_threads(threads)
    layers, width, heads, promised = SHAPES[name]
    with tempfile.TemporaryDirectory() as folder:
        sides = {
            "ours": ours(layers, width, heads, threads, asked, Path(folder) / "ours"),
            "without_table": ours(layers, width, heads, threads, asked, Path(folder) / "without", ngrams=1),
            "gpt2": gpt2(layers, width, heads, asked, plain=False),
            "gpt2_as_it_comes": gpt2(layers, width, heads, asked, plain=True),
        }
        paces: dict[str, list[float]] = {side: [] for side in sides}
        for step in sides.values():
            pace(step, 0.5, asked)  # warm
        for _ in range(asked.rounds):
            for side, step in sides.items():
                paces[side].append(pace(step, asked.seconds, asked))
    ratios = sorted(a / b for a, b in zip(paces["ours"], paces["gpt2"], strict=True))
    comes = [a / b for a, b in zip(paces["ours"], paces["gpt2_as_it_comes"], strict=True)]
    without = [a / b for a, b in zip(paces["without_table"], paces["gpt2"], strict=True)]
    medians = {side: statistics.median(values) for side, values in paces.items()}
    return {
        "shape": name, "threads": threads, "promised": promised, **medians, "ratio": statistics.median(ratios),
        "low": ratios[0], "high": ratios[-1], "ratio_as_it_comes": statistics.median(comes),
        "ratio_without_table": statistics.median(without),
    }  # fmt: skip


def pace(step: Step, seconds: float, asked: argparse.Namespace) -> float:
    """Tokens a second of at least so many seconds of steps."""
    now = time.process_time if asked.clock == "cpu" else time.perf_counter
    begun, steps = now(), 0
    while (gone := now() - begun) < seconds or steps < 3:
        step()
        steps += 1
    return steps * asked.rows * CONTEXT / gone


def tokens(count: int) -> np.ndarray[Any, Any]:
    """Something to learn: letters that follow one another by a fixed table, with noise."""
    rng = np.random.default_rng(0)
    table, made = rng.integers(0, VOCAB - 1, VOCAB), np.empty(count, np.int64)
    made[0], noise = 1, rng.integers(0, VOCAB - 1, count)
    for i in range(1, count):
        made[i] = noise[i] if noise[i] % 3 == 0 else table[made[i - 1]]
    return made


def ours(
    layers: int, width: int, heads: int, threads: int, asked: argparse.Namespace, folder: Path, ngrams: int = 5
) -> Step:
    """The trainer's own step of our transformer, with its loader and its table of n-grams (1: none)."""
    import torch

    from anew.contract import Codec, Spec
    from anew.data.loader import Loader
    from anew.data.records import Record
    from anew.data.shards import Shards, write_shards
    from anew.recipe import Train
    from anew.train.build import build_model
    from anew.train.loop import Trainer

    class Letters(Codec):
        modality = "text"

        def __init__(self) -> None:
            self.spec = Spec("tokens", (CONTEXT,), VOCAB, VOCAB - 1)

        def fit(self, samples: Any) -> None: ...

        def encode(self, samples: Any) -> Any:
            return [torch.from_numpy(tokens(200_000)) for _ in samples]

        def decode(self, data: Any) -> Any: ...

        def state(self) -> dict[str, Any]:
            return {}

        def load(self, state: Any) -> None: ...

    write_shards(
        lambda split: iter([Record.of("one", None, "", None)] if split == "train" else []),
        Letters(), None, lambda record: record.value, folder / "shards", splits=("train",),
    )  # fmt: skip
    loader = Loader(Shards(folder / "shards"), "train", asked.rows, 0)
    settings = {"width": width, "layers": layers, "heads": heads, "sparse": True, "ngrams": ngrams}
    model = build_model("transformer", loader.spec, settings, 0)
    train = Train(steps=10**6, batch=asked.rows, optimiser=asked.optimiser, threads=threads)
    trainer, count = Trainer(model, train, loader, None, folder / "train", 0), iter(range(10**6))
    return lambda: void(trainer.train_step(next(count)))


def gpt2(layers: int, width: int, heads: int, asked: argparse.Namespace, plain: bool) -> Step:
    """A step of GPT-2. `plain`: with the defaults of its library and of torch."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    shape = {"n_layer": layers, "n_head": heads, "n_embd": width, "n_positions": CONTEXT, "vocab_size": VOCAB}
    shape |= {"bos_token_id": VOCAB - 1, "eos_token_id": VOCAB - 1}
    tuned: dict[str, Any] = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0, "attn_implementation": "sdpa"}
    model = GPT2LMHeadModel(GPT2Config(**shape, use_cache=False, **({} if plain else tuned))).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, **({} if plain else {"fused": True}))
    data, rng = torch.from_numpy(tokens(200_000)), np.random.default_rng(0)

    def step() -> None:
        at = torch.from_numpy(rng.integers(0, len(data) - CONTEXT - 1, asked.rows))[:, None] + torch.arange(CONTEXT + 1)
        x = data[at]
        logits = model(x[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), x[:, 1:].flatten())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    return step


def void(value: object) -> None:
    """A step gives back nothing."""


if __name__ == "__main__":
    raise SystemExit(main())
