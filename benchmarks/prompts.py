"""A picture from words in seconds, and a grid of 64 prompts to look at, failures and all.

    python benchmarks/prompts.py [--model emoji] [--grid FILE.png]

A fresh home, a fresh process: `anew generate MODEL "a green heart" -n 8` is timed from its start to its end, the
starter's way into the store included, and the model's own scorer says which of 64 prompts each of the eight pictures
agrees with best. The same for each of the 64 prompts, one picture each.

The promise: under 10 seconds; half of the eight are nearest to what was asked, where a picture of any other prompt is
so one time in 64. Ends with one line of JSON; exit code 1 when the promise is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from anew.deploy.lookup import open_model
from anew.engine.agreement import Scorer
from anew.engine.generate import generate

FIRST, COUNT, MOST_SECONDS = "a green heart", 8, 10.0
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "grey")
THINGS = (
    "heart", "square", "circle", "star", "apple", "car", "cat face", "tree", "t-shirt", "balloon", "fish", "bell",
    "bird", "cup", "key", "umbrella", "gem", "hat", "mushroom", "book", "rose", "pear", "truck", "shoe",
)  # fmt: skip
OTHERS = (
    "a pizza", "a smiling face", "a crying face", "a clock", "a snowman", "a slice of cake", "a guitar", "a house",
    "a rocket", "the sun", "a rainbow", "a camera", "a light bulb", "a bicycle", "an airplane", "a cup of tea",
)  # fmt: skip
CELL, SHOWN, LINE = 112, 64, 13  # pixels: of a cell, of the picture in it, of a line of words


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="emoji")
    parser.add_argument("--grid", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:  # where no earlier starter of that name lies
        os.environ["ANEW_HOME"] = home
        seconds = timed(asked.model, home)
        model = open_model(asked.model)
    scorer, prompts = Scorer.of(model), asked_for()
    eight = generate(model, COUNT, 0, label=[FIRST] * COUNT).samples
    made = generate(model, len(prompts), 0, label=prompts).samples
    if asked.grid:
        grid(made, prompts).save(asked.grid, optimize=True)
    figures = {
        "model": asked.model,
        "seconds from process start": round(seconds, 2),
        "of eight nearest to what was asked": nearest(scorer, eight, prompts, [prompts.index(FIRST)] * COUNT),
        "of 64 prompts nearest to what was asked": nearest(scorer, made, prompts, range(len(prompts))),
    }
    kept = seconds < MOST_SECONDS and figures["of eight nearest to what was asked"] >= 0.5
    print(json.dumps(figures | {"kept": kept}))
    return 0 if kept else 1


def asked_for() -> list[str]:
    """64 prompts: FIRST, each thing in two colours, and what has no colour of its own."""
    coloured = [f"{COLOURS[(3 * i + 4 * k) % 10]} {thing}" for k in range(2) for i, thing in enumerate(THINGS)]
    named = [f"{'an' if one[0] in 'aeiou' else 'a'} {one}" for one in coloured]
    return list(dict.fromkeys([FIRST, *named, *OTHERS]))[:64]


def timed(model: str, home: str) -> float:
    """Seconds from a process's start to its end, in a home where nothing is yet."""
    command = [sys.executable, "-m", "anew", "generate", model, FIRST, "-n", str(COUNT), "--out", f"{home}/x.png"]
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def nearest(scorer: Scorer, pictures: Sequence[NDArray[np.uint8]], prompts: Sequence[str], own: Sequence[int]) -> float:
    """The share of pictures that agree better with their own prompt than with any other."""
    best = scorer.agreements(pictures, prompts).argmax(1).tolist()
    return round(float(np.mean([a == b for a, b in zip(best, own, strict=True)])), 3)


def grid(pictures: Sequence[NDArray[np.uint8]], prompts: Sequence[str]) -> Image.Image:
    """Eight by eight, each with its prompt beneath it."""
    made, font = Image.new("RGB", (8 * CELL, 8 * (SHOWN + 2 * LINE)), "white"), ImageFont.load_default(11)
    pen = ImageDraw.Draw(made)
    for i, (picture, prompt) in enumerate(zip(pictures, prompts, strict=True)):
        left, top = i % 8 * CELL, i // 8 * (SHOWN + 2 * LINE) + 4
        shown = Image.fromarray(picture[..., :3]).resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)
        made.paste(shown, (left + (CELL - SHOWN) // 2, top))
        pen.text((left + CELL // 2, top + SHOWN + 2), prompt, "black", font, anchor="ma")
    return made


if __name__ == "__main__":
    sys.exit(main())
