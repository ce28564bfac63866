"""/v1/models tells what a form for a model needs, read from its files alone, and what it tells is so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from serving import served

from anew.artifact import Artifact
from anew.deploy import starters
from anew.deploy.card import EVIDENCE
from anew.deploy.lookup import locate
from anew.deploy.store import Store
from anew.engine.generate import label_names, reads_captions
from anew.engine.latent import space_of
from anew.engine.middle import sees_after
from anew.engine.pool import Pool
from anew.engine.sizes import own_size
from anew.engine.sound_dials import longest
from anew.errors import AnewError
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.describing import described
from anew.server.shelf import StoreShelf

STARTERS = ("chorales", "digits", "emoji", "sfx", "stdlib", "voice")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(tmp_path_factory.mktemp("home")))
        made = Store()
        for name in STARTERS:
            starters.take(name, made)
        yield made


@pytest.fixture(scope="module")
def address(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('database')}/anew.db")
    for address in served(Pool(StoreShelf(store)), Door(), database):
        yield f"{address}/v1"


@pytest.fixture(scope="module")
def told(address: str) -> dict[str, dict[str, Any]]:
    listed = httpx2.get(f"{address}/models").json()["data"]
    assert len({one["id"] for one in listed}) == len(listed), "each name once"
    return {one["id"]: one["anew"] for one in listed}


def is_placed(artifact: Artifact) -> bool:
    try:
        return bool(space_of(artifact))
    except AnewError:
        return False


def test_what_is_told_is_what_the_open_model_is(told: dict[str, dict[str, Any]], store: Store) -> None:
    for name in STARTERS:
        about, artifact = told[name], StoreShelf(store).open(name)
        assert isinstance(artifact, Artifact)
        if not about["speaks"]:
            assert about["labels"] == label_names(artifact) and about["captions"] == reads_captions(artifact), name
            assert about["latents"] == is_placed(artifact), name
        assert about["fills"] == (artifact.recipe.modality == "code" and sees_after(artifact)), name
        assert about["sizes"] == ([own_size(artifact)] if artifact.recipe.modality == "image" else []), name
        dial = about["options"].get("sampler") or about["options"].get("solver")
        if dial is not None:
            assert dial["enum"] == list(artifact.model.solvers) and dial["default"] == artifact.model.solver, name
            assert about["options"]["steps"]["default"] == artifact.model.steps, name
            assert about["options"]["guidance"]["default"] == artifact.recipe.sample.guidance, name
        assert about["trained_here"] and about["licence"] in ("Apache-2.0", "CC-BY-SA-4.0"), name


def test_each_is_told_by_the_fields_of_its_own_address(told: dict[str, dict[str, Any]], store: Store) -> None:
    effects, music, code, voice = (told[name] for name in ("sfx", "chorales", "stdlib", "voice"))
    artifact = StoreShelf(store).open("sfx")
    assert isinstance(artifact, Artifact)
    assert effects["options"]["seconds"]["maximum"] == pytest.approx(longest(artifact))
    assert effects["options"]["label"]["enum"] == effects["labels"] and effects["varies"] and effects["inpaints"]
    assert music["options"]["style"]["enum"] == ["bach"] and music["options"]["bars"]["maximum"] == 64
    assert music["options"]["temperature"]["minimum"] == 0 and music["address"] == "/v1/anew/music/compose"
    assert code["address"] == "/v1/completions" and code["fills"] and not code["chats"]
    temperature = code["options"]["temperature"]
    assert (temperature["default"], temperature["usual"], temperature["maximum"]) == (1.0, 0.7, 2)
    assert code["options"]["max_tokens"]["maximum"] == code["context"]
    assert voice["speaks"] and voice["options"]["voice"]["enum"] == ["voice"] and voice["modality"] == "speech"
    assert told["emoji"]["captions"] and told["emoji"]["options"]["best_of"] and not told["emoji"]["any_size"]
    for name in STARTERS:
        assert all(told[name]["options"].values()), f"{name}: a dial of which nothing is told"


def test_a_request_takes_what_its_dials_say(address: str, told: dict[str, dict[str, Any]]) -> None:
    dials, ask = told["sfx"]["options"], {"model": "sfx", "label": "coin", "steps": 1, "answer": "json"}
    for name in ("seconds", "loudness"):
        for end, by in (("minimum", -1), ("maximum", 1)):
            within = httpx2.post(f"{address}/anew/audio/generate", json=ask | {name: dials[name][end]}, timeout=60)
            assert within.status_code == 200, within.text
            beyond = httpx2.post(f"{address}/anew/audio/generate", json=ask | {name: dials[name][end] + by})
            assert beyond.status_code == 400 and beyond.json()["error"]["param"] == name
    size = told["digits"]["sizes"][0]
    for sampler in told["digits"]["options"]["sampler"]["enum"]:
        body = {"model": "digits", "prompt": "3", "size": size, "sampler": sampler, "steps": 2}
        assert httpx2.post(f"{address}/images/generations", json=body, timeout=60).status_code == 200, sampler


def test_the_other_addresses_tell_the_same(address: str, told: dict[str, dict[str, Any]]) -> None:
    listed = httpx2.get(f"{address}/anew/models").json()["data"]
    assert {one["name"]: one["anew"] for one in listed} == {name: told[name] for name in STARTERS}
    assert httpx2.get(f"{address}/models/voice").json()["anew"] == told["voice"]
    assert httpx2.get(f"{address}/anew/models/digits").json()["anew"] == told["digits"]


def test_what_came_from_elsewhere_was_not_trained_here(store: Store, tmp_path: Path) -> None:
    folder = shutil.copytree(locate("stdlib", store), tmp_path / "model")
    evidence = json.loads((folder / EVIDENCE).read_text())
    facts = {"licences": {"apache-2.0": None}, "reproduce": None, "modality": "code"}
    for changed, licence in ((facts, "apache-2.0"), (facts | {"licences": {"none stated": None}}, None)):
        (folder / EVIDENCE).unlink()  # a link into the store
        (folder / EVIDENCE).write_text(json.dumps(evidence | {"facts": changed}))
        found = described(folder, ())
        assert not found.trained_here and found.licence == licence and found.fills
    (folder / EVIDENCE).unlink()
    assert not described(folder, ()).trained_here


def test_a_damaged_model_is_told_of_as_far_as_it_goes(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "models")
    entry = starters.take("digits", other)
    for path in (other.blobs.path(entry.files["codec/codec.json"]), locate("digits", other) / "codec" / "codec.json"):
        path.unlink(missing_ok=True)
        path.write_bytes(b"{")
    shelf = StoreShelf(other)
    (one,) = shelf.listed()
    assert shelf.abilities(one).options == {} and one.modality == "image"
