"""A language model of pictures: their codes, each row under its own label, judged as pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_recipes import PICTURES, TEXT, recipe_for

import anew
from anew.data.loader import Loader
from anew.data.progress import silent
from anew.data.shards import Shards
from anew.errors import RecipeError
from anew.recipes import pipeline
from anew.recipes.encode import Encoder

CODES = PICTURES | {
    "model.name": "transformer", "model.ngrams": 1, "codec.learned.name": "fsq", "codec.learned.tokens": 6,
    "codec.learned.copies": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))


def test_pictures_are_learned_as_codes_and_judged_as_pictures(tmp_path: Path, pictures: Path) -> None:
    recipe = recipe_for("images", pictures, CODES)
    result = pipeline.run(recipe, tmp_path / "run")
    assert json.loads((tmp_path / "run" / "model" / "config.json").read_text())["codec"]["name"] == "codes"
    assert {"frechet_samples", "frechet_reconstructions", "label_agreement"} <= result.figures.keys()
    model = anew.load(tmp_path / "run" / "model")
    made = model.generate(n=3, seed=1, label="stripes")
    assert [p.shape for p in made.samples] == [(16, 16, 1)] * 3
    alone = model.generate(n=1, seed=2, label="stripes")
    assert (alone.samples[0] == made.samples[1]).all()
    with pytest.raises(RecipeError, match="pictures of a label"):
        model.generate(prompt="a square")
    # Each row that is learned from is one picture's codes under that picture's label.
    encoder = Encoder(tmp_path / "run", recipe, silent)
    codec, names = model.artifact.codec, model.artifact.label.state()["names"]
    known = {}
    for record in encoder.records("train"):
        (tokens,) = codec.encode([encoder.decode(record)])
        known.setdefault(tuple(tokens.tolist()), set()).add(names.index(record.label))
    batch = Loader(Shards(tmp_path / "run" / "shards"), "train", 50, 0).batch(3)
    assert (batch.x[:, [0, -1]] == codec.spec.end).all() and batch.cond is not None
    for row, label in zip(batch.x[:, 1:-1].tolist(), batch.cond.label_B.tolist(), strict=True):
        assert label in known[tuple(row)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"codec.learned.name": "autoencoder"}, "this codec makes grid"),
        ({"model.name": "flow"}, "this codec makes tokens"),
        ({"model.name": "fsq"}, "model.name: fsq learns grid"),
    ],
)
def test_what_does_not_fit_codes_is_refused(tmp_path: Path, pictures: Path, change: dict[str, str], said: str) -> None:
    settings = {key: value for key, value in CODES.items() if key not in ("model.ngrams", "codec.learned.tokens")}
    with pytest.raises(RecipeError, match=said):
        pipeline.run(recipe_for("images", pictures, settings | change), tmp_path / "run")


def test_texts_are_learned_by_a_recurrent_network(tmp_path: Path, notes: Path) -> None:
    recipe = recipe_for("text", notes, TEXT | {"model.name": "rnn", "model.cell": "lstm"})
    result = pipeline.run(recipe, tmp_path / "run", until="validate")
    assert 0 < result.figures["bits_per_byte"] < 9
    model = anew.load(tmp_path / "run" / "model")
    assert model.artifact.recipe.model.settings == {"cell": "lstm", "width": 64, "layers": 1}
    assert all(len(text) <= 8 for text in model.generate("The", n=2, max_new=8).samples)
