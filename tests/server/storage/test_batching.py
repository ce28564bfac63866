"""Batches as rows, over SQLite and PostgreSQL: held while they run, gone on with after damage, ended with their key."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from job_room import until
from sqlalchemy import select
from starlette.testclient import TestClient

from anew.engine.apart import Died
from anew.engine.pool import Pool
from anew.engine.served import Asked, Served
from anew.server import keys
from anew.server.app import create_app
from anew.server.contents import Contents
from anew.server.database.connect import Database
from anew.server.database.work import Batch
from anew.server.door import Door
from anew.server.who import Who
from anew.server.work.batching import DEATHS, Batches, locked
from anew.server.work.lease import Holder
from anew.server.work.lines import INPUT, OUTPUT, Lines

URL = "/v1/completions"


def put_batch(database: Database, folder: Path, rows: int) -> Path:
    """A batch of so many requests for texts, and its folder."""
    with database.writing() as session:
        session.add(Batch(
            id="batch_a", created_at=1, tenant="t", key=None, status="validating", endpoint=URL, input_file="f",
            window="24h", expires_at=int(time.time()) + 60, labels={}, times={}, counts={},
        ))  # fmt: skip
    made = folder / "batches" / "batch_a"
    made.mkdir(parents=True)
    (made / INPUT).write_bytes(asked_for(rows))
    return made


def asked_for(rows: int, tokens: int = 4) -> bytes:
    body = {"model": "decoder", "prompt": "so", "max_tokens": tokens}
    of = {"method": "POST", "url": URL}
    lines = [{"custom_id": f"r{i}", **of, "body": body | {"seed": i}} for i in range(rows)]
    return b"\n".join(json.dumps(line).encode() for line in lines)


def batch_of(database: Database) -> Batch:
    with database.reading() as session:
        return session.scalars(select(Batch)).one()


def test_a_batch_is_held_however_long_a_step_takes_and_parsed_beside_the_loop(
    database: Database, tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_batch(database, tmp_path, 20)
    app = create_app(pool, Door(), database)
    one, other = (Holder(database, 0.6, f"elsewhere/{i}/1.0") for i in range(2))
    check, parse, parsed_in = Lines.check, Lines._line, set[threading.Thread]()

    def slow(self: Lines) -> Any:
        time.sleep(1.5)
        return check(self)

    def noted(self: Lines, number: int, row: bytes) -> Any:
        parsed_in.add(threading.current_thread())
        return parse(self, number, row)

    monkeypatch.setattr(Lines, "check", slow)
    monkeypatch.setattr(Lines, "_line", noted)

    async def run() -> None:
        made = Batches(app, app.state.keys, one, Contents(tmp_path / "files"), tmp_path / "batches")
        await made.look()
        while not made.tasks["batch_a"].done():
            found = await asyncio.to_thread(other.hold, Batch, "batch_a")
            assert found is None or found.status == "completed"
            await asyncio.sleep(0.1)

    asyncio.run(run())
    done = batch_of(database)
    assert (done.status, done.counts) == ("completed", {"total": 20, "completed": 20, "failed": 0})
    assert parsed_in and threading.main_thread() not in parsed_in


def test_a_batch_whose_folder_another_has_locked_is_left_to_it(database: Database, tmp_path: Path, pool: Pool) -> None:
    lock = locked(put_batch(database, tmp_path, 1))
    assert lock is not None
    app = create_app(pool, Door(), database)
    made = Batches(app, app.state.keys, Holder(database), Contents(tmp_path / "files"), tmp_path / "batches")
    with lock:
        asyncio.run(made.look())
    assert not made.tasks and batch_of(database).holder is None


@pytest.mark.parametrize("all_of_it", [True, False])
def test_a_batch_whose_lines_are_gone_fails_with_a_reason(
    database: Database, tmp_path: Path, pool: Pool, all_of_it: bool
) -> None:
    folder = put_batch(database, tmp_path, 1)
    shutil.rmtree(folder) if all_of_it else (folder / INPUT).unlink()
    app = create_app(pool, Door(), database)

    async def run() -> None:
        made = Batches(app, app.state.keys, Holder(database), Contents(tmp_path / "files"), tmp_path / "batches")
        await made.look()
        end = time.monotonic() + 10
        while batch_of(database).status != "failed" and time.monotonic() < end:
            await asyncio.sleep(0.05)
        await made.stop()

    asyncio.run(run())
    failed = batch_of(database)
    assert (failed.status, failed.holder) == ("failed", None) and "failed_at" in failed.times
    assert [one["code"] for one in failed.errors or []] == ["lines_gone"] and not folder.exists()


@pytest.mark.parametrize("damaged", [b'{"id": "batch_re', b"\0" * 40 + b"\n", b"[1]\n", b'{"id": 7}\n', b"{}\n"])
def test_lines_behind_a_damaged_one_are_asked_again(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / INPUT).write_bytes(asked_for(4))
    lines = Lines(tmp_path, "batch_a", URL)
    for line in list(lines)[:3]:
        lines.write(OUTPUT, line, {}, None)
    first, second, third = (tmp_path / OUTPUT).read_bytes().splitlines(keepends=True)
    (tmp_path / OUTPUT).write_bytes(first + damaged + third)
    again = Lines(tmp_path, "batch_a", URL)
    again.recall()
    assert [line.number for line in again.rest] == [2, 3, 4] and (tmp_path / OUTPUT).read_bytes() == first
    again.write(OUTPUT, next(again.rest), {}, None)
    assert (tmp_path / OUTPUT).read_bytes() == first + second


def test_what_is_done_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / INPUT).write_bytes(b"not to be parsed\n" + asked_for(2))
    lines = Lines(tmp_path, "batch_a", URL)
    lines.done[OUTPUT] = {1, 2}
    monkeypatch.setattr(json, "loads", lambda row, loads=json.loads: loads(row) if b"r1" in row else pytest.fail(row))
    assert [line.custom_id for line in lines.rest] == ["r1"]


def test_a_batch_ends_with_the_key_that_made_it(database: Database, pool: Pool) -> None:
    app = create_app(pool, Door(), database)
    with database.writing() as session:
        (made, secret), (_, other) = (keys.create(session, Who(), name, tenant="t") for name in ("made", "other"))
    by, ours = ({"authorization": f"Bearer {key}"} for key in (secret, other))
    with TestClient(app, "http://localhost") as web:
        given: Any = {"data": {"purpose": "batch"}, "files": {"file": asked_for(200, 100)}}
        file = web.post("/v1/files", headers=by, **given).json()["id"]
        asked = {"input_file_id": file, "endpoint": URL, "completion_window": "24h"}
        id = web.post("/v1/batches", headers=by, json=asked).json()["id"]

        def batch() -> Any:
            return web.get(f"/v1/batches/{id}", headers=ours).json()

        until(lambda: batch()["request_counts"]["completed"])
        with database.writing() as session:
            keys.revoke(session, Who(), made.id)
        until(lambda: batch()["status"] == "completed")
        counts = batch()["request_counts"]
        failed = web.get(f"/v1/files/{batch()['error_file_id']}/content", headers=ours).text.splitlines()
    assert counts["failed"] == len(failed) and counts["completed"] + counts["failed"] == 200
    assert {json.loads(row)["error"]["code"] for row in failed} == {"invalid_api_key"}
    assert "revoked" in failed[0] and secret not in failed[0]


def test_a_line_under_which_its_model_dies_again_and_again_is_answered_so(
    database: Database, tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, tried, texts = put_batch(database, tmp_path, 3), list[int](), Served.texts

    def deadly(self: Served, asked: Asked, wake: Any) -> Any:
        tried.extend(asked.seeds)
        if 1 in asked.seeds:
            raise Died("its process was ended by signal 9")
        return texts(self, asked, wake)

    monkeypatch.setattr(Served, "texts", deadly)
    app = create_app(pool, Door(), database)

    async def run() -> None:
        holder = Holder(database, 6.0, "elsewhere/1/1.0")
        made = Batches(app, app.state.keys, holder, Contents(tmp_path / "files"), folder.parent)
        await made.look()
        await made.tasks["batch_a"]

    asyncio.run(run())
    done = batch_of(database)
    assert (done.status, done.counts) == ("completed", {"total": 3, "completed": 2, "failed": 1})
    assert sorted(tried) == [0, *[1] * DEATHS, 2]
    assert "model_died" in (tmp_path / "files" / f"{done.error_file}").read_text("utf-8")
