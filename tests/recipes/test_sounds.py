"""Whole runs on small sounds: what is asked for comes out as files that play, say how they were made, and can be made
again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_recipes import SOUNDS as SMALL
from small_recipes import recipe_for

from anew.artifact import load_artifact
from anew.cli import main
from anew.codecs.image import write_image
from anew.codecs.provenance import NOTE
from anew.codecs.sound_files import read_sound
from anew.codecs.sound_notes import notes_in
from anew.data.files import sha256_file
from anew.engine.generate import generate
from anew.engine.settings import made_by
from anew.errors import RecipeError
from anew.recipes import pipeline
from anew.server.makers import sample
from anew.server.wire.drawing import samples_of


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(home))


@pytest.fixture(scope="session")
def run(sounds: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ANEW_HOME", str(home))
        pipeline.run(recipe_for("sounds", sounds, SMALL), folder)
    return folder


def test_a_run_measures_its_sounds_and_shows_them(run: Path) -> None:
    metrics = json.loads((run / "validate" / "report.json").read_text())["metrics"]
    wanted = {"label_agreement", "judge_accuracy", "frechet_samples", "frechet_codec", "frechet_noise_0dB"}
    wanted |= {"spectral_error_reconstructions", "spectral_error_codec"}
    assert wanted <= metrics.keys()
    assert metrics["spectral_error_codec"]["value"] < metrics["spectral_error_reconstructions"]["value"]
    assert metrics["frechet_noise_30dB"]["value"] < metrics["frechet_noise_0dB"]["value"]
    assert read_sound(run / "validate" / "samples.wav").seconds > 3
    assert (run / "validate" / "samples.png").read_bytes().startswith(b"\x89PNG")
    assert list((run / "train" / "samples").glob("*.png"))


def test_a_run_is_the_same_again(run: Path, sounds: Path, tmp_path: Path) -> None:
    pipeline.run(recipe_for("sounds", sounds, SMALL), tmp_path / "twin", until="train")
    for name in ("model.safetensors", "codec/codec.safetensors"):
        assert sha256_file(tmp_path / "twin" / "model" / name) == sha256_file(run / "model" / name)


def test_samples_do_not_depend_on_their_company(run: Path) -> None:
    artifact = load_artifact(run / "model")
    many = generate(artifact, 4, seed=3, label="rise")
    assert many.samples[2] == generate(artifact, 1, seed=5, label="rise").samples[0]
    assert many.samples[2] != many.samples[1]


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg", "opus"])
def test_sounds_are_written_in_every_form_and_say_how_they_were_made(run: Path, tmp_path: Path, suffix: str) -> None:
    made = generate(load_artifact(run / "model"), 2, seed=7, label="fall")
    paths = made.save(tmp_path / f"x.{suffix}")
    assert [path.name for path in paths] == [f"x-7.{suffix}", f"x-8.{suffix}"]
    for i, path in enumerate(paths):
        content = path.read_bytes()
        assert read_sound(content).wave.size and b"trainedAlgorithmicMedia" in content
        told = json.loads(notes_in(content)[NOTE])
        assert told["seed"] == 7 + i and told["labels"] == ["fall"] and len(told["weights"]) == 64
        settings = made_by(content)
        assert settings is not None and settings.seed == 7 + i


def test_one_file_a_folder_and_a_picture(run: Path, tmp_path: Path) -> None:
    artifact = load_artifact(run / "model")
    one, two = generate(artifact, 1, label="rise"), generate(artifact, 2, label="rise")
    assert one.save(tmp_path / "one.wav") == [tmp_path / "one.wav"]
    assert two.save(tmp_path / "many") == [tmp_path / "many" / "0.wav", tmp_path / "many" / "1.wav"]
    assert two.save(tmp_path / "many.png")[0].read_bytes().startswith(b"\x89PNG")
    assert two._repr_html_().count("<audio") == 2
    with pytest.raises(RecipeError, match="sounds are written as WAV"):
        two.save(tmp_path / "x.m4a")


def test_the_command_line_takes_a_label_for_a_prompt_and_makes_a_file_again(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["generate", str(run), "rise", "-n", "2", "--seed", "3", "--out", "a.wav"]) == 0
    assert capsys.readouterr().out.split() == ["a-3.wav", "a-4.wav"]
    assert main(["generate", "test-sounds", "--like", "a-4.wav", "--out", "again.wav"]) == 0
    assert read_sound(tmp_path / "again.wav") == read_sound(tmp_path / "a-4.wav")
    assert main(["generate", str(run), "--label", "fall"]) == 0
    assert (tmp_path / "test-sounds-0.wav").is_file() or (tmp_path / "sounds-0.wav").is_file()
    assert main(["generate", str(run), "explosion"]) != 0
    assert "--label" in capsys.readouterr().err


def test_what_pictures_alone_have_is_refused_in_words(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(write_image(np.zeros((16, 16, 3), np.uint8)))
    ways = [["--xy", "seed=1,2"], ["--out", str(tmp_path / "x.gif")], ["--size", "64x64"], ["--like", str(picture)]]
    for command in (
        *(["generate", str(run), *way] for way in ways),
        ["generate", str(run), "--start", str(picture), "--strength", "0.5"],
        ["interpolate", str(run), "1", "2", "--out", str(tmp_path / "way.png")],
    ):
        assert main(command) != 0
        told = capsys.readouterr().err
        assert "Traceback" not in told and "defect" not in told, (command, told)


def test_waveforms_are_learnt_as_they_are(sounds: Path, tmp_path: Path) -> None:
    changes = {key: value for key, value in SMALL.items() if key.startswith(("train.", "size", "validation"))}
    recipe = recipe_for("sounds", sounds, changes)
    plain = type(recipe.codec)(name="wave", longest=0.1)
    recipe = recipe.model_copy(update={"codec": plain, "judge": None})
    result = pipeline.run(recipe, tmp_path / "run")
    assert result.figures["frechet_samples"] is not None
    made = generate(replace(load_artifact(tmp_path / "run" / "model")), 1)
    assert made.samples[0].wave.shape == (1, 1600)


def test_sounds_over_http_are_their_files(run: Path) -> None:
    made = generate(load_artifact(run / "model"), 2, seed=5, label="rise")
    told = samples_of(made)
    kept = sample({"modality": "audio", "samples": told}, 1)
    assert kept.media_type == "audio/wav" and made_by(kept.data) is not None
    assert read_sound(kept.data).wave.shape == made.samples[1].wave.shape
