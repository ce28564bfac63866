"""The bake-off on ready data sets, against what it promises, and the README's table of what each cell measured.

    python benchmarks/compare.py [DATA ...] [--minutes 2] [--seeds 3] [--out FOLDER] [--write] [--KEY VALUE ...]
    python benchmarks/compare.py mnist --seeds 1 --models codes,vae,gan,flow,meanflow --validation.samples 2000

Runs `anew compare` on each data set and checks: every contender finished, models that differ by no more than chance
share a rank, and the order is stable over the seeds (Kendall's τ of at least 0.6 on average). For pictures it also
prints each model's Fréchet distance as a multiple of that of the reconstructions of the flow's codec, and theirs as a
multiple of real against real; on `mnist` these, the judge's accuracy and the labels have limits. One line of JSON a
data set and a last one with all; exit code 1 when a promise is missed. --write puts the figures into docs/grid.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TAU = 0.6
LIMITS = {"flow": 1.1, "meanflow": 1.3, "gan": 1.8, "vae": 3.5, "codes": 12.0}  # times the codec's reconstructions
CODEC, JUDGE, READS, READ = 3.0, 0.99, 0.97, ("flow", "meanflow", "gan")
GRID = Path(__file__).parents[1] / "docs" / "grid.json"
DECIDES = {"image": ("frechet_samples", "Fréchet"), "text": ("bits_per_byte", "bits per byte"),
           "code": ("bits_per_byte", "bits per byte"), "audio": ("frechet_samples", "Fréchet"),
           "music": ("nats_per_step", "nats a quarter"), "table": ("pair_trends", "pair trends")}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", default=["digits", "animal-mnist"])
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="keep the comparisons in this folder")
    parser.add_argument("--models", default="", help="only these, with commas")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/grid.json")
    asked, keys = parser.parse_known_args()
    results = []
    for data in asked.data:
        command = [sys.executable, "-m", "anew", "compare", data, "--minutes", str(asked.minutes), "--json"]
        command += ["--seeds", str(asked.seeds), *(["--models", asked.models] if asked.models else [])]
        command += [*(["--out", str(asked.out / Path(data).stem)] if asked.out else []), *keys]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        told = json.loads(done.stdout.splitlines()[-1])
        results.append({"data": data} | judged(told, asked.seeds) | multiples(told, data == "mnist"))
        print(json.dumps(results[-1], sort_keys=True), flush=True)
        if asked.write:
            measured = json.loads(GRID.read_text("utf-8")) | cells(told, data)
            GRID.write_text(json.dumps(measured, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    kept = all(all({**found["promises_kept"], **found.get("limits_kept", {})}.values()) for found in results)
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


def multiples(told: dict[str, Any], limited: bool) -> dict[str, Any]:
    """Fréchet distances in multiples of what the flow's codec alone has, and whether they keep to their limits."""
    rows = {row["name"]: {name: m["value"] for name, m in row["figures"].items()} for row in told["rows"]}
    if "frechet_reconstructions" not in rows.get("flow", {}):
        return {}
    unit, real = rows["flow"]["frechet_reconstructions"], told["ruler"]["frechet_samples"]["value"]
    found = {name: figures["frechet_samples"] / unit for name, figures in rows.items()}
    made = {"over_reconstructions": found, "reconstructions_over_real": unit / real}
    if not limited:
        return made
    kept = {name: found[name] <= limit for name, limit in LIMITS.items() if name in found}
    kept |= {f"{name} reads": rows[name]["label_agreement"] >= READS for name in READ if name in rows}
    judge = told["ruler"]["label_agreement"]["value"]
    return made | {"limits_kept": kept | {"codec": unit <= CODEC * real, "judge": judge >= JUDGE}}


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
