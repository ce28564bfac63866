"""The starters that come with the package: small, in half precision, told of by evidence, ready without a network."""

import hashlib
import json
import socket
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import anew
from anew.deploy import starters
from anew.recipe import parse, read
from anew.recipes.shipping import unfit

MOST_BYTES = 60_000_000  # of all of them together
MOST_MINUTES = 180  # of the CPU, that a starter may have learnt for
NAMES = starters.names()


def test_all_together_are_small() -> None:
    held = [path.stat().st_size for path in starters.FOLDER.rglob("*") if path.is_file()]
    pictures, sounds = (
        {"autoencoder", "digits", "emoji", "emoji-teacher"},
        {"chorales", "sfx", "tunes", "vocoder", "voice"},
    )
    assert pictures | sounds | {"stdlib"} <= set(NAMES) and sum(held) <= MOST_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_tells_what_it_is_and_what_it_was_made_of(name: str) -> None:
    folder = starters.FOLDER / name
    evidence = json.loads((folder / "evidence.json").read_text("utf-8"))
    assert (folder / "card.md").read_text("utf-8").startswith(f"# {name}\n") and evidence["facts"]["licences"]
    recipe = parse(read(folder / "recipe.toml"), name)
    borne = folder / "consent.json"
    records = borne.read_bytes() if borne.is_file() else b""
    assert not unfit(recipe, evidence["metrics"], starters.weights_of(name), records)
    assert recipe.train.steps and recipe.name == name and recipe.start in (None, *NAMES)
    told = [path.read_text("utf-8") for path in folder.rglob("*") if path.suffix in (".toml", ".json", ".md")]
    assert not any(place in text for text in told for place in ("/tmp/", "/home/"))


@pytest.mark.parametrize("name", NAMES)
def test_its_evidence_tells_the_digests_of_what_is_there(name: str) -> None:
    folder = starters.FOLDER / name
    evidence = json.loads((folder / "evidence.json").read_text("utf-8"))
    shown = [one for one in (*evidence["figures"], *evidence.get("clips", ())) if (folder / one["file"]).is_file()]
    assert shown or name == "stdlib"
    for one in shown:
        assert one["sha256"] == hashlib.sha256((folder / one["file"]).read_bytes()).hexdigest(), one["file"]


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_learnt_within_its_time(name: str) -> None:
    minutes = json.loads((starters.FOLDER / name / "evidence.json").read_text("utf-8"))["minutes"]
    assert minutes["model"] > 0 and sum(minutes.values()) <= MOST_MINUTES


@pytest.mark.parametrize("name", NAMES)
def test_its_numbers_are_halves_and_it_makes_the_same_at_once_without_a_network(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = list((starters.FOLDER / name).rglob("*.safetensors"))
    kinds = {value.dtype for path in weights for value in load_file(path).values() if value.is_floating_point()}
    assert kinds == {torch.float16}

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a starter asked the network")

    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(socket.socket, "connect", refused)
    model = anew.load(name)
    said = "Hello." if model.artifact.recipe.data.spoken else None
    first, again = (model.generate(said, seed=3, n=1).samples[0] for _ in range(2))
    assert first and (first == again) if not isinstance(first, np.ndarray) else first.size and (first == again).all()
