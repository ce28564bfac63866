"""Samples over HTTP: as in process, two models side by side, places in latent spaces, training items nearby."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import httpx2
import numpy as np
import pytest
import torch
from bars import bar

from anew.artifact import load_artifact
from anew.cli import main
from anew.codecs.image import read_image, write_image
from anew.codecs.origin import MADE
from anew.data.records import read_records
from anew.deploy.store import Store
from anew.engine.generate import generate
from anew.engine.latent import space_of
from anew.engine.pool import Pool
from anew.server.drawing import drawn
from anew.server.working import Leave


def encoded(label: str, seed: int = 0) -> str:
    return base64.b64encode(write_image(bar(np.random.default_rng(seed), label))).decode()


def of_store(name: str) -> Any:
    return load_artifact(Store().folder(name))


def test_texts_are_those_of_the_command_line(own: httpx2.Client, capsys: pytest.CaptureFixture[str]) -> None:
    asked = {"model": "notes", "prompt": "The ferry", "n": 3, "seed": 11, "max_new": 12, "top_k": 40, "logprobs": 2}
    told = own.post("/generate", json=asked).json()
    line = ["generate", "notes", "The ferry", "-n", "3", "--seed", "11", "--max-new", "12", "--top-k", "40"]
    assert main([*line, "--logprobs", "2", "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)
    assert [one["text"] for one in told["samples"]] == expected["samples"]
    assert [one["seed"] for one in told["samples"]] == expected["seeds"]
    assert [one["logp"] for one in told["samples"]] == pytest.approx(expected["logp"], abs=1e-4)
    assert len(told["samples"][0]["tokens"]) == 12 and len(told["samples"][0]["tokens"][0]["best"]) == 2
    with own.stream("POST", "/generate", json=asked | {"stream": True}) as answer:
        found = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: {")]
    assert ["".join(one["delta"] for one in found if one["index"] == i) for i in range(3)] == expected["samples"]


def test_pictures_are_the_same_alone_and_in_blocks(own: httpx2.Client, pool: Pool) -> None:
    told = own.post("/generate", json={"model": "bars", "n": 5, "seed": 3, "steps": 2}).json()["samples"]
    expected = generate(of_store("bars"), 5, 3, steps=2)
    assert [base64.b64decode(one["b64_png"]) for one in told] == [
        write_image(one, MADE, notes=expected.notes(i)) for i, one in enumerate(expected.samples)
    ]
    assert [(one["label"], one["seed"]) for one in told] == list(zip(expected.labels, expected.seeds, strict=True))
    alone = {"model": "bars", "seed": expected.seeds[-1], "steps": 2, "label": expected.labels[-1]}
    assert own.post("/generate", json=alone).json()["samples"][0]["b64_png"] == told[-1]["b64_png"]
    with pool.lease("bars") as served:
        n = served.artifact.model.rows + 3
        blocks = drawn(served, Leave(), n, 3, options={"steps": 2})
    whole = generate(of_store("bars"), n, 3, steps=2)
    assert (blocks.seeds, blocks.labels) == (whole.seeds, whole.labels)
    assert all(np.array_equal(a, b) for a, b in zip(blocks.samples, whole.samples, strict=True))


def test_rows_are_drawn_kept_and_placed(own: httpx2.Client) -> None:
    asked = {"model": "rows", "n": 12, "seed": 2, "where": "age > 30"}
    told = own.post("/generate", json=asked).json()
    rows = [one["row"] for one in told["samples"]]
    assert rows == generate(of_store("rows"), 12, 2, where="age > 30").samples and all(row["age"] > 30 for row in rows)
    kept = own.post("/creations", json={"request": {"address": "/v1/anew/generate", "body": asked}}).json()
    assert kept["media_type"] == "application/jsonl" and kept["prompt"] == "age > 30"
    content = own.get(f"/creations/{kept['id']}/content").text
    assert [json.loads(line) for line in content.splitlines()] == rows
    placed = own.post("/latents/encode", json={"model": "rows", "rows": rows[:3] + [{"age": 40}]}).json()
    assert len(placed["latents"]) == 4 and len(placed["latents"][0]) == placed["shape"][0]
    back = own.post("/latents/decode", json={"model": "rows", "latents": placed["latents"][:3]}).json()["rows"]
    assert [row["sex"] for row in back] == [row["sex"] for row in rows[:3]] and set(back[0]) == {"age", "sex", "pay"}
    assert own.post("/latents/encode", json={"model": "rows", "pictures": [encoded("down")]}).status_code == 400


def test_two_models_are_put_side_by_side(own: httpx2.Client) -> None:
    asked = {"prompt": "A", "n": 2, "seed": 5, "max_new": 6}
    told = own.post("/compare", json=asked | {"models": ["notes", "talker"]}).json()["models"]
    for one in told:
        assert one == own.post("/generate", json=asked | {"model": one["model"]}).json()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"model": "bars", "top_k": 4}, "top_k"), ({"model": "bars", "prompt": "a cat"}, "label"),
        ({"model": "bars", "label": "sideways"}, "sideways"), ({"model": "notes", "label": "x"}, "without labels"),
        ({"model": "bars", "stream": True}, "stream"), ({"model": "notes", "n": 0}, "n"),
        ({"model": "notes", "colour": 1}, "colour"), ({"model": "notes", "where": "a > 1"}, "where"),
        ({"model": "notes", "temperature": -1}, "temperature"), ({"model": "notes", "bias": {"9999": 1}}, "bias"),
    ],
)  # fmt: skip
def test_what_a_model_does_not_heed_is_refused(own: httpx2.Client, body: dict[str, Any], told: str) -> None:
    answer = own.post("/generate", json=body)
    assert answer.status_code == 400 and told in answer.text, answer.text


def test_a_picture_has_a_place_and_a_place_a_picture(own: httpx2.Client) -> None:
    one = encoded("across")
    told = own.post("/latents/encode", json={"model": "bars", "pictures": [one], "labels": ["across"]}).json()
    space = space_of(of_store("bars"))
    expected = space.encode([read_image(base64.b64decode(one))], ["across"])
    assert told["space"] == "model" and told["shape"] == list(space.shape)
    assert told["latents"] == expected.flatten(1).double().tolist()
    asked = {"model": "bars", "latents": told["latents"], "labels": ["across"]}
    back = own.post("/latents/decode", json=asked).json()["b64_png"]
    assert base64.b64decode(back[0]) == write_image(space.decode(expected, ["across"])[0], MADE)
    near = read_image(base64.b64decode(back[0])).astype(int) - read_image(base64.b64decode(one))
    assert np.abs(near).mean() < 8, "it does not find back"
    states = own.post("/latents/encode", json={"model": "talker", "texts": ["one", "two"]}).json()
    assert states["space"] == "states" and len(states["latents"]) == 2
    for wrong in ({"latents": [[1.0]]}, {"latents": [[float("nan")]]}, {"latents": told["latents"], "labels": ["x"]}):
        answer = own.post("/latents/decode", content=json.dumps({"model": "bars"} | wrong))
        assert answer.status_code == 400, wrong
    for wrong in ({}, {"pictures": ["eA=="]}, {"pictures": ["!"]}, {"rows": [{}]}, {"pictures": [one], "labels": []}):
        assert own.post("/latents/encode", json={"model": "bars"} | wrong).status_code == 400, wrong
    assert own.post("/latents/decode", json={"model": "notes", "latents": [[1.0]]}).status_code == 400
    texts = {"model": "talker", "texts": ["one"]}
    for path, wrong, param in (
        ("encode", texts | {"labels": ["a"]}, "labels"), ("encode", texts | {"space": "model"}, "space"),
        ("encode", {"model": "bars", "pictures": [one], "space": "codec"}, "space"),
        ("map", {"model": "bars", "n": 20, "space": "codec"}, "space"),
        ("directions", {"model": "bars", "towards": "down", "away": "across", "shares": [1.0]}, "shares"),
    ):  # fmt: skip
        answer = own.post(f"/latents/{path}", json=wrong)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text


def test_a_way_is_the_command_lines_strip_and_gif(own: httpx2.Client, tmp_path: Any, capsys: Any) -> None:
    one = tmp_path / "one.png"
    one.write_bytes(base64.b64decode(encoded("down")))
    asked = {"model": "bars", "ends": [3, encoded("down")], "frames": 4, "label": "down"}
    told = own.post("/latents/interpolate", json=asked).json()
    line = ["interpolate", "bars", "3", str(one), "--frames", "4", "--label", "down", "--out", str(tmp_path / "w.png")]
    assert main(line) == 0
    capsys.readouterr()
    assert base64.b64decode(told["strip_b64_png"]) == (tmp_path / "w.png").read_bytes()
    assert base64.b64decode(told["b64_gif"]) == (tmp_path / "w.gif").read_bytes() and len(told["b64_png"]) == 4
    assert own.post("/latents/interpolate", json=asked | {"ends": [True, 2]}).status_code == 400


def test_directions_and_the_map_come_from_what_it_learnt_from(own: httpx2.Client, studio: Any) -> None:
    asked = {"model": "bars", "towards": "down", "away": "across", "start": 1, "shares": [0.0, 1.0]}
    told = own.post("/latents/directions", json=asked).json()
    assert told["length"] == pytest.approx(float(torch.tensor(told["direction"]).norm()), rel=1e-5)
    assert len(told["b64_png"]) == 2 and told["b64_png"][0] != told["b64_png"][1]
    train = {one.origin for one in read_records(studio / "runs" / "bars-0123abcd" / "clean", "train")}
    drawn = own.post("/latents/map", json={"model": "bars", "n": 20}).json()
    assert len(drawn["places"]) == 20 and set(drawn["origins"]) <= train and 0 < drawn["variance"] <= 1
    assert base64.b64decode(drawn["b64_png"]).startswith(b"\x89PNG")
    here = torch.tensor(drawn["mean"]) + torch.tensor(drawn["places"][3]) @ torch.tensor(drawn["axes"])
    asked_back = {"model": "bars", "space": drawn["space"], "latents": [here.tolist()]}
    assert len(here) == math.prod(drawn["shape"]) and own.post("/latents/decode", json=asked_back).status_code == 200
    assert own.post("/latents/directions", json=asked | {"away": "sideways"}).status_code == 400
    assert own.post("/latents/map", json={"model": "bars", "data": "/etc"}).json()["error"]["param"] == "data"


def test_a_copy_is_found_among_what_was_learnt_from(own: httpx2.Client, studio: Any) -> None:
    texts = [str(one.value) for one in read_records(studio / "runs" / "notes-0123abcd" / "clean", "train")]
    copied = "Indeed: " + texts[3][:60]
    told = own.post("/neighbours", json={"model": "notes", "texts": [copied, "qxz vkj wpf"], "k": 2}).json()
    assert (
        told["whole"]
        and told["data"][0]["copied"]["length"] >= 60
        and told["data"][0]["copied"]["text"] in texts[3] * 2
    )
    assert told["data"][1]["copied"]["length"] < 4
    near, far = (one["nearest"][0]["distance"] for one in told["data"])
    assert near < 0.9 < far and len(told["data"][0]["nearest"]) == 2
    records = list(read_records(studio / "runs" / "bars-0123abcd" / "clean", "train"))
    given = [base64.b64encode(records[7].value).decode(), encoded("down", 77)]
    told = own.post("/neighbours", json={"model": "bars", "pictures": given, "k": 3}).json()
    first = told["data"][0]["nearest"]
    assert (
        first[0]["distance"] == 0 and first[0]["origin"] == records[7].origin and first[0]["label"] == records[7].label
    )
    assert told["compared"] == len(records) and told["data"][1]["nearest"][0]["distance"] > 0
    assert [one["distance"] for one in first] == sorted(one["distance"] for one in first)
    unknown = own.post("/neighbours", json={"model": "talker", "texts": ["a"]})
    assert unknown.status_code == 400 and unknown.json()["error"]["code"] == "training_data_unknown"
    assert own.post("/neighbours", json={"model": "bars", "texts": ["a"]}).status_code == 400
