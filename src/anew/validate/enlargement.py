"""How true enlarged pictures are to those that they were made small from, beside plain interpolation.

In: held-out pictures and what enlarges them. Out: peak signal-to-noise ratios in dB, with intervals, and what is gained
over each plain way, picture by picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anew.validate.interval import bootstrap
from anew.validate.metric import Metric, Unmeasured
from anew.validate.reconstruction import psnr

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]
Enlarge = Callable[[Picture, int], Picture]
PLAIN = {
    "nearest": Image.Resampling.NEAREST,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
FEWEST = 4


def shrunk(picture: Picture, times: int) -> Picture:
    """(H / times, W / times, 3) by Pillow's bicubic filter: what there is to enlarge."""
    high, wide = picture.shape[0] // times, picture.shape[1] // times
    small = Image.fromarray(picture).resize((wide, high), Image.Resampling.BICUBIC)
    return np.asarray(small, dtype=np.uint8)


def plainly(picture: Picture, times: int, way: str) -> Picture:
    """(times · H, times · W, 3), by one of PLAIN."""
    high, wide = picture.shape[0] * times, picture.shape[1] * times
    return np.asarray(Image.fromarray(picture).resize((wide, high), PLAIN[way]), dtype=np.uint8)


def whole(picture: Picture, times: int) -> Picture:
    """In colour, without the rows and columns that do not divide."""
    colour = picture.repeat(3, 2) if picture.shape[2] == 1 else picture[:, :, :3]
    high, wide = (side - side % times for side in picture.shape[:2])
    return colour[:high, :wide]


def rebuilt(pictures: Sequence[Picture], times: int, enlarge: Enlarge) -> dict[str, list[Picture]]:
    """The pictures, the model's and each plain way's of them made small, by name: "real", "model", …"""
    real = [whole(picture, times) for picture in pictures]
    small = [shrunk(picture, times) for picture in real]
    ways = {way: [plainly(one, times, way) for one in small] for way in PLAIN}
    return {"real": real, "model": [enlarge(one, times) for one in small], **ways}


def fidelity(
    made: Mapping[str, Sequence[Picture]], times: int, rng: np.random.Generator, draws: int = 1000
) -> list[Metric]:
    """Of `rebuilt`: the mean ratio of the model and of each plain way, and what the model gains over each, paired."""
    real, n = made["real"], len(made["real"])
    if n < FEWEST:
        raise Unmeasured(f"only {n} held-out pictures")
    ratios = {way: np.array([psnr(a, b) for a, b in zip(made[way], real, strict=True)]) for way in ("model", *PLAIN)}
    note = f"of {n} pictures made {times} times smaller by a bicubic filter and enlarged again"

    def metric(name: str, values: Floats, better: str | None, said: str) -> Metric:
        low, high = bootstrap(values, None, rng, draws)
        value = float(values.mean())
        return Metric(name, value, low, high, n, "dB", "exact", better, f"{note}{said}")  # type: ignore[arg-type]

    found = [metric(f"psnr_{times}x", ratios["model"], "higher", "")]
    for way in PLAIN:
        found.append(metric(f"psnr_{times}x_{way}", ratios[way], None, f", by {way}"))
        gained = ratios["model"] - ratios[way]
        found.append(metric(f"psnr_{times}x_over_{way}", gained, "higher", f", more than by {way}, picture by picture"))
    return found


__all__ = ["PLAIN", "fidelity", "plainly", "rebuilt", "shrunk", "whole"]
