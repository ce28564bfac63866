"""The recipe of a vocoder: measured beside Griffin–Lim, and another model's codec afterwards."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_recipes import recipe_for
from starting import places, started

from anew.artifact import load_artifact
from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound, sound_file
from anew.deploy import starters
from anew.engine.generate import generate
from anew.recipes import pipeline
from anew.recipes.coder import taken_over
from anew.validate.sounds import spectral_distance

SMALL = {
    "train.steps": 6, "train.batch": 6, "train.threads": 1, "train.validate_every": 3, "size": "xs", "model.mels": 24,
    "model.window": 256, "model.hop": 64, "model.segment": 12, "validation.samples": 8, "clean.duplicates": "none",
}  # fmt: skip


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tones of 0.1 to 0.2 seconds, said to be something."""
    folder, rng = tmp_path_factory.mktemp("sounds"), np.random.default_rng(0)
    for i in range(40):
        time = np.arange(1_600 + 40 * i) / 16_000
        wave = 0.3 * np.sin(2 * math.pi * rng.uniform(200, 900) * time) + rng.normal(0, 0.005, len(time))
        (folder / f"{i:02}.wav").write_bytes(sound_file(Sound(wave[None].astype(np.float32), 16_000)))
        (folder / f"{i:02}.txt").write_text("a tone")
    return folder


@pytest.fixture(scope="module")
def run(sounds: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("vocoder")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder / "home"))
        pipeline.run(recipe_for("vocoder", sounds, SMALL), folder / "run")
        yield folder / "run"


def test_a_run_is_measured_beside_griffin_lim_and_can_be_heard(run: Path) -> None:
    report = json.loads((run / "validate" / "report.json").read_text())
    ours, theirs = (report["metrics"][f"spectral_distance{name}"] for name in ("", "_griffin_lim"))
    assert ours["n"] == theirs["n"] == 4 and 0 < theirs["value"] < ours["value"]  # it has hardly learnt
    assert any("Griffin–Lim" in sentence for sentence in report["verdict"])
    assert read_sound(run / "validate" / "samples.wav").seconds > 4 * 3 * 0.4
    assert (run / "validate" / "samples.png").read_bytes().startswith(b"\x89PNG")
    assert "By itself" in (run / "model" / "card.md").read_text()


def test_recordings_are_heard_in_the_report_and_do_not_go_with_the_model(run: Path) -> None:
    told = json.loads((run / "validate" / "report.json").read_text())["clips"]
    assert [clip["title"].partition(": ")[2] for clip in told[::3]] == ["As recorded", "Vocoder", "Griffin–Lim"]
    assert (run / "validate" / "report.html").read_text().count("<audio controls") == len(told) == 9
    assert not list((run / "model").rglob("*.mp3")), "somebody's recordings"


def test_a_starter_is_taken_over_by_name(
    run: Path, sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = started(run, "vocoder", tmp_path, monkeypatch)
    assert {"spectral_distance", "spectral_distance_griffin_lim"} <= evidence["metrics"].keys()
    assert not places(starters.FOLDER)
    shape = {f"codec.{key}": SMALL[f"model.{key}"] for key in ("mels", "window", "hop")}
    asked = recipe_for("voice", sounds, shape | {"codec.start": "vocoder", "codec.seconds": 0.5})
    assert str(taken_over(asked, tmp_path / "none").codec.start).startswith("vocoder@")


def test_another_model_learns_behind_it(run: Path, sounds: Path, tmp_path: Path) -> None:
    changes = {key: value for key, value in SMALL.items() if not key.startswith("model")}
    flow = {"model.name": "flow", "model.width": 32, "model.depth": 1, "model.steps": 2, "codec.start": str(run)}
    pipeline.run(recipe_for("vocoder", sounds, changes | flow), tmp_path / "run", until="train")
    behind, vocoder = load_artifact(tmp_path / "run" / "model"), load_artifact(run / "model").model
    assert behind.model.spec.shape == vocoder.latent_shape
    kept = behind.codec.model.state_dict()  # type: ignore[attr-defined]
    assert all(torch.equal(value, kept[name]) for name, value in vocoder.state_dict().items())
    many = generate(behind, 3, seed=1).samples
    assert many[1] == generate(behind, 1, seed=2).samples[0] and many[1].rate == 16_000


def test_a_distance_is_nothing_for_the_same_and_grows_with_noise() -> None:
    rng = np.random.default_rng(0)
    real = Sound(rng.normal(0, 0.1, (1, 9_000)).astype(np.float32), 16_000)
    worse = [Sound((real.wave + rng.normal(0, s, real.wave.shape)).astype(np.float32), 16_000) for s in (0.01, 0.1)]
    near, far = (spectral_distance(real, made) for made in worse)
    assert spectral_distance(real, real) == 0 < near < far
    cut = Sound(real.wave[:, :5_000], 16_000)
    longer = Sound(np.concatenate([cut.wave, worse[1].wave], 1), 16_000)
    assert spectral_distance(cut, longer) == 0 < spectral_distance(real, cut)
