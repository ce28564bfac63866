"""Pictures' files over HTTP: they say how they were made and nothing of who asked; transparency; files as people have
them."""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from picture_room import MIDDLE, a_mask, array, files
from PIL import Image
from small_pictures import Gallery

sys.path.insert(0, str(Path(__file__).parents[1] / "codecs"))
from bad_pictures import CASES

from anew.api import again, made_by
from anew.cli import main
from anew.codecs.image import on_white, write_image
from anew.engine.generate import generate

SECRET = "sk-anew-0123456789abcdef"


@pytest.fixture(scope="module")
def address(gallery_address: str) -> str:
    return gallery_address


@pytest.fixture(scope="module")
def client(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key=SECRET, max_retries=0)


def raw(picture: np.ndarray) -> bytes:
    return write_image(picture)


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_a_file_says_how_it_was_made_and_the_shell_and_python_make_the_same(
    client: openai.OpenAI, gallery: Gallery, form: Any, tmp_path: Path
) -> None:
    own = {"seed": 5, "steps": 3, "guidance": 2, "sampler": "heun", "negative_prompt": "across"}
    (file,) = files(
        client.images.generate(model="flow", prompt="down", output_format=form, extra_body=own, user=SECRET)
    )
    flow = gallery.trained("flow")
    options = ["--steps", "3", "--guidance", "2", "--solver", "heun", "--negative", "across"]
    path = tmp_path / f"a.{form}"
    assert main(["generate", str(flow.folder), "--seed", "5", "--label", "down", *options, "--out", str(path)]) == 0
    assert path.read_bytes() == file
    flow.generate(seed=5, label="down", steps=3, guidance=2, solver="heun", negative="across").save(path)
    assert path.read_bytes() == file
    again(file, model=flow.artifact).save(path)
    assert path.read_bytes() == file
    told = made_by(file)
    assert told is not None and (told.labels, told.options["steps"], told.weights) == (
        ["down"],
        3,
        flow.artifact.weights,
    )
    assert SECRET.encode() not in file and str(gallery.folder).encode() not in file


def test_an_edit_says_what_it_began_from_as_the_shell_does(
    client: openai.OpenAI, address: str, gallery: Gallery, tmp_path: Path
) -> None:
    picture = np.random.default_rng(4).integers(0, 255, (16, 16, 1)).astype(np.uint8)
    for name, content in {"a": raw(picture), "m": raw(MIDDLE.astype(np.uint8)[:, :, None] * 255)}.items():
        (tmp_path / f"{name}.png").write_bytes(content)
    folder, out = str(gallery.trained("pixels").folder), tmp_path / "o.png"
    given: dict[str, Any] = {
        "model": "pixels",
        "prompt": "",
        "image": ("a.png", raw(picture)),
        "extra_body": {"seed": 3},
    }
    (mended,) = files(client.images.edit(**given, mask=("m.png", a_mask())))
    words = ["--inpaint", str(tmp_path / "a.png"), "--mask", str(tmp_path / "m.png"), "--seed", "3", "--out", str(out)]
    assert main(["generate", folder, *words]) == 0 and out.read_bytes() == mended
    answer = httpx2.post(
        f"{address}/v1/images/variations", data={"model": "pixels", "seed": 3, "strength": 0.25},
        files={"image": ("a.png", raw(picture))},
    )  # fmt: skip
    (varied,) = [base64.b64decode(one["b64_json"]) for one in answer.json()["data"]]
    words = ["--start", str(tmp_path / "a.png"), "--strength", "0.25", "--seed", "3", "--out", str(out)]
    assert main(["generate", folder, *words]) == 0 and out.read_bytes() == varied


def test_the_own_address_gives_the_same_files(address: str, gallery: Gallery, tmp_path: Path) -> None:
    asked = {"model": "flow", "n": 3, "seed": 5, "guidance": 2}
    told = httpx2.post(f"{address}/v1/anew/generate", json=asked).json()["samples"]
    gallery.trained("flow").generate(n=3, seed=5, guidance=2).save(tmp_path)
    assert [base64.b64decode(one["b64_png"]) for one in told] == [
        (tmp_path / f"{i}.png").read_bytes() for i in (5, 6, 7)
    ]


# ------------------------------------------------------------------------------------------------ transparency


def test_a_model_with_transparency_makes_it_and_is_told_to_leave_it(client: openai.OpenAI, gallery: Gallery) -> None:
    clear = gallery.trained("clear").artifact
    assert clear.plain.spec.shape == (4, 16, 16)
    (wanted,) = generate(clear, 1, 5).samples

    def made(**fields: Any) -> tuple[np.ndarray, str]:
        answer = client.images.generate(model="clear", prompt="", extra_body={"seed": 5}, **fields)
        return array(files(answer)[0]), answer.background

    for background in ("auto", "transparent"):
        assert (
            np.array_equal(made(background=background)[0], wanted) and made(background=background)[1] == "transparent"
        )
    assert np.array_equal(made(background="opaque")[0], on_white(wanted)) and made(background="opaque")[1] == "opaque"
    jpeg, told = made(output_format="jpeg")
    assert jpeg.shape == (16, 16, 3) and told == "opaque"
    assert made(output_format="webp", background="transparent")[0].shape == (16, 16, 4)


def test_what_cannot_be_transparent_is_refused_by_its_field(client: openai.OpenAI) -> None:
    for model, more in (("flow", {}), ("clear", {"output_format": "jpeg"})):
        with pytest.raises(openai.BadRequestError) as refusal:
            client.images.generate(model=model, prompt="", background="transparent", **more)
        assert refusal.value.param == "background"


def test_transparency_that_is_known_comes_back_bit_for_bit(client: openai.OpenAI) -> None:
    rng = np.random.default_rng(0)
    alpha = np.where(rng.random((16, 16)) < 0.5, 0, 255).astype(np.uint8)
    picture = np.dstack([rng.integers(0, 256, (16, 16, 3), dtype=np.uint8), alpha])
    (file,) = files(client.images.edit(
        model="clear", prompt="", image=("a.png", raw(picture)), mask=("m.png", a_mask()), extra_body={"seed": 1}
    ))  # fmt: skip
    made, seen = array(file), ~MIDDLE & (alpha > 0)
    assert made.shape == (16, 16, 4) and np.array_equal(made[~MIDDLE][:, 3], alpha[~MIDDLE])
    assert np.array_equal(made[seen], picture[seen]) and (made[made[:, :, 3] == 0][:, :3] == 255).all()


# ------------------------------------------------------------------------------------------------ as people have them


@pytest.mark.parametrize("where", ["edits", "variations"])
@pytest.mark.parametrize("name", CASES)
def test_a_file_is_taken_or_refused_by_its_field(address: str, where: str, name: str) -> None:
    bad, data = CASES[name], {"model": "pixels", "strength": 0, "prompt": ""}
    uploads: dict[str, Any] = {"image": (bad.file, bad.content)}
    if where == "edits":
        high, wide = (16, 16) if bad.read is None else bad.read.shape[:2]
        uploads["mask"] = ("m.png", a_mask(np.ones((high, wide), bool)))
        del data["strength"]
    answer = httpx2.post(f"{address}/v1/images/{where}", data=data, files=uploads)
    if not bad.refused:
        assert answer.status_code == 200, answer.text
        shown = Image.open(io.BytesIO(base64.b64decode(answer.json()["data"][0]["b64_json"])))
        assert shown.size == (16, 16)
        return
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (400, "image", "invalid_image"), answer.text
    assert bad.refused in error["message"] and "\n" not in error["message"]
