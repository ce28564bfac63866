"""A scorer of drawings and captions, learnt from captioned drawings: by itself, as a judge, and carried by a model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_shapes import COLOURS, HELD_OUT, SHAPES, collected, shape

import anew
from anew.api import Trained, again, made_by
from anew.cli import main
from anew.codecs.caption import Caption
from anew.codecs.image import read_image, write_image
from anew.data.progress import silent
from anew.data.records import Record
from anew.engine.agreement import Scorer, seeds_of
from anew.engine.generate import generate
from anew.errors import RecipeError
from anew.recipe import Adapt, override, parse
from anew.recipes import find
from anew.recipes.evaluate.captioned import caption_of
from anew.recipes.pipeline import Run

LEARN: dict[str, Any] = {
    "size": "xs", "train.threads": 1, "train.batch": 48, "clean.duplicates": "none", "clean.hold_out": [],
    "validation.samples": 16, "codec.size": 16, "validation.bootstrap": 100, "validation.redraws": 2,
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))


def run_of(recipe: str, folder: Path, each: int, **changes: Any) -> Run:
    """A run whose records lie there as if collected."""
    values = override(find(recipe), LEARN | {"data.source": "drawn", "name": "shapes"} | changes)
    run = Run(parse(values), folder, silent)
    collected(folder / "collect", each)
    run.clean()
    run.train()
    return run


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Run:
    settings = {"train.steps": 150, "train.ema": 0.9}
    return run_of("emoji-scorer", tmp_path_factory.mktemp("scorer") / "run", 12, **settings)


def new_drawings(pairs: list[tuple[str, str]], seed: int = 77) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [shape(colour, kind, rng) for colour, kind in pairs]


def test_a_scorer_of_its_own_reads_what_it_never_saw_together(scorer: Run) -> None:
    scorer.validate()
    report = json.loads((scorer.folder / "validate" / "report.json").read_text("utf-8"))
    figures = {name: metric["value"] for name, metric in report["metrics"].items()}
    assert figures["unseen_colour_shape_real_colour"] > 0.9
    listed = (scorer.folder / "validate" / "unseen-colour-shape.txt").read_text("utf-8")
    assert len(listed.splitlines()) == 1 + len(HELD_OUT)
    assert report["facts"]["unmeasured"]["recall_at_5"].startswith("only 2 captions")
    scorer.deploy()
    assert anew.load("shapes").artifact.model.streams is None


def test_scores_from_python_tell_drawings_apart(scorer: Run, tmp_path: Path) -> None:
    known = [(c, s) for c in COLOURS for s in SHAPES if (c, s) not in HELD_OUT]
    drawings = new_drawings(known)
    (tmp_path / "one.png").write_bytes(write_image(drawings[0]))
    made = Trained(scorer.folder / "model").score(
        [tmp_path / "one.png", write_image(drawings[1]), *drawings[2:]], [f"a {c} {s}" for c, s in known]
    )
    assert made.shape == (14, 14) and (np.abs(made) <= 1.001).all()
    assert (made.argmax(1) == np.arange(14)).mean() > 0.8
    alone = Trained(scorer.folder / "model").score(drawings[3:4], ["a " + " ".join(known[5])])
    assert alone[0, 0] == pytest.approx(made[3, 5], abs=1e-5)
    with pytest.raises(RecipeError, match="says nothing"):
        Trained(scorer.folder / "model").score(drawings[:1], [" "])


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A flow of few steps, judged by a contrastive judge of few steps."""
    changes = {
        "model.name": "flow", "judge.train.steps": 20, "judge.train.batch": 32,
        "train.steps": 5, "train.sample_every": 5, "sample.steps": 2, "model.width": 32, "model.depth": 1,
    }  # fmt: skip
    run = run_of("emoji-scorer", tmp_path_factory.mktemp("drawing") / "run", 6, **changes)
    run.validate()
    return run


def test_a_judge_of_labels_gives_way_to_one_of_captions(drawing: Run) -> None:
    assert drawing.recipe.judge is not None and drawing.recipe.judge.name == "contrastive"
    assert drawing.recipe.judge.settings["width"] == 16  # that of size xs


def test_only_captions_that_the_model_reads_are_asked_for(drawing: Run) -> None:
    label = Trained(drawing.folder / "model").artifact.label
    assert isinstance(label, Caption)
    said = ("", "supercalifragilistic " * 9, "a red square")
    record = Record.of(b"", None, "here", None, captions=said)
    assert caption_of(record, label) == "a red square"
    assert caption_of(replace(record, captions=said[:2]), label) is None


def test_samples_of_captions_stand_beside_real_pictures(drawing: Run) -> None:
    report = json.loads((drawing.folder / "validate" / "report.json").read_text("utf-8"))
    names = set(report["metrics"])
    for what in ("samples", "real"):
        assert {f"unseen_colour_shape_{what}", f"unseen_colour_shape_{what}_colour"} <= names
    assert "frechet_samples" in names and "label_agreement" not in names
    assert report["metrics"]["unseen_colour_shape_samples"]["n"] == 8 * len(HELD_OUT)


