"""Whole runs on small data: five stages, nothing done twice, the same bits again."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_recipes import PICTURES, TEXT, recipe_for

import anew
from anew.artifact import load_artifact, resolved_toml
from anew.contract import Options
from anew.data import manifest
from anew.data.files import sha256_file
from anew.data.manifest import fingerprint_of
from anew.data.progress import Progress
from anew.deploy.store import Store
from anew.engine.generate import Generated, generate
from anew.errors import Damaged, DataError, RecipeError, Refused
from anew.recipe import override, parse, read
from anew.recipes import pipeline


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))


def written(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256_file(p) for p in sorted(folder.rglob("*.safetensors"))}


@pytest.mark.parametrize("kind", ["text", "images"])
def test_a_run_does_its_five_stages_once_and_the_same_again(
    kind: str, tmp_path: Path, notes: Path, pictures: Path
) -> None:
    data, changes = (notes, TEXT) if kind == "text" else (pictures, PICTURES)
    recipe = recipe_for(kind, data, changes)
    seen: list[Progress] = []
    result = pipeline.run(recipe, tmp_path / "run", seen.append)
    assert {p.stage for p in seen} >= {"clean", "train", "validate"}
    report = json.loads((tmp_path / "run" / "validate" / "report.json").read_text())
    wanted = "bits_per_byte" if kind == "text" else "label_agreement"
    assert result.figures[wanted] == report["metrics"][wanted]["value"]
    assert all(Path(path).exists() for path in result.paths.values())

    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "run").rglob("*") if p.name not in ("resolved.toml", "run")}
    again: list[Progress] = []
    second = pipeline.run(recipe, tmp_path / "run", again.append)
    after = {p: p.stat().st_mtime_ns for p in (tmp_path / "run").rglob("*") if p.name not in ("resolved.toml", "run")}
    assert second.figures == result.figures
    assert {p.name for p in before if before[p] != after.get(p)} == set()

    resolved = parse(read(tmp_path / "run" / "resolved.toml"))
    assert resolved.machine is not None and resolved.train.steps == 8
    pipeline.run(resolved, tmp_path / "twin", until="train")
    assert written(tmp_path / "twin" / "model") == written(tmp_path / "run" / "model")


def test_samples_do_not_depend_on_their_company(tmp_path: Path, pictures: Path) -> None:
    pipeline.run(recipe_for("images", pictures, PICTURES), tmp_path / "run", until="train")
    artifact = load_artifact(tmp_path / "run" / "model")
    many = generate(artifact, 5, seed=3, label="square")
    alone = generate(artifact, 1, seed=5, label="square")
    assert (many.samples[2] == alone.samples[0]).all()
    assert not (many.samples[1] == alone.samples[0]).all()


def test_a_run_goes_on_from_a_stored_model(tmp_path: Path, notes: Path) -> None:
    """From the one that the name stood for when it began, though it takes the name over itself, and the first goes."""
    first = recipe_for("text", notes, TEXT)
    pipeline.run(first, tmp_path / "first")
    store = Store()
    old = store.show("test-text")
    onward = first.model_copy(update={"start": "test-text", "seed": 1})
    result = pipeline.run(onward, tmp_path / "second")
    before = json.loads((tmp_path / "first" / "validate" / "report.json").read_text())["metrics"]["bits_per_byte"]
    assert result.figures["bits_per_byte"] is not None and result.figures["bits_per_byte"] < before["value"]
    assert parse(read(tmp_path / "second" / "resolved.toml")).start == f"test-text@{old.id}"
    assert store.show("test-text").id != old.id
    store.remove(f"test-text@{old.id}")
    assert pipeline.run(onward, tmp_path / "second").figures == result.figures


def test_a_trained_run_keeps_to_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    for i in range(12):
        (folder / f"{i}.txt").write_text(
            f"This is note number {i}, about the {'sea' if i % 2 else 'hills'}. " * (i + 3)
        )
    recipe = recipe_for("text", folder, TEXT)
    pipeline.run(recipe, tmp_path / "run", until="train")
    made = written(tmp_path / "run" / "train")
    for stage in ("collect", "clean"):
        monkeypatch.setattr(f"anew.{stage}.fingerprint_of", partial(fingerprint_of, later="a setting more"))
    pipeline.run(recipe, tmp_path / "run", until="train")
    assert written(tmp_path / "run" / "train") == made != {}
    (folder / "new.txt").write_text("Something else altogether is told here, of ships and of kings. " * 5)
    with pytest.raises(Refused, match="keeps to its data"):
        pipeline.run(recipe, tmp_path / "run", until="train")


def test_no_data_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        pipeline.run(recipe_for("text", tmp_path / "nothing", TEXT), tmp_path / "run")
    assert "nothing" in str(raised.value)


def test_another_machine_is_told_that_bits_may_differ(tmp_path: Path, notes: Path) -> None:
    recipe = recipe_for("text", notes, TEXT)
    pipeline.run(recipe, tmp_path / "run", until="collect")
    resolved = tmp_path / "run" / "resolved.toml"
    there = parse(read(resolved))
    assert there.machine is not None and there.machine.threads == there.train.threads == 1 and there.machine.torch
    elsewhere = there.model_copy(update={"machine": there.machine.model_copy(update={"processor": "abacus BEADS"})})
    resolved.write_bytes(resolved_toml(elsewhere).encode())
    seen: list[Progress] = []
    pipeline.run(recipe, tmp_path / "run", seen.append, until="collect")
    assert [p.note for p in seen if "may differ" in p.note and "abacus BEADS" in p.note]


def test_a_run_that_trains_does_without_its_source(tmp_path: Path, notes: Path) -> None:
    data = tmp_path / "notes"
    shutil.copytree(notes, data)
    (data / "cat.png").write_bytes(b"not looked into")
    recipe = recipe_for("text", data, TEXT)
    seen: list[Progress] = []
    pipeline.run(recipe, tmp_path / "run", seen.append, until="train")
    assert "skipped: 1 picture files" in [p.note for p in seen]
    shutil.rmtree(data)
    assert pipeline.run(recipe, tmp_path / "run", seen.append, until="validate").figures
    assert [p.note for p in seen if "going on with what was collected" in p.note]
    with pytest.raises(DataError):
        pipeline.run(recipe, tmp_path / "other")


def test_other_data_than_a_recipe_was_resolved_with_are_named(tmp_path: Path, notes: Path) -> None:
    pipeline.run(recipe_for("text", notes, TEXT), tmp_path / "run", until="clean")
    resolved = parse(read(tmp_path / "run" / "resolved.toml"))
    fewer = resolved.model_copy(update={"data": resolved.data.model_copy(update={"limit": 10})})
    for recipe, different in ((resolved, False), (fewer, True)):
        seen: list[Progress] = []
        pipeline.run(recipe, tmp_path / str(different), seen.append, until="clean")
        assert any("bits will differ" in p.note for p in seen) is different


def test_the_same_words_for_other_data_are_another_run(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, folders = recipe_for("text", Path("notes"), TEXT), set()
    for place in ("here", "there"):
        shutil.copytree(notes, tmp_path / place / "notes")
        monkeypatch.chdir(tmp_path / place)
        folders.add(pipeline.default_folder(recipe))
        assert pipeline.default_folder(recipe) in folders
    assert len(folders) == 2


def test_python_does_not_go_on_with_another_recipes_run(tmp_path: Path, notes: Path) -> None:
    pipeline.run(recipe_for("text", notes, TEXT), tmp_path / "run", until="collect")
    with pytest.raises(Refused, match="another run: seed is 0 there, 1 here"):
        anew.train("text", notes, out=tmp_path / "run", **TEXT | {"deploy.name": "test-text", "seed": 1})


def test_python_takes_a_folder_whose_name_is_a_number(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(notes, tmp_path / "2024")
    model = anew.train("text", "2024", out="run", **TEXT)
    assert model.artifact.recipe.data.source == "2024" and model.generate(n=2, max_new=4).samples[1:]


def test_pictures_are_not_written_under_another_formats_name(tmp_path: Path) -> None:
    made = Generated([np.zeros((4, 4, 1), np.uint8)], [0], [None], "image", Options())
    assert made.save(tmp_path / "a.PNG") == [tmp_path / "a.PNG"]
    with pytest.raises(RecipeError, match="PNG"):
        made.save(tmp_path / "a.tif")
    assert not (tmp_path / "a.tif").exists()


def test_a_model_that_does_not_fit_itself_is_named(tmp_path: Path, notes: Path) -> None:
    """Whatever somebody wrote into a model's files, it is not a defect of anew."""
    pipeline.run(recipe_for("text", notes, TEXT), tmp_path / "run", until="train")
    model = tmp_path / "run" / "model"
    whole = json.loads((model / "config.json").read_text())
    wrong: list[Any] = [[], {}, whole | {"format": 2}]
    wrong += [{key: value for key, value in whole.items() if key != gone} for gone in ("model", "codec", "spec")]
    wrong += [whole | {"model": {"name": "transformer", "settings": {"width": "wide"}}}]
    wrong += [whole | {"model": {"name": "flow", "settings": {}}}, whole | {"codec": {"name": "bpe", "settings": {}}}]
    for config in wrong:
        (model / "config.json").write_text(json.dumps(config))
        with pytest.raises(Damaged) as raised:
            load_artifact(model)
        assert str(model) in str(raised.value)


