"""Waveforms <-> log-mel spectrograms: the transform, its filters, and what of it can be turned back.

In: waves (…, L) of one rate, in [-1, 1] if 1 is full scale. Out: natural logarithms of mel magnitudes (…, M, F), of
which a sine at full scale reaches about 0 in the band of its frequency; and from these the magnitudes (K, F) of a
spectrogram again.

L values · F frames, of which L = (F - 1) hop · K bins of the transform · M mel bands
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Tensor

from anew.errors import DataError

LINEAR, KNEE, STEP = 200 / 3, 1000.0, math.log(6.4) / 27  # Hz a mel below the knee; above it ln of the ratio a mel
FLOOR, CEILING = math.log(1e-4), math.log(10.0)  # -80 dB of full scale; what noise at full scale may reach
UPDATES = 60  # of the magnitudes behind a mel spectrogram
TINY = 1e-8


def mel_of(hertz: Tensor) -> Tensor:
    """Slaney's scale (Auditory Toolbox, 1998): linear up to 1 kHz, logarithmic above."""
    above = KNEE / LINEAR + (hertz.clamp(min=KNEE) / KNEE).log() / STEP
    return torch.where(hertz < KNEE, hertz / LINEAR, above)


def hertz_of(mel: Tensor) -> Tensor:
    """The inverse of `mel_of`."""
    above = KNEE * ((mel.clamp(min=KNEE / LINEAR) - KNEE / LINEAR) * STEP).exp()
    return torch.where(mel < KNEE / LINEAR, mel * LINEAR, above)


class Spectrogram:
    """`rate` in Hz, `mels` bands from 0 Hz to half the rate, a Hann `window` of so many values every `hop` of them.

    The window is centred on its frame; before the first and after the last frame there is silence.
    """

    def __init__(self, rate: int, mels: int, window: int, hop: int) -> None:
        if hop < 1 or window < 4 * hop or window % 2:
            raise DataError(f"a window of {window} values every {hop}: it has to be even, and 4 hops long or more")
        if not 1 <= mels <= window // 4:
            raise DataError(f"{mels} mel bands of a window of {window} values: 1 to {window // 4}")
        self.rate, self.mels, self.window, self.hop = rate, mels, window, hop

    @cached_property
    def hann(self) -> Tensor:
        """(N,): the window."""
        return torch.hann_window(self.window, dtype=torch.float64).float()

    @cached_property
    def scale(self) -> float:
        """Times which a sine at full scale has a magnitude of 1."""
        return 2 / self.hann.sum().item()

    @cached_property
    def filters(self) -> Tensor:
        """(M, K): triangles with a peak of 1, each from its neighbours' centres to its own, which lie evenly in mel."""
        bins = torch.linspace(0, self.rate / 2, self.window // 2 + 1, dtype=torch.float64)
        top = mel_of(torch.tensor(self.rate / 2, dtype=torch.float64)).item()
        edges = hertz_of(torch.linspace(0, top, self.mels + 2, dtype=torch.float64))
        rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
        fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
        return torch.minimum(rise, fall).clamp(min=0).float()

    def length(self, frames: int) -> int:
        """Values of a wave of so many frames."""
        return (frames - 1) * self.hop

    def transform(self, wave: Tensor) -> Tensor:
        """(…, L) -> (…, K, F) complex, scaled so that a sine at full scale has a magnitude of 1."""
        hann = self.hann.to(wave.device)
        found = torch.stft(
            wave, self.window, self.hop, window=hann, center=True, pad_mode="constant", return_complex=True
        )  # fmt: skip
        return found * self.scale

    def inverse(self, spectrum: Tensor) -> Tensor:
        """(…, K, F) complex -> (…, L): the wave whose transform is nearest (Griffin & Lim 1984, equation 6)."""
        length, hann = self.length(spectrum.shape[-1]), self.hann.to(spectrum.device)
        return torch.istft(spectrum / self.scale, self.window, self.hop, window=hann, center=True, length=length)

    def mel(self, wave: Tensor, ceiling: float = CEILING) -> Tensor:
        """(…, L) -> (…, M, F): ln of the mel magnitudes, within FLOOR and the ceiling."""
        return self.bands(self.transform(wave).abs(), ceiling)

    def bands(self, magnitudes: Tensor, ceiling: float = CEILING) -> Tensor:
        """(…, K, F) -> (…, M, F): the same of magnitudes."""
        heard = self.filters.to(magnitudes.device) @ magnitudes
        return heard.clamp(min=math.exp(FLOOR)).log().clamp(max=ceiling)

    @cached_property
    def shares(self) -> Tensor:
        """(K, M): how much of a band's magnitude each bin has, if all have the same."""
        return (self.filters / self.filters.sum(1, keepdim=True).clamp(min=TINY)).T

    def magnitudes(self, mel: Tensor, updates: int = UPDATES, ceiling: float = CEILING) -> Tensor:
        """(…, M, F) -> (…, K, F): magnitudes of which the filters make these again, none below 0, by multiplicative
        steps of least squares (Lee & Seung 1999) from what the transposed filters give. At the floor lies silence."""
        held = mel.clamp(FLOOR, ceiling)
        heard = torch.where(held > FLOOR, held.exp(), 0.0)
        filters, shares = self.filters.to(mel.device), self.shares.to(mel.device)
        found = shares @ heard + TINY
        wanted = filters.T @ heard
        for _ in range(updates):
            found = found * wanted / (filters.T @ (filters @ found) + TINY)
        return found


__all__ = ["CEILING", "FLOOR", "Spectrogram", "hertz_of", "mel_of"]
