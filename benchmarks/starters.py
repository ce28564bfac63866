"""A starter made of a run: its weights rounded to half precision, measured so, and packed with the card of that.

    anew run emoji --out RUN && python benchmarks/starters.py RUN emoji --licence CC-BY-SA-4.0

RUN is a run's folder, validated or not; NAME is what the starter is called, under a licence of its own. Nothing is
trained but the judges that the report needs: the weights are those that the run ended with, and the report is written
anew of the rounded ones, so that the card is of what ships; evidence.json says as well how long each part learnt. The
last line is one of JSON; exit code 1 where `recipes.shipping` finds the model unfit (pictures, sounds and texts of
which more than 5 % are near-copies or nobody counted them; music that copies longer runs of notes than held-out pieces
do; a vocoder that is no nearer than Griffin-Lim; a voice of whose words more than 20 % are misheard, or whose consent
would not count elsewhere), where it learnt for more than three hours, or where all starters together pass 60 MB, and
then nothing is packed.

A voice is listened to by `--ear`, and bears the consent by which others may have it. That record counts on every
machine, and opens these weights alone:

    export ANEW_HOME=A-FOLDER-THAT-IS-KEPT                   # its consent/key signs, and never leaves it
    anew consent key                                         # goes into MAKERS of src/anew/safety/consent.py
    python benchmarks/spoken_hour.py RECORDINGS
    anew consent make RECORDINGS --speaker heart --by "who makes anew" --days 3660 --purpose adapt,speak,publish \\
        --for "a small voice that comes with anew, learnt from hibari's synthetic voice heart" --out heart.json
    anew run vocoder --data RECORDINGS
    anew run voice --data RECORDINGS --data.consent heart.json --codec.start vocoder --out RUN
    python benchmarks/starters.py RUN voice --licence Apache-2.0

Once the weights are rounded, the record is signed again with their SHA-256 among what it names; whoever has no
consent/key of MAKERS cannot, and a record that was changed, or lies beside other weights, is refused everywhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from anew.artifact import CONSENT
from anew.cli.terminal import Meter
from anew.data.files import sha256_file, write_atomic
from anew.data.progress import Report
from anew.deploy import starters
from anew.deploy.card import EVIDENCE
from anew.recipe import Deploy, Recipe, parse, read
from anew.recipes.pipeline import STAGES, kind_of
from anew.recipes.remake import WEIGHTS
from anew.recipes.shipping import unfit
from anew.safety.borne import as_file, from_file, naming
from anew.safety.consent import NoConsent
from anew.train.journal import read_journal

MOST_BYTES, MOST_MINUTES = 60_000_000, 180
PARTS = {"codec": "codec/train", "model": "train", "judge": "judge/train"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("--licence", required=True)
    parser.add_argument("--ear", default="whisper-base", help="what listens to a voice")
    asked = parser.parse_args()
    with Meter() as meter:
        evidence = measured(asked.run, Deploy(name=asked.name, licence=asked.licence), asked.ear, meter)
    model, taken = asked.run / "model", sum(evidence["minutes"].values())
    with TemporaryDirectory() as folder:
        packed = starters.pack(model, asked.name, Path(folder))
        others = [path for name in starters.names() if name != asked.name for path in files(starters.FOLDER / name)]
        own, total = size(files(packed)), size(files(packed) + others)
    why = unfit(recipe_of(model), evidence["metrics"], sha256_file(model / WEIGHTS), consent_of(model))
    why += [] if 0 < taken <= MOST_MINUTES else [f"it learnt for {taken} minutes, and {MOST_MINUTES} are the most"]
    why += [] if total <= MOST_BYTES else [f"all starters have {total:,} bytes, and {MOST_BYTES:,} are the most"]
    if not why:
        starters.pack(model, asked.name)
    shown = {name: metric["shown"]["value"] for name, metric in evidence["metrics"].items()}
    told = {"kept": not why, "why_not": why, "name": asked.name, "minutes": taken, "bytes": own, "all_bytes": total}
    print(json.dumps(told | {"figures": shown}))
    return 1 if why else 0


def measured(folder: Path, deploy: Deploy, ear: str, report: Report) -> dict[str, Any]:
    """The evidence of the run's model, rounded in its place and put into the store."""
    recipe = recipe_of(folder)
    work = kind_of(recipe)(recipe, folder, report)
    listened = {"ear": ear} if recipe.data.spoken else {}
    work.record(deploy=deploy, validation=work.recipe.validation.model_copy(update=listened))
    for stage in STAGES:
        getattr(work, stage)()
        if stage == "train":
            starters.convert(folder / "model", lambda value: starters.widened(starters.halved(value)))
            sign(folder / "model")
    place = folder / "model" / EVIDENCE
    evidence: dict[str, Any] = json.loads(place.read_text("utf-8")) | {"minutes": minutes(folder)}
    write_atomic(place, (json.dumps(evidence, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
    return evidence


def sign(model: Path) -> None:
    """Let the consent that the model bears name its weights as well."""
    if records := from_file(consent_of(model)):
        weights = sha256_file(model / WEIGHTS)
        with suppress(NoConsent):  # what cannot be signed here is found unfit
            write_atomic(model / CONSENT, as_file([naming(one, weights, WEIGHTS) for one in records]))


def consent_of(model: Path) -> bytes:
    return (model / CONSENT).read_bytes() if (model / CONSENT).is_file() else b""


def recipe_of(folder: Path) -> Recipe:
    return parse(read(folder / "recipe.toml"), str(folder))


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
