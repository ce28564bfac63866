"""A wave from the magnitudes of its spectrogram alone: phases by the fast Griffin–Lim algorithm, from a start of sines.

In: magnitudes (K, F) of a `Spectrogram`. Out: a wave (L,), the same every time; nothing is drawn.

K bins of the transform · F frames
"""

from __future__ import annotations

import torch
from torch import Tensor

from anew.models.layers.sines import TINY, phases_of_sines
from anew.models.layers.spectrogram import Spectrogram

ITERATIONS = 32
MOMENTUM = 0.99  # alpha of Perraudin, Balazs & Søndergaard 2013, who find it best


def griffin_lim(
    magnitudes: Tensor, spectrogram: Spectrogram, iterations: int = ITERATIONS, momentum: float = MOMENTUM
) -> Tensor:
    """(L,): the wave after so many projections, back and forth, onto the spectrograms that some wave has and onto those
    of the given magnitudes (Griffin & Lim 1984), each from beyond the last (Perraudin et al. 2013, algorithm 2)."""
    start = phases_of_sines(magnitudes, spectrogram.window, spectrogram.hop)  # from chance it would have further to go
    at = magnitudes * torch.exp(1j * start)
    before = torch.zeros_like(at)
    for _ in range(iterations):
        there = spectrogram.transform(spectrogram.inverse(at))
        beyond = there + momentum * (there - before)
        at = magnitudes * beyond / beyond.abs().clamp(min=TINY)
        before = there
    return spectrogram.inverse(at)


__all__ = ["ITERATIONS", "griffin_lim"]
