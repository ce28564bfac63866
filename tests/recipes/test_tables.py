"""A table end to end: the five stages, constraints never broken, conditions met, files that say what they are."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from anew.artifact import load_artifact
from anew.cli import main
from anew.data.records import read_records
from anew.engine import rows as engine_rows
from anew.engine.generate import generate
from anew.errors import DataError, RecipeError
from anew.recipe import override, parse
from anew.recipes import find, pipeline

SMALL: dict[str, Any] = {
    "train.steps": 30, "train.batch": 32, "train.threads": 1, "size": "xs", "validation.samples": 120,
    "validation.bootstrap": 100, "deploy.name": "patients",
}  # fmt: skip
ROWS: dict[str, Any] = {"codec.name": "rows", "model": {"name": "transformer", "ngrams": 1}}
GRID: dict[str, Any] = {"codec.name": "table", "model": {"name": "flow"}}


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))


@pytest.fixture
def patients(tmp_path: Path) -> Path:
    """Patients whose systolic pressure is above their diastolic one, and whose stay is what its parts come to."""
    rng = np.random.default_rng(0)
    path = tmp_path / "patients.csv"
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["age", "sex", "low", "high", "ward", "home", "total", "weight"])
        for _ in range(500):
            age, low = int(rng.integers(18, 95)), int(rng.normal(80, 8))
            ward, home = int(rng.integers(1, 20)), int(rng.integers(0, 9))
            weight = "" if rng.random() < 0.1 else f"{rng.normal(75, 12):.1f}"
            sex = "F" if rng.random() < 0.5 else "M"
            out.writerow([age, sex, low, low + int(rng.integers(5, 60)), ward, home, ward + home, weight])
    return path


def recipe_of(data: Path, **changes: Any) -> Any:
    return parse(override(find("table"), SMALL | ROWS | changes | {"data.source": str(data)}, typed=True))


CONSTRAINTS = ["low < high", "age >= 18", "total == ward + home"]


@pytest.mark.parametrize("form", ["rows", "table"])
def test_a_table_from_end_to_end(form: str, patients: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = (GRID if form == "table" else {}) | {"codec.constraints": CONSTRAINTS}
    result = pipeline.run(recipe_of(patients, **changes), tmp_path / "run")
    for name in ("column_shapes", "pair_trends", "exact_copies", "near_copies", "train_on_synthetic"):
        assert 0 <= (result.figures[name] or 0) <= 1, name
    assert result.figures["exact_copies"] == result.figures["constraints_broken"] == 0
    assert result.figures["pair_trends_independent"] is not None and (tmp_path / "run/validate/samples.csv").is_file()
    assert (tmp_path / "run/validate/figures/columns.svg").is_file()

    artifact = load_artifact(tmp_path / "run" / "model")
    made = generate(artifact, 60, 5, where="age > 60 and sex == F")
    assert all(row["age"] > 60 and row["sex"] == "F" and row["low"] < row["high"] for row in made.samples)
    assert all(row["total"] == row["ward"] + row["home"] for row in made.samples)
    assert len({tuple(row.values()) for row in made.samples}) > 50
    assert generate(artifact, 1, 7, where="age > 60 and sex == F").samples[0] == made.samples[2]

    out = tmp_path / "out" / "rows.csv"
    assert main(["generate", "patients", "--where", "age>85", "-n", "9", "--out", str(out)]) == 0
    with open(out, newline="") as file:
        assert [int(row["age"]) > 85 for row in csv.DictReader(file)] == [True] * 9
    told = json.loads(out.with_name("rows.csv.json").read_text())
    assert told["synthetic"] is True and told["where"] == "age>85" and told["model"] == "table"
    assert told["digitalSourceType"].endswith("trainedAlgorithmicMedia")
    capsys.readouterr()
    assert main(["generate", "patients", "-n", "3"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["age", "sex", "low", "high", "ward", "home", "total", "weight"] and len(lines) == 3


def test_what_rows_cannot_be_is_said(patients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_rows, "MOST", 2 * engine_rows.FREE)
    pipeline.run(recipe_of(patients), tmp_path / "run", until="train")
    artifact = load_artifact(tmp_path / "run" / "model")
    with pytest.raises(DataError, match="age runs from 18 to 94"):
        generate(artifact, 3, where="age > 200")
    with pytest.raises(RecipeError, match="did you mean 'age'"):
        generate(artifact, 3, where="agee > 20")
    with pytest.raises(RecipeError, match="is \\(nearly\\) impossible"):
        generate(artifact, 2, where="age > 80 and total > ward + home + 1000")
    with pytest.raises(RecipeError, match="CSV, JSONL or Parquet"):
        generate(artifact, 2).save(tmp_path / "rows.xlsx")
    with pytest.raises(RecipeError, match="--where"):
        generate(artifact, 1, prompt="age")
    paths = [
        generate(artifact, 5).save(tmp_path / f"rows.{suffix}")[0] for suffix in ("jsonl", "parquet", "csv", "tsv")
    ]
    assert [json.loads(line) for line in paths[0].read_text().splitlines()] == generate(artifact, 5).samples
    table = pq.read_table(paths[1])
    assert (
        table.to_pylist() == generate(artifact, 5).samples and json.loads(table.schema.metadata[b"anew"])["synthetic"]
    )


def test_rare_conditions_are_put_in_place(patients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw in a thousand fits: found where the columns are put in place, not where rows are drawn freely."""
    for form, changes in (("rows", {}), ("table", GRID)):
        pipeline.run(recipe_of(patients, **changes), tmp_path / form, until="train")
        artifact = load_artifact(tmp_path / form / "model")
        where = "age == 90 and ward == 19 and home == 0"
        made = generate(artifact, 3, where=where).samples
        assert all((row["age"], row["ward"], row["home"]) == (90, 19, 0) for row in made)
        with monkeypatch.context() as patched, pytest.raises(RecipeError, match="impossible"):
            patched.setattr(engine_rows, "MOST", engine_rows.FREE)  # nothing is put in place
            generate(artifact, 3, where=where)


