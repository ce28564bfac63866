"""The known set `emoji` from its archives to clean records: are its colours those its captions say, and its held-out
pairs held out?

    python benchmarks/drawings.py [--sheet FILE.png]

The colour is measured on each picture that bears one: the main fill's hue (red to brown; grey, black and white have
none) under the names that `collect/recolour.py` has for hues. The sheet shows each recoloured thing, a row a style.

The promise: ≥ 40 objects in ≥ 8 colours; ≥ 98 % of coloured pictures measure as said; ≥ 60 pairs of object and colour
are held out, none of them in training, each half there with at least two others. Ends with one line of JSON; exit code
1 when the promise is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from PIL import Image

from anew.clean import clean
from anew.collect import collect
from anew.collect.emoji import SIDE, pixels_of
from anew.collect.recolour import COLOURS, main_fill, name_of
from anew.data.records import Record, read_records
from anew.recipe import Clean, Data

WITHOUT_HUE = {"black", "grey", "white"}
KINDS = ("object*colour", "object*style")
LEAST_OBJECTS, LEAST_COLOURS, LEAST_RIGHT, LEAST_PAIRS = 40, 8, 0.98, 60


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sheet", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        collect(Data(source="emoji"), "image", Path(folder) / "collect")
        made = clean(Clean(hold_out=KINDS), "image", Path(folder) / "collect", Path(folder) / "clean")
        records = list(read_records(Path(folder) / "clean"))
    if asked.sheet:
        sheet(records).save(asked.sheet)
    figures = {"records": len(records), "captions": made.counts["captions"], **colours(records)}
    figures |= held_out(records, made.facts["held out"])
    kept = figures["objects in 8 colours"] >= LEAST_OBJECTS and figures["measured as said"] >= LEAST_RIGHT
    kept &= figures["held out: object*colour"] >= LEAST_PAIRS and not figures["held-out pairs in training"]
    kept &= figures["fewest partners"] >= 2
    print(json.dumps(figures | {"kept": kept}))
    return 0 if kept else 1


def value_of(record: Record) -> bytes:
    assert isinstance(record.value, bytes)
    return record.value


def colours(records: list[Record]) -> dict[str, float]:
    """How many objects there are in many colours, and the share of pictures that measure as the colour they bear."""
    of, right = defaultdict[str, set[str]](set), list[bool]()
    for record in records:
        if colour := record.facts.get("colour"):
            of[record.facts["object"]].add(colour)
            if colour not in WITHOUT_HUE:
                fill = main_fill(pixels_of(value_of(record)))
                right.append(fill is not None and name_of(fill.colour) == colour)
    many = sum(len(seen) >= LEAST_COLOURS for seen in of.values())
    return {"objects in 8 colours": many, "coloured": len(right), "measured as said": sum(right) / len(right)}


def held_out(records: list[Record], held: dict[str, list[list[str]]]) -> dict[str, int]:
    """How many pairs are held out, how many of them training shows, and the fewest partners that a half has there."""
    found, shown, fewest = {}, 0, len(records)
    for kinds, pairs in held.items():
        one, other = kinds.split("*")
        partners = defaultdict[str, set[str]](set)
        for record in records:
            if record.split == "train" and {one, other} <= record.facts.keys():
                partners[record.facts[one]].add(record.facts[other])
                partners[record.facts[other]].add(record.facts[one])
        found[f"held out: {kinds}"] = len(pairs)
        shown += sum(b in partners[a] for a, b in pairs)
        fewest = min(fewest, *(len(partners[half]) for pair in pairs for half in pair))
    return found | {"held-out pairs in training": shown, "fewest partners": fewest}


def sheet(records: list[Record]) -> Image.Image:
    """Each object in many colours: a row an object and style, a column a colour."""
    rows: dict[tuple[str, str], dict[str, Record]] = defaultdict(dict)
    for record in records:
        if colour := record.facts.get("colour"):
            rows[record.facts["object"], record.facts["style"]].setdefault(colour, record)
    shown = [row for _, row in sorted(rows.items()) if len(row) >= LEAST_COLOURS]
    made = Image.new("RGB", (len(COLOURS) * SIDE, len(shown) * SIDE), "white")
    for y, row in enumerate(shown):
        for x, colour in enumerate(COLOURS):
            if colour in row:
                picture = Image.fromarray(pixels_of(value_of(row[colour])))
                made.paste(picture, (x * SIDE, y * SIDE), picture)
    return made


if __name__ == "__main__":
    sys.exit(main())
