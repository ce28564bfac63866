"""Tables against what they promise: three of them, every figure, and SDV's CTGAN beside ours where it is installed.

    python benchmarks/tables.py [--minutes 2] [--tables penguins breast-cancer diamonds] [--out FOLDER]

Runs `anew run table` on each in a fresh ANEW_HOME (or keeps the runs in FOLDER), with constraints that hold in the
data, and reads the evidence: column shapes and pair trends >= 0.85, no exact copy of a training row, no constraint
broken; then asks for rows with `--where` and counts those that do not meet it. Where the package `sdv` (2.0) can be
imported its CTGAN learns the same training rows for as long, and is judged by the same functions in the same process.
One line of JSON a table, and a last one with all of them; exit code 1 when a promise is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

TABLES: dict[str, tuple[list[str], str]] = {  # constraints that hold in the data, and rows to ask for
    "penguins": (["bill_depth_mm < bill_length_mm", "year >= 2007"], "species == Gentoo and body_mass_g > 5000"),
    "breast-cancer": (["mean_radius <= worst_radius", "mean_area > 0"], "diagnosis == benign and mean_radius > 13"),
    "diamonds": (["price > 0", "carat <= 6"], "cut == Ideal and carat > 1 and price < 8000"),
}
LIKE, ASKED = 0.85, 300
SHOWN = ("column_shapes", "pair_trends", "exact_copies", "near_copies", "two_sample_auc", "train_on_synthetic")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2.0, help="CPU-minutes of training a table")
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=list(TABLES))
    parser.add_argument("--recipe", default="table")
    parser.add_argument("--out", type=Path, help="keep the runs in this folder")
    asked = parser.parse_args()
    results = []
    for name in asked.tables:
        with tempfile.TemporaryDirectory() as scratch:
            os.environ["ANEW_HOME"] = os.environ.get("ANEW_HOME", scratch)
            results.append(one(asked.recipe, name, asked.minutes, (asked.out or Path(scratch)) / name))
        print(json.dumps(results[-1], sort_keys=True), flush=True)
    kept = all(value for found in results for value in found["promises_kept"].values())
    print(json.dumps({"kept": kept, "minutes": asked.minutes, "tables": results}, sort_keys=True))
    return 0 if kept else 1


def one(recipe_name: str, name: str, minutes: float, folder: Path) -> dict[str, Any]:
    """A run on one table, and what it came to."""
    from anew.artifact import load_artifact
    from anew.engine.generate import generate
    from anew.recipe import override, parse
    from anew.recipes import find, pipeline

    constraints, where = TABLES[name]
    changes = {"data.source": name, "train.minutes": minutes, "train.clock": "cpu", "train.threads": 1}
    changes |= {"codec.constraints": constraints, "deploy.name": f"bench-{name}"}
    recipe = parse(override(find(recipe_name), changes, typed=True))
    begun = time.process_time()
    pipeline.run(recipe, folder, until="train")
    seconds = time.process_time() - begun
    pipeline.run(recipe, folder)
    evidence = json.loads((folder / "validate" / "report.json").read_text("utf-8"))["metrics"]
    artifact = load_artifact(folder / "model")
    begun = time.process_time()
    rows = generate(artifact, ASKED, 1, where=where).samples
    asking = time.process_time() - begun
    condition = artifact.codec.condition(where)  # type: ignore[attr-defined]
    missed = sum(not condition.met(row) for row in rows)
    kept = {
        "column_shapes": evidence["column_shapes"]["value"] >= LIKE,
        "pair_trends": evidence["pair_trends"]["value"] >= LIKE,
        "exact_copies": evidence["exact_copies"]["value"] == 0,
        "constraints": evidence["constraints_broken"]["value"] == 0,
        "where": missed == 0,
    }
    figures = {key: [m["value"], m["low"], m["high"]] for key, m in evidence.items()}
    told = {"table": name, "train_cpu_seconds": round(seconds, 1), "where": where, "where_missed": missed}
    told |= {"where_cpu_seconds": round(asking, 1), "promises_kept": kept, "figures": figures}
    return told | {"ctgan": ctgan(recipe, folder, seconds)}


def ctgan(recipe: Any, folder: Path, seconds: float) -> Any:
    """The same figures of SDV's CTGAN after as many CPU-seconds, or why there are none."""
    try:
        import pandas as pd
        from sdv.metadata import Metadata
        from sdv.single_table import CTGANSynthesizer
    except ImportError as missing:
        return f"not compared: {missing}"
    from anew.artifact import load_artifact
    from anew.data.progress import silent
    from anew.recipes.encode import Encoder
    from anew.validate.tables import Frame, exact_copies, likeness, target_of, told_apart, useful

    codec: Any = load_artifact(folder / "model").codec
    encoder = Encoder(folder, recipe, silent)
    splits = {split: [codec.typed(encoder.decode(r)) for r in encoder.records(split)] for split in ("train", "test")}
    table = {"rows": pd.DataFrame(splits["train"])}
    epochs, begun = 1, time.process_time()
    while True:  # as many epochs as fit into the time, doubled until they do
        synthesizer = CTGANSynthesizer(Metadata.detect_from_dataframes(table), epochs=epochs, enable_gpu=False)
        start = time.process_time()
        synthesizer.fit(table)
        took = time.process_time() - start
        if took > 0.7 * seconds or time.process_time() - begun > 3 * seconds:
            break
        epochs = max(2 * epochs, int(epochs * seconds / max(took, 0.1)))
    n = recipe.validation.samples
    made = [
        codec.typed({k: None if pd.isna(v) else v for k, v in row.items()})
        for row in synthesizer.sample(n)["rows"].to_dict("records")
    ]
    real, held_out, ours = (Frame.of(codec.columns, rows) for rows in (splits["train"], splits["test"], made))
    rng = np.random.default_rng(0)
    metrics = [*likeness(real, held_out, ours, rng, 20).metrics, *exact_copies(splits["train"], splits["test"], made)]
    metrics += [*told_apart(real, held_out, ours, rng), *useful(target_of(codec.columns), real, held_out, ours, rng)]
    return {"epochs": epochs, "cpu_seconds": round(took, 1)} | {m.name: m.value for m in metrics if m.name in SHOWN}


if __name__ == "__main__":
    sys.exit(main())
