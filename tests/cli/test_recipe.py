"""Dotted overrides and the recipe verbs."""

import json
import tomllib

import pytest

from anew.cli import main
from anew.cli.dotted import changed, pairs
from anew.errors import RecipeError
from anew.recipe import Recipe
from anew.recipes.dotted import dotted_keys, is_part

VALUES = {"name": "tiny", "modality": "text", "codec": {"name": "bytes"}, "model": {"name": "transformer"}}


def made(*tokens, **given):
    return changed(VALUES | {"train": {"minutes": 2.0}}, tokens, given, ("resume",))


def test_options_are_values_of_the_recipe():
    recipe = made("--size", "xs", "--train.lr=0.003", "--model.width", "64", "--clean.languages", '["en"]', "--seed=3")
    assert (recipe.size, recipe.train.lr, recipe.seed) == ("xs", 0.003, 3)
    assert recipe.model.settings == {"width": 64} and recipe.clean.languages == ("en",)


def test_the_dial_turned_last_holds():
    assert made("--train.steps", "7").train.minutes is None
    assert made("--train.minutes", "0.5").train.steps is None


def test_hyphens_stand_for_underscores():
    assert made("--train.validate-every", "5").train.validate_every == 5


def test_text_that_looks_like_a_number_stays_text():
    assert made("--data.source", "2024", "--data.licence", "[mine]").data.source == "2024"
    assert made(**{"data.source": "true"}).data.source == "true"
    assert made("--data.source", "'2024'").data.source == "2024"
    assert made("--data.source", "'tis").data.source == "'tis"
    assert made(**{"data.source": "'tis'"}).data.source == "'tis'", "a folder's name is no TOML"


def test_every_key_of_the_types_is_an_option():
    keys = [key for key, _ in dotted_keys()]
    assert len(keys) == len(set(keys)) > 60
    assert {"train.lr", "codec.learned.share", "judge.train.steps", "deploy.name"} <= set(keys)


def test_only_parts_take_keys_of_their_own():
    assert is_part("model") and is_part("codec.learned") and is_part("judge")
    assert not is_part("train") and not is_part("") and not is_part("nothing.here")


@pytest.mark.parametrize("tokens", [["lr", "3"], ["--"], ["--train.lr"], ["--train.lr", "--size", "s"]])
def test_half_an_option_is_refused(tokens):
    with pytest.raises(RecipeError):
        pairs(tokens)


def test_show_prints_a_recipe_that_reads_back(tmp_path, capsys):
    path = tmp_path / "tiny.toml"
    path.write_text('name = "tiny"\nmodality = "text"\ncodec.name = "bytes"\nmodel.name = "transformer"\n')
    assert main(["recipe", "show", str(path), "--full", "--train.lr", "0.5"]) == 0
    recipe = Recipe.model_validate(tomllib.loads(capsys.readouterr().out))
    assert recipe.train.lr == 0.5 and recipe.clean.test == 0.1
    assert main(["recipe", "show", str(path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) < 10


def test_diff_names_the_keys_that_differ(tmp_path, capsys):
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    text = 'name = "tiny"\nmodality = "text"\ncodec.name = "bytes"\nmodel.name = "transformer"\n'
    one.write_text(text)
    other.write_text(text + "model.width = 64\ntrain.lr = 0.5\nseed = 0\n")
    assert main(["recipe", "diff", str(one), str(other), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["differences"]
    assert found == {"model.width": [None, 64], "train.lr": [0.001, 0.5]}


def test_every_ready_recipe_is_listed_short_and_valid(capsys):
    from anew import recipes

    assert main(["recipe", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out.splitlines()[-1])["recipes"]
    assert [r["name"] for r in listed] == list(recipes.ready())
    for name, path in recipes.ready().items():
        changed(recipes.find(name), (), {}, ())
        assert len(path.read_text("utf-8").splitlines()) < 25, name


def test_the_schema_is_a_json_schema(capsys):
    assert main(["recipe", "schema", "--json"]) == 0
    schema = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(schema["required"]) == {"name", "modality", "codec", "model"}