def test_an_option_that_the_model_would_not_heed_is_refused(tmp_path: Path, notes: Path, pictures: Path) -> None:
    for kind, data, option in (("images", pictures, "temperature"), ("text", notes, "steps")):
        recipe = recipe_for(kind, data, {f"sample.{option}": 2})
        with pytest.raises(RecipeError, match=f"sample.{option}"):
            pipeline.run(recipe, tmp_path / kind, until="collect")
        assert not (tmp_path / kind).exists()


def test_a_size_that_moves_nothing_is_said(tmp_path: Path, notes: Path) -> None:
    seen: list[Progress] = []
    recipe = recipe_for("text", notes, TEXT | {"model.width": 32, "model.layers": {"xs": 1}})
    pipeline.run(recipe, tmp_path / "run", seen.append, until="collect")
    assert "size xs does not move model.width, which the recipe names" in [p.note for p in seen]
    resolved = parse(read(tmp_path / "run" / "resolved.toml"))
    assert resolved.model.settings["width"] == 32 and resolved.model.settings["layers"] == 1
    seen.clear()
    pipeline.run(resolved, tmp_path / "again", seen.append, until="collect")
    assert not [p.note for p in seen if "does not move" in p.note], "a resolved recipe names every setting"


def test_what_could_not_be_sampled_is_refused_before_training(tmp_path: Path, notes: Path, pictures: Path) -> None:
    with pytest.raises(RecipeError, match="did you mean 'heun'"):
        pipeline.run(recipe_for("images", pictures, {"sample.solver": "hewn"}), tmp_path / "a")
    with pytest.raises(RecipeError, match="no labels to be guided by"):
        pipeline.run(recipe_for("text", notes, TEXT | {"sample.guidance": 2.0}), tmp_path / "b")
    assert not (tmp_path / "b" / "train").exists()


