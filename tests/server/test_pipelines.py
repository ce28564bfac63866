"""A diffusers folder behind the server: OpenAI's client gets the command line's bytes, whole, streamed and edited."""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from picture_room import a_mask, array, files
from serving import served

sys.path.insert(0, str(Path(__file__).parents[1] / "exchange"))
import small_pipelines as small

from anew.artifact import load_artifact
from anew.codecs.image import write_image
from anew.deploy.store import Store
from anew.engine.edit import inpaint, vary
from anew.engine.generate import generate
from anew.engine.pool import Pool
from anew.recipes.exchange import import_model
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.shelf import StoreShelf

ASKED = {"seed": 1, "steps": 4, "guidance": 3.0, "negative_prompt": "dog"}
OURS = {"steps": 4, "guidance": 3.0, "negative": "dog"}
HOLE = np.zeros((16, 16), bool)
HOLE[4:12, 4:12] = True


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("pipelines")
    small.pipeline(small.sd).save_pretrained(path / "sd")
    store = Store(path / "models")
    import_model(str(path / "sd"), "sd", store)
    return store


@pytest.fixture(scope="module")
def address(store: Store, database: Database) -> Iterator[str]:
    yield from served(Pool(StoreShelf(store)), Door(), database)


@pytest.fixture(scope="module")
def client(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0)


@pytest.fixture(scope="module")
def ours(store: Store) -> Any:
    return load_artifact(store.folder("sd"))


def a_picture() -> np.ndarray:
    return np.random.default_rng(4).integers(0, 255, (16, 16, 3)).astype(np.uint8)


def a_file() -> Any:
    return ("x.png", write_image(a_picture()), "image/png")


def test_a_prompt_is_drawn_in_the_size_that_is_asked_for(client: openai.OpenAI, ours: Any) -> None:
    told = client.images.with_raw_response.generate(model="sd", prompt="a red cat", n=2, size="24x16", extra_body=ASKED)
    answer = told.parse()
    want = generate(ours, 2, 1, "a red cat", size="24x16", **OURS)
    assert files(answer) == [write_image(one, want.source, notes=want.notes(i)) for i, one in enumerate(want.samples)]
    assert answer.size == "24x16" and "x-anew-ignored" not in told.headers


def test_looks_come_before_the_picture(client: openai.OpenAI, ours: Any) -> None:
    events = list(client.images.generate(model="sd", prompt="a red cat", stream=True, partial_images=2,
                                         extra_body=ASKED))  # fmt: skip
    assert [one.type.rpartition(".")[2] for one in events] == ["partial_image", "partial_image", "completed"]
    shown = [array(base64.b64decode(one.b64_json)) for one in events]
    assert np.array_equal(shown[-1], generate(ours, 1, 1, "a red cat", **OURS).samples[0])
    assert (shown[0] != shown[-1]).any()


def test_edits_keep_what_the_mask_keeps_and_strength_varies_the_whole(client: openai.OpenAI, ours: Any) -> None:
    given = {"model": "sd", "image": a_file(), "prompt": "blue house", "extra_body": ASKED}
    (made,) = (array(one) for one in files(client.images.edit(**given, mask=("m.png", a_mask(HOLE), "image/png"))))
    assert np.array_equal(made[~HOLE], a_picture()[~HOLE])
    assert np.array_equal(made, inpaint(ours, a_picture(), HOLE, 1, 1, label="blue house", **OURS).samples[0])
    half = given | {"extra_body": ASKED | {"strength": 0.5}}
    want = vary(ours, a_picture(), 0.5, 1, 1, label="blue house", **OURS).samples[0]
    assert np.array_equal(array(files(client.images.edit(**half))[0]), want)
    with pytest.raises(openai.BadRequestError, match="strength"):
        client.images.edit(**half, mask=("m.png", a_mask(HOLE), "image/png"))


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"size": "15x16"}, "size"), ({"size": "99999x9999"}, "size"), ({"guidance": 1}, "negative_prompt"),
     ({"sampler": "flow"}, "sampler"), ({"class": "cat"}, "class"), ({"temperature": 0.5}, "temperature")],
)  # fmt: skip
def test_what_it_cannot_do_is_refused_by_its_field(address: str, asked: dict[str, Any], field: str) -> None:
    body = {"model": "sd", "prompt": "a cat"} | ASKED | asked
    answer = httpx2.post(f"{address}/v1/images/generations", json=body)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == field, answer.text


def test_the_own_endpoint_draws_the_same(address: str, ours: Any) -> None:
    asked = {"model": "sd", "prompt": "a red cat", "seed": 1, **OURS, "size": "16x24"}
    (made,) = httpx2.post(f"{address}/v1/anew/generate", json=asked, timeout=60).json()["samples"]
    from PIL import Image

    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(made["b64_png"]))))
    assert np.array_equal(shown, generate(ours, 1, 1, "a red cat", size="16x24", **OURS).samples[0])


def test_it_weighs_what_all_of_its_networks_weigh(store: Store) -> None:
    pool = Pool(StoreShelf(store))
    opened = pool.take("sd")
    held = opened.artifact
    parts = [held.model, *held.codec.networks, *held.label.networks]
    assert opened.nbytes >= sum(p.nbytes for part in parts for p in part.parameters())
    assert opened.nbytes > sum(p.nbytes for p in held.model.parameters())


def test_what_it_can_is_told_without_opening_it(address: str, ours: Any) -> None:
    told = httpx2.get(f"{address}/v1/models/sd").json()["anew"]
    high, wide = ours.plain.spec.shape[1:]
    assert told["sizes"] == [f"{wide}x{high}"] and told["any_size"] and told["captions"] and not told["trained_here"]
    assert (
        told["options"]["sampler"]["enum"] == list(ours.model.solvers) and told["options"]["size"]["default"] == "auto"
    )
    assert told["varies"] and told["inpaints"] and told["latents"] and told["address"] == "/v1/images/generations"
