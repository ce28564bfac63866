"""A wave from the magnitudes of its spectrogram alone: phases by the fast Griffin–Lim algorithm, from a start of sines.

In: magnitudes (…, K, F) of a `Spectrogram`. Out: waves (…, L), the same every time; nothing is drawn.

K bins of the transform · F frames
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from anew.models.layers.spectrogram import TINY, Spectrogram

ITERATIONS = 32
MOMENTUM = 0.99  # alpha of Perraudin, Balazs & Søndergaard 2013, who find it best


def griffin_lim(
    magnitudes: Tensor, spectrogram: Spectrogram, iterations: int = ITERATIONS, momentum: float = MOMENTUM
) -> Tensor:
    """(…, L): the wave after so many projections from phases of sines; from chance it would have further to go."""
    return projected(
        torch.polar(magnitudes, phases_of_sines(magnitudes, spectrogram)), spectrogram, iterations, momentum
    )


def projected(at: Tensor, spectrogram: Spectrogram, iterations: int, momentum: float = MOMENTUM) -> Tensor:
    """(…, K, F) complex -> (…, L): the wave after so many projections, back and forth, onto the spectrograms that some
    wave has and onto those of these magnitudes (Griffin & Lim 1984), each from beyond the last (Perraudin et al. 2013,
    algorithm 2)."""
    magnitudes, before = at.abs(), torch.zeros_like(at)
    for _ in range(iterations):
        there = spectrogram.transform(spectrogram.inverse(at))
        beyond = there + momentum * (there - before)
        at = magnitudes * beyond / beyond.abs().clamp(min=TINY)
        before = there
    return spectrogram.inverse(at)


def phases_of_sines(magnitudes: Tensor, spectrogram: Spectrogram) -> Tensor:
    """(…, K, F) radians, as if each peak of a frame were a sine that goes on from the frame before, and the bins around
    it its own (Beauregard, Harish & Wyse 2015), here with the mean of its two frequencies on the way."""
    peak, place = peaks_of(magnitudes.movedim(-1, 0))
    there = place.gather(-1, peak)
    turn = 2 * math.pi * spectrogram.hop / spectrogram.window
    steps = turn / 2 * (there[:-1].gather(-1, peak[1:]) + there[1:]) % (2 * math.pi)
    made = [turn * there[0]]
    for own, step in zip(peak[1:], steps, strict=True):
        made.append(made[-1].gather(-1, own) + step)
    # A window's middle lies half its length behind its begin.
    odd = math.pi * (torch.arange(magnitudes.shape[-2], device=magnitudes.device) % 2)
    return torch.stack(made, -1) - odd[:, None]


def peaks_of(frames: Tensor) -> tuple[Tensor, Tensor]:
    """For each bin of (…, K) the nearest peak, and for each peak where between the bins it lies, in bins: by its
    neighbours, exactly so for one sine under a Hann window. Without any peak each bin is its own."""
    last = frames.shape[-1] - 1
    bins = torch.arange(last + 1, device=frames.device)
    left, right = torch.cat([frames[..., :1], frames[..., :-1]], -1), torch.cat([frames[..., 1:], frames[..., -1:]], -1)
    is_peak = (frames > left) & (frames >= right)
    aside = 2 * (right - left) / (left + 2 * frames + right).clamp(min=TINY)
    place = bins + torch.where(is_peak, aside, 0.0).clamp(-0.5, 0.5)
    far = 2 * last + 2
    below = torch.where(is_peak, bins, -far).cummax(-1).values
    above = torch.where(is_peak, bins, far).flip(-1).cummin(-1).values.flip(-1)
    nearest = torch.where(above - bins <= bins - below, above, below)
    return torch.where(is_peak.any(-1, keepdim=True), nearest, bins), place


__all__ = ["ITERATIONS", "griffin_lim", "peaks_of", "phases_of_sines", "projected"]
