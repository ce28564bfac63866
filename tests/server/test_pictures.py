"""Pictures over HTTP by OpenAI's own client: the command line's bytes, whole, streamed, edited and varied."""

from __future__ import annotations

import base64
import io
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from picture_room import MIDDLE, a_mask, a_picture, array, files, uri
from PIL import Image
from serving import served
from small_pictures import Gallery

from anew.cli import main
from anew.codecs.image import write_image
from anew.engine.generate import generate
from anew.engine.pool import Pool
from anew.server.app import Door
from anew.server.database.connect import Database


@pytest.fixture(scope="module")
def pool(gallery: Gallery) -> Pool:
    return Pool(gallery)


@pytest.fixture(scope="module")
def address(pool: Pool, database: Database) -> Iterator[str]:
    yield from served(pool, Door(), database)


@pytest.fixture(scope="module")
def client(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0)


# ------------------------------------------------------------------------------------------------ new pictures


@pytest.mark.parametrize("model", ["flow", "gan", "codes", "vae", "pixels"])
def test_pictures_are_the_command_lines_bytes(
    client: openai.OpenAI, gallery: Gallery, model: str, tmp_path: Path
) -> None:
    told = client.images.generate(model=model, prompt="", n=3, extra_body={"seed": 5})
    folder = str(gallery.trained(model).folder)
    assert main(["generate", folder, "-n", "3", "--seed", "5", "--out", str(tmp_path / "o")]) == 0
    made = [(tmp_path / "o" / f"{seed}.png").read_bytes() for seed in (5, 6, 7)]
    assert files(told) == made and (model == "codes" or len(set(made)) == 3)  # whose decoder has learnt too little
    alone = client.images.generate(model=model, prompt="", extra_body={"seed": 6, **labelled(told, 1)})
    assert files(alone) == made[1:2], "a picture depends on its company"
    assert b"trainedAlgorithmicMedia" in made[0]
    size = gallery.trained(model).artifact.model.spec.shape
    assert told.size == "16x16" and told.output_format == "png" and told.background == "opaque"
    assert told.usage and told.usage.output_tokens == 3 * int(np.prod(size)) == told.usage.total_tokens


def labelled(told: Any, i: int) -> dict[str, str]:
    """The class that the i-th picture has, as it was told."""
    label = told.data[i].revised_prompt
    return {"class": label} if label else {}


def test_a_prompt_that_names_a_class_is_that_class_and_another_is_told_to_be_ignored(client: openai.OpenAI) -> None:
    def raw(prompt: str, model: str = "flow", **own: Any) -> tuple[list[bytes], list[str], str | None]:
        made = client.images.with_raw_response.generate(model=model, prompt=prompt, n=2, extra_body={"seed": 1, **own})
        answer = made.parse()
        return files(answer), [one.revised_prompt for one in answer.data], made.headers.get("x-anew-ignored")

    named = raw("", **{"class": "down"})
    assert named[1:] == (["down", "down"], None)
    assert raw("down") == raw("A bar, going DOWN.") == named
    assert raw("a sunset")[1:] == (["across", "down"], "prompt")
    assert raw("across or down")[1:] == (["across", "down"], "prompt"), "two of them name none"
    assert raw("across", **{"class": "down"}) == (named[0], ["down", "down"], "prompt")
    assert raw("down, down!") == raw("Down") == named
    assert raw("downwards")[2] == "prompt", "a part of a word names nothing"
    assert raw("down", "pixels")[1:] == (["", ""], "prompt"), "a model without labels"
    made = client.images.with_raw_response.generate(
        model="flow", prompt="", quality="high", user="me", style="vivid", moderation="low", extra_body={"colour": 3}
    )
    assert made.headers["x-anew-ignored"] == "colour, moderation, quality, style, user"


