"""What a run of `chorales` or `tunes` came to beside what it is to reach, and whether every score comes back from its
words.

In: the folder of a run. Out: a line for each figure, and one of JSON; exit code 1 where a target is missed or a score
does not come back.

    anew run chorales --out RUN; python benchmarks/chorales.py RUN
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from anew.codecs.events import Events
from anew.codecs.score import Score
from anew.data.records import read_records
from anew.deploy.lookup import open_model

RULES = ("key_kept", "last_on_tonic", "parallels", "crossings", "phrase_ends", "settled_ends")
NATS = 5.0  # a quarter
NEAR = 0.05  # of the held-out pieces' rate
ASKED = 0.9


def round_trip(run: Path, codec: Events) -> dict[str, float]:
    """How many scores come back as they are on the grid, and how far the grid moves onsets."""
    told = [Score.loads(str(record.value)) for record in read_records(run / "clean")]
    begun = time.perf_counter()
    back = sum(codec.decode(codec.encode([score]))[0] == codec.snap(score) for score in told)
    moved = [codec.timing(score) for score in told]
    return {
        "scores": len(told),
        "come back": back,
        "furthest onset moved, quarters": max(most for _, most in moved),
        "untouched by the grid": sum(most == 0 for _, most in moved),
        "seconds": round(time.perf_counter() - begun, 1),
    }


def targets(figures: dict[str, float]) -> dict[str, tuple[float, bool]]:
    """Each figure that has a target, and whether it is met."""
    made = dict[str, tuple[float, bool]]()
    if "nats_per_step" in figures:
        made["nats_per_step"] = figures["nats_per_step"], figures["nats_per_step"] <= NATS
    for name in ("harmony", "gap"):
        if f"{name}_nats_per_step" in figures:
            found, table = figures[f"{name}_nats_per_step"], figures[f"{name}_bigram_nats_per_step"]
            made[f"{name}_nats_per_step"] = found, found < table
    for name in (name for name in RULES if name in figures and f"{name}_held_out" in figures):
        made[name] = figures[name], abs(figures[name] - figures[f"{name}_held_out"]) <= NEAR
    for name in ("key", "metre", "tempo", "bars"):
        made[f"asked_{name}_kept"] = figures[f"asked_{name}_kept"], figures[f"asked_{name}_kept"] >= ASKED
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run
    codec = open_model(run / "model").codec
    assert isinstance(codec, Events)
    told = round_trip(run, codec)
    metrics = json.loads((run / "validate" / "report.json").read_text("utf-8"))["metrics"]
    figures = {name: metric["value"] for name, metric in metrics.items()}
    found = targets(figures)
    for name, (value, met) in found.items():
        beside = figures.get(f"{name}_held_out")
        real = "" if beside is None else f"  (held out {beside:.3f})"
        print(f"{name:28}{value:8.3f}  {'met' if met else 'MISSED'}{real}")
    missed = [name for name, (_, met) in found.items() if not met]
    print(json.dumps({**told, "missed": missed}))
    if missed or told["come back"] != told["scores"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
