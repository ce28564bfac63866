"""Jobs as rows, over SQLite and PostgreSQL: what is begun again; whose jobs, batches and files are, who holds them."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from job_room import As, until
from sqlalchemy import event, func, select
from starlette.testclient import TestClient

from anew.engine.pool import Pool
from anew.server.app import create_app
from anew.server.contents import Contents
from anew.server.database.connect import Database
from anew.server.database.work import Batch, File, Job
from anew.server.door import Door
from anew.server.wire.fine_tuning import LABELS
from anew.server.work import process as processes
from anew.server.work import tuning as tunings
from anew.server.work.lease import Holder, place
from anew.server.work.process import LOG, RECIPE, Process, arguments
from anew.server.work.tuning import Tuning
from anew.server.work.worker import LOGS, Workshop, sweep

DIES = ["-c", "raise SystemExit(9)"]
STOPS = ["-c", """print('{"error": "stopped", "exit_code": 130}')"""]


def put_job(database: Database, folder: Path, id: str = "ftjob-a", **values: Any) -> Path:
    """A job of that id, and its folder."""
    of = {"created_at": 1, "tenant": "t", "model": "text", "name": id, "status": "running", "training_file": "f",
          "validation_file": None, "method": "supervised", "hyperparameters": {}, "seed": 1, "labels": {}}  # fmt: skip
    with database.writing() as session:
        session.add(Job(id=id, **(of | values)))
    (folder / "jobs" / id).mkdir(parents=True)
    (folder / "jobs" / id / RECIPE).touch()
    return folder / "jobs" / id


def job_of(database: Database, id: str = "ftjob-a") -> Job:
    with database.reading() as session:
        return session.scalars(select(Job).where(Job.id == id)).one()


def server_on(database: Database, folder: Path, pool: Pool, name: str = "elsewhere/1/1.0") -> Tuning:
    return Tuning(Holder(database, 0.2, name), Contents(folder / "files"), folder / "jobs", pool)


def over(server: Tuning) -> None:
    """Its processes have ended."""
    until(lambda: not any(process.runs for process in server.processes.values()), 10)


@contextmanager
def started(monkeypatch: pytest.MonkeyPatch, command: list[str], rest: float) -> Iterator[list[float]]:
    """Jobs run `command`; when they were begun."""
    begun: list[float] = []
    start = Process.start.__func__  # type: ignore[attr-defined]

    def noted(cls: type[Process], folder: Path, verb: str) -> Any:
        made = start(cls, folder, verb)
        begun.append(time.monotonic())
        return made

    with monkeypatch.context() as patch:
        patch.setattr(processes, "arguments", lambda folder, verb: command)
        patch.setattr(Process, "start", classmethod(noted))
        patch.setattr(tunings, "REST", rest)
        yield begun


def test_a_process_that_dies_is_begun_five_times_ever_later(
    database: Database, tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put_job(database, tmp_path)
    (folder / "data.jsonl").write_bytes(b"x")
    (folder / "run").mkdir()
    server = server_on(database, tmp_path, pool)
    with started(monkeypatch, DIES, 0.1) as begun:
        until(lambda: server.look() or job_of(database).status == "failed", 30)
    assert len(begun) == 5 and (job_of(database).error or {})["code"] == "process_died"
    assert all(later - sooner >= 0.1 * 2**i for i, (sooner, later) in enumerate(zip(begun, begun[1:], strict=False)))
    assert [path.name for path in folder.iterdir()] == [LOG]


def test_a_stop_and_a_dead_server_do_not_count_as_starts(
    database: Database, tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_job(database, tmp_path)
    server = server_on(database, tmp_path, pool)
    with started(monkeypatch, STOPS, 0.0) as begun:
        until(lambda: server.look() or len(begun) >= 7, 30)
        over(server)
    assert (job_of(database).status, job_of(database).starts) == ("running", 1)
    with started(monkeypatch, DIES, 60.0) as begun:
        for i in range(7):
            time.sleep(0.25)  # until the one before is heard of no more
            server = server_on(database, tmp_path, pool, f"elsewhere/{i}/2.0")
            server.look()
            over(server)
    assert len(begun) == 7 and (job_of(database).status, job_of(database).starts) == ("running", 1)


def test_a_log_that_cannot_be_opened_is_no_start(
    database: Database, tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put_job(database, tmp_path)
    (folder / LOG).mkdir()
    server = server_on(database, tmp_path, pool)
    with started(monkeypatch, DIES, 0.2) as begun:
        for _ in range(4):
            server.look()
        assert not begun and job_of(database).starts == 0
        (folder / LOG).rmdir()
        until(lambda: server.look() or begun, 10)
        over(server)
        assert job_of(database).starts == 1


def test_a_job_whose_files_are_gone_fails_with_a_reason(database: Database, tmp_path: Path, pool: Pool) -> None:
    (put_job(database, tmp_path) / RECIPE).unlink()
    shutil.rmtree(put_job(database, tmp_path, "ftjob-b", status="queued"))
    server = server_on(database, tmp_path, pool)
    until(lambda: server.look() or {job_of(database, id).status for id in ("ftjob-a", "ftjob-b")} == {"failed"}, 10)
    for id in ("ftjob-a", "ftjob-b"):
        failed = job_of(database, id)
        assert failed.holder is None and (failed.error or {})["code"] == "files_gone"


@pytest.mark.filterwarnings("error")
def test_a_job_that_is_forgotten_while_it_runs_is_reaped(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "arguments", lambda folder, verb: ["-c", "import time; time.sleep(0.5)"])
    process = Process.start(put_job(database, tmp_path), "run")
    pid = process.found.pid
    assert process.runs
    del process
    gc.collect()
    until(lambda: not psutil.pid_exists(pid), 10)


def test_a_job_is_found_by_its_whole_command_line_and_as_first_of_its_group(tmp_path: Path) -> None:
    (tmp_path / "anew").mkdir()
    (tmp_path / "anew" / "__main__.py").write_text("input()")
    as_begun, recipe = arguments(tmp_path, "run"), str(tmp_path / RECIPE)
    for command, leads, found in (
        (as_begun, False, False), (["-c", "input()", recipe], True, False), ([*as_begun, "--more"], True, False),
        (as_begun, True, True),
    ):  # fmt: skip
        with subprocess.Popen(
            [sys.executable, *command], cwd=tmp_path, stdin=-1, stdout=-1, start_new_session=leads
        ) as one:
            time.sleep(0.1)
            assert (Process.find(tmp_path) is not None) == found, command
            one.kill()


def test_logs_of_failed_jobs_go_in_the_end(database: Database, tmp_path: Path, pool: Pool) -> None:
    now, workshop = int(time.time()), Workshop(tmp_path / "made", database.id)
    workshop.mark()
    old = put_job(database, workshop.folder, "ftjob-old", status="failed", finished_at=now - LOGS - 60)
    new = put_job(database, workshop.folder, "ftjob-new", status="failed", finished_at=now - LOGS + 60)
    for path in (old, new):
        os.utime(path, (1, 1))
    sweep(database, Contents(tmp_path / "files"), workshop)
    assert not old.exists() and new.exists()


def test_two_servers_let_no_more_jobs_begin_than_there_is_room_for(
    database: Database, tmp_path: Path, pool: Pool
) -> None:
    for id in ("ftjob-a", "ftjob-b"):
        put_job(database, tmp_path, id, status="queued")
    one, other = (server_on(database, tmp_path, pool, f"elsewhere/{i}/1.0") for i in range(2))
    counted, other_done = threading.Event(), threading.Event()
    first = threading.Thread(target=one._promote)

    @event.listens_for(database.engine, "after_cursor_execute")
    def _(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "count(" in statement and threading.current_thread() is first:
            counted.set()
            other_done.wait(0.5)  # the other would count what is not committed yet

    first.start()
    assert counted.wait(10)
    other._promote()
    other_done.set()
    first.join()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job).where(Job.status == "running")) == 1


# ------------------------------------------------------------------------------------------------ whose they are


def test_nobody_sees_the_jobs_and_batches_of_others(tmp_path: Path, pool: Pool, database: Database) -> None:
    app = create_app(pool, Door(), database, workshop=Workshop(tmp_path, database.id))
    ours, theirs = (TestClient(As(app, tenant)) for tenant in ("ours", "theirs"))
    files = {
        purpose: ours.post("/v1/files", data={"purpose": purpose}, files={"file": b"{}"}).json()["id"]
        for purpose in ("fine-tune", "batch")
    }
    job = {"model": "text", "training_file": files["fine-tune"]}
    batch = {"input_file_id": files["batch"], "endpoint": "/v1/completions", "completion_window": "24h"}
    for where, asked in (("/v1/fine_tuning/jobs", job), ("/v1/batches", batch)):
        assert theirs.post(where, json=asked).status_code == 400
        made = ours.post(where, json=asked)
        assert made.status_code == 200, made.text
        id = made.json()["id"]
        assert [one["id"] for one in ours.get(where).json()["data"]] == [id] and not theirs.get(where).json()["data"]
        ways = ["", "/cancel"] + (["/events", "/checkpoints", "/pause", "/resume"] if "jobs" in where else [])
        for way in ways:
            method = "GET" if way in ("", "/events", "/checkpoints") else "POST"
            assert theirs.request(method, f"{where}/{id}{way}").status_code == 404, way
        assert ours.post(f"{where}/{id}/cancel").status_code == 200


def test_jobs_are_picked_by_any_label_that_a_job_can_have(database: Database, tmp_path: Path, pool: Pool) -> None:
    web = TestClient(create_app(pool, Door(), database), "http://localhost", raise_server_exceptions=False)
    labels = {"for": "a test", "a.b [c] $'%": "x'\"\\\n%é"}
    put_job(database, tmp_path, "ftjob-a", tenant="local", labels=labels)
    put_job(database, tmp_path, "ftjob-b", tenant="local", labels={"for": "b"})

    def picked(**wanted: str) -> Any:
        return web.get("/v1/fine_tuning/jobs", params={f"metadata[{key}]": value for key, value in wanted.items()})

    assert LABELS.validate_python(labels) == labels
    for key, value in labels.items():
        assert [one["id"] for one in picked(**{key: value}).json()["data"]] == ["ftjob-a"], key
    assert len(picked().json()["data"]) == 2 and not picked(of="none").json()["data"]
    wrong = {'a"b': "x", "a\\b": "x", "é": "x", "a\0b": "x", "a": "x\0", "k" * 65: "x", "k": "x" * 513}
    for key, value in wrong.items():
        answer = picked(**{key: value})
        assert answer.status_code == 400 and answer.json()["error"]["param"].startswith("metadata"), answer.text
        asked = {"model": "text", "training_file": "file-a", "metadata": {key: value}}
        refused = web.post("/v1/fine_tuning/jobs", json=asked)
        assert refused.status_code == 400 and refused.json()["error"]["param"].startswith("metadata"), refused.text


def test_files_go_by_pages_and_are_gone_once_they_expire(database: Database, pool: Pool) -> None:
    web = TestClient(create_app(pool, Door(), database), "http://localhost")
    made = [
        web.post("/v1/files", data={"purpose": "batch"}, files={"file": (name, b"x")}).json()["id"]
        for name in ("a", "b", "c's ü 😀")
    ]
    first = web.get("/v1/files", params={"limit": 2}).json()
    assert [one["id"] for one in first["data"]] == [made[2], made[1]] and first["has_more"]
    assert first["data"][0]["filename"] == "c's ü 😀"
    rest = web.get("/v1/files", params={"limit": 2, "after": made[1]}).json()
    assert [one["id"] for one in rest["data"]] == [made[0]] and not rest["has_more"]
    with database.writing() as session:
        session.scalars(select(File).where(File.id == made[2])).one().expires_at = 1
    assert web.delete(f"/v1/files/{made[1]}").json()["deleted"]
    assert [one["id"] for one in web.get("/v1/files").json()["data"]] == [made[0]]
    sweep(database, Contents(Workshop.of(database).folder / "files"), Workshop.of(database))
    with database.reading() as session:
        assert list(session.scalars(select(File.id))) == [made[0]]


def test_of_two_servers_one_holds_a_batch_until_it_says_no_more(database: Database) -> None:
    batch = Batch(
        id="batch_held", created_at=1, tenant="t", key=None, status="completed", endpoint="e", input_file="f",
        window="24h", expires_at=2, labels={}, times={}, counts={},
    )  # fmt: skip
    with database.writing() as session:
        session.add(batch)
    one, other = (Holder(database, 0.4, f"elsewhere/{i}/1.0") for i in range(2))
    assert one.hold(Batch, batch.id) and one.hold(Batch, batch.id) and other.hold(Batch, batch.id) is None
    time.sleep(0.5)
    assert other.hold(Batch, batch.id) and one.hold(Batch, batch.id) is None
    with database.writing() as session:
        assert other.still(session, Batch, batch.id) and not one.still(session, Batch, batch.id)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as process:
        dying = Holder(database, 60, f"{place()}/{process.pid}/{psutil.Process(process.pid).create_time()}")
        time.sleep(0.5)
        assert dying.hold(Batch, batch.id) and one.hold(Batch, batch.id) is None
        process.kill()
    assert one.hold(Batch, batch.id)  # at once: it is plain that nobody holds it
    with database.writing() as session:
        session.delete(session.get(Batch, batch.number))