def test_the_best_of_several_is_the_one_that_agrees_best_and_is_drawn_again(drawing: Run) -> None:
    artifact = Trained(drawing.folder / "model").artifact
    made = generate(artifact, 2, 5, "a red square", best_of=4)
    alone = generate(artifact, 1, 6, "a red square", best_of=4)
    assert (alone.samples[0] == made.samples[1]).all() and alone.seeds == made.seeds[1:]
    scorer = Scorer.of(artifact)
    for place, seed in enumerate((5, 6)):
        tried = generate(artifact, 4, seeds_of(seed, 4), "a red square").samples
        told = scorer.agreements(tried, ["a red square"])[:, 0]
        assert made.seeds[place] == seeds_of(seed, 4)[int(told.argmax())]
        assert (tried[int(told.argmax())] == made.samples[place]).all()
        (drawn,) = generate(artifact, 1, made.seeds[place], "a red square").samples
        assert (drawn == made.samples[place]).all()
    assert generate(artifact, 1, 5, "a red square", best_of=1).seeds == [5]
    (note,) = [json.loads(told) for told in made.notes(1).values() if told.startswith("{")]
    assert (note["seed"], note.get("n", 1), note["labels"]) == (made.seeds[1], 1, ["a red square"])


def test_ends_and_prompts_that_it_cannot_draw_are_refused(
    drawing: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = str(drawing.folder / "model")
    monkeypatch.chdir(tmp_path)
    for words, code, said in (
        (["interpolate", model, "hart.png", "star.png"], 1, "hart.png"),  # files, and no captions
        (["interpolate", model, "a red square", "star.png"], 2, "all captions"),
        (["interpolate", model, "a red square", "绿色的心"], 2, "no letter of '绿色的心'"),
        (["generate", model, "绿色的心"], 2, "no letter of '绿色的心'"),
    ):
        assert main(words) == code and said in capsys.readouterr().err, words
        assert not [*tmp_path.glob("*.png")]
    assert main(["generate", model, "a red 心"]) == 0
    assert "no letter: 心" in capsys.readouterr().err
    artifact = Trained(drawing.folder / "model").artifact
    for other in ({"adapt": Adapt()}, {"start": "another", "model": artifact.recipe.model}):  # may have been taught it
        taught = replace(artifact, recipe=artifact.recipe.model_copy(update=other))
        assert len(generate(taught, 1, 0, "绿色的心").samples) == 1


def test_a_sheet_of_seeds_that_do_not_follow_each_other_is_made_again(drawing: Run, tmp_path: Path) -> None:
    artifact = Trained(drawing.folder / "model").artifact
    generate(artifact, 3, [5, 99, 2**63 - 1], "a red square").save(tmp_path / "sheet.png")
    content = (tmp_path / "sheet.png").read_bytes()
    told = made_by(content)
    assert told is not None and (told.n, told.seeds) == (3, [5, 99, 2**63 - 1])
    again(content, model=artifact).save(tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == content
    assert again(content, model=artifact, n=2).seeds == [5, 6] and again(content, model=artifact, seed=8).seeds[2] == 10


def test_a_file_is_made_again_as_the_best_of_several_and_grids_and_films_are_not(
    drawing: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, first, best = str(drawing.folder / "model"), tmp_path / "first.png", tmp_path / "best.png"
    asked = ["generate", model, "a red square", "--seed", "5", "--out"]
    assert main([*asked, str(first)]) == 0
    like = ["generate", model, "--like", str(first), "--best-of", "4", "--out", str(best)]
    assert main(like) == 0
    artifact = Trained(drawing.folder / "model").artifact
    (want,) = generate(artifact, 1, 5, "a red square", best_of=4).samples
    assert (read_image(best.read_bytes()) == want).all()
    capsys.readouterr()
    assert main([*like, "--scorer", "nobody"]) != 0 and "nobody" in capsys.readouterr().err, "another scorer is asked"
    film, grid = str(tmp_path / "way.gif"), ["--xy", "seed=1,2"]
    for words, said in (
        ([*asked, film, "--best-of", "4"], "--out FILE.gif shows what its settings make, and excludes --best-of"),
        ([*asked, str(tmp_path / "g.png"), *grid, "--best-of", "4"], "--xy shows what its settings make"),
        ([*asked, str(first), "--scorer", model], "--scorer belongs to --best-of"),
        ([*like, *grid], "--like best.png --xy"),
    ):
        assert main(words) == 2 and said in capsys.readouterr().err, words
    assert main(["generate", model, "--like", str(best), "--out", film]) == 0  # as the refusal says


def test_what_cannot_be_ranked_is_refused(drawing: Run, tmp_path: Path) -> None:
    artifact = Trained(drawing.folder / "model").artifact
    with pytest.raises(RecipeError, match="needs a prompt"):
        generate(artifact, 1, 0, best_of=2)
    with pytest.raises(RecipeError, match="1 to 256"):
        generate(artifact, 1, 0, "a red square", best_of=0)
    bare = tmp_path / "bare"
    Trained(drawing.folder / "model").save(bare)
    for path in sorted((bare / "scorer").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    with pytest.raises(RecipeError, match="carries no scorer"):
        generate(Trained(bare).artifact, 1, 0, "a red square", best_of=2)
