"""Creations over HTTP: kept, found, put away, brought back, made again; and survived by their rows and files."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from anew.artifact import load_artifact
from anew.codecs.image import write_image
from anew.deploy.store import Store
from anew.engine.generate import generate
from anew.engine.pool import Pool
from anew.server.makers import prompt_of

CHAT: dict[str, Any] = {
    "address": "/v1/chat/completions",
    "body": {"model": "talker", "messages": [{"role": "user", "content": "Hello there"}], "max_tokens": 8, "seed": 7},
}


def made(own: httpx2.Client, **more: Any) -> dict[str, Any]:
    answer = own.post("/creations", json={"request": CHAT} | more)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_text_is_made_kept_and_made_again(own: httpx2.Client) -> None:
    told = made(own)
    said = httpx2.post(f"{str(own.base_url).removesuffix('/v1/anew/')}{CHAT['address']}", json=CHAT["body"], timeout=60)
    text = said.json()["choices"][0]["message"]["content"].encode("utf-8", "replace")
    content = own.get(f"/creations/{told['id']}/content")
    assert content.content == text and content.headers["content-type"] == "text/plain; charset=utf-8"
    assert told["bytes"] == len(text) and told["prompt"] == "Hello there" and told["modality"] == "text"
    again = own.post(f"/creations/{told['id']}/replay").json()
    assert again == {
        "id": told["id"],
        "same": True,
        "sha256": told["sha256"],
        "bytes": len(text),
        "model_changed": False,
    }
    other = made(own, content="something else")
    assert own.post(f"/creations/{other['id']}/replay").json()["same"] is False
    without = {"request": {**CHAT, "body": {k: v for k, v in CHAT["body"].items() if k != "seed"}}}
    without["request"]["body"] |= {"hue": 1, "user": "u"}
    answer = own.post("/creations", json=without)
    assert answer.headers["x-anew-ignored"] == "request.body.hue, request.body.user"
    kept = answer.json()
    assert isinstance(kept["request"]["body"]["seed"], int), "the seed that was drawn"
    assert own.post(f"/creations/{kept['id']}/replay").json()["same"]


@pytest.mark.parametrize("how", ["late", "left"])
def test_what_is_made_to_be_kept_ends_with_its_deadline_and_its_client(
    own: httpx2.Client, pool: Pool, how: str
) -> None:
    body = {"model": "talker", "text": "It rained in Oslo. " * 5, "drafts": 32, "rounds": 8}  # 15 s of work
    asked = {"request": {"address": "/v1/anew/tasks/rewrite", "body": body}}
    with pool.lease("talker") as served:
        if how == "late":
            answer = own.post("/creations", json=asked, headers={"x-anew-deadline": "0.6"})
            assert answer.status_code == 504 and answer.json()["error"]["code"] == "deadline_exceeded", answer.text
        else:
            with pytest.raises(httpx2.ReadTimeout):
                own.post("/creations", json=asked, timeout=httpx2.Timeout(0.6))
            assert served.counts != (0, 0), "it was done before the client left"
        begun = time.monotonic()
        while served.counts != (0, 0):
            assert time.monotonic() < begun + 1, "it works on for nobody"
            time.sleep(0.01)


def test_a_picture_is_the_command_lines_file(own: httpx2.Client, tmp_path: Path) -> None:
    body = {"model": "bars", "n": 3, "seed": 4, "label": "down"}
    told = own.post("/creations", json={"request": {"address": "/v1/anew/generate", "body": body, "index": 2}}).json()
    expected = generate(load_artifact(Store().folder("bars")), 3, 4, label="down").save(tmp_path / "pictures")
    assert own.get(f"/creations/{told['id']}/content").content == expected[2].read_bytes()
    assert told["media_type"] == "image/png" and told["modality"] == "image" and told["prompt"] == "down"
    assert own.post(f"/creations/{told['id']}/replay").json()["same"]


@pytest.mark.parametrize("address", ["/v1/images/edits", "/v1/images/variations", "/v1/anew/latents/interpolate"])
def test_what_began_from_a_picture_is_kept_with_it_and_made_again(own: httpx2.Client, address: str) -> None:
    host = str(own.base_url).removesuffix("/v1/anew/")
    picture = base64.b64encode(write_image(np.full((16, 16, 3), 40, np.uint8))).decode()
    begun = {"image": f"data:image/png;base64,{picture}", "strength": 0.4, "seed": 5, "prompt": ""}
    body: dict[str, Any] = {"model": "bars"} | ({"ends": [picture, 3], "frames": 4} if "latents" in address else begun)
    said = httpx2.post(f"{host}{address}", json=body, timeout=60).json()
    content = said["b64_gif"] if "latents" in address else said["data"][0]["b64_json"]
    request = {"address": address, "body": body}
    told = own.post("/creations", json={"request": request, "content_b64": content, "title": "a way"}).json()
    assert told["modality"] == "image" and told["request"]["body"].items() >= body.items()
    assert own.post(f"/creations/{told['id']}/replay").json()["same"]
    too_far = own.post("/creations", json={"request": request | {"index": 9}})
    assert too_far.status_code == 400 and too_far.json()["error"]["param"] == "request.index"
    large = own.post("/creations", json={"request": {**request, "body": body | {"note": "x" * (9 << 20)}}})
    assert large.status_code == 400 and "8,388,608" in large.json()["error"]["message"]


def test_creations_are_found_marked_put_away_and_brought_back(own: httpx2.Client) -> None:
    one = made(own, title="A 50%_off boat")
    two = made(own, content="two", title="Trains")

    def found(**asked: Any) -> list[str]:
        return [row["id"] for row in own.get("/creations", params={"limit": 100} | asked).json()["data"]]

    assert found(q="boat") == [one["id"]] and found(q="0%_O") == [one["id"]] and found(q="50%boat") == []
    assert {one["id"], two["id"]} <= set(found(q="HELLO")) and found(model="nobody") == []
    assert {one["id"], two["id"]} <= set(found(modality="text")) and one["id"] not in found(modality="image")
    assert own.patch(f"/creations/{two['id']}", json={"favourite": True}).json()["favourite"]
    assert found(favourite=True) == [two["id"]]
    assert own.patch(f"/creations/{two['id']}", json={"title": "Ships", "favourite": False}).json()["title"] == "Ships"
    assert found(q="trains") == [] and found(q="ships") == [two["id"]]
    gone = own.delete(f"/creations/{one['id']}").json()
    assert gone["deleted_at"] and one["id"] not in found() and found(deleted=True) == [one["id"]]
    assert own.delete(f"/creations/{one['id']}").json()["deleted_at"] == gone["deleted_at"]
    assert own.post(f"/creations/{one['id']}/restore").json()["deleted_at"] is None and one["id"] in found()
    whole = found()
    pages, after = list[str](), ""
    while True:
        page = own.get("/creations", params={"limit": 2} | ({"after": after} if after else {})).json()
        pages += [row["id"] for row in page["data"]]
        if not page["has_more"]:
            break
        after = pages[-1]
    assert pages == whole


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"request": {"address": "/v1/models", "body": {"model": "talker"}}}, "request.address"),
        ({"request": {"address": "/v1/anew/creations", "body": {"model": "talker"}}}, "request.address"),
        ({"request": {**CHAT, "body": CHAT["body"] | {"stream": True}}}, "request.body.stream"),
        ({"request": {**CHAT, "index": 3}}, "request.index"),
        ({"request": {**CHAT, "body": {"seed": 1}}}, "request.body.model"),
        ({"request": {**CHAT, "body": CHAT["body"] | {"temperature": 9}}}, "temperature"),
        ({"request": {**CHAT, "body": {"model": "talker"}}, "content": "x"}, "request.body.seed"),
        ({"request": CHAT, "content": "x", "content_b64": "eA=="}, "content_b64"),
        ({"request": CHAT, "content_b64": base64.b64encode(b"<svg onload=...>").decode()}, "content_b64"),
        ({"request": CHAT, "colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_what_is_not_kept_is_refused_by_name(own: httpx2.Client, body: dict[str, Any], param: str) -> None:
    answer = own.post("/creations", json=body)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text


def test_a_request_is_kept_up_to_a_bound_and_lists_go_without_it(own: httpx2.Client) -> None:
    def keep(length: int) -> httpx2.Response:
        body = CHAT["body"] | {"messages": [{"role": "user", "content": "é" * length}]}
        return own.post("/creations", json={"request": CHAT | {"body": body}, "content": "x"})

    refused = keep((256 << 10) // 6)  # an é takes six bytes of its JSON
    assert refused.status_code == 400 and refused.json()["error"]["param"] == "request.body", refused.text
    kept = keep((256 << 10) // 6 - 30)
    assert kept.status_code == 201, kept.text
    one = own.get(f"/creations/{kept.json()['id']}").json()
    listed = next(row for row in own.get("/creations", params={"limit": 100}).json()["data"] if row["id"] == one["id"])
    assert one.pop("request")["body"]["messages"] and listed == one


def test_another_tenants_are_not_there(own: httpx2.Client, database: Any) -> None:
    from anew.server.database.creations import Creation

    mine = made(own, content="mine")
    with database.writing() as session:
        session.get(Creation, mine["id"]).tenant = "somebody else"
    for method, address in (
        ("GET", ""),
        ("GET", "/content"),
        ("DELETE", ""),
        ("POST", "/replay"),
        ("POST", "/restore"),
    ):
        assert own.request(method, f"/creations/{mine['id']}{address}").status_code == 404, address
    assert own.post("/documents", json={"creation": mine["id"]}).status_code == 404


def test_words_that_a_database_does_not_take_are_kept_all_the_same(own: httpx2.Client) -> None:
    body = CHAT["body"] | {"messages": [{"role": "user", "content": [{"type": "text", "text": "nul \0 here"}]}]}
    told = own.post("/creations", json={"request": {**CHAT, "body": body}, "content": "x"}).json()
    assert told["prompt"] == "nul \ufffd here" and own.get("/creations", params={"q": "\0 here"}).json()["data"]
    assert prompt_of({"messages": [3, {"content": None}]}) == "" and prompt_of({"prompt": ["a"]}) == ""


PROGRAM = """
import sys, time
from pathlib import Path
from anew.server.database.connect import Database
from anew.server.database.creations import Creation
from anew.server.endpoints.own.creations import store
from anew.server.makers import text
database = Database(sys.argv[1])
for i in range(10_000):
    row = Creation(id=f"c{i:05}", tenant="local", model="m", modality="text", title="", prompt="", searched="",
                   request="{}", media_type="text/plain", bytes=1, created_at=i, favourite=False)
    store(database, Path(sys.argv[2]), row, text(f"text {i}"))
    print(i, flush=True)
