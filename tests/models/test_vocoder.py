"""The vocoder: a fixed way there, a learnt way back, silence that stays, blocks of one row behind a codec."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from known_data import learn
from torch import Tensor

from anew.codecs.latent import Latent
from anew.codecs.sound import Sound
from anew.codecs.wave import Wave
from anew.contract import Batch, Spec, Unsupported
from anew.errors import DataError
from anew.models.layers.griffin_lim import phases_of_sines
from anew.models.layers.spectrogram import Spectrogram
from anew.models.vae.spectral import Vocoder

RATE, LENGTH = 8_000, 3_000
SMALL: dict[str, Any] = {
    "rate": RATE, "mels": 24, "window": 256, "hop": 64, "width": 48, "blocks": 2, "segment": 24, "polish": 2,
}  # fmt: skip


def made(**changes: Any) -> Vocoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Vocoder(Spec("grid", (1, LENGTH)), **(SMALL | changes)).eval()


def tones(n: int, rng: torch.Generator) -> Tensor:
    """(n, 1, L) of unit variance: each a tone of its own, and a little noise."""
    hertz = 200 + 800 * torch.rand(n, 1, generator=rng)
    x = torch.sin(2 * math.pi * hertz * torch.arange(LENGTH) / RATE)
    x = x + 0.05 * torch.randn(n, LENGTH, generator=rng)
    return (x / x.std())[:, None]


@pytest.fixture(scope="module")
def taught() -> Vocoder:
    model = made()
    learn(model, lambda step, rng: Batch(tones(4, rng)), 160, fall=True)
    return model


def test_the_latent_is_the_spectrogram() -> None:
    model, x = made(), tones(3, torch.Generator().manual_seed(0))
    z, logvar = model.encode(x)
    assert z.shape == (3, 24, 1, math.ceil(LENGTH / 64) + 1) and logvar.unique().numel() == 1
    whole = torch.nn.functional.pad(x[:, 0], (0, -LENGTH % 64))
    assert torch.allclose(model.mel(z), Spectrogram(RATE, 24, 256, 64).mel(whole, math.log(1e3)), atol=1e-5)
    assert model.decode(z).shape == x.shape


def test_silence_comes_back_as_silence(taught: Vocoder) -> None:
    x = tones(1, torch.Generator().manual_seed(1))
    x[:, :, 1_500:] = 0
    with torch.no_grad():
        assert not taught.decode(taught.encode(torch.zeros_like(x))[0]).any()
        back = taught.decode(taught.encode(x)[0])
    assert back[:, :, :1_400].std() > 0.5 and not back[:, :, 1_500 + 256 :].any()


def test_it_learns_tones_and_keeps_their_pitch(taught: Vocoder) -> None:
    held_out = tones(8, torch.Generator().manual_seed(2))
    before, after = (
        model.validation_loss(Batch(held_out), torch.Generator().manual_seed(0)) for model in (made(), taught)
    )
    assert after < 0.9 * before
    with torch.no_grad():
        back = taught.decode(taught.encode(held_out)[0])
    wanted, found = (torch.fft.rfft(x[:, 0]).abs().argmax(1) * RATE / LENGTH for x in (held_out, back))
    assert (wanted - found).abs().max() <= RATE / 256  # a bin of the transform


def test_sines_go_on_from_frame_to_frame() -> None:
    """The phases of a steady tone's magnitudes are its own but for where it began, 90 frames on."""
    spectrogram = Spectrogram(RATE, 24, 256, 64)
    tone = torch.sin(2 * math.pi * 1003.0 * torch.arange(6_400) / RATE)
    there = spectrogram.transform(torch.stack([tone, tone.roll(17)]))[:, :, 8:-8]
    found = phases_of_sines(there.abs(), spectrogram)
    apart = torch.exp(1j * (there.angle() - found))[:, 31:34]
    assert (apart - apart.mean((1, 2), keepdim=True)).abs().max() < 0.05


def test_training_rows_are_stretches_of_what_sounds() -> None:
    """The latent of a stretch is that of the whole there, and none lies in the silence behind a short sound."""
    model, x = made(), tones(6, torch.Generator().manual_seed(3))
    x[:, :, 2_000:] = 0
    cut, z, bins = model.stretch(x[:, 0], torch.Generator().manual_seed(0))
    assert cut.shape == (6, 23 * 64) and z.shape == (6, 24, 24) and bins.shape == (6, 129, 24)
    whole = model.encode(x)[0][:, :, 0]
    for row in range(6):
        starts = [s for s in range(whole.shape[2] - 23) if torch.allclose(whole[row, :, s : s + 24], z[row], atol=1e-4)]
        assert len(starts) == 1 and torch.equal(cut[row], x[row, 0, 64 * starts[0] :][: 23 * 64])
        assert starts[0] <= 2_000 // 64 - 23
    short = Vocoder(Spec("grid", (1, 200)), **SMALL)
    assert short.loss(Batch(x[:, :, :200]), "all", torch.Generator().manual_seed(0))[0].isfinite()
    assert short.loss(Batch(0 * x[:, :, :200]), "all", torch.Generator().manual_seed(0))[0].isfinite()


def test_behind_a_codec_a_sound_does_not_depend_on_its_company(taught: Vocoder) -> None:
    rng, sounds = np.random.default_rng(0), []
    for i in range(5):
        wave = 0.2 * np.sin(2 * np.pi * (200 + 60 * i) * np.arange(4_000 + 300 * i) / 16_000)
        sounds.append(Sound((wave + rng.normal(0, 0.01, len(wave))).astype(np.float32)[None], 16_000))
    plain = Wave(seconds=LENGTH / 16_000)
    plain.fit(sounds)
    spec = plain.spec
    model = Vocoder(spec, **SMALL)
    latent = Latent(inner=plain, model=model, model_name="vocoder", model_settings=SMALL)
    latent.fit(sounds)
    assert latent.spec.shape == model.latent_shape and (latent.mean == latent.mean[:, :, :1]).all()
    together = latent.decode(latent.encode(sounds))
    again = Latent.from_state(latent.state())
    for i, sound in enumerate(sounds):
        assert again.decode(again.encode([sound]))[0] == together[i]


def test_what_is_no_row_of_values_is_refused() -> None:
    for shape in ((2, LENGTH), (LENGTH,), (1, 8, 8)):
        with pytest.raises(Unsupported, match="one channel"):
            Vocoder(Spec("grid", shape))
    with pytest.raises(DataError, match="window"):
        made(window=256, hop=100)