def test_own_fields_are_those_of_generate(client: openai.OpenAI, gallery: Gallery) -> None:
    own = {"seed": 2, "steps": 3, "guidance": 2.5, "sampler": "heun", "negative_prompt": "down"}
    told = client.images.generate(model="flow", prompt="across", extra_body=own)
    flow = gallery.trained("flow").artifact
    wanted: dict[str, Any] = {"steps": 3, "guidance": 2.5, "solver": "heun"}
    made = [generate(flow, 1, 2, None, "across", **wanted, **more).samples[0] for more in ({"negative": "down"}, {})]
    assert np.array_equal(array(files(told)[0]), made[0][:, :, 0]) and not np.array_equal(*made)
    cool = client.images.generate(model="vae", prompt="down", extra_body={"seed": 2, "temperature": 0})
    made = [generate(gallery.trained("vae").artifact, 1, 2, None, "down", temperature=t).samples[0] for t in (0.0, 1.0)]
    assert np.array_equal(array(files(cool)[0]), made[0][:, :, 0]) and not np.array_equal(*made)


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_other_formats_say_what_made_them_too(client: openai.OpenAI, form: Any) -> None:
    def made(quality: int) -> bytes:
        answer = client.images.generate(
            model="flow", prompt="", output_format=form, output_compression=quality, extra_body={"seed": 1},
            response_format="url",
        )  # fmt: skip
        head, _, encoded = answer.data[0].url.partition(",")  # type: ignore[index,union-attr]
        assert head == f"data:image/{form};base64" and answer.output_format == form
        return base64.b64decode(encoded)

    low, high = made(0), made(100)
    assert len(low) < len(high) and Image.open(io.BytesIO(high)).format == form.upper()
    assert b"trainedAlgorithmicMedia" in low and made(100) == high


def test_a_stream_shows_the_pictures_while_they_are_made(client: openai.OpenAI, gallery: Gallery) -> None:
    asked: dict[str, Any] = {"model": "flow", "prompt": "down", "extra_body": {"seed": 4}}
    seen = list(client.images.generate(**asked, stream=True, partial_images=3))
    assert [one.type.rpartition(".")[2] for one in seen] == ["partial_image"] * 3 + ["completed"]
    assert [getattr(one, "partial_image_index", None) for one in seen] == [0, 1, 2, None]
    assert base64.b64decode(seen[-1].b64_json) == files(client.images.generate(**asked))[0]
    assert seen[-1].usage.output_tokens == 16  # type: ignore[union-attr]
    watched: list[bytes] = []
    generate(
        gallery.trained("flow").artifact, 1, 4, None, "down",
        watch=lambda share, decode: watched.append(write_image(decode()[0], "trainedAlgorithmicMedia")),
    )  # fmt: skip
    assert len(watched) == 6, "a look after each of six steps"
    assert [base64.b64decode(one.b64_json) for one in seen[:3]] == [watched[1], watched[2], watched[4]]
    two = list(client.images.generate(**asked, n=2, stream=True, partial_images=1))
    assert [one.model_extra["index"] for one in two] == [0, 1, 0, 1]  # type: ignore[index]
    for model, looks in (("vae", 0), ("gan", 0), ("codes", 3)):  # in one step, in one step, code after code
        how: dict[str, Any] = {"prompt": "", "stream": True, "partial_images": 3}
        raw = client.images.with_raw_response.generate(model=model, **how)
        kinds = [one.type.removeprefix("image_generation.") for one in raw.parse()]
        assert kinds == ["partial_image"] * looks + ["completed"]
        assert raw.headers.get("x-anew-ignored") == (None if looks else "partial_images")


def test_events_are_framed_by_their_type(address: str) -> None:
    asked = {"model": "flow", "prompt": "", "stream": True, "partial_images": 1}
    with httpx2.stream("POST", f"{address}/v1/images/generations", json=asked) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = [line for line in answer.iter_lines() if line]
    assert [line for line in lines if line.startswith("event")] == [
        "event: image_generation.partial_image", "event: image_generation.completed"
    ]  # fmt: skip
    assert '"sequence_number": 0' in lines[1] and '"sequence_number": 1' in lines[3] and "[DONE]" not in lines[-1]


# ------------------------------------------------------------------------------------------------ given pictures


@pytest.mark.parametrize("model", ["flow", "pixels", "vae"])
def test_an_edit_keeps_the_known_pixels_bit_for_bit(client: openai.OpenAI, address: str, model: str) -> None:
    picture = a_picture()
    asked: dict[str, Any] = {"model": model, "prompt": "", "n": 2}
    made = client.images.edit(
        **asked, image=("a.png", write_image(picture)), mask=("m.png", a_mask()), extra_body={"seed": 3}
    )
    for file in files(made):
        assert np.array_equal(array(file)[~MIDDLE], picture[:, :, 0][~MIDDLE])
        assert not np.array_equal(array(file), picture[:, :, 0]) and b"compositeWithTrained" in file
    assert len(set(files(made))) == 2 and made.usage and made.usage.input_tokens * 2 == made.usage.output_tokens
    image, mask = {"image_url": uri(write_image(picture))}, {"image_url": uri(a_mask())}
    for given in ({"images": [image], "mask": mask}, {"image": uri(write_image(picture)), "mask": uri(a_mask())}):
        told = httpx2.post(f"{address}/v1/images/edits", json={**asked, **given, "seed": 3}).json()
        assert [base64.b64decode(one["b64_json"]) for one in told["data"]] == files(made)


