"""What the command line and Python do with pictures, over HTTP: the same bytes; what cannot be is refused by name."""

from __future__ import annotations

import base64
import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from picture_room import a_mask, a_picture, array, files, uri
from PIL import Image
from serving import served
from small_pictures import DO, Gallery

sys.path.insert(0, str(Path(__file__).parents[1] / "codecs"))
from bad_pictures import CASES

from anew.cli import main
from anew.codecs.image import contact_sheet, write_image
from anew.codecs.origin import MADE
from anew.deploy.store import Store
from anew.engine.generate import Generated, generate
from anew.engine.pool import Listed, Pool
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.shelf import StoreShelf


@pytest.fixture(scope="module")
def address(gallery_address: str) -> str:
    return gallery_address


@pytest.fixture(scope="module")
def client(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0)


def png(name: str = "a.png", picture: np.ndarray | None = None) -> tuple[str, bytes]:
    return name, write_image(a_picture() if picture is None else picture)


def saved(made: Generated, folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in made.save(folder)]


def shown(folder: Path, *words: str) -> list[bytes]:
    """The files that the command line writes, by name."""
    assert main([*words, "--out", str(folder)]) == 0
    return [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else [folder.read_bytes()]


# ------------------------------------------------------------------------------------------------ given pictures


def test_a_picture_goes_on_by_its_margins(
    client: openai.OpenAI, address: str, gallery: Gallery, tmp_path: Path
) -> None:
    model, asked = gallery.trained("pixels"), {"model": "pixels", "prompt": "", "n": 2}
    own: dict[str, Any] = {"margins": [4, 0, 4, 2], "seed": 3, "steps": 2}
    told = client.images.edit(**asked, image=png(), extra_body=own)  # type: ignore[call-overload]
    made = files(told)
    python = model.edit(a_picture(), margins=(4, 0, 4, 2), n=2, seed=3, steps=2)
    assert made == saved(python, tmp_path / "python") and len(set(made)) == 2
    (tmp_path / "a.png").write_bytes(png()[1])
    words = ["--outpaint", str(tmp_path / "a.png"), "--margins", "4,0,4,2", "--seed", "3", "--steps", "2", "-n", "2"]
    assert made == shown(tmp_path / "shell", "generate", str(model.folder), *words)
    assert np.array_equal(array(made[0])[:16, 4:20], a_picture()[:, :, 0]) and b"compositeWithTrained" in made[0]
    assert told.size == "24x18" and told.usage.output_tokens == 2 * told.usage.input_tokens * 4, "in four windows"
    uploads = {"image": png()}
    for given in ({"json": asked | own | {"image": uri(png()[1])}},
                  {"data": asked | own | {"margins": "4,0,4,2", "size": "24x18"}, "files": uploads}):  # fmt: skip
        again = httpx2.post(f"{address}/v1/images/edits", **given).json()
        assert [base64.b64decode(one["b64_json"]) for one in again["data"]] == made
    seen = list(client.images.edit(  # type: ignore[call-overload]
        **asked, image=png(), stream=True, partial_images=2, extra_body=own
    ))  # fmt: skip
    assert [base64.b64decode(one.b64_json) for one in seen[-2:]] == made
    assert all(array(base64.b64decode(one.b64_json)).shape == (18, 24) for one in seen) and len(seen) == 6


@pytest.mark.parametrize("where", ["edits", "variations"])
def test_a_picture_takes_on_anothers_style(address: str, gallery: Gallery, where: str, tmp_path: Path) -> None:
    other, model = np.random.default_rng(9).integers(0, 90, (16, 16, 1)).astype(np.uint8), gallery.trained("prompted")
    asked: dict[str, Any] = {"model": "prompted", "prompt": "a bar down", "strength": 0.5, "seed": 3}
    uploads = {"image": png(), "style": png("s.png", other)}

    def made(**given: Any) -> list[bytes]:
        told = httpx2.post(f"{address}/v1/images/{where}", **given).json()
        return [base64.b64decode(one["b64_json"]) for one in told["data"]]

    part, whole = (made(data=asked | more, files=uploads) for more in ({"style_share": 0.5}, {}))
    python = {"strength": 0.5, "style": other, "seed": 3, "prompt": "a bar down"}
    assert part == saved(model.edit(a_picture(), share=0.5, **python), tmp_path / "a")
    assert whole == saved(model.edit(a_picture(), **python), tmp_path / "b")
    assert part != whole != made(data=asked, files={"image": png()})
    in_json = {"image": uri(png()[1]), "style": {"image_url": uri(write_image(other))}, "style_share": 0.5}
    assert made(json=asked | in_json) == part
    for name, content in (("a.png", png()[1]), ("s.png", write_image(other))):
        (tmp_path / name).write_bytes(content)
    words = ["--start", str(tmp_path / "a.png"), "--style", str(tmp_path / "s.png"), "--style-share", "0.5"]
    words += ["--strength", "0.5", "--seed", "3"]
    assert part == shown(tmp_path / "o.png", "generate", str(model.folder), "a bar down", *words)


def test_a_model_that_enlarges_draws_the_enlargement(client: openai.OpenAI, gallery: Gallery, tmp_path: Path) -> None:
    model, rng = gallery.trained("enlarger"), np.random.default_rng(5)
    clear = rng.integers(0, 256, (10, 12, 4), dtype=np.uint8)
    (tmp_path / "a.png").write_bytes(write_image(clear))

    def told(image: np.ndarray = clear, name: str | None = "enlarger", **own: Any) -> Any:
        named = {} if name is None else {"model": name}
        return client.images.edit(  # type: ignore[call-overload]
            **named, prompt="", image=png(picture=image), size=own.pop("size", "auto"), extra_body=own
        )

    four = told(times=4)
    made = files(four)
    assert made == saved(model.upscale(tmp_path / "a.png", 4), tmp_path / "o.png")
    assert made == shown(tmp_path / "s.png", "upscale", str(model.folder), str(tmp_path / "a.png"), "--times", "4")
    assert (four.size, four.background) == ("48x40", "transparent") and array(made[0]).shape == (40, 48, 4)
    assert four.usage.output_tokens == 16 * four.usage.input_tokens == array(made[0]).size
    assert made == files(told(size="48x40")) == files(told(name=None, times=4)), "the one that does it, unnamed"
    two = files(told())
    assert two == files(told(times=2)) == files(told(size="24x20", seed=7)) and array(two[0]).shape == (20, 24, 4)
    assert array(files(told(a_picture()))[0]).shape == (32, 32), "grey stays grey"
    raw = client.images.with_raw_response.edit(
        model="enlarger", prompt="sharper", image=png(), stream=True, partial_images=1, extra_body={"seed": 1}
    )
    assert raw.headers["x-anew-ignored"] == "partial_images, prompt, seed"
    (done,) = list(raw.parse())
    assert base64.b64decode(done.b64_json) == files(told(a_picture()))[0] and done.type == "image_edit.completed"


# ------------------------------------------------------------------------------------------------ new pictures


@pytest.mark.parametrize(
    ("name", "ends"), [("prompted", ["a bar across", "a bar down"]), ("flow", ["across", "down", "across"])]
)
def test_a_way_between_prompts(
    client: openai.OpenAI, gallery: Gallery, name: str, ends: list[str], tmp_path: Path
) -> None:
    model, own = gallery.trained(name), {"frames": 4, "seed": 5, "steps": 2, "guidance": 2}
    towards = ends[1] if len(ends) == 2 else ends[1:]
    told = client.images.generate(model=name, prompt=ends[0], extra_body=own | {"towards": towards})
    made, many = files(told), 3 * len(ends) - 2
    python = model.between(ends, frames=4, seed=5, steps=2, guidance=2)
    assert made == [write_image(one, MADE) for one in python.samples] and len(
        made
    ) == many == told.usage.output_tokens / (np.prod(model.artifact.model.spec.shape))
    assert [one.revised_prompt for one in told.data] == python.labels
    words = [*ends, "--frames", "4", "--seed", "5", "--steps", "2", "--guidance", "2"]
    strip = shown(tmp_path / "way.png", "interpolate", str(model.folder), *words)
    columns = 4 - (len(ends) > 2)
    assert strip == [write_image(contact_sheet([pixels(one) for one in made], columns), MADE)]
    walked = client.images.generate(model=name, prompt=ends[0], extra_body=own | {"towards": towards, "walk": True})
    assert files(walked)[:many] == made and files(walked)[-1] == made[0] and len(walked.data) == many + 3
    seen = list(client.images.generate(
        model=name, prompt=ends[0], stream=True, partial_images=1, extra_body=own | {"towards": towards}
    ))  # fmt: skip
    assert [base64.b64decode(one.b64_json) for one in seen[many:]] == made and len(seen) == 2 * many


def pixels(file: bytes) -> np.ndarray:
    shade = array(file)
    return shade if shade.ndim == 3 else shade[:, :, None]


def test_the_best_of_several_is_kept(client: openai.OpenAI, gallery: Gallery, tmp_path: Path) -> None:
    model, scorer = gallery.trained("prompted"), gallery.trained("scorer")
    own: dict[str, Any] = {"seed": 5, "steps": 2, "best_of": 5}
    asked: dict[str, Any] = {"prompt": "a bar across", "n": 2}
    told = client.images.generate(model="prompted", **asked, extra_body=own | {"scorer": "scorer"})
    made, judged = files(told), replace(model.artifact, scorer=scorer.artifact)
    python = generate(judged, 2, 5, "a bar across", best_of=5, steps=2)
    assert made == saved(python, tmp_path / "python") and python.seeds != [5, 6], "none was chosen"
    words = ["a bar across", "-n", "2", "--seed", "5", "--steps", "2", "--best-of", "5", "--scorer", str(scorer.folder)]
    assert sorted(made) == sorted(shown(tmp_path / "shell", "generate", str(model.folder), *words))
    assert made == files(client.images.generate(model="judged", **asked, extra_body=own)), "its own scorer"
    carried = client.images.generate(model="prompted", **asked, extra_body=own | {"scorer": "judged"})
    assert made == files(carried), "that which another carries"
    each = np.prod(model.artifact.model.spec.shape)
    assert told.usage and told.usage.output_tokens == 2 * 5 * each, "what was drawn is counted"
    seen = client.images.generate(model="judged", **asked, stream=True, extra_body=own)
    assert [base64.b64decode(one.b64_json) for one in seen] == made


# ------------------------------------------------------------------------------------------------ what cannot be


@pytest.mark.parametrize(
    ("where", "wrong", "param"),
    [
        ("generations", {"margins": [1, 1, 1, 1]}, "margins"), ("generations", {"times": 2}, "times"),
        ("generations", {"strength": 0.5}, "strength"), ("generations", {"style_share": 0.5}, "style_share"),
        ("generations", {"image": "x"}, "image"), ("generations", {"style": {"image_url": "data:x"}}, "style"),
        ("generations", {"style": "data:image/png;base64,AA"}, "style"), ("generations", {"frames": 3}, "frames"),
        ("generations", {"walk": True}, "walk"), ("generations", {"scorer": "scorer"}, "scorer"),
        ("generations", {"towards": "down", "n": 2}, "n"), ("generations", {"towards": "a sunset"}, "towards"),
        ("generations", {"towards": ["down", ""]}, "towards[1]"), ("generations", {"towards": []}, "towards"),
        ("generations", {"towards": ["down"] * 9, "frames": 9}, "frames"),
        ("generations", {"towards": "down", "prompt": ""}, "prompt"),
        ("generations", {"towards": "down", "model": "pixels"}, "towards"),
        ("generations", {"towards": "down", "model": "gan"}, "towards"),
        ("generations", {"towards": "a bar " * 40, "model": "prompted", "prompt": "a bar"}, "towards"),
        ("generations", {"best_of": 2}, "best_of"), ("generations", {"best_of": 0, "model": "judged"}, "best_of"),
        ("generations", {"best_of": 65, "model": "judged"}, "best_of"),
        ("generations", {"best_of": 2, "model": "prompted"}, "best_of"),
        ("generations", {"best_of": 2, "model": "judged", "prompt": " "}, "prompt"),
        ("generations", {"best_of": 2, "model": "judged", "towards": "a bar"}, "best_of"),
        ("generations", {"best_of": 2, "model": "judged", "stream": True, "partial_images": 1}, "partial_images"),
        ("generations", {"best_of": 2, "model": "prompted", "scorer": "flow"}, "scorer"),
        ("generations", {"best_of": 2, "model": "prompted", "scorer": "prompted"}, "scorer"),
        ("generations", {"best_of": 2, "model": "prompted", "scorer": "writer"}, "scorer"),
        ("generations", {"best_of": 2, "model": "prompted", "scorer": "nobody"}, "scorer"),
        ("edits", {"margins": [1, 1, 1]}, "margins"), ("edits", {"margins": [0, 0, 0, 0]}, "margins"),
        ("edits", {"margins": [-1, 0, 0, 1]}, "margins[0]"), ("edits", {"margins": "4,0,4,2"}, "margins"),
        ("edits", {"margins": [True, 0, 0, 0]}, "margins[0]"), ("edits", {"margins": [9000, 0, 0, 9000]}, "margins"),
        ("edits", {"margins": [900, 0, 0, 900]}, "margins"), ("edits", {"margins": [10**6, 0, 0, 0]}, "margins[0]"),
        ("edits", {"margins": [1, 1, 1, 1], "strength": 0.5}, "margins"),
        ("edits", {"margins": [1, 1, 1, 1], "mask": uri(a_mask())}, "margins"),
        ("edits", {"margins": [1, 1, 1, 1], "size": "16x16"}, "size"), ("edits", {"style": "x"}, "style"),
        ("edits", {"style": "x", "strength": 0.5}, "style"),
        ("edits", {"style_share": 0.5, "strength": 1}, "style_share"),
        ("edits", {"style": uri(png()[1]), "strength": 0.5}, "style"),
        ("edits", {"style": uri(b"x"), "strength": 0.5}, "style"), ("edits", {"times": 2, "model": "flow"}, "times"),
        ("edits", {"style": [uri(png()[1])] * 2, "strength": 0.5}, "style[1]"), ("edits", {"best_of": 2}, "best_of"),
        ("edits", {"towards": "down"}, "towards"), ("variations", {"margins": [1, 1, 1, 1]}, "margins"),
        ("variations", {"best_of": 2}, "best_of"), ("variations", {"mask": "x"}, "mask"),
        ("variations", {"times": 2}, "times"), ("variations", {"style_share": 0.5}, "style_share"),
        ("variations", {"model": "enlarger"}, "model"), ("generations", {"model": "enlarger"}, "model"),
        *(("edits", {"model": "enlarger", **more}, name) for name, more in {
            "times": {"times": 3}, "strength": {"strength": 0.5}, "margins": {"margins": [1, 1, 1, 1]}, "n": {"n": 2},
            "mask": {"mask": uri(a_mask())}, "class": {"class": "down"}, "guidance": {"guidance": 2},
            "size": {"size": "33x33"}, "background": {"background": "transparent"},
            "style": {"style": uri(png()[1]), "strength": 0.5} | {"strength": None}, "sampler": {"sampler": "heun"},
            "negative_prompt": {"negative_prompt": "down"}, "temperature": {"temperature": 1}, "steps": {"steps": 2},
        }.items()),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(address: str, where: str, wrong: dict[str, Any], param: str) -> None:
    image = {} if where == "generations" else {"image": uri(png()[1])}
    answer = httpx2.post(f"{address}/v1/images/{where}", json={"model": "flow", "prompt": "down"} | image | wrong)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (404 if "nobody" in wrong.values() else 400, param), answer.text
    assert error["message"].startswith(param.partition("[")[0]) or param in {"scorer", "style"}, error["message"]


def test_files_of_all_kinds_are_taken_or_refused_as_a_style_and_by_a_model_that_enlarges(address: str) -> None:
    style, enlarger = {"model": "pixels", "strength": "0", "prompt": ""}, {"model": "enlarger", "prompt": ""}
    for name, bad in CASES.items():
        file = (bad.file, bad.content)
        for data, uploads in ((style, {"image": png(), "style": file}), (enlarger, {"image": file})):
            answer = httpx2.post(f"{address}/v1/images/edits", data=data, files=uploads)
            field = [*uploads][-1]
            if not bad.refused:
                assert answer.status_code == 200, (name, field, answer.text)
                continue
            error = answer.json()["error"]
            assert (answer.status_code, error["param"], error["code"]) == (400, field, "invalid_image"), (name, field)


def test_an_enlargement_that_is_too_large_is_refused_before_it_is_made(address: str) -> None:
    file = io.BytesIO()
    Image.new("1", (1500, 1500)).save(file, "PNG")
    data = {"model": "enlarger", "prompt": "", "times": "4"}
    answer = httpx2.post(f"{address}/v1/images/edits", data=data, files={"image": ("a.png", file.getvalue())})
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "image", answer.text


# ------------------------------------------------------------------------------------------------ by which model


def test_a_model_that_does_not_draw_is_never_taken_unasked_and_says_what_it_is_for(
    client: openai.OpenAI, gallery: Gallery, address: str, database: Database
) -> None:
    newest = max((one for one in gallery.listed() if one.modality == "image"), key=lambda one: one.created)
    assert newest.name in DO
    asked: dict[str, Any] = {"prompt": "down", "extra_body": {"seed": 1}}
    assert files(client.images.generate(**asked)) == files(client.images.generate(model="flow", **asked))
    assert client.images.edit(prompt="", image=png(), mask=("m.png", a_mask())).data
    with pytest.raises(openai.BadRequestError, match=r"scores pictures(.|\n)*--best-of 8 --scorer scorer"):
        client.images.generate(model="scorer", **asked)
    with pytest.raises(openai.BadRequestError, match="anew upscale enlarger FILE.png"):
        client.images.generate(model="enlarger", **asked)
    told = {one["id"]: one["anew"]["does"] for one in httpx2.get(f"{address}/v1/models").json()["data"]}
    does = [told[name] for name in ("scorer", "enlarger", "coder", "flow")]
    assert does == ["score", "enlarge", "encode", "make"]


def test_where_no_model_is_named_one_is_taken_that_the_prompt_says_something_to(client: openai.OpenAI) -> None:
    def drawn(**asked: Any) -> list[bytes]:
        return files(client.images.generate(**asked, extra_body={"seed": 1}))

    assert drawn(prompt="a bar") == drawn(model="prompted", prompt="a bar"), "words that name no label"
    assert drawn(prompt="it goes down") == drawn(model="flow", prompt="down") != drawn(model="flow", prompt="across")
    assert drawn(prompt=" ") == drawn(model="flow", prompt=""), "the newest"
    coded = client.images.generate(model="coder", prompt="", extra_body={"seed": 1})
    assert coded.data, "what encodes, where it is named"


class Judges(Gallery):
    def listed(self) -> list[Listed]:
        return [one for one in super().listed() if one.name == "scorer"]


def test_where_none_draws_it_is_said_how_one_is_made(tmp_path: Path, database: Database) -> None:
    for address in served(Pool(Judges(tmp_path)), Door(), database):
        made = httpx2.post(f"{address}/v1/images/generations", json={"prompt": ""})
        assert made.status_code == 404 and "anew run" in made.json()["error"]["message"]
        more = {"prompt": "", "times": 2, "image": uri(png()[1])}
        made = httpx2.post(f"{address}/v1/images/edits", json=more)
        assert made.status_code == 404 and "super-resolution" in made.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "does"),
    [("scorer", "score"), ("enlarger", "enlarge"), ("coder", "encode"), ("pixels", "make"), ("vae", "make")],
)
def test_the_store_tells_what_models_do(gallery: Gallery, name: str, does: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(gallery.trained(name).folder, name)
    (one,) = StoreShelf(store).listed()
    assert (one.name, one.does) == (name, does)
    assert (one.captions, one.labels) == (name == "scorer", ("across", "down") if name == "vae" else ())
