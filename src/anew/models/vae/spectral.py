"""A vocoder: a grid (1, L) of values in time <-> its log-mel spectrogram. The way there is fixed, the way back learnt.

Meant as a codec for a model that learns spectrograms. The backbone and the way out are those of Vocos (Siuzdak 2023,
arXiv:2306.00814): blocks of convolutions over frames predict a spectrum, and the inverse transform makes the values.
It differs where that saves time to learn. Magnitudes are told as what to change of those that least squares find,
phases from where the sines of the frame before have got by now, a second spectrum shapes white noise, and a few
projections of Griffin–Lim bring the phases nearer to each other. There is no discriminator.

B batch · L values · F frames · M mel bands · K bins of the transform · D width · Z latent (M, 1, F)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from anew.contract import Batch, Cond, Phase, Spec, Unsupported, by_role
from anew.models.layers.griffin_lim import phases_of_sines, projected
from anew.models.layers.spectrogram import FLOOR, Spectrogram
from anew.models.vae.family import VAE, normals

MIDDLE, SPREAD = FLOOR / 2, -FLOOR / 4  # of the latent: the floor lies at -2
SILENT = FLOOR + math.log(10) / 2  # 10 dB above the floor: a frame none of whose bands is louder is silence
LOUDEST = math.log(1e3)  # what a magnitude is held to
LOGVAR = 2 * math.log(0.05)  # of q(z | x)
UPDATES = 5  # of the magnitudes behind a mel spectrogram, from which the network goes on
QUIET = -3.0  # where the logarithm of the noise's share begins
FINEST = 1e-3  # magnitudes that a distance tells from none
NOISE = 0x5EED  # of the one noise that `decode` shapes
KERNEL, WIDEN = 7, 3


class Vocoder(VAE):
    """`rate`: values a second, by which the `mels` bands lie where ears have them; a Hann `window` every `hop` values.
    `width` D and `blocks` of the network. A training row is a stretch of `segment` frames out of the grid; `polish`
    projections follow. `apart` weighs how far two results of different noise are from each other (Gritsenko et al.
    2020): 0 learns the likeliest spectrum, 1 spectra as rough as the data's, which takes far longer."""

    rows = coded = 1  # a row is seconds long
    first_stage = True
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 96, "blocks": 3},
        "s": {"width": 192, "blocks": 4},
        "m": {"width": 256, "blocks": 6},
        "l": {"width": 384, "blocks": 8},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        rate: Annotated[int, Field(ge=1)] = 16_000,
        mels: Annotated[int, Field(ge=1)] = 80,
        window: Annotated[int, Field(ge=16)] = 1024,
        hop: Annotated[int, Field(ge=4)] = 256,
        width: Annotated[int, Field(ge=8)] = 192,
        blocks: Annotated[int, Field(ge=1)] = 4,
        segment: Annotated[int, Field(ge=4)] = 48,
        apart: Annotated[float, Field(ge=0, le=1)] = 0.0,
        polish: Annotated[int, Field(ge=0)] = 2,
    ) -> None:
        super().__init__(spec)
        if len(spec.shape) != 2 or spec.shape[0] != 1:
            raise Unsupported(f"Vocoder takes grids (1, L), one channel of values in time, not {spec.shape}")
        self.spectrogram = Spectrogram(rate, mels, window, hop)
        self.segment, self.apart, self.polish = segment, apart, polish
        self.frames = math.ceil(spec.shape[1] / hop) + 1
        self.latent_shape = (mels, 1, self.frames)
        self.begin, self.settle = nn.Conv1d(mels, width, KERNEL, padding=KERNEL // 2), nn.LayerNorm(width)
        self.body = nn.Sequential(*(Block(width, blocks) for _ in range(blocks)))
        self.end_norm, self.end = nn.LayerNorm(width), nn.Linear(width, 4 * (window // 2 + 1))
        with torch.no_grad():
            self.end.weight.mul_(0.1)

    # -------------------------------------------------------------------------------------------- there and back

    def encode(self, x: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        """The spectrogram, its mean and deviation as they mostly are; the variance is the same everywhere."""
        values_BL = F.pad(x[:, 0], (0, self.spectrogram.length(self.frames) - x.shape[-1]))
        z_BZ = scaled(self.spectrogram.mel(values_BL, LOUDEST))[:, :, None]
        return z_BZ, torch.full_like(z_BZ, LOGVAR)

    def likelihood(self, z_BZ: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        """Its deviation is that of the grid itself: of phases the latent says nothing."""
        z_BMF = z_BZ[:, :, 0]
        made_BL = self.values(*self.spectra(z_BMF), self.noise.to(z_BZ.device), self.polish)
        return made_BL[:, None, : self.spec.shape[1]], z_BZ.new_zeros(())

    def mel(self, z_BZ: Tensor) -> Tensor:
        """(B, M, F): the log-mel spectrogram that a latent stands for."""
        return unscaled(z_BZ[:, :, 0])

    @torch.no_grad()
    def of_mel(self, mel_BMF: Tensor) -> Tensor:
        """(B, L): the values of log-mel spectrograms of any number of frames, without chance."""
        noise = self.white(1, mel_BMF.shape[2], torch.Generator().manual_seed(NOISE))
        return self.values(*self.spectra(scaled(mel_BMF)), noise.to(mel_BMF.device), self.polish)

    @cached_property
    def noise(self) -> Tensor:
        """(K, F) complex: the same for every row, so that there is no chance in decoding."""
        rng = torch.Generator().manual_seed(NOISE)
        return self.white(1, self.frames, rng)[0]

    def white(self, n: int, frames: int, rng: torch.Generator) -> Tensor:
        """(n, K, frames) complex: the transform of white noise, of a mean squared magnitude of 1."""
        length = self.spectrogram.length(frames)
        found = self.spectrogram.transform(normals((n, length), rng)) / self.spectrogram.scale
        return found / self.spectrogram.hann.square().sum().sqrt().item()

    def spectra(self, z_BMF: Tensor) -> tuple[Tensor, Tensor]:
        """(B, K, F): the sines' spectrum, complex, and how loud the noise is; nothing of either where all is silent."""
        h_BFD = self.settle(self.begin(z_BMF).mT)
        out_BFK = self.end(self.end_norm(self.body(h_BFD)))
        sines, hiss, there, aside = out_BFK.mT.chunk(4, 1)
        heard = unscaled(z_BMF).amax(1, keepdim=True) > SILENT
        rough = self.spectrogram.magnitudes(unscaled(z_BMF), UPDATES, LOUDEST)
        sines, hiss = (torch.where(heard, rough * v.clamp(max=LOUDEST).exp(), 0.0) for v in (sines, hiss + QUIET))
        base = phases_of_sines(sines.detach(), self.spectrogram)
        turn = torch.complex(1 + there, aside)
        turn = turn / (turn.abs() + 1e-4)
        return torch.polar(sines, base) * turn, hiss

    def values(self, sines: Tensor, hiss: Tensor, noise: Tensor, polish: int = 0) -> Tensor:
        """(B, L): of both spectra together, their phases brought nearer to ones that some values have."""
        return projected(sines + hiss * noise, self.spectrogram, polish)

    # -------------------------------------------------------------------------------------------- learning

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self, rest=self.ends()))]

    def ends(self) -> list[nn.Parameter]:
        return [self.begin.weight, self.end.weight, *(block.across.weight for block in self.body)]

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """How far the magnitudes told are from the datum's, and the energy distance of spectrograms: that of two
        results to the datum, less half of that between them."""
        x_BL, z_BMF, bins = self.stretch(batch.x[:, 0], rng)
        sines, hiss = self.spectra(z_BMF)
        power = torch.view_as_real(sines).square().sum(-1) + hiss.square()
        told = distance([(power + FINEST**2).sqrt()], [bins], [bins])
        draws = [self.white(len(x_BL), z_BMF.shape[2], rng) for _ in range(2 if self.apart else 1)]
        real, first, *second = (self.seen(v) for v in (x_BL, *(self.values(sines, hiss, n) for n in draws)))
        near = torch.stack([distance(one, real, real) for one in (first, *second)]).mean()
        apart = distance(first, second[0], real) if second else torch.zeros_like(near)
        stats = {"told": told.detach(), "distance": near.detach(), "apart": apart.detach()}
        return told + near - self.apart / 2 * apart, stats

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """How far results are from the data."""
        x_BL, z_BMF, _ = self.stretch(batch.x[:, 0], rng)
        made_BL = self.values(*self.spectra(z_BMF), self.white(len(x_BL), z_BMF.shape[2], rng), self.polish)
        real, made = self.seen(x_BL), self.seen(made_BL)
        return distance(made, real, real)

    def stretch(self, x_BL: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Of each row a stretch between the middles of its first and its last frame, somewhere before the end of what
        is not silence, and its latent (B, M, F) and magnitudes (B, K, F), which see beyond both."""
        hop, frames = self.spectrogram.hop, min(self.segment, self.frames)
        around = self.spectrogram.window // (2 * hop) + 1  # frames that see beyond what is cut out
        ends_B = ((x_BL != 0) * torch.arange(1, x_BL.shape[1] + 1, device=x_BL.device)).amax(1)
        room_B = (ends_B // hop + 1 - frames).clamp(0, self.frames - frames)
        chance_B = torch.rand(len(x_BL), generator=rng, device=rng.device)
        first_B = (chance_B * (room_B + 1)).long()
        behind = self.spectrogram.length(self.frames) - x_BL.shape[1]
        wide = F.pad(x_BL, (around * hop, around * hop + behind))
        reach = torch.arange(self.spectrogram.length(frames + 2 * around), device=x_BL.device)
        cut = wide.gather(1, first_B[:, None] * hop + reach)
        bins = self.spectrogram.transform(cut)[:, :, around:-around].abs()
        z_BMF = scaled(self.spectrogram.bands(bins, LOUDEST))
        return cut[:, around * hop : -around * hop], z_BMF, (bins.square() + FINEST**2).sqrt()

    def seen(self, x_BL: Tensor) -> list[Tensor]:
        """Magnitudes (B, K, F) by windows of half, one and two times the length, and the mel spectrogram's."""
        window, found = self.spectrogram.window, []
        for length in (window // 2, window, 2 * window):
            hann = torch.hann_window(length, device=x_BL.device)
            wide = F.pad(x_BL, (length // 2, length // 2))
            bins = torch.stft(wide, length, length // 4, window=hann, center=False, return_complex=True)
            power = torch.view_as_real(bins).square().sum(-1) * (2 / hann.sum()) ** 2
            found.append((power + FINEST**2).sqrt())
        return [*found, self.spectrogram.filters.to(x_BL.device) @ found[1]]


class Block(nn.Module):
    """(B, F, D) -> (B, F, D): each channel along the frames, then all channels of each frame (Liu et al. 2022)."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.across = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, WIDEN * width), nn.Linear(WIDEN * width, width)
        self.scale = nn.Parameter(torch.full((width,), 1 / depth))

    def forward(self, h_BFD: Tensor) -> Tensor:
        inner = self.norm(self.across(h_BFD.mT).mT)
        return h_BFD + self.scale * self.down(F.gelu(self.up(inner)))


def scaled(mel: Tensor) -> Tensor:
    return (mel - MIDDLE) / SPREAD


def unscaled(z: Tensor) -> Tensor:
    return z * SPREAD + MIDDLE


def distance(a: list[Tensor], b: list[Tensor], real: list[Tensor]) -> Tensor:
    """The mean over rows and over kinds of magnitudes of their spectral convergence and of the mean difference of their
    logarithms (Yamamoto et al. 2020, equations 3 to 6)."""
    found = []
    for own, other, whole in zip(a, b, real, strict=True):
        convergence = (own - other).flatten(1).norm(dim=1) / whole.flatten(1).norm(dim=1)
        found.append(convergence.mean() + F.l1_loss(own.log(), other.log()))
    return torch.stack(found).mean()
