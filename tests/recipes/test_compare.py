"""The bake-off on small data: one split and one judge for all, nothing done twice, failures named."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_recipes import PICTURES, TEXT

from anew import registry
from anew.artifact import load_artifact, resolved_toml
from anew.cli import main
from anew.cli.dotted import changed as changed_by
from anew.data import manifest
from anew.data.files import sha256_file
from anew.data.progress import Progress
from anew.engine.generate import generate
from anew.errors import Interrupted, NotFound, RecipeError, Refused
from anew.recipes import compare as bake_off
from anew.recipes import find as recipes_of
from anew.recipes import grid
from anew.recipes.compare import Plan, compare
from anew.recipes.grid import Contender, choose
from anew.recipes.pipeline import Run
from anew.recipes.resolve import resolve

NO_MINUTES = {key: value for key, value in PICTURES.items() if "learned" not in key} | {"validation.bootstrap": 100}
SHORT = Contender("short", "diffusion", "image", "images", {"codec.learned.train.steps": 4, "codec.learned.copies": 1})
WIDE = replace(SHORT, name="wide", changes={**SHORT.changes, "model.width": 48})
WRONG = replace(SHORT, name="wrong", family="gan", changes={**SHORT.changes, "model.name": "transformer"})


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))


def plan(pictures: Path, folder: Path, *contenders: Contender, **more: Any) -> Plan:
    return Plan(str(pictures), "image", contenders, 1.0, folder, changes=NO_MINUTES, command="anew compare", **more)


def stamps(folder: Path) -> dict[Path, int]:
    """When each file but the small records of a run was written."""
    kept = (".parquet", ".npy", ".safetensors", ".jsonl")
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.suffix in kept}


def calls_of(run: Path) -> float:
    """How often the flow's network runs for a sample, counted at its verb."""
    artifact = load_artifact(run / "model")
    asked, count = artifact.model.velocity, 0

    def counted(*given: Any) -> Any:
        nonlocal count
        count += 1
        return asked(*given)

    artifact.model.velocity = counted
    generate(artifact, artifact.model.rows)
    return count


def test_one_data_set_one_judge_and_nothing_twice(tmp_path: Path, pictures: Path) -> None:
    told = compare(plan(pictures, tmp_path / "out", SHORT, WRONG)).told
    assert [row.name for row in told.rows] == ["short"] and told.steadiness is None
    assert set(told.failed) == {"wrong, seed 0"} and "transformer" in told.failed["wrong, seed 0"]
    assert "Traceback" in (tmp_path / "out" / "failed" / "wrong, seed 0.txt").read_text()

    before, seen = stamps(tmp_path / "out"), list[Progress]()
    made = compare(plan(pictures, tmp_path / "out", SHORT, WIDE, seeds=2), seen.append)
    assert {path: when for path, when in stamps(tmp_path / "out").items() if path in before} == before
    runs = [tmp_path / "out" / f"seed-{seed}" / "short" for seed in (0, 1)]
    for part in ("clean/manifest.json", "judge/train/model.safetensors", "codec/plain/codec.json"):
        assert len({sha256_file(run / part) for run in runs}) == 1, part
    assert sha256_file(runs[0] / "model/model.safetensors") != sha256_file(runs[1] / "model/model.safetensors")
    told = made.told
    assert {row.name for row in told.rows} == {"short", "wide"} and not told.failed and told.steadiness is not None
    assert len(told.differences) == 1 and all(row.rank in (1, 2) for row in told.rows)
    for row in told.rows:
        figures = row.figures
        assert figures["network_calls"].value == calls_of(runs[0].parent / row.name)
        assert figures["cpu_seconds"].value > 0 and figures["peak_bytes"].value > 0.1 and row.sheet
        assert figures["frechet_samples"].low < figures["frechet_samples"].value < figures["frechet_samples"].high
        assert {"label_agreement", "samples_per_second", "parameters"} <= set(figures)
    page = made.paths["report"].read_text("utf-8")
    assert not re.search(r"(src|href)=\"(?!data:|#)", page) and "<script" not in page
    assert page.count("data:image/png") == 2 and "real data" in page
    found = json.loads(made.paths["figures"].read_text("utf-8"))
    assert [row["name"] for row in found["rows"]] == [row.name for row in told.rows]
    assert found["ruler"]["frechet_samples"]["value"] > 0 and found["counts"]["test"] > 0


def test_a_folder_keeps_to_its_budget(tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "out").mkdir()
    first = plan(pictures, tmp_path / "out", SHORT)
    run = bake_off.place(first, SHORT, 0)
    run.mkdir(parents=True)
    (run / "recipe.toml").write_text(resolved_toml(bake_off.recipe_for(first, SHORT, 0)))
    with pytest.raises(Refused, match="train.batch is 16 there, 8 here"):
        compare(replace(first, changes=NO_MINUTES | {"train.batch": 8}))


def test_the_budget_and_what_is_shared_are_the_same_for_all(pictures: Path, tmp_path: Path) -> None:
    asked = replace(plan(pictures, tmp_path, SHORT, WIDE), changes={})
    recipes = [bake_off.recipe_for(asked, contender, 3) for contender in (SHORT, WIDE)]
    one, other = (r.model_dump(exclude={"name": True, "model": True, "codec": {"learned"}}) for r in recipes)
    assert one == other and one["train"]["minutes"] == 1 and one["train"]["clock"] == "cpu" and one["seed"] == 3
    assert one["judge"]["features"] == 64 and recipes[0].codec.learned.train.clock == "cpu"


