"""A starter made of a run: its weights rounded to half precision, measured so, and packed with the card of that.

    anew run emoji --out RUN && python benchmarks/starters.py RUN emoji --licence CC-BY-SA-4.0

RUN is a run's folder, validated or not; NAME is what the starter is called, under a licence of its own. Nothing is
trained but the judges that the report needs: the weights are those that the run ended with, and the report is written
anew of the rounded ones, so that the card is of what ships; evidence.json says as well how long each part learnt. The
last line is one of JSON; exit code 1 where more than 5 % of the samples are near-copies or nobody counted them, where
it learnt for more than three hours, or where all starters together pass 60 MB, and then nothing is packed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from anew.cli.terminal import Meter
from anew.data.files import write_atomic
from anew.data.progress import Report
from anew.deploy import starters
from anew.deploy.card import EVIDENCE
from anew.recipe import Deploy, parse, read
from anew.recipes.pipeline import STAGES, kind_of
from anew.train.journal import read_journal

MOST_COPIES, MOST_BYTES, MOST_MINUTES = 0.05, 60_000_000, 180
PARTS = {"codec": "codec/train", "model": "train", "judge": "judge/train"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("--licence", required=True)
    asked = parser.parse_args()
    with Meter() as meter:
        evidence = measured(asked.run, Deploy(name=asked.name, licence=asked.licence), meter)
    metrics, taken = evidence["metrics"], sum(evidence["minutes"].values())
    copies = metrics.get("near_copies", {}).get("value")
    with TemporaryDirectory() as folder:
        packed = starters.pack(asked.run / "model", asked.name, Path(folder))
        others = [path for name in starters.names() if name != asked.name for path in files(starters.FOLDER / name)]
        own, total = size(files(packed)), size(files(packed) + others)
    kept = copies is not None and copies <= MOST_COPIES and 0 < taken <= MOST_MINUTES and total <= MOST_BYTES
    if kept:
        starters.pack(asked.run / "model", asked.name)
    shown = {name: metric["shown"]["value"] for name, metric in metrics.items()}
    told = {"kept": kept, "name": asked.name, "minutes": taken, "bytes": own, "all_bytes": total, "figures": shown}
    print(json.dumps(told))
    return 0 if kept else 1


def measured(folder: Path, deploy: Deploy, report: Report) -> dict[str, Any]:
    """The evidence of the run's model, rounded in its place and put into the store."""
    recipe = parse(read(folder / "recipe.toml"), str(folder))
    work = kind_of(recipe)(recipe, folder, report)
    work.record(deploy=deploy)
    for stage in STAGES:
        getattr(work, stage)()
        if stage == "train":
            starters.convert(folder / "model", lambda value: starters.widened(starters.halved(value)))
    place = folder / "model" / EVIDENCE
    evidence: dict[str, Any] = json.loads(place.read_text("utf-8")) | {"minutes": minutes(folder)}
    write_atomic(place, (json.dumps(evidence, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
    return evidence


def minutes(run: Path) -> dict[str, float]:
    """How long each part of a run learnt, by its journal: of the clock times threads, so at least those of the CPU."""
    threads = parse(read(run / "resolved.toml"), str(run)).train.threads or 1
    found = {}
    for part, folder in PARTS.items():
        lines = read_journal(run / folder / "metrics.jsonl")
        if seconds := max((line.get("seconds", 0.0) for line in lines), default=0.0):
            found[part] = round(threads * seconds / 60, 1)
    return found


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def size(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


if __name__ == "__main__":
    sys.exit(main())
