"""Is the forecast right? Each configuration in a process of its own: forecast, then train, then compare.

    python benchmarks/forecast.py [--clock cpu] [NAME …]

Memory: the process's peak resident set against the forecast's, within ± 25 %. Time: the training's wall time (or with
`--clock cpu`, for a machine that does other things too, its CPU time) against the forecast's, within ± 40 %. The last
line is JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MEMORY, TIME = 0.25, 0.40
MUON = {"optimiser": "muon"}
# name: model, size, its data's shape (context, or the grid's axes), settings of training
CONFIGURATIONS: dict[str, tuple[str, str, tuple[int, ...], dict[str, Any]]] = {
    "transformer-xs-short": ("transformer", "xs", (64,), {"batch": 8, "steps": 400}),
    "transformer-xs-long": ("transformer", "xs", (512,), {"batch": 32, "steps": 20, "ema": 0.99}),
    "transformer-s": ("transformer", "s", (128,), {"batch": 32, "steps": 40, **MUON}),
    "transformer-s-parts": ("transformer", "s", (256,), {"batch": 32, "steps": 16, "accumulate": 4, **MUON}),
    "transformer-m": ("transformer", "m", (128,), {"batch": 16, "steps": 20, "ema": 0.99}),
    "autoencoder-xs": ("autoencoder", "xs", (1, 28, 28), {"batch": 64, "steps": 150}),
    "autoencoder-s": ("autoencoder", "s", (3, 32, 32), {"batch": 128, "steps": 30, "ema": 0.99}),
    "flow-s": ("flow", "s", (24,), {"batch": 512, "steps": 300, "ema": 0.99}),
    "flow-l": ("flow", "l", (96,), {"batch": 256, "steps": 150, "ema": 0.99}),
    "classifier-s": ("classifier", "s", (1, 28, 28), {"batch": 128, "steps": 30}),
}


def main() -> int:
    asked = sys.argv[1:]
    if asked[:1] == ["--child"]:
        child(asked[1], Path(asked[2]), asked[3])
        return 0
    clock, asked = (asked[1], asked[2:]) if asked[:1] == ["--clock"] else ("wall", asked)
    results, right = {}, True
    for name in asked or CONFIGURATIONS:
        with tempfile.TemporaryDirectory() as scratch:
            command = [sys.executable, __file__, "--child", name, scratch, clock]
            run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(run.stdout.splitlines()[-1])
        off = {what: found[f"{what}_forecast"] / found[what] - 1 for what in ("memory", "seconds")}
        results[name] = found | {f"{what}_off": round(value, 3) for what, value in off.items()}
        right &= abs(off["memory"]) <= MEMORY and abs(off["seconds"]) <= TIME
        print(f"{name:22} memory {found['memory'] / 1e6:6.0f} MB ({off['memory']:+.0%})", end="  ")
        print(f"time {found['seconds']:5.1f} s ({off['seconds']:+.0%})", flush=True)
    worst = {what: max(abs(r[f"{what}_off"]) for r in results.values()) for what in ("memory", "seconds")}
    print(json.dumps({"right": right, "clock": clock, "worst": worst, "configurations": results}, sort_keys=True))
    return 0 if right else 1


def child(name: str, scratch: Path, clock: str) -> None:
    """Forecast, train and measure one configuration; the last line of stdout is JSON."""
    from anew.data.loader import Loader
    from anew.recipe import Train
    from anew.registry import find
    from anew.train.build import build_model
    from anew.train.forecast import forecast
    from anew.train.loop import Trainer

    model_name, size, shape, changes = CONFIGURATIONS[name]
    settings = Train(threads=1, clock=clock, **changes)
    shards = data(scratch / "shards", shape)
    loader, held_out = (Loader(shards, split, settings.batch, 0) for split in ("train", "validation"))
    model = build_model(model_name, shards.spec, find("models", model_name).sizes[size], 0)
    told = forecast(model, settings, loader, scratch / "train")
    now = time.process_time if clock == "cpu" else time.perf_counter
    begun = now()
    for _ in Trainer(model, settings, loader, held_out, scratch / "train", 0).run():
        pass
    seconds = now() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    found = {
        "memory": peak, "memory_forecast": told.memory_bytes,
        "seconds": round(seconds, 2), "seconds_forecast": round(told.seconds, 2), "parameters": told.parameters,
    }  # fmt: skip
    print(json.dumps(found, sort_keys=True))


def data(folder: Path, shape: tuple[int, ...]) -> Any:
    """Seeded shards: tokens where the shape is a context alone and no latent, else grids with ten classes."""
    from dataclasses import asdict

    import numpy as np

    from anew.contract import CondSpec, Spec
    from anew.data.manifest import Manifest, write
    from anew.data.shards import ColumnWriter, Shards

    rng = np.random.default_rng(0)
    tokens = len(shape) == 1 and shape[0] >= 64 and shape[0] != 96
    spec = Spec("tokens", shape, 65, 64) if tokens else Spec("grid", shape, cond=CondSpec(classes=10))
    columns, counts = {}, {}
    for split, n in (("train", 2000), ("validation", 500)):
        if tokens:
            columns[split, "tokens"], columns[split, "starts"] = rng.integers(0, 65, 200 * n), np.array([1])
        else:
            columns[split, "grid"], columns[split, "labels"] = rng.normal(size=(n, *shape)), rng.integers(0, 10, n)
        counts |= {f"{split}_items": n}
    folder.mkdir()
    kinds = {"tokens": np.uint8, "starts": np.int64, "labels": np.int64, "grid": np.float32}
    for (split, name), rows in columns.items():
        writer = ColumnWriter(folder / f"{split}.{name}.npy", kinds[name], rows.shape[1:])
        writer.write(rows)
        writer.close()
    files = {f"{split}.{name}.npy": "" for split, name in columns}
    write(folder, Manifest("encode", "", {}, counts, files, {"spec": asdict(spec)}))
    return Shards(folder)


if __name__ == "__main__":
    sys.exit(main())