def test_an_interruption_is_no_failure(tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: Any) -> None:
        raise Interrupted("stopped")

    monkeypatch.setattr(bake_off.Run, "train", stop)
    with pytest.raises(Interrupted):
        compare(plan(pictures, tmp_path / "out", SHORT))
    assert bake_off.costs(tmp_path / "out" / "seed-0" / "short")["cpu_seconds"] > 0


def test_texts_are_ranked_by_bits_per_byte_from_the_command_line(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow = Contender("narrow", "autoregressive", "text", "text", {"model.width": 32, "model.heads": 2})
    monkeypatch.setattr(grid, "CONTENDERS", (narrow, replace(narrow, name="transformer", changes={})))
    small = [word for key, value in TEXT.items() if key != "train.batch" for word in (f"--{key}", str(value))]
    command = ["compare", str(notes), "--models", "narrow,transformer", *small, "--out", str(tmp_path / "out")]
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["modality"] == "text" and {row["name"] for row in told["rows"]} == {"narrow", "transformer"}
    assert {"exact", "bits_per_byte"} <= set(told["rows"][0]["figures"]) and told["data_hash"]
    assert "Take" in told["said"][0] or "no worse" in told["said"][0]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:4] == ["RANK", "MODEL", "FAMILY", "BITS,"] and "comparison.html" in lines[-1]


def test_senseless_and_unknown_cells_are_refused_with_the_reason() -> None:
    assert [c.name for c in choose("text")][:1] == ["transformer"]
    assert {c.family for c in choose("image")} <= set(grid.FAMILIES)
    with pytest.raises(RecipeError, match="gan of text makes no sense: no gradient"):
        choose("text", ["gan"])
    with pytest.raises(NotFound, match="did you mean 'diffusion'"):
        choose("image", ["difusion"])
    with pytest.raises(NotFound, match="there are .*flow"):
        choose("image", models=["transfomer"])
    for family in grid.FAMILIES:
        for modality in grid.MODALITIES:
            assert not (grid.cell(family, modality) and (family, modality) in grid.SENSELESS)


@pytest.mark.parametrize("contender", grid.CONTENDERS, ids=lambda c: f"{c.name} {c.modality}")
def test_each_contender_is_a_recipe_whose_parts_fit(contender: Contender, tmp_path: Path) -> None:
    asked = Plan("nowhere", contender.modality, [contender], 2.0, tmp_path)
    recipe = resolve(bake_off.recipe_for(asked, contender, 0))
    assert registry.find("models", recipe.model.name).family == contender.family
    assert contender.command.startswith(f"anew run {contender.recipe} --data DATA")
    typed = changed_by(recipes_of(contender.recipe), shlex.split(contender.command)[5:], {"data.source": "d"}, ())
    assert typed.model.name == recipe.model.name and typed.modality == contender.modality


def test_mistakes_on_the_command_line_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "nowhere"]) == 3 and "anew data list" in capsys.readouterr().err
    assert main(["compare", "stdlib", "--families", "gan"]) == 2 and "no gradient" in capsys.readouterr().err
    assert main(["compare", "images"]) == 4 and "no data of its own" in capsys.readouterr().err
    assert main(["compare", "digits", "--minutes", "0"]) == 3 and "above 0" in capsys.readouterr().err
    (tmp_path / "a.bin").write_bytes(b"\0\1")
    assert main(["compare", str(tmp_path)]) == 3 and "--modality" in capsys.readouterr().err


@pytest.mark.parametrize("contender", [c for c in grid.CONTENDERS if c.modality == "image"], ids=lambda c: c.name)
def test_the_judges_time_is_not_taken_from_the_models(tmp_path: Path, pictures: Path, contender: Contender) -> None:
    recipe = bake_off.recipe_for(Plan(str(pictures), "image", [contender], 2.0, tmp_path), contender, 0)
    run = Run(recipe, tmp_path / "run", lambda progress: None)
    learned = recipe.codec.learned
    assert run.seconds == pytest.approx(120 * (1 - (0 if learned is None else learned.share)))


def test_a_model_that_cannot_be_judged_is_named_with_the_reason(tmp_path: Path, pictures: Path) -> None:
    asked = plan(pictures, tmp_path, SHORT)
    for where in (tmp_path / "shared" / "seed-0" / "clean", place := bake_off.place(asked, SHORT, 0) / "validate"):
        where.mkdir(parents=True)
    manifest.write(tmp_path / "shared" / "seed-0" / "clean", manifest.Manifest("clean", "0" * 64, {}))
    why = {"frechet_samples": "only 12 held-out pictures"}
    facts = {"limits": [], "seed": 0, "unmeasured": why}
    (place / "report.json").write_text(json.dumps({"metrics": {}, "facts": facts, "texts": []}))
    told = bake_off.tell(asked, {})
    assert not told.rows and told.failed == {"short": "Fréchet distance was not measured: only 12 held-out pictures"}
