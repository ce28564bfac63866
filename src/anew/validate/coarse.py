"""Sounds in a few bits without any network: what a codec that has learnt has to beat at its own rate.

In: waves or log-mel spectrograms, and how many bits there are. Out: the same shape, as it comes back. Ranges and the
choice of a division are given away: they would cost a codec bits of its own.

L values · M mel bands · F frames
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MU = 255  # of the companding law (ITU-T G.711)
DEPTHS = range(2, 9)  # bits of a value
CELLS = range(2, 6)  # bits of a cell of a spectrogram


def companded(wave: Floats, bits: float) -> Floats:
    """(L,) in so many bits: values at a lower rate, each on the μ-law scale of the loudest; of the depths that there
    are, the one that is least off."""
    loudest = float(np.abs(wave).max(initial=0.0))
    if loudest == 0:
        return wave.copy()
    tried = [spread(rounded(fewer(wave / loudest, int(bits // depth)), depth), len(wave)) * loudest for depth in DEPTHS]
    return min(tried, key=lambda made: float(np.square(made - wave).sum()))


def fewer(wave: Floats, count: int) -> Floats:
    """The band that `count` values hold, as so many."""
    return spread(wave, min(max(count, 1), len(wave)))


def spread(wave: Floats, count: int) -> Floats:
    """The same waves as `count` values over the same time."""
    return np.asarray(np.fft.irfft(np.fft.rfft(wave)[: count // 2 + 1], count) * count / len(wave))


def rounded(wave: Floats, depth: int) -> Floats:
    """Each value in [-1, 1] to the nearest of 2^depth levels that lie evenly in the logarithm of 1 + μ |value|."""
    levels = 2**depth - 1
    bent = np.sign(wave) * np.log1p(MU * np.minimum(np.abs(wave), 1)) / math.log1p(MU)
    told = np.round((bent + 1) / 2 * levels) / levels * 2 - 1
    return np.asarray(np.sign(told) * np.expm1(np.abs(told) * math.log1p(MU)) / MU)


def blocks(mel: Floats, bits: float) -> Floats:
    """(M, F) in so many bits: means of blocks, in even levels between the least and the greatest, and a slope from each
    to the next; of the divisions that there are, the one that is least off."""
    low, high = float(mel.min()), float(mel.max())
    if low == high:
        return mel.copy()
    grid, (bands, frames) = torch.from_numpy((mel - low) / (high - low))[None, None], mel.shape
    best, least = mel, math.inf
    for depth, narrow in product(CELLS, (2**i for i in range(bands.bit_length()))):
        short = min(frames, int(bits // (depth * narrow)))
        if narrow > bands or not short:
            continue
        few, levels = F.adaptive_avg_pool2d(grid, (narrow, short)), 2**depth - 1
        told = (few * levels).round() / levels
        made = F.interpolate(told, (bands, frames), mode="bilinear", align_corners=False)[0, 0].numpy()
        off = float(np.square(made * (high - low) + low - mel).sum())
        if off < least:
            best, least = made * (high - low) + low, off
    return np.asarray(best)


__all__ = ["blocks", "companded"]
