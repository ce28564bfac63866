"""Is a model that enlarges truer to held-out pictures than interpolation, in decibels and as a scorer sees it?

    python benchmarks/super_resolution.py RUN --scorer MODEL [-n 300]

RUN: a run's folder of `anew run super-resolution`, whose test split is looked at. Each picture is made 2 and 4 times
smaller by Pillow's bicubic filter, rounded to eight bits, and enlarged by the model and by nearest, bicubic, Lanczos.
MODEL: a scorer of pictures and captions, or a model that carries one; the distance of two pictures is one less the
cosine of its features of them. Differences are paired, with 95 % bootstrap intervals over pictures.

One line of JSON a factor and way, and a last one; exit code 1 unless the model is nearer than bicubic and Lanczos in
both, each interval on its side of nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anew.codecs.image import Picture, in_colour
from anew.deploy.lookup import open_model
from anew.engine.agreement import Scorer
from anew.engine.enlarge import FACTORS, Upscaler
from anew.recipe import parse, read
from anew.recipes.encode import Encoder
from anew.validate.enlargement import PLAIN, rebuilt
from anew.validate.interval import bootstrap
from anew.validate.reconstruction import psnr

Floats = NDArray[np.float64]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--scorer", required=True)
    parser.add_argument("-n", type=int, default=300)
    asked = parser.parse_args()
    upscaler, scorer = Upscaler.of(open_model(asked.run / "model")), Scorer.of(open_model(asked.scorer))
    real = held_out(asked.run, upscaler, asked.n)
    kept = min([compared(real, times, upscaler, scorer) for times in FACTORS])
    print(json.dumps({"kept": kept, "pictures": len(real), "scorer": scorer.name}))
    return 0 if kept else 1


def held_out(run: Path, upscaler: Upscaler, n: int) -> list[Picture]:
    """Of the run's test split, as its codec's grid holds them."""
    encoder = Encoder(run, parse(read(run / "resolved.toml")), lambda progress: None)
    grid = upscaler.artifact.plain
    pictures = [encoder.decode(record) for record in encoder.draw("test", n)]
    return [in_colour(one) for picture in pictures for one in grid.decode(grid.encode([picture]))]


def compared(real: list[Picture], times: int, upscaler: Upscaler, scorer: Scorer) -> bool:
    """Whether the model is nearer than the two smooth ways."""
    made = rebuilt(real, times, lambda picture, times: upscaler.upscale(picture, times).samples[0])
    vectors = {way: scorer.of_pictures(pictures).double().numpy() for way, pictures in made.items()}
    figures: dict[str, tuple[Floats, Floats]] = {
        way: (
            np.array([psnr(a, b) for a, b in zip(made[way], made["real"], strict=True)]),
            1 - (vectors[way] * vectors["real"]).sum(1),
        )
        for way in ("model", *PLAIN)
    }
    rng, nearer = np.random.default_rng(0), True
    for way, (ratio, distance) in figures.items():
        line = {"times": times, "way": way, "psnr": round(ratio.mean(), 3), "distance": round(distance.mean(), 5)}
        if way != "model":
            gain, less = figures["model"][0] - ratio, distance - figures["model"][1]
            intervals = [bootstrap(values, None, rng) for values in (gain, less)]
            line |= {"model_psnr_more": told(gain, intervals[0]), "model_distance_less": told(less, intervals[1])}
            nearer &= way == "nearest" or min(low for low, _ in intervals) > 0
        print(json.dumps(line), flush=True)
    return nearer


def told(values: Floats, interval: tuple[float, float]) -> list[float]:
    """Mean, low, high."""
    return [round(float(one), 5) for one in (values.mean(), *interval)]


if __name__ == "__main__":
    sys.exit(main())