def test_an_edit_is_streamed_and_a_clear_part_of_the_picture_is_a_mask(client: openai.OpenAI) -> None:
    rgba = np.dstack([a_picture().repeat(3, 2), np.where(MIDDLE, 0, 255).astype(np.uint8)])
    file = io.BytesIO()
    Image.fromarray(rgba).save(file, "PNG")
    seen = list(
        client.images.edit(
            model="flow", prompt="down", image=[("a.png", file.getvalue())], stream=True, partial_images=2
        )
    )  # fmt: skip
    assert [one.type for one in seen] == ["image_edit.partial_image"] * 2 + ["image_edit.completed"]
    for one in seen:
        assert np.array_equal(array(base64.b64decode(one.b64_json))[~MIDDLE], rgba[:, :, 0][~MIDDLE])
    assert len({one.b64_json for one in seen}) == 3


def test_variations_go_from_the_picture_itself_to_another(client: openai.OpenAI) -> None:
    picture = a_picture()

    def varied(strength: float) -> list[np.ndarray]:
        image = ("a.png", write_image(picture))
        with pytest.warns(DeprecationWarning):  # which OpenAI have given up
            made = client.images.create_variation(
                model="flow", image=image, n=2, response_format="b64_json", extra_body={"strength": strength, "seed": 1}
            )
        return [array(file).astype(float) for file in files(made)]

    same, near, far = varied(0), varied(0.3), varied(1)
    assert all(np.array_equal(one, picture[:, :, 0]) for one in same)
    assert not np.array_equal(*near) and not np.array_equal(near[0], far[0])


# ------------------------------------------------------------------------------------------------ who leaves


def rests(pool: Pool, name: str) -> bool:
    """Whether it does within a second."""
    begun = time.monotonic()
    with pool.lease(name) as model:
        while model.counts != (0, 0) and time.monotonic() < begun + 1:
            time.sleep(0.01)
        return model.counts == (0, 0)


@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_frees_the_model_between_two_steps(address: str, pool: Pool, stream: bool) -> None:
    asked = {"model": "pixels", "prompt": "", "steps": 1000, "n": 4, "stream": stream}
    with pytest.raises(httpx2.ReadTimeout):  # so it was not done by then
        with httpx2.stream("POST", f"{address}/v1/images/generations", json=asked, timeout=0.6) as answer:
            next(answer.iter_lines())
    assert rests(pool, "pixels"), "it draws on for a client that has left"


def test_who_left_is_passed_over_when_the_turn_comes(address: str, pool: Pool) -> None:
    asked, over = {"model": "pixels", "prompt": "", "steps": 1000, "n": 4}, threading.Event()
    with pool.lease("pixels") as model:
        model.worker.submit("another", over.wait)
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(f"{address}/v1/images/generations", json=asked, timeout=0.3)
        over.set()
    assert rests(pool, "pixels")


@pytest.mark.parametrize("stream", [True, False])
def test_pictures_that_are_not_made_in_time_are_given_up(address: str, pool: Pool, stream: bool) -> None:
    asked = {"model": "pixels", "prompt": "", "steps": 1000, "n": 4, "stream": stream}
    answer = httpx2.post(f"{address}/v1/images/generations", json=asked, headers={"x-anew-deadline": "0.5"})
    assert "deadline_exceeded" in answer.text and answer.status_code == (200 if stream else 504)
    assert rests(pool, "pixels")


def test_pictures_do_not_depend_on_their_company(client: openai.OpenAI) -> None:
    def one(seed: int) -> bytes:
        (file,) = files(client.images.generate(model="flow", prompt="down", extra_body={"seed": seed}))
        return file

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(one, range(8))) == [one(seed) for seed in range(8)]


def test_the_guides_example_runs_as_it_stands(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "serving-pictures.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.S)
    here = example.replace("http://localhost:8080", address).replace('"digits"', '"flow"')
    monkeypatch.chdir(tmp_path)
    exec(compile(here, "serving-pictures.md", "exec"), {})  # noqa: S102
    names = {"seven-0.png", "seven-1.png", "three-0.png", "three-1.png", "three-2.png", "three-done.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
