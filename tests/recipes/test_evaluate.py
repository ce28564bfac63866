"""What a model is judged on: drawn from all of the held-out data, whatever its labels and splits are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_recipes import PICTURES, TEXT, recipe_for

from anew.codecs.image import read_image, write_image
from anew.data.progress import silent
from anew.data.records import read_records
from anew.recipes import pipeline
from anew.recipes.encode import Encoder


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))


def evidence(run: Path) -> Any:
    return json.loads((run / "validate" / "report.json").read_text("utf-8"))


def test_records_are_drawn_from_every_folder(tmp_path: Path, pictures: Path) -> None:
    recipe = recipe_for("images", pictures, PICTURES)
    pipeline.run(recipe, tmp_path / "run", until="clean")
    encoder = Encoder(tmp_path / "run", recipe, silent)
    every = list(encoder.records("train"))
    drawn = encoder.draw("train", 30)
    assert [r.hash for r in drawn] == sorted(r.hash for r in every)[:30]
    assert {r.label for r in drawn} == {"square", "stripes"} != {r.label for r in every[:30]}
    some = encoder.draw("train", 5000, lambda record: len(record.value))
    sizes = [len(r.value) for r in some]
    assert sum(sizes[:-1]) < 5000 <= sum(sizes) and some == drawn[: len(some)]
    assert encoder.draw("train", 10**9) == sorted(every, key=lambda r: r.hash)


def test_a_label_that_was_held_out_altogether_is_no_mistake(tmp_path: Path, pictures: Path) -> None:
    """A sub-folder with one picture: where that is held out, the model cannot be asked for its label."""
    data = tmp_path / "data"
    shutil.copytree(pictures, data)
    for i, path in enumerate(sorted((data / "stripes").iterdir())[:25]):
        (data / f"rare{i:02}").mkdir()
        (data / f"rare{i:02}" / path.name).write_bytes(write_image(255 - read_image(path.read_bytes())))
    recipe = recipe_for("images", data, PICTURES | {"clean.duplicates": "exact"})
    pipeline.run(recipe, tmp_path / "run")
    labels = {split: {r.label for r in read_records(tmp_path / "run" / "clean", split)} for split in ("train", "test")}
    assert labels["test"] - labels["train"], "the data do not show what they are for"
    assert evidence(tmp_path / "run")["metrics"]["frechet_samples"]["value"] > 0


def test_labelled_texts_without_a_test_split_are_judged_on_the_other_and_it_is_said(
    tmp_path: Path, notes: Path
) -> None:
    rows = [json.dumps({"text": p.read_text(), "kind": p.stem[0]}) for p in sorted(notes.iterdir())]
    (tmp_path / "notes.jsonl").write_text("\n".join(rows))
    changes = TEXT | {"clean.test": 0.0, "data.column": "text", "data.label": "kind"}
    pipeline.run(recipe_for("text", tmp_path / "notes.jsonl", changes), tmp_path / "run")
    found = evidence(tmp_path / "run")
    assert found["metrics"]["bits_per_byte"]["value"] > 0
    assert [limit for limit in found["facts"]["limits"] if "validation split" in limit]


def test_a_report_that_was_cut_off_is_made_again_without_what_was_left(tmp_path: Path, notes: Path) -> None:
    recipe = recipe_for("text", notes, TEXT)
    pipeline.run(recipe, tmp_path / "run", until="validate")
    folder = tmp_path / "run" / "validate"
    whole = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    (folder / "manifest.json").unlink()
    (folder / "samples.txt").write_text("half")
    (folder / ".report.json.1.partial").write_text("{")
    pipeline.run(recipe, tmp_path / "run", until="validate")
    assert {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == whole
