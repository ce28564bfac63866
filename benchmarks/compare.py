"""The bake-off on ready data sets, against what it promises, and the README's table of what each cell measured.

    python benchmarks/compare.py [DATA ...] [--minutes 2] [--seeds 3] [--out FOLDER] [--write]

Runs `anew compare` on each data set and checks: every contender finished, models that differ by no more than chance
share a rank, and the order is stable over the seeds (Kendall's τ of at least 0.6 on average). One line of JSON a data
set and a last one with all; exit code 1 when a promise is missed. --write puts the figures into docs/grid.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TAU = 0.6
GRID = Path(__file__).parents[1] / "docs" / "grid.json"
DECIDES = {"image": ("frechet_samples", "Fréchet"), "text": ("bits_per_byte", "bits per byte"),
           "code": ("bits_per_byte", "bits per byte"), "table": ("pair_trends", "pair trends")}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", default=["digits", "animal-mnist"])
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="keep the comparisons in this folder")
    parser.add_argument("--models", default="", help="only these, with commas")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/grid.json")
    asked = parser.parse_args()
    results = []
    for data in asked.data:
        command = [sys.executable, "-m", "anew", "compare", data, "--minutes", str(asked.minutes), "--json"]
        command += ["--seeds", str(asked.seeds), *(["--models", asked.models] if asked.models else [])]
        command += ["--out", str(asked.out / Path(data).stem)] if asked.out else []
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        told = json.loads(done.stdout.splitlines()[-1])
        results.append({"data": data} | judged(told, asked.seeds))
        print(json.dumps(results[-1], sort_keys=True), flush=True)
        if asked.write:
            measured = json.loads(GRID.read_text("utf-8")) | cells(told, data)
            GRID.write_text(json.dumps(measured, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    kept = all(value for found in results for value in found["promises_kept"].values())
    print(json.dumps({"kept": kept, "comparisons": results}, sort_keys=True))
    return 0 if kept else 1


def judged(told: dict[str, Any], seeds: int) -> dict[str, Any]:
    """The order and, promise by promise, whether it was kept."""
    apart = {(d["better"], d["worse"]) for d in told["differences"] if d["significant"]}
    rank = {row["name"]: row["rank"] for row in told["rows"]}
    kept = {
        "all_finished": not told["failed"] and bool(told["rows"]),
        "chance_shares_a_rank": all(rank[worse] > 1 for _, worse in apart) and 1 in rank.values(),
    }
    if seeds > 1 and told["steadiness"] is not None:
        kept["steady"] = told["steadiness"][0] >= TAU
    return {"ranks": rank, "kendall_tau": told["steadiness"], "failed": told["failed"], "promises_kept": kept}


def cells(told: dict[str, Any], data: str) -> dict[str, str]:
    """What the README says of each model: its figure, beside real data's where there is one."""
    metric, title = DECIDES[told["modality"]]
    real = told["ruler"].get(metric)
    beside = f" (real data {real['shown']['value'].split()[0]})" if real else ""
    made = {}
    for row in told["rows"]:
        figure = row["figures"][metric]
        word = {"bound": " at most", "exact": " exact"}.get(figure["kind"], "")
        value = figure["shown"]["value"] if figure["unit"] == "share" else figure["shown"]["value"].split()[0]
        text = f"{title}{word} {value} [{figure['shown']['interval'].replace(' to ', ', ')}]{beside}"
        made[f"{row['name']} {told['modality']}"] = f"{text}; {data}, {told['minutes']:g} CPU min"
    return made


if __name__ == "__main__":
    sys.exit(main())