"""


def test_what_was_answered_for_survives_a_kill(tmp_path: Path) -> None:
    from anew.server import kept
    from anew.server.database.connect import Database
    from anew.server.database.creations import Creation

    url = f"sqlite:///{tmp_path}/anew.db"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, url, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    told += process.stdout.read()
    process.wait()
    process.stdout.close()
    last = int(told.decode().split("\n")[-2])
    assert last > 2
    database = Database(url)
    with database.reading() as session:
        for i in range(last + 1):
            row = session.get(Creation, f"c{i:05}")
            assert row is not None and kept.get(tmp_path, row.digest) == f"text {i}".encode()
    database.close()


def test_what_nobody_needs_is_swept_away(tmp_path: Path) -> None:
    from anew.server import kept
    from anew.server.contents import Contents
    from anew.server.database.connect import Database
    from anew.server.database.creations import Creation
    from anew.server.endpoints.own.creations import store
    from anew.server.makers import text
    from anew.server.work.worker import Workshop, sweep

    database, now = Database(f"sqlite:///{tmp_path}/anew.db"), int(time.time())
    workshop = Workshop.of(database)
    workshop.mark()
    day, root = 86_400, workshop.folder / kept.CONTENTS
    told = {"tenant": "local", "model": "m", "modality": "text", "title": "", "prompt": "", "searched": "",
            "request": "{}", "media_type": "text/plain", "bytes": 1, "created_at": 1, "favourite": False}  # fmt: skip
    for id, words, deleted in (
        ("here", "one", None), ("twin", "two", None), ("lately", "three", now - 29 * day),
        ("long ago", "four", now - 31 * day), ("twin of old", "two", now - 31 * day),
    ):  # fmt: skip
        store(database, workshop.folder, Creation(id=id, deleted_at=deleted, **told), text(words))
    orphans = [kept.put(workshop.folder, words) for words in (b"old orphan", b"new orphan")]
    exports = [workshop.folder / kept.EXPORTS / name for name in ("old", "new")]
    for place in exports:
        place.mkdir(parents=True)
        (place / "m.zip").write_bytes(b"PK")
    (root / "tmpx.partial").write_bytes(b"half")
    for path in [*root.rglob("*"), exports[0]]:
        if path.name != orphans[1] and (path.is_file() or path == exports[0]):
            os.utime(path, (now - 2 * 3600, now - 2 * 3600))
    sweep(database, Contents(workshop.folder / "files"), workshop)
    with database.reading() as session:
        rows = {id: session.get(Creation, id) for id in ("here", "twin", "lately", "long ago", "twin of old")}
    assert {id for id, row in rows.items() if row is None} == {"long ago", "twin of old"}
    there = {path.name for path in root.rglob("*") if path.is_file()}
    assert there == {row.digest for row in rows.values() if row is not None} | {orphans[1]}
    assert not exports[0].exists() and exports[1].exists()
    database.close()


def test_documents_are_files_that_need_nothing_else(own: httpx2.Client) -> None:
    text = "# Head\n\n<script>alert(1)</script> [a](javascript:alert(1)) ![p](http://x/y.png)\n\n"
    text += "| a | b |\n|---|---|\n| 1 | 2 |\n"
    page = own.post("/documents", json={"text": text, "title": "A <b>title</b>"})
    assert page.headers["content-disposition"] == 'attachment; filename="a-b-title-b.html"'
    assert "<script>" not in page.text and 'javascript:alert(1)"' not in page.text and "<img" not in page.text
    assert "&lt;script&gt;" in page.text and "<table>" in page.text and "A &lt;b&gt;title" in page.text
    assert own.post("/documents", json={"text": "x", "title": "T", "format": "md"}).text == "# T\n\nx\n"
    assert own.post("/documents", json={"text": "x\n", "title": "T", "format": "txt"}).text == "T\n\nx\n"
    body = {"model": "bars", "seed": 1}
    picture = own.post("/creations", json={"request": {"address": "/v1/anew/generate", "body": body}}).json()
    shown = own.post("/documents", json={"creation": picture["id"]}).text
    data = base64.b64encode(own.get(f"/creations/{picture['id']}/content").content).decode()
    assert data in shown and "trainedAlgorithmicMedia" in shown and "Made by the model bars" in shown
    assert (
        own.post("/documents", json={"creation": picture["id"], "format": "txt"}).json()["error"]["param"] == "format"
    )
    assert own.post("/documents", json={}).status_code == 400
    assert own.post("/documents", json={"text": "x", "format": "pdf"}).json()["error"]["param"] == "format"


def test_the_queue_and_the_machine_are_told(own: httpx2.Client) -> None:
    own.post("/models/talker/open")
    told = {one["model"]: one for one in own.get("/queue").json()["models"]}
    assert told["talker"]["waiting"] == told["talker"]["running"] == 0 and told["talker"]["bytes"] > 1000
    whole = own.get("/queue").json()
    assert whole["admitted"] == whole["yours"] == 0 and whole["bound"] == 256 and whole["sequence_bytes_in_all"] > 1e6
    assert whole["jobs"] == whole["batches"] == [] and whole["jobs_at_once"] == 1
    machine = own.get("/machine").json()
    assert (
        machine["cores"] >= 1
        and machine["memory_bytes"] > machine["used_bytes"] > 0
        and "talker" in machine["models_open"]
    )
