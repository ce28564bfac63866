"""Pictures that tests can judge by themselves: a bright bar on dark grey, across or down."""

from __future__ import annotations

import numpy as np

SIDE = 16


def bar(rng: np.random.Generator, label: str) -> np.ndarray:
    """uint8 (16, 16, 1): a bright bar on dark grey, across or down, somewhere and of some width."""
    picture = np.full((SIDE, SIDE, 1), 20, np.uint8) + rng.integers(0, 10, (SIDE, SIDE, 1)).astype(np.uint8)
    at, width = rng.integers(1, SIDE - 5), rng.integers(3, 5)
    bright = int(rng.integers(150, 240))
    if label == "across":
        picture[at : at + width] = bright
    else:
        picture[:, at : at + width] = bright
    return picture


def lean(picture: np.ndarray) -> float:
    """Above 0 for a bar across, below for one down: how much more the rows differ than the columns."""
    grey = picture[:, :, 0].astype(float)
    return float(grey.mean(1).var() - grey.mean(0).var())


def read(picture: np.ndarray) -> str:
    return "across" if lean(picture) > 0 else "down"
