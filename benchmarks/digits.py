"""The digits recipe, or one of its siblings, against what it promises, in one run of its own.

    python benchmarks/digits.py [--recipe digits|digits-few] [--seeds 3] [--out FOLDER]

Runs `anew run digits` in a fresh ANEW_HOME (or keeps the runs in FOLDER), reads the evidence and compares: samples read
as the label asked for; the judge's own share right on the test split; Fréchet distances of samples, reconstructions,
real and blurred pictures, all in one feature space; network calls a sample, counted (guidance makes two of one). Ratios
are of the means over the re-draws, beside the ratio at the far ends of both ranges. One line of JSON a seed, and a last
one with all of them; exit code 1 when a seed misses a promise.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

AGREEMENT, JUDGE, OVER_REAL, BLUR = 0.97, 0.985, 4.0, "0.75px"
LIMITS = {"digits": (1.2, 6), "digits-few": (1.3, 2)}  # distance over the reconstructions', network calls a sample


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="digits", choices=sorted(LIMITS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="keep the runs in this folder")
    asked = parser.parse_args()
    results = []
    for seed in range(asked.seeds):
        with tempfile.TemporaryDirectory() as scratch:
            run = (asked.out or Path(scratch)) / f"seed-{seed}"
            command = [sys.executable, "-m", "anew", "run", asked.recipe, "--seed", str(seed)]
            command += ["--out", str(run), "--json"]
            begun = time.monotonic()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"ANEW_HOME": scratch})
            seconds = time.monotonic() - begun
            evidence = json.loads((run / "validate" / "report.json").read_text("utf-8"))["metrics"]
            found = compare(evidence, network_calls(run / "model"), *LIMITS[asked.recipe])
        results.append({"seed": seed, "seconds": round(seconds, 1)} | found)
        print(json.dumps(results[-1], sort_keys=True), flush=True)
    kept = all(value for found in results for value in found["promises_kept"].values())
    print(json.dumps({"kept": kept, "seeds": results}, sort_keys=True))
    return 0 if kept else 1


def compare(evidence: dict[str, Any], calls: float, over: float, most_calls: int) -> dict[str, Any]:
    """The figures and, promise by promise, whether it was kept."""
    names = {"samples", "reconstructions", "real", "blur_" + BLUR}
    distances = {name: [evidence[f"frechet_{name}"][key] for key in ("value", "low", "high")] for name in names}
    samples, rebuilt, real, blurred = (
        distances[name] for name in ("samples", "reconstructions", "real", "blur_" + BLUR)
    )
    shares = {name: evidence[name]["value"] for name in ("label_agreement", "judge_accuracy")}
    kept = {
        "label_agreement": shares["label_agreement"] >= AGREEMENT,
        "judge_accuracy": shares["judge_accuracy"] >= JUDGE,
        "samples_over_reconstructions": samples[0] <= over * rebuilt[0],
        "reconstructions_over_real": rebuilt[0] <= OVER_REAL * real[0],
        "samples_better_than_blur": samples[0] < blurred[0],
        "calls": calls <= most_calls,
    }
    ratios = {"samples_over_reconstructions": (samples, rebuilt), "reconstructions_over_real": (rebuilt, real)}
    told = {name: [round(a[0] / b[0], 3), round(a[2] / b[1], 3)] for name, (a, b) in ratios.items()}
    n = evidence["frechet_samples"]["n"]
    return {"calls": calls, "frechet": distances, "promises_kept": kept, "n": n, "ratios": told} | shares


def network_calls(folder: Path) -> float:
    """How many rows the stored model's network is asked for a sample, counted over one full block of samples."""
    import anew

    model = anew.load(folder)
    network: Any = model.artifact.model
    count = 0

    def counted(_: Any, arguments: Any) -> None:
        nonlocal count
        count += len(arguments[0])

    network.net.register_forward_pre_hook(counted)
    model.generate(n=network.rows)
    return count / network.rows


if __name__ == "__main__":
    sys.exit(main())
