"""Mel spectrograms and what comes back of them: the filters' own properties, and sounds that sound the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from anew.codecs.mel import FLOOR, Mel
from anew.codecs.sound import Sound
from anew.errors import DataError
from anew.models.layers.griffin_lim import griffin_lim, peaks_of
from anew.models.layers.spectrogram import Spectrogram, hertz_of, mel_of

RATE = 16_000
TIME = np.arange(RATE) / RATE
SPECTROGRAM = Spectrogram(RATE, 80, 1024, 256)
RNG = np.random.default_rng(0)
WAVES = {
    "tone": 0.5 * np.sin(2 * math.pi * 440 * TIME),
    "sweep": 0.5 * np.sin(2 * math.pi * (200 * TIME + 1500 * TIME**2)) * np.exp(-3 * TIME),
    "noise": RNG.standard_normal(RATE) * 0.1 * np.exp(-4 * TIME),
    "two notes": 0.3 * np.sign(np.sin(2 * math.pi * np.cumsum(np.where(TIME < 0.1, 988, 1319)) / RATE)),
    "clicks": np.where(np.arange(RATE) % 4000 == 1000, 0.9, 0.0),
}
SOUNDS = {name: Sound(np.float32(wave)[None], RATE) for name, wave in WAVES.items()}


def wave(name: str) -> Tensor:
    return torch.from_numpy(SOUNDS[name].wave[0, : SPECTROGRAM.length(62)])


def decibels(found: Tensor, wanted: Tensor) -> float:
    """The spectral convergence."""
    return 20 * math.log10(float((found - wanted).norm() / wanted.norm()))


# ------------------------------------------------------------------------------------------------ the transform


def test_the_scale_is_slaneys() -> None:
    """Its published corners: 15 mel at 1 kHz, 27 further ones to 6.4 kHz, linear below."""
    hertz = torch.tensor([0.0, 200 / 3, 500.0, 1000.0, 6400.0])
    assert torch.allclose(mel_of(hertz), torch.tensor([0.0, 1.0, 7.5, 15.0, 42.0]))
    many = torch.linspace(0, 24_000, 999)
    assert torch.allclose(hertz_of(mel_of(many)), many, rtol=1e-4, atol=1e-2)


def test_neighbouring_triangles_share_every_bin_between_their_centres() -> None:
    filters = SPECTROGRAM.filters
    assert filters.shape == (80, 513) and filters.min() == 0 and filters.max() <= 1
    centres = hertz_of(torch.linspace(0, float(mel_of(torch.tensor(8000.0))), 82))[1:-1]
    bins = torch.linspace(0, RATE / 2, 513)
    between = (bins >= centres[0]) & (bins <= centres[-1])
    assert torch.allclose(filters.sum(0)[between], torch.ones(int(between.sum())), atol=1e-4)
    assert ((filters > 0).sum(0) <= 2).all()


def test_a_sine_at_full_scale_reaches_zero_in_its_band() -> None:
    for hertz in (250.0, 1000.0, 4000.0):
        full = torch.from_numpy(np.float32(np.sin(2 * math.pi * hertz * TIME)))
        band = SPECTROGRAM.filters[:, round(hertz / RATE * 1024)].argmax()
        mel = SPECTROGRAM.mel(full)[:, 10:-10]
        assert -0.5 <= float(mel[band].mean()) <= 0.7 and int(mel.mean(1).argmax()) == int(band)


def test_the_transform_turns_back() -> None:
    for name in WAVES:
        back = SPECTROGRAM.inverse(SPECTROGRAM.transform(wave(name)))
        assert back.shape == wave(name).shape and (back - wave(name)).abs().max() <= 1e-5


@pytest.mark.parametrize("name", WAVES)
def test_magnitudes_make_their_mel_again(name: str) -> None:
    mel = SPECTROGRAM.mel(wave(name))
    found = SPECTROGRAM.magnitudes(mel)
    assert found.min() >= 0
    again = (SPECTROGRAM.filters @ found).clamp(min=math.exp(FLOOR)).log()
    assert (again - mel).abs().mean() <= 0.02


@pytest.mark.parametrize(
    "settings", [(80, 1024, 0), (80, 1024, 512), (80, 1023, 100), (0, 1024, 256), (300, 1024, 256)]
)
def test_transforms_that_cannot_be_are_refused(settings: tuple[int, int, int]) -> None:
    with pytest.raises(DataError):
        Spectrogram(RATE, *settings)


# ------------------------------------------------------------------------------------------------ Griffin–Lim


@pytest.mark.parametrize(
    ("name", "most"), [("tone", -30), ("sweep", -28), ("noise", -18), ("two notes", -28), ("clicks", -18)]
)
def test_phases_are_found_for_magnitudes(name: str, most: float) -> None:
    """Each limit is 2 dB or more below what a start from chance comes to in as many iterations, but for noise's."""
    wanted = SPECTROGRAM.transform(wave(name)).abs()
    found = griffin_lim(wanted, SPECTROGRAM)
    assert decibels(SPECTROGRAM.transform(found).abs(), wanted) <= most
    assert torch.equal(found, griffin_lim(wanted, SPECTROGRAM))


