"""Captioned drawings: coloured shapes, some pairs of which are in the test split alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from anew.codecs.image import write_image
from anew.data import manifest
from anew.data.manifest import Manifest
from anew.data.records import Record, RecordWriter

COLOURS = {"red": (220, 40, 40), "green": (40, 170, 60), "blue": (50, 80, 220), "black": (30, 30, 30)}
SHAPES = ("square", "cross", "frame", "stripes")
HELD_OUT = {("red", "frame"), ("blue", "square")}


def shape(colour: str, kind: str, rng: np.random.Generator, side: int = 16) -> np.ndarray:
    """uint8 (side, side, 3): the shape on white, at a place and of a size of its own."""
    size = int(rng.integers(8, 12))
    y, x = rng.integers(0, side - size + 1, 2)
    inside = np.zeros((size, size), bool)
    if kind == "square":
        inside[:] = True
    elif kind == "cross":
        inside[size // 2 - 1 : size // 2 + 2] = inside[:, size // 2 - 1 : size // 2 + 2] = True
    elif kind == "frame":
        inside[:] = True
        inside[2:-2, 2:-2] = False
    else:
        inside[::3] = inside[1::3] = True
    picture = np.full((side, side, 3), 255, np.uint8)
    picture[y : y + size, x : x + size][inside] = np.clip(np.array(COLOURS[colour]) + rng.integers(-20, 21), 0, 255)
    return picture


def records(each: int, seed: int = 0) -> list[Record]:
    """`each` drawings a pair, the held-out pairs in the test split, the last of the others in the validation split."""
    rng, made = np.random.default_rng(seed), []
    for colour in COLOURS:
        for kind in SHAPES:
            for turn in range(each):
                split = "test" if (colour, kind) in HELD_OUT else "validation" if turn + 1 == each else "train"
                said = (f"a {colour} {kind}", f"{colour} {kind}", f"{kind}, {colour}")
                content = write_image(shape(colour, kind, rng))
                facts = {"colour": colour, "shape": kind}
                made.append(Record.of(content, None, f"{colour}-{kind}-{turn}", "CC0-1.0", split, said, facts))
    return made


def collected(folder: Path, each: int, captioned: bool = True) -> None:
    """The records, as collecting leaves them; a label in place of captions where they are not wanted."""
    with RecordWriter(folder) as writer:
        for record in records(each):
            writer.write(record if captioned else replace(record, captions=(), label=record.facts["shape"]))
    manifest.write(folder, Manifest("collect", "drawn", counts={"records": writer.count}))
