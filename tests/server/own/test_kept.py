"""Recipes, data sets and models over HTTP: what the command line tells, uploads looked at and forgotten, models in and
out."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import time
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from serving import served
from starlette.types import Message

from anew.cli import main
from anew.deploy.store import Store
from anew.engine.pool import Pool
from anew.server import keys
from anew.server.app import Door, create_app
from anew.server.database.connect import Database
from anew.server.endpoints.own import recipes
from anew.server.shelf import StoreShelf
from anew.server.who import Who


def test_a_recipe_is_told_and_changes_are_checked_in_the_same_words(own: httpx2.Client, capsys: Any) -> None:
    names = [one["name"] for one in own.get("/recipes").json()["data"]]
    assert "digits" in names and "table" in names
    told = own.get("/recipes/digits").json()
    assert told["resolved"]["model"]["width"] and "width" not in told["values"].get("train", {})
    changed = own.post(
        "/recipes/digits/check", json={"overrides": {"train.steps": 7, "size": "xs", "seed": "3"}}
    ).json()
    assert (changed["values"]["train"]["steps"], changed["values"]["seed"]) == (7, 3)
    assert changed["resolved"]["model"]["width"] < told["resolved"]["model"]["width"]
    for overrides in ({"train.lrr": "1"}, {"lr": "1"}, {"train.batch": "x"}, {"model.widht": "8"}, {"size": "xxl"}):
        ((key, value),) = overrides.items()
        answer = own.post("/recipes/digits/check", json={"overrides": overrides})
        assert main(["recipe", "show", "digits", f"--{key}", value]) == 2 or key.startswith("model.")
        said = capsys.readouterr().err.removeprefix("anew: ").strip()
        assert answer.status_code == 400 and (key.startswith("model.") or answer.json()["error"]["message"] == said)
    assert "did you mean 'width'" in own.post("/recipes/digits/check", json={"overrides": {"model.widht": 8}}).text
    assert own.get("/recipes/chat-tune").json()["resolved"] is own.get("/recipes/few-steps").json()["resolved"] is None
    for name in ("digit", "..%2f..%2fpyproject.toml", "/etc/passwd"):
        assert own.get(f"/recipes/{name}").status_code == 404


def test_a_forecast_is_weighed_on_this_machine(own: httpx2.Client, studio: Path, capsys: Any) -> None:
    told = own.post("/recipes/shakespeare/forecast", json={"overrides": {"data.source": "/etc"}})
    assert told.status_code == 400 and "/etc" in told.text
    told = own.post("/recipes/digits/forecast", json={})
    assert told.status_code == 400 and told.json()["error"]["code"] == "data_not_here"
    dials = {"data.source": "wine", "train.steps": 40, "size": "xs", "train.batch": 16, "train.threads": 1}
    answer = own.post("/recipes/table/forecast", json={"overrides": dials})
    if answer.json().get("error", {}).get("code") == "data_not_here":
        assert main(["data", "get", "wine"]) == 0
        answer = own.post("/recipes/table/forecast", json={"overrides": dials})
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert told["parts"]["train"]["steps"] == 40 and told["records"] > 100
    assert 0 < told["seconds"] < 60 and told["memory_bytes"] > 1e6 and told["disk_bytes"] > 1e3
    assert not list(studio.glob(".forecast-*")), "something is left of it"


def test_an_upload_is_described_and_forgotten(own: httpx2.Client, tmp_path: Path) -> None:
    rows = "".join(f"{i},{'ab'[i % 2]}\n" for i in range(30))
    told = own.post("/datasets/describe", files={"file": ("../../rows.csv", f"n,kind\n{rows}".encode())}).json()
    assert told["filename"] == "rows.csv" and told["modality"] == "table" and told["records"] == 30 and told["whole"]
    assert json.loads(told["first"][0]["text"])["n"] == "0" and len(told["first"]) == 10
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for i in range(12):
            archive.writestr(f"notes/{i}.txt", f"A note of some length, number {i}, about nothing at all.\n" * 3)
        archive.writestr("notes/picture.xyz", b"\x00\x01")
    told = own.post(
        "/datasets/describe", files={"file": ("notes.zip", packed.getvalue())}, data={"modality": "text"}
    ).json()
    assert told["records"] == 12 and told["counts"]["files"] == 12 and "skipped: other files" in told["counts"]
    for name, content, more in (
        ("x.csv", b"", {}), ("x.csv", b"a\n1\n", {"colour": "red"}),
        ("x.zip", b"PK\x03\x04 no zip", {"modality": "text"}), ("x", b"a", {"modality": "music"}),
    ):  # fmt: skip
        answer = own.post("/datasets/describe", files={"file": (name, content)}, data=more)
        assert answer.status_code == 400, answer.text
    assert own.post("/models", files={"file": ("m.zip", b"")}, data={"nam": "x"}).json()["error"]["param"] == "nam"
    names = {one["name"]: one for one in own.get("/datasets").json()["data"]}
    assert names["mnist"]["here"] is False and own.get("/datasets/wine").json()["licence"] == "BSD-3-Clause"
    assert own.get("/datasets/wein").status_code == 404


def test_this_machine_is_timed_once(own: httpx2.Client) -> None:
    told = [own.get("machine/speed").json() for _ in range(2)]
    assert told[0] == told[1] and told[0]["flops"] > 1e8


def test_models_are_told_in_numbers_at_openais_address(own: httpx2.Client) -> None:
    address = str(own.base_url).removesuffix("/anew/")
    told = {one["id"]: one["anew"] for one in httpx2.get(f"{address}/models").json()["data"]}
    for name in ("talker", "bars", "notes"):
        model = StoreShelf().open(name).model  # type: ignore[union-attr]
        spec = model.spec
        assert told[name]["context"] == (spec.shape[0] if spec.kind == "tokens" else None), name
        assert told[name]["params"] == sum(one.numel() for one in model.state_dict().values()), name
        assert told[name]["trained_here"] is False, "it has no evidence"
    assert httpx2.get(f"{address}/models/talker").json()["anew"] == told["talker"]


def test_models_are_told_opened_closed_taken_out_and_in(own: httpx2.Client, tmp_path: Path) -> None:
    listed = {one["name"]: one for one in own.get("/models").json()["data"]}
    assert {"bars", "notes", "talker"} <= set(listed)
    entry = Store().show("talker")
    told = own.post("/models/talker/open").json()
    assert (
        told["open"] and told["id"] == entry.id and told["files"]["config.json"] == entry.files["config.json"]["bytes"]
    )
    assert own.post("/models/talker/close").json()["open"] is False
    assert own.get("/models/talker/card").status_code == 404 and own.get("/models/nobody").status_code == 404
    packed = own.get("/models/talker/export")
    assert packed.content == Store().export("talker", tmp_path / "talker.zip").read_bytes()
    taken = own.post("/models", files={"file": ("m.zip", packed.content)}, data={"name": "copy"})
    assert taken.status_code == 201 and taken.json()["id"] == entry.id, taken.text
    assert own.delete("/models/copy").json() == {"removed": ["copy"]}
    assert own.get("/models/copy").status_code == 404 and own.get("/models/talker").status_code == 200
    broken = own.post("/models", files={"file": ("m.zip", packed.content[:200])}, data={"name": "copy"})
    assert broken.status_code == 400 and own.get("/models/copy").status_code == 404


STARTED = """
import os, pathlib, subprocess, sys, time
told = " ".join(f"{name}={os.environ.get(name)}" for name in ("ANEW_API_KEY", "ANEW_DATABASE"))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(os.environ["TOLD"]).write_text(f"{os.getpid()} {child.pid} {told}")
time.sleep(60)
"""


def test_who_leaves_ends_their_forecast_and_all_that_it_began(
    own: httpx2.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, slow = tmp_path / "told", tmp_path / "slow"
    slow.write_text(f"#!{sys.executable}\n{STARTED}")
    slow.chmod(0o755)
    monkeypatch.setattr(recipes.sys, "executable", str(slow))  # stands for a forecast that takes its time
    for name, value in (("ANEW_API_KEY", "sk-secret"), ("ANEW_DATABASE", "postgresql://secret"), ("TOLD", str(told))):
        monkeypatch.setenv(name, value)
    with suppress(httpx2.ReadTimeout):
        own.post("/recipes/table/forecast", json={}, timeout=httpx2.Timeout(3))
    process, child, *secrets = told.read_text().split()
    assert secrets == ["ANEW_API_KEY=None", "ANEW_DATABASE=None"]
    begun = time.monotonic()
    while any(psutil.pid_exists(int(pid)) and psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE
              for pid in (process, child)):  # fmt: skip
        assert time.monotonic() < begun + 3, "it runs on for a client that has left"
        time.sleep(0.05)
    assert not psutil.pid_exists(int(process)), "nobody waits for it"


@pytest.mark.parametrize("how", ["leaves", "reads"])
def test_an_export_leaves_nothing_however_its_answer_ends(studio: Path, pool: Pool, tmp_path: Path, how: str) -> None:
    there, came = list[Path](), bytearray()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            there.extend(place.glob("*/talker.zip"))
            if how == "leaves":
                raise ConnectionResetError
            came.extend(message["body"])

    async def receive() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    database = Database(f"sqlite:///{tmp_path}/anew.db")
    app = create_app(pool, Door(), database)
    place = app.state.workshop.folder / "exports"
    path = "/v1/anew/models/talker/export"
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"localhost")]}
    asyncio.run(app(scope, receive, send))
    assert len(there) == 1 and not list(place.iterdir()), "the zip stays on the disk"
    assert bytes(came[:2]) == (b"PK" if how == "reads" else b"")
    database.close()


def test_a_key_without_the_scope_is_told_so(studio: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/anew.db")
    with database.writing() as session:
        _, key = keys.create(session, Who(), "reader", scopes=("read",))
    headers = {"authorization": f"Bearer {key}"}
    with (
        contextmanager(served)(Pool(StoreShelf()), Door(), database) as address,
        httpx2.Client(base_url=f"{address}/v1/anew", headers=headers, timeout=60) as own,
    ):
        assert own.get("/recipes").status_code == 200
        scoped = (("DELETE", "/models/talker"), ("POST", "/generate"), ("POST", "/recipes/digits/forecast"))
        for method, place in scoped:
            answer = own.request(method, place, json={"model": "talker"})
            assert answer.status_code == 403 and "scope" in answer.text, place
        for place in ("/runs", "/runs/bars-0123abcd/records", "/comparisons"):
            assert own.get(place).status_code == 403, place
