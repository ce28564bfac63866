"""What the loader and the loop cost beside the model's own work, at the smallest size of the size dial.

    python benchmarks/loop_overhead.py [PAIRS]

A pair times the same number of steps twice: bare (one batch held in memory; loss, backward, clip, optimiser) and whole
(Trainer.train_step with loader, average and journal). Pairs are interleaved, so that both meet the same machine; the
figure is the median pair's (whole - bare) / bare, with the pairs' quartiles. The last line is JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from anew.codecs.text import Characters
from anew.contract import CondSpec, Spec
from anew.data.loader import Loader
from anew.data.manifest import Manifest, write
from anew.data.records import Record
from anew.data.shards import ColumnWriter, Shards, write_shards
from anew.recipe import Train
from anew.registry import find
from anew.train.build import build_model
from anew.train.journal import TRAIN, Journal
from anew.train.loop import Trainer
from anew.train.optimise import share_of_peak

STEPS = {"transformer": 10, "flow": 40}
LIMIT = 0.05


def main() -> int:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    torch.set_num_threads(1)
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, shards in data(Path(scratch)):
            settings = SETTINGS[name]
            model = build_model(name, shards.spec, find("models", name).sizes["xs"], 0)
            trainer = Trainer(model, settings, Loader(shards, "train", settings.batch, 0), None, Path(scratch), 0)
            results[name] = compare(trainer, Journal(Path(scratch), 10**6, 0), STEPS[name], pairs)
            print(f"{name}: {results[name]}")
    worst = max(r["overhead"] for r in results.values())
    print(json.dumps({"overhead": worst, "limit": LIMIT, "models": results}, sort_keys=True))
    return 0 if worst <= LIMIT else 1


SETTINGS = {
    "transformer": Train(steps=10**6, batch=32, optimiser="muon", ema=0.999, threads=1),
    "flow": Train(steps=10**6, batch=512, ema=0.998, threads=1),
}


def data(scratch: Path) -> Iterator[tuple[str, Shards]]:
    """Seeded data in the two kinds: characters, and vectors with ten classes as a learned codec makes them."""
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz ,.\n"))
    codec = Characters()
    codec.fit(["".join(letters) * 8])

    def records(split: str) -> Iterator[Record]:
        return (Record.of("".join(rng.choice(letters, 20_000)), None, str(i), None) for i in range(50))

    write_shards(records, codec, None, lambda r: r.value, scratch / "tokens", splits=("train",))
    yield "transformer", Shards(scratch / "tokens")
    (scratch / "grid").mkdir()
    for column, rows in (("grid", rng.normal(size=(30_000, 16))), ("labels", rng.integers(0, 10, 30_000))):
        writer = ColumnWriter(
            scratch / "grid" / f"train.{column}.npy", np.float32 if column == "grid" else np.int64, rows.shape[1:]
        )
        writer.write(rows)
        writer.close()
    spec = Spec("grid", (16,), cond=CondSpec(classes=10))
    files = {f"train.{column}.npy": "" for column in ("grid", "labels")}
    facts = {"spec": {"kind": "grid", "shape": [16], "vocab": 0, "end": None, "cond": vars(spec.cond)}}
    write(scratch / "grid", Manifest("encode", "", {}, {"train_items": 30_000, "train_length": 30_000}, files, facts))
    yield "flow", Shards(scratch / "grid")


def compare(trainer: Trainer, journal: Journal, steps: int, pairs: int) -> dict[str, float]:
    bare, whole = bare_steps(trainer), whole_steps(trainer, journal)
    for work in (bare, whole):
        timed(work, 2 * steps)
    shares, bare_seconds = [], []
    for pair in range(pairs):
        order = (bare, whole) if pair % 2 else (whole, bare)
        seconds = {work: timed(work, steps) for work in order}
        shares.append(seconds[whole] / seconds[bare] - 1)
        bare_seconds.append(seconds[bare] / steps)
    low, middle, high = statistics.quantiles(shares, n=4)
    figures = {"overhead": middle, "low": low, "high": high, "step_seconds": statistics.median(bare_seconds)}
    return {name: round(value, 6) for name, value in figures.items()}


def bare_steps(trainer: Trainer) -> Callable[[], None]:
    batch, steps = trainer.loader.batch(0), iter(range(10**6))
    (phase,) = trainer.phases
    optimiser, settings = trainer.optimisers[phase.name], trainer.settings

    def step() -> None:
        optimiser.zero_grad()
        loss, _ = trainer.model.loss(batch, phase.name, trainer.rng)
        loss.backward()
        optimiser.step(share_of_peak(next(steps), 10**6, settings))

    return step


def whole_steps(trainer: Trainer, journal: Journal) -> Callable[[], None]:
    def step() -> None:
        seen = trainer.train_step(trainer.progress.step)
        trainer.progress.step += 1
        journal.write(TRAIN, trainer.progress.step, seen | {"seconds": round(time.perf_counter(), 3)})

    return step


def timed(work: Callable[[], None], steps: int) -> float:
    begun = time.process_time()
    for _ in range(steps):
        work()
    return time.process_time() - begun


if __name__ == "__main__":
    sys.exit(main())