def test_going_on_takes_the_same_codec(tmp_path: Path, notes: Path) -> None:
    pipeline.run(recipe_for("text", notes, TEXT), tmp_path / "first", until="train")
    for key, value in (("codec.context", 16), ("codec.name", "bytes")):
        other = recipe_for("text", notes, TEXT | {key: value, "start": str(tmp_path / "first")})
        with pytest.raises(RecipeError, match="encodes its data otherwise"):
            pipeline.run(other, tmp_path / key)


def test_the_minutes_hold_codec_model_and_judge(tmp_path: Path, pictures: Path) -> None:
    """The judge's share of the time dial is fixed with the model's steps, and taken off the model's time."""
    timed = {k: v for k, v in PICTURES.items() if not k.endswith("train.steps")} | {"train.minutes": 0.05}
    pipeline.run(recipe_for("images", pictures, timed), tmp_path / "run", until="train")
    resolved = parse(read(tmp_path / "run" / "resolved.toml"))
    assert resolved.judge is not None and resolved.codec.learned is not None
    assert resolved.train.steps is not None and resolved.train.minutes is None
    assert resolved.judge.train.minutes == pytest.approx(0.05 * resolved.judge.share)
    seconds = {
        part: json.loads((tmp_path / "run" / part / "budget.json").read_text())["seconds"]
        for part in ("train", "codec/train")
    }
    assert seconds["codec/train"] == pytest.approx(3 * resolved.codec.learned.share)
    before = ages(tmp_path / "run")
    pipeline.run(recipe_for("images", pictures, timed), tmp_path / "run", until="train")
    assert ages(tmp_path / "run") == before  # whatever the dials became, nothing is done again
    assert sum(seconds.values()) == pytest.approx(3 * (1 - resolved.judge.share))


def test_a_busy_machine_is_named_before_its_steps_are_counted(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    timed = {key: value for key, value in TEXT.items() if key != "train.steps"} | {"train.minutes": 1}
    for load, changes, named in ((0.1, timed, False), (99.0, timed, True), (99.0, TEXT, False)):
        monkeypatch.setattr(pipeline.os, "getloadavg", lambda load=load: (load, load, load))
        run = pipeline.Run(
            recipe_for("text", notes, changes), tmp_path / str(len(said)) / str(load), lambda p: said.append(p.note)
        )
        said.clear()
        run.warn_if_busy()
        assert any("busy" in note for note in said) == named


def test_with_enough_samples_nothing_is_augmented(tmp_path: Path, pictures: Path) -> None:
    """Copies and bends are for small data; what became of them stands in the resolved recipe and in the shards."""
    asked = {"codec.learned.turn": 3.0}  # over a recipe that has enough
    for enough, changes, copies, turn in ((50, {}, 1, 0.0), (500, {}, 2, 8.0), (50, asked, 2, 3.0)):
        folder = tmp_path / f"{enough}-{len(changes)}"
        recipe = recipe_for("images", pictures, PICTURES | {"codec.learned.enough": enough})
        recipe = parse(override(recipe.model_dump(exclude_none=True), changes))
        pipeline.run(recipe, folder, until="train")
        learned = parse(read(folder / "resolved.toml")).codec.learned
        assert learned is not None and (learned.copies, learned.settings["turn"]) == (copies, turn)
        cleaned = manifest.load(folder / "clean")
        assert cleaned is not None
        assert len(np.load(folder / "shards" / "train.grid.npy")) == copies * cleaned.counts["train"]
        assert load_artifact(folder / "model").recipe.codec.learned == learned
        before = ages(folder)
        pipeline.run(recipe, folder, until="train")  # asked for in the same words, it is the same run
        assert ages(folder) == before


def ages(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("manifest.json")}
