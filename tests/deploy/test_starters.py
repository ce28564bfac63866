"""Starters: half the bytes in the package, float32 in the store, found by their names and by no network."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from anew.cli import main
from anew.codecs.image import paletted, read_image, write_image
from anew.codecs.origin import MADE
from anew.codecs.sound_show import heat
from anew.deploy import starters
from anew.deploy.lookup import locate
from anew.deploy.store import Store
from anew.errors import NotFound, Refused
from anew.recipe import read
from anew.recipes.remake import with_weights

WEIGHTS = "model.safetensors"


@pytest.fixture
def shipped(tmp_path, make_model, monkeypatch) -> Path:
    monkeypatch.setattr(starters, "FOLDER", tmp_path / "starters")
    model = make_model(tmp_path / "model")
    starters.pack(model, "digits", starters.FOLDER)
    return model


def test_a_starter_has_half_the_bytes_and_comes_out_rounded_once(shipped, tmp_path):
    packed = starters.FOLDER / "digits"
    assert (packed / WEIGHTS).stat().st_size < 0.55 * (shipped / WEIGHTS).stat().st_size
    store = Store(tmp_path / "home")
    folder = store.folder(starters.take("digits", store).name)
    before, after = load_file(shipped / WEIGHTS)["w"], load_file(folder / WEIGHTS)["w"]
    assert after.dtype == torch.float32 and torch.equal(after, before.half().float()) and not torch.equal(after, before)
    assert (folder / "codec" / "codec.safetensors").is_file() and (folder / "card.md").is_file()
    assert starters.take("digits", store).id == store.show("digits").id, "the same bytes every time"


def test_a_name_that_nothing_else_has_leads_to_the_starter(shipped, tmp_path, make_model):
    store = Store(tmp_path / "home")
    assert locate("digits", store) == store.folder("digits")
    other = Store(tmp_path / "other")
    own = other.add(make_model(tmp_path / "own", seed=1))
    assert locate("digits", other) == other.folder(own.id), "a model of one's own goes before"
    with pytest.raises(NotFound, match=r"no starter is called 'digit' \(did you mean 'digits'"):
        starters.take("digit", store)
    for kept in (Store(tmp_path / "empty"), store):  # with the starter in the package alone, and in the store as well
        with pytest.raises(NotFound, match=r"no model is called 'digit' \(did you mean 'digits'"):
            locate("digit", kept)


def test_a_picture_finds_the_starter_that_made_it_where_nobody_pulled_it(shipped, tmp_path, make_model):
    weights = starters.take("digits", Store(tmp_path / "home")).files[WEIGHTS]["sha256"]
    for called in ("digits", "another"):  # as its recipe is called, or as it was when the picture was made
        assert with_weights(weights, called, "x.png", empty := Store(tmp_path / called)).startswith("digits@")
        assert empty.show("digits").files[WEIGHTS]["sha256"] == weights
    other = Store(tmp_path / "other")
    own = other.add(make_model(tmp_path / "own", seed=1))
    found = other.show(with_weights(weights, "digits", "x.png", other))
    assert (found.name, found.files[WEIGHTS]["sha256"]) == ("starter-digits", weights)
    assert other.show("digits").versions == [own.id], "a model of one's own keeps its name"
    with pytest.raises(Refused, match="not in the store"):
        with_weights("0" * 64, "digits", "x.png", other)


def test_the_command_pulls_it_and_lists_it(shipped, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    assert main(["models", "list"]) == 0
    assert "starter:digits" in capsys.readouterr().out
    assert main(["models", "pull", "starter:digits", "--name", "mine"]) == 0
    assert "pulled mine@" in capsys.readouterr().out and Store().show("mine").files[WEIGHTS]
    assert main(["models", "pull", "mine"]) != 0 and "from where" in capsys.readouterr().err


def test_a_weight_that_half_precision_cannot_hold_is_refused(shipped, tmp_path):
    save_file({"w": torch.tensor([1e6])}, shipped / WEIGHTS)
    with pytest.raises(Refused, match="too large for half precision"):
        starters.pack(shipped, "large", starters.FOLDER)


def test_its_recipe_is_called_as_it_is_and_names_other_models_without_one_stores_versions(shipped):
    id, recipe = "0f" * 32, shipped / "recipe.toml"
    recipe.write_text(f'name = "emoji"\nstart = "teacher@{id}"\n\n[codec]\nname = "image"\nstart = "coder@{id}"\n')
    (shipped / "evidence.json").write_text(json.dumps({"recipe": f'start = "teacher@{id}"', "data_hash": id}))
    packed = starters.pack(shipped, "quick", starters.FOLDER)
    codec = {"name": "image", "start": "coder"}
    assert read(packed / "recipe.toml") == {"name": "quick", "start": "teacher", "codec": codec}
    assert json.loads((packed / "evidence.json").read_text()) == {"recipe": 'start = "teacher"', "data_hash": id}


@pytest.mark.parametrize("name", ["../outside", "/etc", "", ".", "Digits", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_removed(shipped, tmp_path, name):
    (tmp_path / "outside").mkdir()
    with pytest.raises(Refused, match="no name for a model"):
        starters.pack(shipped, name, starters.FOLDER)
    assert (tmp_path / "outside").is_dir() and starters.names() == ["digits"]


def test_a_spectrogram_takes_fewer_bytes_and_any_other_picture_stays():
    rng = np.random.default_rng(0)
    levels = heat(rng.random((64, 400)))
    png = write_image(levels, MADE)
    few = paletted(png)
    assert len(few) < 0.8 * len(png) and MADE.encode() in few
    assert np.abs(read_image(few).astype(int) - levels).max() <= 8
    assert paletted(noise := write_image(rng.integers(0, 256, (64, 64, 3), np.uint8))) == noise
