"""What a lossy codec keeps of pictures: how near they come back, and how sharp.

In: held-out pictures and the same after encoding and decoding, uint8 arrays (H, W, C) of one size. Out: metrics.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anew.validate.interval import bootstrap
from anew.validate.metric import Metric

Picture = NDArray[np.uint8]
EXACT = 100.0  # dB, for two pictures that agree everywhere


def psnr(made: Picture, real: Picture) -> float:
    """Peak signal-to-noise ratio in dB: 10 log10 255² / mean squared error, over all values."""
    error = float(np.square(made.astype(np.float64) - real).mean())
    return EXACT if error == 0 else min(EXACT, 10 * float(np.log10(255**2 / error)))


def slope(picture: Picture) -> float:
    """The mean difference between neighbours, along rows and columns."""
    values = picture.astype(np.float64)
    return float(sum(np.abs(np.diff(values, axis=axis)).mean() for axis in (0, 1)))


def reconstruction(
    real: Sequence[Picture], rebuilt: Sequence[Picture], rng: np.random.Generator, draws: int = 1000
) -> list[Metric]:
    """The mean ratio in dB, and the differences between neighbours over those of the real pictures: 1 is as sharp, less
    is blurred, more is grainy."""
    n, note = len(real), f"{len(real)} held-out pictures encoded and decoded"
    ratios = np.array([psnr(b, a) for a, b in zip(real, rebuilt, strict=True)])
    slopes = np.array([(slope(b), slope(a)) for a, b in zip(real, rebuilt, strict=True)])

    def sharpness(rows: NDArray[np.float64]) -> float:
        return float(rows[:, 0].sum() / max(rows[:, 1].sum(), 1e-9))

    said = f"{note}: differences between neighbours over the real ones'"
    return [
        Metric("psnr_reconstructions", float(ratios.mean()), *bootstrap(ratios, None, rng, draws), n, "dB", "exact",
               "higher", note),
        Metric("sharpness_reconstructions", sharpness(slopes), *bootstrap(slopes, sharpness, rng, draws), n, "",
               "exact", None, said),
    ]  # fmt: skip


__all__ = ["psnr", "reconstruction"]
