"""Does a change help? One figure under several arms, over the same seeds, each arm beside the one that changes nothing.

In: by arm its S values, seed s of every arm on the same split with the same draws. Out: means, the differences from
`against` seed by seed with their interval, and the chance of so large a mean difference if the arms were alike.

S seeds
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from anew.validate.interval import bootstrap

CHANCE = 0.05  # p below which a gain is called one
EXACT = 16  # seeds up to which every way to flip the signs is counted; more are drawn
DRAWS = 20_000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Gain:
    """An arm: its mean over the seeds, and by how much it is above the arm that changes nothing, with the 95 % interval
    of that and its two-sided p."""

    arm: str
    values_S: Sequence[float]
    mean: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float
    p: float

    @property
    def significant(self) -> bool:
        """Better by more than chance."""
        return self.gain > 0 and self.p < CHANCE


def gains(values: Mapping[str, Sequence[float]], against: str, rng: np.random.Generator) -> list[Gain]:
    """Every arm beside `against`, in the order given. ValueError: an arm without a value for every seed, or no seed."""
    base_S = np.asarray(values[against], np.float64)
    if not len(base_S) or any(len(v) != len(base_S) for v in values.values()):
        raise ValueError(f"the arms have {sorted({len(v) for v in values.values()})} seeds, not the same")
    found = []
    for arm, given in values.items():
        values_S = np.asarray(given, np.float64)
        more_S = values_S - base_S
        low, high = bootstrap(values_S, None, rng)
        gain_low, gain_high = bootstrap(more_S, None, rng)
        mean, gain = float(values_S.mean()), float(more_S.mean())
        found.append(Gain(arm, list(given), mean, low, high, gain, gain_low, gain_high, sign_flips(more_S, rng)))
    return found


def sign_flips(differences_S: Floats, rng: np.random.Generator) -> float:
    """The two-sided p of paired differences: the share of all ways to flip their signs that give a mean at least as
    far from 0 (Fisher 1935, The Design of Experiments, section 21). Its least value is 2 / 2^S."""
    size = len(differences_S)
    if size <= EXACT:
        signs_BS = np.array(list(product((1.0, -1.0), repeat=size)))
    else:
        signs_BS = np.vstack([np.ones(size), rng.choice([1.0, -1.0], (DRAWS, size))])
    means_B = np.abs(signs_BS @ differences_S) / size
    return float((means_B >= means_B[0] - 1e-12).mean())
