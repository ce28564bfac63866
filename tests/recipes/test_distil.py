"""A stored flow taught to a student: captioned drawings, whole runs of few steps, and what the user is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from drawn_shapes import collected

from anew.api import again, load, made_by
from anew.artifact import load_artifact
from anew.contract import RefineOptions
from anew.data.files import sha256_file
from anew.data.progress import silent
from anew.deploy.store import Store
from anew.engine.generate import condition_for, generate
from anew.errors import Interrupted, RecipeError
from anew.recipe import override, parse, read
from anew.recipes import find, pipeline
from anew.recipes.distil import Distillation
from anew.recipes.foresight import foresee
from anew.recipes.pipeline import Run, kind_of
from anew.testing.suite import generators
from anew.train.loop import Trainer

TEACHER: dict[str, Any] = {
    "name": "shapes", "data.source": "drawn", "size": "xs", "train.threads": 1, "train.batch": 32, "train.steps": 20,
    "clean.duplicates": "none", "clean.hold_out": [], "clean.leave_out": [], "codec.size": 16,
    "codec.learned.train.steps": 3, "judge.train.steps": 5, "judge.train.batch": 32, "validation.samples": 16,
    "validation.bootstrap": 100, "validation.redraws": 2, "model.width": 32, "model.depth": 1, "model.steps": 3,
}  # fmt: skip
FEW: dict[str, Any] = {
    "train.steps": 6, "train.batch": 4, "train.threads": 1, "train.validate_rows": 16, "train.ema": 0.5,
    "train.validate_every": 6,
}  # fmt: skip


def run_of(recipe: str, folder: Path, **changes: Any) -> Run:
    """A run whose records lie there as if collected."""
    asked = parse(override(find(recipe), changes))
    run = kind_of(asked)(asked, folder, silent)
    collected(folder / "collect", 6)
    run.clean()
    return run


def taught(folder: Path, **changes: Any) -> Run:
    run = run_of("few-steps", folder, start="shapes", **FEW, **changes)
    run.train()
    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An ANEW_HOME with a teacher called `shapes`."""
    folder = tmp_path_factory.mktemp("teaching")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder / "home"))
        run = run_of("emoji", folder / "teacher", **TEACHER)
        run.train()
        run.scorer(run.judge()).save(folder / "teacher" / "model" / "scorer")
        Store().add(folder / "teacher" / "model", "shapes")
        yield folder


@pytest.fixture(scope="module")
def student(home: Path) -> Run:
    return taught(home / "student")


def test_what_the_recipe_leaves_open_is_the_teachers(home: Path, student: Run) -> None:
    own, teacher = student.recipe, parse(read(home / "teacher" / "resolved.toml"))
    assert isinstance(student, Distillation) and own.model.name == "student"
    for name in ("data", "clean", "judge", "modality", "size"):
        assert getattr(own, name) == getattr(teacher, name), name
    assert own.codec.settings == teacher.codec.settings and own.sample.guidance == teacher.sample.guidance == 2
    assert {key: own.model.settings[key] for key in ("width", "depth")} == {"width": 32, "depth": 1}
    assert own.start is not None and own.start.startswith("shapes@")


def test_it_has_its_teachers_codec_captions_and_scorer(home: Path, student: Run) -> None:
    for file in ("codec/codec.safetensors", "label/codec.json", "scorer/model.safetensors"):
        assert sha256_file(home / "student/model" / file) == sha256_file(home / "teacher/model" / file), file
    assert not (home / "student" / "codec" / "train").exists() and not (home / "student" / "judge").exists()


def test_what_a_student_takes_from_its_teacher_is_refused_where_it_is_asked_otherwise(home: Path) -> None:
    for changes, said in (
        ({"size": "s"}, "size: few-steps has the size of shapes, which is xs, and not s"),
        ({"codec.size": 32}, "takes its codec from shapes"),
    ):
        with pytest.raises(RecipeError, match=said):
            run_of("few-steps", home / "refused", start="shapes", **FEW, **changes)
    assert not (home / "refused").exists()


