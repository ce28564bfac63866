"""What a validated run of captioned pictures composes, finds again and copies, against what is promised of it.

    anew run emoji --out RUN && python benchmarks/composition.py RUN [--minutes 30]

All figures are those of RUN's report: colours and objects that training never shows together, eight samples a pair,
read by classifiers which the report first tries on real held-out drawings; R@5 among 200 held-out captions beside that
of the real drawings; near-copies among 500 samples of held-out captions.

The promise: at least 60 pairs; judges right in 95 % of the real ones; both right in 80 % of the samples of plain shapes
and in 60 % of other objects; R@5 half of the real drawings'; near-copies at most 5 %; no more than `--minutes` of the
CPU asked for or, where steps were, learnt for. Objects and styles are told beside it. One line of JSON; exit code 1
where it is missed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from anew.recipe import parse, read
from starters import minutes

SHAPES = {"square", "circle", "diamond", "star", "heart", "crescent moon", "droplet"}
LINE = re.compile(r"(?P<colour>[\w -]+), (?P<object>[\w’' -]+): (?P<right>\d+)/(?P<of>\d+)")
PAIRS, JUDGES, ON_SHAPES, ON_OBJECTS, FOUND, COPIES = 60, 0.95, 0.8, 0.6, 0.5, 0.05


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, default=30.0)
    asked = parser.parse_args()
    report = json.loads((asked.run / "validate" / "report.json").read_text("utf-8"))
    value = {name: metric["value"] for name, metric in report["metrics"].items()}
    listed = (asked.run / "validate" / "unseen-colour-object.txt").read_text("utf-8")
    pairs = [(found["object"], int(found["right"]), int(found["of"])) for found in LINE.finditer(listed)]
    asked_for = parse(read(asked.run / "recipe.toml"), "recipe.toml").train.minutes
    figures = {
        "minutes": asked_for or sum(minutes(asked.run).values()),
        "pairs": len(pairs),
        "judges": value["unseen_colour_object_real"],
        "shapes": share(pairs, True),
        "objects": share(pairs, False),
        "interval": report["metrics"]["unseen_colour_object_samples"]["shown"]["interval"],
        "recall_at_5": value["recall_at_5_samples"],
        "recall_at_5_real": value["recall_at_5_real"],
        "near_copies": value["near_copies"],
        "object_and_style": value.get("unseen_object_style_samples"),
        "object_and_style_judges": value.get("unseen_object_style_real"),
    }
    kept = {
        "minutes": 0 < figures["minutes"] <= asked.minutes,
        "pairs": figures["pairs"] >= PAIRS,
        "judges": figures["judges"] >= JUDGES,
        "shapes": figures["shapes"] >= ON_SHAPES,
        "objects": figures["objects"] >= ON_OBJECTS,
        "recall_at_5": figures["recall_at_5"] >= FOUND * figures["recall_at_5_real"],
        "near_copies": figures["near_copies"] <= COPIES,
    }
    print(json.dumps({"kept": all(kept.values()), "promises_kept": kept} | figures))
    return 0 if all(kept.values()) else 1


def share(pairs: list[tuple[str, int, int]], shapes: bool) -> float:
    """Of the samples of shapes, or of everything else, those that are right in both."""
    those = [(right, of) for thing, right, of in pairs if (thing in SHAPES) == shapes]
    return round(sum(right for right, _ in those) / max(1, sum(of for _, of in those)), 4)


if __name__ == "__main__":
    sys.exit(main())
