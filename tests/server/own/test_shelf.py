"""/v1/anew/models: what is told of a model, taken in, named, and let go with its bytes; who asks; what is cancelled."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from serving import served

from anew.deploy import starters
from anew.deploy.store import Store
from anew.engine.pool import Pool
from anew.server import keys
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.shelf import StoreShelf
from anew.server.who import Who


@pytest.fixture
def ledger(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/anew.db")


@pytest.fixture
def shelf(studio: Path, ledger: Database) -> Iterator[httpx2.Client]:
    """A server that serves one model of several by its name."""
    with (
        contextmanager(served)(Pool(StoreShelf(), ["talker"], budget=1 << 30), Door(), ledger) as address,
        httpx2.Client(base_url=f"{address}/v1/anew", timeout=60) as client,
    ):
        yield client


def names(client: httpx2.Client) -> list[str]:
    return [one["name"] for one in client.get("/models").json()["data"]]


def test_a_model_goes_out_as_a_file_comes_in_by_another_name_and_frees_what_it_had(shelf: httpx2.Client) -> None:
    zipped = shelf.get("/models/talker/export").content
    files = {"file": ("talker.zip", zipped, "application/zip")}
    taken = shelf.post("/models", files=files, data={"name": "twin"})
    assert taken.status_code == 201 and taken.json()["name"] == "twin" and taken.json()["alone_bytes"] == 0
    assert names(shelf) == ["talker", "twin"], "what is taken in is served, where only some are"
    assert shelf.delete("/models/twin?free=true").json()["removed"] == ["twin"]
    assert names(shelf) == ["talker"]

    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(other := io.BytesIO(), "w") as archive:
        for name, held in (content | {"card.md": b"# other\n" * 500}).items():
            archive.writestr(name, held)
    shelf.post("/models", files={"file": ("o.zip", other.getvalue())}, data={"name": "other"}).raise_for_status()
    told = shelf.get("/models/other").json()
    assert told["alone_bytes"] == 4000 and told["origin"] == "imported"
    gone = shelf.delete("/models/other?free=true").json()
    assert gone["removed"] == ["other"] and gone["freed_bytes"] >= 4000
    assert shelf.delete("/models/other").status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no zip", "evil.zip: not a whole zip"),
        (None, "is a pickle, which runs code"),
        (b"", "evil.zip: not a whole zip"),
    ],
)
def test_what_is_no_model_is_refused_by_the_name_that_it_was_sent_with(
    shelf: httpx2.Client, content: bytes | None, said: str
) -> None:
    if content is None:
        with zipfile.ZipFile(made := io.BytesIO(), "w") as archive:
            archive.writestr("model.pkl", b"\x80\x04.")
        content = made.getvalue()
    answer = shelf.post("/models", files={"file": ("evil.zip", content)})
    assert answer.status_code == 400 and said in answer.json()["error"]["message"]
    assert "/tmp" not in answer.text


def test_a_starter_is_told_of_until_it_is_taken_in(shelf: httpx2.Client) -> None:
    waiting = {one["name"]: one for one in shelf.get("/models").json()["starters"]}
    assert set(waiting) == set(starters.names()) and waiting["digits"]["licence"] == "Apache-2.0"
    taken = shelf.post("/models", data={"starter": "digits"}).json()
    assert (taken["name"], taken["origin"], taken["licence"]) == ("digits", "starter", "Apache-2.0")
    assert taken["about"].startswith("Handwritten digits")
    figure = shelf.get("/models/digits/figures/samples.png")
    assert figure.headers["content-type"] == "image/png" and figure.content == Store().read(
        Store().show("digits"), "figures/samples.png"
    )
    for path in ("none.png", "..%2fconfig.json", "config.json"):
        assert shelf.get(f"/models/digits/figures/{path}").status_code == 404, path
    assert "digits" not in [one["name"] for one in shelf.get("/models").json()["starters"]]
    assert shelf.delete("/models/digits?free=true").json()["freed_bytes"] > 1 << 20
    assert shelf.post("/models", data={"starter": "nothing"}).status_code == 404
    for wrong in ({"name": "x"}, {"starter": "digits", "name": "No Name"}):
        assert shelf.post("/models", data=wrong).status_code == 400, wrong


def test_a_further_name_is_given_and_taken_back(shelf: httpx2.Client) -> None:
    assert shelf.post("/models/talker/aliases", json={"alias": "speaker"}).json()["aliases"] == ["speaker"]
    assert shelf.get("/models/speaker").json()["name"] == "talker"
    assert shelf.post("/models/talker/aliases", json={"alias": "No Name"}).status_code == 400
    assert shelf.delete("/models/talker/aliases/other").json()["error"]["param"] == "alias"
    assert shelf.delete("/models/talker/aliases/speaker").json()["aliases"] == []
    assert names(shelf) == ["talker"] and shelf.get("/models/speaker").status_code == 404
    acts = [row["act"] for row in shelf.get("/audit?limit=2&before=1000").json()["data"]]
    assert acts == ["model.unnamed", "model.named"], "the newest first"


def test_whoever_asks_hears_what_they_may_and_have_left(studio: Path, ledger: Database) -> None:
    with ledger.writing() as session:
        key, spelled = keys.create(session, Who(), "reader", scopes=("read",), tokens_per_day=5000)
    with contextmanager(served)(Pool(StoreShelf()), Door("sk-all"), ledger) as address:
        ask = lambda held: httpx2.get(f"{address}/v1/anew/whoami", headers={"authorization": f"Bearer {held}"}).json()  # noqa: E731
        told = ask(spelled)
        assert (told["tenant"], told["scopes"], told["key"]) == ("reader", ["read"], key.id)
        assert (told["tokens_per_day"], told["tokens_today"], told["requests_per_minute"]) == (5000, 0, None)
        assert ask("sk-all")["key"] == "--api-key" and "admin" in ask("sk-all")["scopes"]


@pytest.mark.parametrize("stream", [True, False])
def test_a_request_is_ended_from_the_queue(own: httpx2.Client, pool: Pool, stream: bool) -> None:
    asked = {"model": "notes", "prompt": "The ferry", "max_tokens": 60, "n": 16, "best_of": 16, "stream": stream}
    answers = list[httpx2.Response]()
    address = str(own.base_url).removesuffix("/anew/")

    def wait() -> None:
        for seed in range(40):
            answer = httpx2.post(f"{address}/completions", json=asked | {"seed": seed}, timeout=60)
            answers.append(answer)
            if "cancelled from the queue" in answer.text:
                return

    thread = threading.Thread(target=wait)
    thread.start()
    end = time.monotonic() + 30
    ended = False
    while not ended and time.monotonic() < end:
        for one in own.get("/queue").json()["requests"]:
            assert one["address"] == "/v1/completions" and one["seconds"] >= 0
            ended = own.delete(f"/queue/requests/{one['id']}").status_code == 200
    thread.join(60)
    last = answers[-1]
    if stream and last.status_code == 200:
        told = json.loads([line[6:] for line in last.text.splitlines() if line.startswith("data: {")][-1])
    else:
        told = last.json()
        assert last.status_code == 499
    assert told["error"]["code"] == "cancelled"
    assert own.get("/queue").json()["requests"] == []
    assert own.delete("/queue/requests/0123").status_code == 404
    with pool.lease("notes") as model:
        while model.counts != (0, 0):
            assert time.monotonic() < end
            time.sleep(0.01)