def test_labels_are_held_to_and_rows_come_as_often_as_they_are(patients: Path, tmp_path: Path) -> None:
    pipeline.run(recipe_of(patients, **{"data.label": "sex"}), tmp_path / "run", until="train")
    artifact = load_artifact(tmp_path / "run" / "model")
    assert {row["sex"] for row in generate(artifact, 40, label="F").samples} == {"F"}
    assert generate(artifact, 6).labels == [None] * 6


def test_rows_may_repeat_and_repeats_keep_together(tmp_path: Path) -> None:
    path = tmp_path / "dice.csv"
    rng = np.random.default_rng(0)
    path.write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in rng.integers(1, 7, (3000, 2))))
    pipeline.run(recipe_of(path), tmp_path / "run", until="clean")
    records = list(read_records(tmp_path / "run" / "clean"))
    assert len(records) == 3000 and len({r.hash for r in records}) == 36
    assert all(len({r.split for r in records if r.hash == h}) == 1 for h in {r.hash for r in records})
    pipeline.run(recipe_of(path, **{"clean.duplicates": "exact"}), tmp_path / "unique", until="clean")
    assert len(list(read_records(tmp_path / "unique" / "clean"))) == 36


def test_windows_of_rows_are_never_cut(patients: Path, tmp_path: Path) -> None:
    from anew.data.loader import Loader
    from anew.data.shards import Shards

    pipeline.run(recipe_of(patients), tmp_path / "run", until="train")
    shards = Shards(tmp_path / "run" / "shards")
    loader = Loader(shards, "train", 16, 0)
    rows = torch.cat([loader.batch(step).x for step in range(20)])
    assert (rows[:, 0] == 0).all() and (rows[:, -1] == 0).all() and (rows[:, 1:-1] > 0).all()