def test_more_iterations_come_nearer_and_momentum_does() -> None:
    wanted = SPECTROGRAM.transform(wave("sweep")).abs()
    one, many, plain = (
        decibels(SPECTROGRAM.transform(griffin_lim(wanted, SPECTROGRAM, n, momentum)).abs(), wanted)
        for n, momentum in ((1, 0.99), (32, 0.99), (32, 0.0))
    )
    assert many <= plain - 1 and plain <= one - 1


def test_a_bin_belongs_to_its_nearest_peak() -> None:
    frame = torch.tensor([0.0, 1.0, 3.0, 1.0, 0.0, 0.0, 1.0, 2.0, 2.0, 0.0])
    peak, place = peaks_of(frame)
    assert peak.tolist() == [2, 2, 2, 2, 2, 7, 7, 7, 7, 7]
    assert float(place[2]) == 2.0 and 7.2 < float(place[7]) < 7.5
    assert peaks_of(torch.zeros(4))[0].tolist() == [0, 1, 2, 3]


# ------------------------------------------------------------------------------------------------ the codec


@pytest.fixture(scope="module")
def codec() -> Mel:
    made = Mel()
    made.fit(SOUNDS.values())
    return made


def test_it_takes_the_length_of_the_sounds(codec: Mel) -> None:
    assert codec.spec.shape == (1, 80, 64)
    grid = codec.encode(list(SOUNDS.values()))
    assert abs(float(grid.mean())) < 0.05 and abs(float(grid.std()) - 1) < 0.05
    long = Mel(longest=0.2)
    long.fit(SOUNDS.values())
    assert long.spec.shape == (1, 80, 16)


@pytest.mark.parametrize("name", WAVES)
def test_what_comes_back_has_the_same_spectrogram(codec: Mel, name: str) -> None:
    (back,) = codec.decode(codec.encode([SOUNDS[name]]))
    ends = 13_568 if name == "clicks" else 63 * 256  # the last click, and the window around it; behind it is silence
    assert back.rate == RATE and back.wave.shape == (1, ends)
    error = (codec.encode([back]) - codec.encode([SOUNDS[name]])).square().mean().sqrt()
    assert error <= 0.2  # of the deviation


def test_a_tone_keeps_its_pitch_and_loudness(codec: Mel) -> None:
    (back,) = codec.decode(codec.encode([SOUNDS["tone"]]))
    spectrum = np.abs(np.fft.rfft(back.wave[0] * np.hanning(back.wave.shape[1])))
    assert abs(spectrum.argmax() * RATE / back.wave.shape[1] / 440 - 1) <= 0.01
    level = np.sqrt(np.square(back.wave[:, 2000:-2000]).mean() / np.square(SOUNDS["tone"].wave).mean())
    assert abs(20 * math.log10(level)) <= 1


def test_silence_comes_back_silent(codec: Mel) -> None:
    silent = Sound(np.zeros((1, RATE), np.float32), RATE)
    assert codec.decode(codec.encode([silent]))[0].peak <= 1e-4


def test_frames_beside_silence_count_as_they_are_learnt() -> None:
    """Short sounds among long ones: mean and deviation are those of the grids, silence included."""
    sounds = [Sound(SOUNDS["tone"].wave[:, : 1600 * i], RATE) for i in range(1, 11)]
    made = Mel()
    made.fit(sounds)
    grid = made.encode(sounds)
    assert abs(float(grid.mean())) < 0.1 and abs(float(grid.std()) - 1) < 0.1
