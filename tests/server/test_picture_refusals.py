"""What cannot be asked of pictures is refused by its field, and nothing that is asked breaks the server."""

from __future__ import annotations

from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from picture_room import a_mask, a_picture, files, uri

from anew.codecs.image import write_image
from anew.server.wire.pictures import EditRequest, GenerationRequest


@pytest.fixture(scope="module")
def address(gallery_address: str) -> str:
    return gallery_address


@pytest.fixture(scope="module")
def client(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"n": 11}, "n"), ({"size": "1024x1024"}, "size"), ({"size": "big"}, "size"),
        ({"partial_images": 4, "stream": True}, "partial_images"), ({"partial_images": 1}, "partial_images"),
        ({"background": "transparent"}, "background"), ({"output_compression": 50}, "output_compression"),
        ({"output_format": "gif"}, "output_format"), ({"response_format": "url", "stream": True}, "response_format"),
        ({"class": "sideways"}, "class"), ({"steps": 0}, "steps"), ({"steps": 10**6}, "steps"),
        ({"sampler": "magic"}, "sampler"), ({"sampler": "magic", "stream": True}, "sampler"),
        ({"negative_prompt": "down"}, "negative_prompt"),
        ({"negative_prompt": "rain", "guidance": 2}, "negative_prompt"),
        ({"temperature": 0.5}, "temperature"), ({"model": "gan", "steps": 3}, "steps"),
        ({"model": "gan", "guidance": 2, "stream": True}, "guidance"), ({"model": "vae", "sampler": "heun"}, "sampler"),
        ({"model": "pixels", "guidance": 2}, "guidance"), ({"model": "pixels", "class": "down"}, "class"),
        ({"model": "writer"}, "model"), ({"svg": {}}, "svg"), ({"prompt": "a" * 32_001}, "prompt"),
        ({"guidance": "2"}, "guidance"), ({"seed": 2**63}, "seed"), ({"prompt": None}, "prompt"),
        ({"model": "prompted", "prompt": "绿色的心"}, "prompt"),
    ],
)  # fmt: skip
def test_what_a_model_cannot_do_is_refused_by_its_field(address: str, wrong: dict[str, Any], param: str) -> None:
    told = {"model": "flow", "prompt": "", **wrong}
    answer = httpx2.post(f"{address}/v1/images/generations", json=told, timeout=60)  # the first of a model trains it
    assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text
    assert "try:" not in answer.json()["error"]["message"], "what is typed on a command line"


def test_sizes_labels_and_models_are_told(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="16x16"):
        client.images.generate(model="flow", prompt="", size="256x256")
    with pytest.raises(openai.BadRequestError, match="did you mean 'down'.*across, down"):
        client.images.generate(model="flow", prompt="", extra_body={"class": "dowm"})
    with pytest.raises(openai.NotFoundError, match="did you mean 'flow'"):
        client.images.generate(model="flows", prompt="")
    unnamed = client.images.generate(prompt="down", extra_body={"seed": 1}, size="auto")
    named = client.images.generate(model="flow", prompt="down", extra_body={"seed": 1}, size="16x16")
    assert files(unnamed) == files(named), "the picture model that was put there last"


def test_edits_and_variations_that_cannot_be_are_refused_by_their_field(address: str) -> None:
    image, mask = ("a.png", write_image(a_picture())), ("m.png", a_mask())
    full, wide = ("m.png", a_mask(np.zeros((16, 16), bool))), ("m.png", a_mask(np.ones((16, 32), bool)))
    good: dict[str, Any] = {"image": image, "mask": mask}

    def refused(what: str, uploads: Any, param: str, code: int = 400, **fields: Any) -> None:
        answer = httpx2.post(
            f"{address}/v1/images/{what}", data={"model": "flow", "prompt": "", **fields}, files=uploads,
            timeout=60,
        )  # fmt: skip
        assert (answer.status_code, answer.json()["error"]["param"]) == (code, param), answer.text

    refused("edits", {"mask": mask}, "image")
    refused("edits", {"image": image}, "mask")
    refused("edits", {"image": image, "mask": full}, "mask")
    refused("edits", {"image": image, "mask": wide}, "mask")
    refused("edits", [("image[]", image), ("image[]", image), ("mask", mask)], "image[1]")
    refused("edits", [("image", image), ("images", image), ("mask", mask)], "images")
    refused("edits", good, "n", n="eleven")
    refused("edits", good | {"n": image}, "n")
    refused("edits", good, "model", model="codes")
    refused("edits", good, "model", model="gan")
    refused("edits", good, "size", size="64x64")
    refused("edits", good, "markup", markup="x")
    refused("variations", {"image": image}, "strength", strength="1.5")
    refused("variations", {"image": image}, "strength", strength="nan")
    refused("variations", {"image": image}, "model", model="gan")
    told = httpx2.post(
        f"{address}/v1/images/edits", json={"prompt": "", "images": [{"file_id": "file-1"}], "mask": "x"},
        timeout=60,
    )  # fmt: skip
    assert told.json()["error"]["param"] == "images"
    for kind, content, status in (
        ("text/plain", b"x", 415), ("application/json", b"{", 400), ("application/json", b"[" * 100_000, 400),
        ("application/json", b'{"prompt": NaN}', 400), ("multipart/form-data", b"x", 400),
        ("application/json", b"3", 400),
        ("multipart/form-data; boundary=a", b"--a\r\nbroken", 400),
    ):  # fmt: skip
        answer = httpx2.post(f"{address}/v1/images/edits", content=content, headers={"content-type": kind}, timeout=60)
        assert answer.status_code == status and answer.json()["error"]["message"], (kind, content[:20], answer.text)


def test_the_document_tells_both_kinds_of_body(address: str) -> None:
    paths = httpx2.get(f"{address}/openapi.json").json()["paths"]
    for what, named in (("edits", {"image", "mask"}), ("variations", {"image"})):
        content = paths[f"/v1/images/{what}"]["post"]["requestBody"]["content"]
        assert set(content) == {"multipart/form-data", "application/json"}
        for kind in content.values():
            assert named <= set(kind["schema"]["properties"]) and "image" in kind["schema"]["required"]
            assert {"class", "seed", "n"} <= set(kind["schema"]["properties"])


def test_no_mix_of_values_breaks_the_server(address: str) -> None:
    odd = (
        None,
        0,
        1,
        -1,
        2.5,
        1e308,
        2**63,
        True,
        "",
        "down",
        "16x16",
        "\0ß",
        "a" * 40_000,
        [],
        [1],
        {},
        {"id": 1},
        "heun",
    )
    named = [*GenerationRequest.model_fields, *EditRequest.model_fields, "class", "image", "mask", "style", "svg"]
    named += ["unknown"]
    rng, told = np.random.default_rng(0), set()
    for _ in range(80):
        where = str(rng.choice(["generations", "edits", "variations"]))
        asked: dict[str, Any] = {"model": str(rng.choice(["flow", "vae", "enlarger", "judged"])), "prompt": "down"}
        asked |= {"image": uri(write_image(a_picture()))} if where != "generations" else {}
        for name in rng.choice(named, int(rng.integers(0, 4)), replace=False):
            asked[str(name)] = odd[int(rng.integers(len(odd)))]
        answer = httpx2.post(f"{address}/v1/images/{where}", json=asked, timeout=60)
        told.add(answer.status_code)
        assert answer.status_code in (200, 400, 404), (where, asked, answer.text)
        ignored = set(answer.headers.get("x-anew-ignored", "").split(", "))
        if answer.status_code == 200 and asked.get("unknown") is not None:
            assert "unknown" in ignored
    assert {200, 400} <= told
