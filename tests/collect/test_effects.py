"""Synthesised effects: the same for the same seed, another for each, and of each class what its name says."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound, sound_file
from anew.collect import datasets, layouts
from anew.collect.effects import CLASSES, OUT, effect, lay_down


def centre(sound: Sound) -> np.ndarray:
    """The spectral centroid in Hz of ten parts of it."""
    parts = np.array_split(sound.wave[0].astype(np.float64), 10)
    power = [np.square(np.abs(np.fft.rfft(part * np.hanning(len(part)), 4096))) for part in parts]
    return np.array([one @ np.fft.rfftfreq(4096, 1 / OUT) / max(one.sum(), 1e-12) for one in power])


@pytest.mark.parametrize("name", CLASSES)
def test_a_clip_is_the_same_for_a_seed_and_another_for_each(name: str) -> None:
    clips = [effect(name, seed) for seed in range(4)]
    assert clips == [effect(name, seed) for seed in range(4)] and len(set(clips)) == 4
    for clip in clips:
        assert clip.rate == OUT and len(clip.wave) == 1 and 0.03 <= clip.seconds <= 1.01
        assert 0.25 <= clip.peak <= 0.95 and np.abs(clip.wave[0, -3:]).max() <= 0.1


def test_classes_do_what_they_are_called_after() -> None:
    seeds = range(6)
    falls = np.mean([centre(effect("laser", seed))[7] / centre(effect("laser", seed))[0] for seed in seeds])
    rises = np.mean([centre(effect("jump", seed))[7] / centre(effect("jump", seed))[0] for seed in seeds])
    assert falls < 0.7 and rises > 1.1
    assert np.mean([effect("blip", seed).seconds for seed in seeds]) < 0.13
    for name, dark in (("explosion", True), ("bell", False)):
        flat = [np.exp(np.log(spectrum + 1e-9).mean()) / spectrum.mean() for spectrum in map(power, seeds, [name] * 6)]
        assert bool(np.mean(flat) > 0.01) is dark, f"{name}: {np.mean(flat)}"


def power(seed: int, name: str) -> np.ndarray:
    wave = effect(name, seed).wave[0].astype(np.float64)
    return np.square(np.abs(np.fft.rfft(wave)))[20 : len(wave) // 3]


def test_a_folder_a_class(tmp_path: Path) -> None:
    lay_down(tmp_path, 2)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.flac"))
    assert len(files) == 2 * len(CLASSES) == 20 and files[:2] == ["alarm/000.flac", "alarm/001.flac"]
    assert read_sound(tmp_path / files[0]).rate == OUT


def test_they_are_a_set_that_needs_no_network() -> None:
    known = datasets.CATALOGUE["sfx"]
    assert known.modality == "audio" and not known.archive and "synthesised" in known.licence


def test_game_sounds_are_sorted_by_their_names(tmp_path: Path) -> None:
    inside, sound = "arcade/resources/assets/sounds/", sound_file(effect("coin", 0))
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        for name in ("coin1.wav", "coin2.wav", "phaseJump1.wav", "laser1.ogg", "License.txt"):
            wheel.writestr(inside + name, sound)
    (tmp_path / "out").mkdir()
    layouts.game_sounds(tmp_path / "a.whl", tmp_path / "out")
    found = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert found == ["coin/coin1.wav", "coin/coin2.wav", "phase-jump/phaseJump1.wav"]


def test_no_torch_is_needed() -> None:
    program = "import anew.collect.effects, anew.clean.sounds, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
