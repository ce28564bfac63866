"""Whole runs on small sounds: what is asked for comes out as files that play, say how they were made, and can be made
again."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_recipes import SOUNDS as SMALL
from small_recipes import recipe_for
from starting import places, started

import anew
from anew.artifact import load_artifact
from anew.cli import main
from anew.codecs.image import write_image
from anew.codecs.loudness import HIGHEST_PEAK, loudness
from anew.codecs.origin import MENDED
from anew.codecs.provenance import NOTE
from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound, sound_file
from anew.codecs.sound_loop import looped
from anew.codecs.sound_notes import notes_in
from anew.data.files import sha256_file
from anew.deploy import starters
from anew.engine.generate import generate
from anew.engine.settings import made_by
from anew.engine.sound_edit import inpaint_sound
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


def test_sounds_are_heard_on_the_reports_page_and_by_the_card(run: Path) -> None:
    report = json.loads((run / "validate" / "report.json").read_text())
    assert (run / "validate" / "report.html").read_text().count("<audio controls") == len(report["clips"]) == 10
    assert [clip["title"] for clip in report["clips"][:2]] == ["1: fall", "2: rise"]
    for clip in report["clips"]:
        assert read_sound(run / "model" / clip["file"]).seconds > 0.1
        assert b"trainedAlgorithmicMedia" in (run / "model" / clip["file"]).read_bytes()


def test_a_starter_makes_sounds_at_once(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = started(run, "sfx", tmp_path, monkeypatch)
    assert evidence["minutes"]["model"] >= 0 and not places(starters.FOLDER)
    assert main(["generate", "sfx", "rise", "-n", "2", "--out", "coin.wav"]) == 0
    first, second = (read_sound(tmp_path / f"coin-{i}.wav") for i in range(2))
    assert first != second and first.seconds > 0.1
    assert main(["generate", "--like", "coin-1.wav", "--out", "again.wav"]) == 0
    assert read_sound(tmp_path / "again.wav") == second


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
        ["interpolate", str(run), "1", str(picture), "--out", str(tmp_path / "way.png")],
        ["map", str(run), "--data", str(tmp_path)],
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
    artifact = replace(load_artifact(tmp_path / "run" / "model"))
    assert generate(artifact, 1).samples[0].wave.shape == (1, 1600)
    (mended,) = inpaint_sound(artifact, TONE, (0.1, 0.15)).samples
    changed = np.flatnonzero(mended.wave[0] != TONE.wave[0]) / TONE.rate
    assert 0.1 <= changed.min() < changed.max() < 0.15


def test_sounds_over_http_are_their_files(run: Path) -> None:
    made = generate(load_artifact(run / "model"), 2, seed=5, label="rise")
    told = samples_of(made)
    kept = sample({"modality": "audio", "samples": told}, 1)
    assert kept.media_type == "audio/wav" and made_by(kept.data) is not None
    assert read_sound(kept.data).wave.shape == made.samples[1].wave.shape


# ------------------------------------------------------------------------------------------------ dials and edits

TONE = Sound((0.3 * np.sin(2 * math.pi * 1_000 * np.arange(6_615) / 22_050))[None].astype(np.float32), 22_050)


def test_a_length_to_a_value_a_loudness_and_a_loop(run: Path, tmp_path: Path) -> None:
    artifact = load_artifact(run / "model")
    made = generate(artifact, 3, seed=1, label="rise", seconds=0.07, loudness=-30.0)
    for sound in made.samples:
        assert len(sound) == 1120 and sound.peak <= HIGHEST_PEAK + 1e-6
        assert abs(loudness(sound) + 30) < 0.1 or sound.peak > HIGHEST_PEAK - 1e-6
    assert made.samples[1] == generate(artifact, 1, seed=2, label="rise", seconds=0.07, loudness=-30.0).samples[0]
    loop = generate(artifact, 1, label="rise", loop=True)
    assert loop.samples[0] == looped(generate(artifact, 1, label="rise").samples[0])
    (path,) = made.save(tmp_path / "many")[:1]
    again = made_by(path.read_bytes())
    assert again is not None and again.options["seconds"] == 0.07 and again.options["loudness"] == -30.0


def test_what_lies_beyond_the_length_is_made_silent_and_not_only_cut(run: Path) -> None:
    artifact = load_artifact(run / "model")
    plain = generate(artifact, 1, seed=4, label="fall").samples[0]
    held = generate(artifact, 1, seed=4, label="fall", seconds=0.05).samples[0]
    assert not np.array_equal(held.wave[:, :600], plain.wave[:, :600])


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("seconds", 9.0, "--outpaint SOUND.wav --margins 0,"), ("seconds", 0.001, "seconds: .* makes sounds of 0.02"),
        ("seconds", math.nan, "seconds"), ("loudness", 3.0, "loudness: .* LUFS"), ("loudness", "loud", "loudness"),
    ],
)  # fmt: skip
def test_a_dial_beyond_what_can_be_is_refused_by_name(run: Path, option: str, value: object, says: str) -> None:
    with pytest.raises(RecipeError) as told:
        generate(load_artifact(run / "model"), 1, **{option: value})
    assert re.search(says, str(told.value))


def test_a_gap_is_made_anew_and_the_rest_stays_bit_by_bit(run: Path) -> None:
    trained = anew.load(run / "model")
    made = trained.edit(TONE, "rise", n=2, seed=3, mask=(0.1, 0.15))
    first, last = round(0.1 * 22_050), round(0.15 * 22_050)
    for sound in made.samples:
        assert sound.rate == 22_050 and len(sound) == len(TONE)
        assert np.array_equal(sound.wave[:, :first], TONE.wave[:, :first])
        assert np.array_equal(sound.wave[:, last:], TONE.wave[:, last:])
        assert np.abs(sound.wave[:, first:last]).max() > 0.01
    assert made.samples[0] != made.samples[1]
    assert made.samples[1] == trained.edit(TONE, "rise", seed=4, mask=(0.1, 0.15)).samples[0]
    blank = TONE.wave.copy()
    blank[:, first:last] = 0.9
    assert trained.edit(Sound(blank, 22_050), "rise", seed=4, mask=(0.1, 0.15)).samples[0] == made.samples[1]
    assert made.source == MENDED and made.how is not None and made.how.edit is not None
    assert made.how.edit.gap == [0.1, 0.15]


def test_a_sound_of_two_channels_goes_on_before_and_after(run: Path) -> None:
    both = Sound(np.concatenate([TONE.wave, -TONE.wave / 2]), TONE.rate)
    (made,) = anew.load(run / "model").edit(both, margins=(0.02, 0.15)).samples
    before = round(0.02 * TONE.rate)
    assert made.wave.shape == (2, len(TONE) + before + round(0.15 * TONE.rate))
    assert np.array_equal(made.wave[:, before : before + len(TONE)], both.wave)


def test_strength_nothing_is_the_sound_and_all_forgets_it(run: Path) -> None:
    trained = anew.load(run / "model")
    held = trained.artifact.plain.canonical(TONE)  # type: ignore[attr-defined]
    assert trained.edit(TONE, "rise", strength=0.0).samples[0] == held
    near, far = (trained.edit(TONE, "rise", strength=one).samples[0] for one in (0.2, 1.0))
    grids = trained.artifact.plain.encode([held, near, far])
    assert (grids[1] - grids[0]).abs().mean() < (grids[2] - grids[0]).abs().mean()  # type: ignore[operator]
    loud = trained.edit(TONE, "rise", strength=0.3, loudness=-40.0).samples[0]
    assert abs(loudness(loud) + 40) < 0.1


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"mask": (0.1, 0.5)}, "a gap of 0.01 to"), ({"mask": (0.2, 0.1)}, "a gap of"),
        ({"margins": (0.0, 0.0)}, "margins"), ({"margins": (0, 1e9)}, "margins"),
        ({"margins": (1, 2, 3, 4)}, "margins"), ({"strength": 2.0}, "strength"),
        ({"mask": (0.1, 0.15), "seconds": 0.1}, "seconds: what is given"), ({"strength": 0.2, "style": TONE}, "style"),
        ({"mask": (0.1, 0.15), "loop": True}, "loop"), ({"mask": np.ones((3, 3), bool)}, "mask"),
    ],
)  # fmt: skip
def test_an_edit_that_cannot_be_is_refused_by_name(run: Path, how: dict[str, Any], says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        anew.load(run / "model").edit(TONE, **how)


def test_the_command_line_mends_goes_on_varies_and_makes_each_again(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tone.wav").write_bytes(sound_file(TONE))
    for way in (
        ["--inpaint", "tone.wav", "--mask", "0.1-0.15"], ["--outpaint", "tone.wav", "--margins", "0,0.05"],
        ["--start", "tone.wav", "--strength", "0.4", "--seconds", "0.06", "--loudness=-30"],
        ["--loop", "--seconds", "0.15"],
    ):  # fmt: skip
        assert main(["generate", str(run), "rise", "--seed", "5", *way, "--out", "a.wav"]) == 0, capsys.readouterr().err
        given = way[:2] if way[0].startswith(("--in", "--start", "--out")) else []
        given += way[2:4] if way[0] == "--inpaint" else []
        assert main(["generate", str(run), "--like", "a.wav", *given, "--out", "again.wav"]) == 0
        assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "again.wav").read_bytes(), way
    kept = read_sound(tmp_path / "a.wav")
    assert kept.seconds == 0.15
    for wrong in (["--mask", "a"], ["--mask", "0.3"], ["--mask", "1-2-3"]):
        assert main(["generate", str(run), "--inpaint", "tone.wav", *wrong]) != 0
        assert "two numbers of seconds" in capsys.readouterr().err


def test_ways_between_classes_seeds_and_sounds_are_sounds(run: Path, tmp_path: Path) -> None:
    (tmp_path / "tone.wav").write_bytes(sound_file(TONE))
    for ends in (["rise", "fall"], ["1", str(tmp_path / "tone.wav")]):
        out = tmp_path / f"{len(list(tmp_path.iterdir()))}.png"
        assert main(["interpolate", str(run), *ends, "--frames", "3", "--out", str(out)]) == 0
        made = [read_sound(out.with_name(f"{out.stem}-{i:02}.wav")) for i in range(3)]
        assert made[0] != made[1] != made[2] and out.read_bytes().startswith(b"\x89PNG")
    first = generate(load_artifact(run / "model"), 1, label="rise").samples[0]
    assert read_sound(sound_file(first)) == read_sound(tmp_path / "1-00.wav")