def test_the_recipe_in_a_runs_folder_leaves_open_what_was_left_open(home: Path, student: Run) -> None:
    asked = parse(read(student.folder / "recipe.toml"))
    assert "size" not in asked.model_fields_set and not asked.data.source
    pipeline.claim(parse(override(find("few-steps"), {"start": "shapes", **FEW})), student.folder)
    again = kind_of(asked)(asked, home / "like it", silent).recipe
    for name in ("data", "clean", "sample", "judge", "codec", "model", "size"):
        assert getattr(again, name) == getattr(student.recipe, name), name


def test_its_samples_are_the_same_by_themselves_and_under_the_guidance_asked_for(student: Run) -> None:
    artifact = load_artifact(student.folder / "model")
    many = generate(artifact, 3, 5, "a red cross")
    (alone,) = generate(artifact, 1, 6, "a red cross").samples
    assert (many.samples[1] == alone).all() and many.options.guidance == 2
    cond = condition_for(artifact, ["a red cross"])
    drawn = [
        list(artifact.model.sample(generators(6), cond, None, RefineOptions(guidance=scale)))[-1].data
        for scale in (3.0, 6.0)
    ]
    assert not torch.equal(*drawn)
    refused = {"1 to 8": {"guidance": 9.0}, "negative": {"negative": "blue"}, "jumps": {"solver": "heun"}}
    for said, options in refused.items():
        with pytest.raises(RecipeError, match=said):
            generate(artifact, 1, 0, "a red cross", **options)


def test_a_grid_of_both_is_made_again_though_each_has_a_solver_of_its_own(home: Path, student: Run) -> None:
    Store().add(student.folder / "model", "quick")
    grid = load("quick").cross({"model": ["quick", "shapes"], "seed": [1, 2]}, "a red cross", guidance=3)
    grid.save(home / "grid.png")
    again((home / "grid.png").read_bytes()).save(home / "second.png")
    assert (home / "grid.png").read_bytes() == (home / "second.png").read_bytes()
    told = made_by((home / "grid.png").read_bytes())
    assert told is not None and told.options == {"guidance": 3.0}


def test_it_is_judged_by_the_teachers_judge(home: Path, student: Run) -> None:
    judge, scorer = student.judge(), load_artifact(home / "teacher" / "model").scorer
    assert scorer is not None
    for name, value in judge.state_dict().items():
        assert torch.equal(value, scorer.model.state_dict()[name]), name
    assert not (student.folder / "judge").exists()
    assert student.recipe.judge is not None and student.recipe.judge.settings == scorer.recipe.model.settings


def test_what_cannot_be_taught_is_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="say which") as told:
        pipeline.run(parse(find("few-steps")), tmp_path / "run")
    assert told.value.next_command == "anew run few-steps --from MODEL"
    with pytest.raises(RecipeError, match="learns from a stored model"):
        foresee(parse(find("few-steps")))
    with pytest.raises(RecipeError, match="--from MODEL"):
        pipeline.run(parse(override(find("digits"), {"model.name": "student"})), tmp_path / "other")


def test_a_student_is_taught_no_subject(student: Run, tmp_path: Path) -> None:
    subject = {"start": str(student.folder / "model"), "adapt.subject": "zorp", "train.steps": 2, "train.threads": 1}
    run = run_of("personalise", tmp_path / "subject", **subject, **{"data.source": "drawn"})
    with pytest.raises(RecipeError, match="learns from its teacher alone") as refused:
        run.train()
    assert str(refused.value.next_command).endswith("--from shapes"), "a version is that of one store"


def test_a_run_that_was_stopped_ends_with_the_same_bits(home: Path, student: Run) -> None:
    folder = home / "stopped"
    run = run_of("few-steps", folder, start="shapes", **FEW)
    part, shards = run.learner(), run.encoder.shards(run.codecs)
    trainer = Trainer(
        part.model(shards.spec), run.recipe.train, part.loader(shards, "train"), part.loader(shards, "validation"),
        part.folder, part.seed,
    )  # fmt: skip
    with pytest.raises(Interrupted):
        list(trainer.run(lambda: trainer.progress.step == 3))
    taught(folder)
    Store().remove(str(student.recipe.start))
    taught(folder)  # has learnt, and needs its teacher no more
    assert sha256_file(folder / "model/model.safetensors") == sha256_file(student.folder / "model/model.safetensors")
