"""A wave from the magnitudes of its spectrogram alone: phases by the fast Griffin–Lim algorithm, from a start of sines.

In: magnitudes (K, F) of a `Spectrogram`. Out: a wave (L,), the same every time; nothing is drawn.

K bins of the transform · F frames
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from anew.codecs.spectrogram import TINY, Spectrogram

ITERATIONS = 32
MOMENTUM = 0.99  # alpha of Perraudin, Balazs & Søndergaard 2013, who find it best


def griffin_lim(
    magnitudes: Tensor, spectrogram: Spectrogram, iterations: int = ITERATIONS, momentum: float = MOMENTUM
) -> Tensor:
    """(L,): the wave after so many projections, back and forth, onto the spectrograms that some wave has and onto those
    of the given magnitudes (Griffin & Lim 1984), each from beyond the last (Perraudin et al. 2013, algorithm 2)."""
    at = magnitudes * torch.exp(1j * phases_of_sines(magnitudes, spectrogram))
    before = torch.zeros_like(at)
    for _ in range(iterations):
        there = spectrogram.transform(spectrogram.inverse(at))
        beyond = there + momentum * (there - before)
        at = magnitudes * beyond / beyond.abs().clamp(min=TINY)
        before = there
    return spectrogram.inverse(at)


def phases_of_sines(magnitudes: Tensor, spectrogram: Spectrogram) -> Tensor:
    """(K, F) radians, as if each peak of a frame were a sine that goes on from the frame before, and the bins around it
    its own (Beauregard, Harish & Wyse 2015), here with the mean of its two frequencies on the way: a start from which
    the phases have less far to go than from chance."""
    turn = 2 * math.pi * spectrogram.hop / spectrogram.window
    phase, before, made = torch.zeros(len(magnitudes)), None, []
    for frame in magnitudes.T:
        peak, place = peaks_of(frame)
        there = place[peak]
        phase = (phase[peak] + turn * (there if before is None else (there + before[peak]) / 2)) % (2 * math.pi)
        before = there
        made.append(phase)
    odd = math.pi * (torch.arange(len(magnitudes)) % 2)  # a window's middle lies half its length behind its begin
    return torch.stack(made, 1) - odd[:, None]


def peaks_of(frame: Tensor) -> tuple[Tensor, Tensor]:
    """For each bin of (K,) the nearest peak, and for each peak where it lies between the bins, in bins: the vertex of
    the parabola through it and its neighbours. Without any peak each bin is its own."""
    bins = torch.arange(len(frame))
    left, right = torch.cat([frame[:1], frame[:-1]]), torch.cat([frame[1:], frame[-1:]])
    is_peak = (frame > left) & (frame >= right)
    bend = left - 2 * frame + right
    place = bins + torch.where(is_peak, 0.5 * (left - right) / bend.clamp(max=-TINY), 0.0).clamp(-0.5, 0.5)
    found = is_peak.nonzero().flatten()
    if not len(found):
        return bins, place
    middle = (found[1:] + found[:-1] + 1) // 2
    return found[torch.searchsorted(middle, bins, right=True)], place


__all__ = ["ITERATIONS", "griffin_lim"]
