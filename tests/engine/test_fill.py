"""Prompts with blanks: what is known comes out as it was, each blank as long as it was asked for; others say no."""

import json

import pytest
import torch

from anew import registry
from anew.artifact import Artifact
from anew.cli import main
from anew.engine.generate import generate, stream
from anew.errors import RecipeError
from anew.recipe import parse

torch.set_num_threads(1)


def artifact(name):
    """A model that has learnt nothing yet: its weights are as they are drawn, and it writes any character."""
    codec = registry.find("codecs", "characters")(context=32, min_count=1)
    codec.fit(["def read(path):\n    return path"])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = registry.find("models", name)(codec.spec, width=32, layers=1, heads=2, table_rows=512)
    settings = {"name": name, "width": 32, "layers": 1, "heads": 2, "table_rows": 512}
    recipe = {"name": "small", "modality": "code", "codec": {"name": "characters", "context": 32, "min_count": 1}}
    return Artifact(parse(recipe | {"model": settings}), model.eval(), codec)


@pytest.fixture(scope="module")
def both_sides():
    return artifact("masked")


@pytest.fixture(scope="module")
def from_the_left():
    return artifact("transformer")


def test_what_stands_around_a_blank_is_kept(both_sides):
    for text in generate(both_sides, 4, prompt="def [[4]](path[[8]]", fill=True).samples:
        assert text.startswith("def ") and "(path" in text[4:], text


def test_what_follows_can_be_asked_for(both_sides):
    lengths = [len(t) for t in generate(both_sides, 16, prompt="def [[4]](", fill=True, max_new=9).samples]
    assert max(lengths) > 9 and max(lengths) <= 18


def test_each_chunk_is_the_whole_text_as_it_stands(both_sides):
    seen = [texts[0] for texts in stream(both_sides, 1, 3, "def [[8]]:", fill=True)]
    assert len(seen) > 2 and all(t.startswith("def ") and t.endswith(":") for t in seen)


def test_a_prompt_is_continued_and_not_said_again(both_sides):
    (text,) = generate(both_sides, 1, prompt="def read", max_new=6).samples
    assert len(text) <= 6 and not text.startswith("def read")


@pytest.mark.parametrize("prompt", [None, "", "def read():", "def [[0]]", "[[ 3 ]]"])
def test_a_text_without_a_blank_is_refused(both_sides, prompt):
    with pytest.raises(RecipeError, match=r"\[\[8\]\]"):
        generate(both_sides, prompt=prompt, fill=True)


def test_more_than_the_model_holds_is_refused(both_sides):
    with pytest.raises(RecipeError, match="holds 32"):
        generate(both_sides, prompt="def [[999999]]", fill=True)


def test_a_model_that_writes_from_the_left_says_so(from_the_left):
    with pytest.raises(RecipeError, match="left to right") as told:
        generate(from_the_left, prompt="def [[4]]", fill=True)
    assert "text-masked" in str(told.value.next_command)


def test_the_command_prints_the_whole_text_once(both_sides, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    both_sides.save(tmp_path / "model")
    assert main(["generate", str(tmp_path / "model"), "def [[3]]:", "--fill"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("def ") and printed.endswith(":\n")
    assert main(["generate", str(tmp_path / "model"), "def [[3]]:", "--fill", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["samples"] == [printed[:-1]]
    assert main(["generate", str(tmp_path / "model"), "def read", "--max-new", "5"]) == 0
    assert len(capsys.readouterr().out) <= 6
