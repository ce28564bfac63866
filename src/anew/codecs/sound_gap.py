"""A gap in a sound filled with another sound, whose phases are brought to go on from what stands around it.

In: waves of one length, and where the first is not known. Out: the first, unchanged where it is known, bit by bit. What
the first holds inside of the gap is not looked at.

By Griffin & Lim's projections (1984) with the known values put back each time: magnitudes are those of the filling
where a frame lies within the gap, the known values' own outside of it, and go over from one to the other between.

L values · K bins of the transform · F frames
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anew.codecs.sound import Wave
from anew.models.layers.spectrogram import TINY, Spectrogram

ITERATIONS = 24
WINDOW = 0.032  # seconds, rounded to a power of two
EASE = 0.008  # seconds within the gap over which the sound around it dies away
DAMPED = 1e-4  # of the mean square

Mask = NDArray[np.bool_]


def filled(held: Wave, filling: Wave, unknown: Mask, rate: int) -> Wave:
    """(L,): `held` where it is known, and `filling`, joined to it, where `unknown`."""
    window = 1 << max(6, round(np.log2(WINDOW * rate)))
    spectrogram = Spectrogram(rate, 1, window, window // 8)
    known, made = torch.from_numpy(np.where(unknown, np.float32(0), held)), torch.from_numpy(filling)
    hidden, length = torch.from_numpy(unknown), len(held)
    whole = spectrogram.length(-(-length // spectrogram.hop) + 1)
    known, made, hidden = (torch.nn.functional.pad(one, (0, whole - length)) for one in (known, made, hidden))
    found = projected(torch.where(hidden, made, known), known, made, hidden, spectrogram)[:length].numpy()
    found = np.where(unknown, eased(found, held, unknown, round(EASE * rate)), held)
    return np.ascontiguousarray(np.clip(found, -1, 1), dtype=np.float32)


def projected(start: Tensor, known: Tensor, made: Tensor, hidden: Tensor, spectrogram: Spectrogram) -> Tensor:
    """(L,): after ITERATIONS, the known values in place."""
    share_F = spectrogram.transform(hidden.float()).abs()[0] / 2  # of a frame that lies in the gap
    wanted = spectrogram.transform(made).abs()
    at = spectrogram.transform(start)
    for _ in range(ITERATIONS):
        size = share_F * wanted + (1 - share_F) * at.abs()
        wave = spectrogram.inverse(size * at / at.abs().clamp(min=TINY))
        at = spectrogram.transform(torch.where(hidden, wave, known))
    return torch.where(hidden, spectrogram.inverse(at), known)


def eased(found: Wave, held: Wave, unknown: Mask, ease: int) -> Wave:
    """Each edge of the gap led into: what the known values before it would go on with, going over into what was found
    within `ease` values."""
    made = found.astype(np.float64)
    for first, last in stretches(unknown):
        fall = (1 + np.cos(np.pi * np.arange(min(ease, last - first)) / ease)) / 2
        for inwards, edge in ((1, first), (-1, last - 1)):
            known = held[:first] if inwards == 1 else held[last:][::-1]
            if len(known) < 2:
                continue
            places = edge + inwards * np.arange(len(fall))
            made[places] = fall * continued(known, len(fall), 2 * ease) + (1 - fall) * made[places]
    return made.astype(np.float32)


def continued(known: Wave, count: int, looked: int) -> NDArray[np.float64]:
    """(count,): how the last `looked` values go on, by linear prediction (least squares, damped a little so that it
    dies away rather than grows), never louder than they are."""
    wave = known[-looked:].astype(np.float64)
    order = max(1, len(wave) // 3)
    rows = np.lib.stride_tricks.sliding_window_view(wave[:-1], order)
    gram = rows.T @ rows
    gram += (DAMPED * np.trace(gram) / order + 1e-12) * np.eye(order)
    weights = np.linalg.solve(gram, rows.T @ wave[order:])
    made = np.concatenate([wave[-order:], np.zeros(count)])
    bound = np.abs(wave).max()
    for at in range(order, len(made)):
        made[at] = np.clip(made[at - order : at] @ weights, -bound, bound)
    return made[order:]


def mirrored(wave: Wave, unknown: Mask) -> Wave:
    """(C, L): the wave, in each gap what stands before it turned round, going over into what stands after it."""
    made = wave.copy()
    for first, last in stretches(unknown):
        count = last - first
        before, after = wave[:, :first][:, ::-1], wave[:, last:]
        sides = [again(side, count) for side in (before, after)]
        rise = np.linspace(0, 1, count, dtype=np.float32) if first and last < len(unknown) else np.float32(first == 0)
        made[:, first:last] = sides[0] * (1 - rise) + sides[1][:, ::-1] * rise
    return made


def again(wave: Wave, count: int) -> Wave:
    """(C, count): as often as it takes; silence of nothing."""
    if not wave.shape[1]:
        return np.zeros((len(wave), count), np.float32)
    return wave[:, np.arange(count) % wave.shape[1]]


def stretches(mask: Mask) -> list[tuple[int, int]]:
    """Where it is True: first and end of each stretch."""
    turns = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in turns.reshape(-1, 2)]


__all__ = ["EASE", "Mask", "eased", "filled", "mirrored", "stretches"]
