"""Drawings in other colours: the main fill of a small picture becomes a named colour, its shades and lines stay.

In: pixels (H, W, 4), 8 bits, RGBA. Out: the same with the main fill repainted, or which colour it has and how much of
the drawing it covers. Worked in OKLab (B. Ottosson, A perceptual color space for image processing, 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

COLOURS = {
    "red": (222, 40, 40),
    "orange": (245, 130, 24),
    "yellow": (252, 214, 32),
    "green": (64, 168, 58),
    "blue": (40, 116, 226),
    "purple": (134, 70, 190),
    "pink": (255, 140, 190),
    "brown": (128, 78, 42),
    "black": (50, 51, 55),
    "grey": (150, 150, 152),
    "white": (248, 248, 248),
}
REPAINTED = tuple(name for name in COLOURS if name != "white")  # white is unseen on white, where no line is round it
NEAR_HUE, FAR_HUE = 24.0, 42.0  # degrees from the main fill's: all of a pixel is repainted, none of it
COLOURED = 0.035  # chroma from which a pixel has a hue; twice as much has it for sure
PLAIN = 0.05  # chroma below which a main fill has no hue to find it by
NAMED = (  # by hue in degrees, lightness and chroma: from, to
    ("pink", (0, 30), (0.72, 1), (0.06, 1)),
    ("red", (12, 38), (0.3, 0.7), (0.15, 1)),
    ("brown", (28, 90), (0.2, 0.6), (0.05, 0.14)),
    ("orange", (45, 76), (0.64, 1), (0.11, 1)),
    ("yellow", (82, 112), (0.75, 1), (0.11, 1)),
    ("green", (116, 160), (0.3, 0.9), (0.08, 1)),
    ("blue", (225, 275), (0.3, 0.85), (0.08, 1)),
    ("purple", (290, 325), (0.3, 0.8), (0.08, 1)),
    ("pink", (335, 360), (0.6, 1), (0.06, 1)),
)
TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@dataclass(frozen=True)
class Fill:
    """A drawing's main fill: lightness and a, b of OKLab; `share` of what is drawn apart from black lines, `area` of
    the whole picture; `weight` (H, W) how far each pixel is of it."""

    colour: Floats
    share: float
    area: float
    weight: Floats


def to_oklab(rgb: NDArray[Any]) -> Floats:
    """(…, 3) of 0 to 255 in sRGB -> lightness, a, b."""
    part = np.asarray(rgb, np.float64) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ TO_LMS.T) @ TO_LAB.T)


def to_rgb(lab: Floats) -> Pixels:
    """The nearest colours of sRGB that there are."""
    linear = np.clip((lab @ np.linalg.inv(TO_LAB).T) ** 3 @ np.linalg.inv(TO_LMS).T, 0, 1)
    part = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray((part * 255).round().clip(0, 255).astype(np.uint8))


def main_fill(pixels: Pixels) -> Fill | None:
    """The hue that covers most of the drawing; None where nothing is drawn or what is drawn most has no hue."""
    lab, alpha = to_oklab(pixels[..., :3]), pixels[..., 3] / 255
    chroma, hue = np.hypot(lab[..., 1], lab[..., 2]), np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    drawn = alpha * (lab[..., 0] > 0.35)
    coloured = drawn * np.clip(chroma / COLOURED - 1, 0, 1)
    if coloured.sum() < 0.02 * alpha.size:
        return None
    counts, _ = np.histogram(hue, bins=72, range=(0, 360), weights=coloured)
    smooth = sum(np.roll(counts, shift) for shift in range(-3, 4))
    centre = (np.argmax(smooth) + 0.5) * 5
    away = np.abs((hue - centre + 180) % 360 - 180)
    inside = coloured * (away < NEAR_HUE)
    median = [weighted_median(lab[..., axis], inside) for axis in range(3)]
    colour = np.array(median)
    if np.hypot(colour[1], colour[2]) < PLAIN:
        return None
    away = np.abs((hue - np.degrees(np.arctan2(colour[2], colour[1])) + 180) % 360 - 180)
    weight = np.clip((FAR_HUE - away) / (FAR_HUE - NEAR_HUE), 0, 1) * np.clip(chroma / COLOURED - 0.4, 0, 1)
    return Fill(colour, float((drawn * weight).sum() / drawn.sum()), float((alpha * weight).mean()), weight)


def weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values, axis=None, kind="stable")
    total = np.cumsum(weights.reshape(-1)[order])
    return float(values.reshape(-1)[order][np.searchsorted(total, total[-1] / 2)])


def repaint(pixels: Pixels, fill: Fill, name: str) -> Pixels:
    """The picture with its main fill in the colour of that name. What is darker or lighter than the fill stays so by as
    much, which keeps shades, lights and the soft edges of lines."""
    lab, wanted = to_oklab(pixels[..., :3]), to_oklab(np.array(COLOURS[name]))
    light, lightest = lab[..., 0], fill.colour[0]
    darker = wanted[0] * light / lightest
    lighter = 1 - (1 - wanted[0]) * (1 - light) / max(1 - lightest, 1e-3)
    strength = np.clip(np.hypot(lab[..., 1], lab[..., 2]) / np.hypot(*fill.colour[1:]), 0, 1.1)
    made = np.stack([np.where(light < lightest, darker, lighter), *(strength * part for part in wanted[1:])], -1)
    mixed = lab + fill.weight[..., None] * (made - lab)
    return np.concatenate([to_rgb(mixed), pixels[..., 3:]], -1)


def name_of(colour: Floats) -> str | None:
    """The name of a colour of OKLab that has a hue; None for a pale one, and for one on the border of two."""
    light, chroma = float(colour[0]), float(np.hypot(colour[1], colour[2]))
    here = (float(np.degrees(np.arctan2(colour[2], colour[1])) % 360), light, chroma)
    fits = (
        name for name, *bounds in NAMED if all(low <= x < high for x, (low, high) in zip(here, bounds, strict=True))
    )
    return next(fits, None)
