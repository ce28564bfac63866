"""Files over HTTP by OpenAI's own client: whole or not there, within their bounds, their owner's alone."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import openai
import pytest
from job_room import As
from sqlalchemy import event
from starlette.testclient import TestClient

from anew.cli import main
from anew.engine.pool import Pool
from anew.errors import Refused
from anew.server.app import Door, create_app
from anew.server.contents import GRACE, LONGEST, Contents
from anew.server.database.connect import Database
from anew.server.database.work import File
from anew.server.form import plain_name
from anew.server.work.worker import MARK, Workshop, sweep

BYTES = bytes(range(256)) * 8000  # of every value, and boundaries' beginnings among them


def test_a_file_comes_back_as_it_was_and_goes_when_it_is_deleted(client: openai.OpenAI) -> None:
    content = BYTES + b"\r\n--\r\n--x"
    made = client.files.create(file=("../../etc/päss wd.jsonl", content), purpose="user_data")
    assert made.filename == "päss wd.jsonl" and made.bytes == len(content) and made.status == "processed"
    assert made.model_extra and made.model_extra["anew"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert client.files.retrieve(made.id) == made
    assert client.files.content(made.id).content == content
    assert client.files.delete(made.id).deleted
    for ask in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            ask(made.id)


@pytest.mark.parametrize(
    ("given", "name"), [("C:\\x\\a.csv", "a.csv"), ("a\0b\n", "a_b_"), ("..", ".."), ("x/", "x"), ("", "file")]
)
def test_a_name_is_never_a_path(given: str, name: str) -> None:
    assert plain_name(given) == name


def test_lists_go_on_behind_the_last_one_seen(client: openai.OpenAI) -> None:
    made = [client.files.create(file=(f"{i}.txt", b"x"), purpose="vision").id for i in range(5)]
    assert [one.id for one in client.files.list(purpose="vision", order="asc", limit=2)] == made
    assert [one.id for one in client.files.list(purpose="vision", limit=3)] == made[::-1]
    first = client.files.list(purpose="vision", limit=2, after=made[3])
    assert [one.id for one in first.data] == [made[2], made[1]] and first.has_more
    assert not client.files.list(purpose="evals").data
    with pytest.raises(openai.BadRequestError, match="after"):
        client.files.list(after="file-nowhere")
    for id in made:
        client.files.delete(id)


def test_what_is_no_such_form_is_refused_by_its_field(client: openai.OpenAI, address: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.files.create(file=("a", b"x"), purpose="fun")  # type: ignore[arg-type]
    assert refused.value.param == "purpose"
    for seconds in (10, "soon"):
        with pytest.raises(openai.BadRequestError) as refused:
            after: Any = {"anchor": "created_at", "seconds": seconds}
            client.files.create(file=("a", b"x"), purpose="batch", expires_after=after)
        assert refused.value.param == "expires_after.seconds"
    kept = client.files.create(
        file=("a", b"x"), purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600},
        extra_body={"colour": "red"},
    )  # fmt: skip
    assert kept.expires_at == kept.created_at + 3600
    head = {"content-type": "multipart/form-data; boundary=b"}
    field = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    part = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="a"\r\n\r\nx\r\n'
    bodies = {
        field + b"--b--\r\n": "file: there is none", field + part % b"file": "ends before", b"\0" * 99: "damaged",
        field + 2 * (part % b"file") + b"--b--\r\n": "one file", part % b"other" + b"--b--\r\n": "'file'",
        2 * field + part % b"file" + b"--b--\r\n": "purpose: comes twice",
        field.replace(b"batch", b"x" * 9999) + part % b"file" + b"--b--": "more than",
    }  # fmt: skip
    for body, said in bodies.items():
        answer = httpx2.post(f"{address}/v1/files", content=body, headers=head)
        assert answer.status_code == 400 and said in answer.json()["error"]["message"], answer.text
    long = {"content-type": f"multipart/form-data; boundary={'b' * 300}"}
    assert httpx2.post(f"{address}/v1/files", content=field, headers=long).status_code == 400
    assert httpx2.post(f"{address}/v1/files", json={}).status_code == 415
    ignored = httpx2.post(f"{address}/v1/files", data={"purpose": "batch", "hue": "1"}, files={"file": b"x"})
    assert ignored.status_code == 200 and ignored.headers["x-anew-ignored"] == "hue"


# ------------------------------------------------------------------------------------------------ faults


@pytest.fixture
def small(tmp_path: Path, pool: Pool, database: Database) -> Iterator[Any]:
    yield from an_app(pool, database, tmp_path)


def an_app(pool: Pool, database: Database, tmp_path: Path) -> Iterator[Any]:
    """It takes files of up to 100 kB, and is asked without a network."""
    workshop = Workshop(tmp_path, database.id, 100_000)
    workshop.mark()
    app = create_app(pool, Door(), database, workshop=workshop)
    yield SimpleNamespace(
        client=TestClient(app, "http://localhost", raise_server_exceptions=False),
        folder=tmp_path / "files",
        app=app,
        database=database,
    )


def sent(small: Any, content: bytes) -> Any:
    return small.client.post("/v1/files", data={"purpose": "batch"}, files={"file": content})


def test_a_file_that_is_too_long_leaves_nothing(small: Any) -> None:
    answer = sent(small, BYTES)
    assert answer.status_code == 413 and answer.json()["error"]["param"] == "file"
    assert not list(small.folder.iterdir())
    assert sent(small, b"x" * 100_000).status_code == 200


def takes_no_more(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def is_told_of_the_disk(answer: httpx2.Response) -> bool:
    told = answer.json()["error"]
    assert (answer.status_code, told["code"], told["type"]) == (507, "disk_full", "server_error"), answer.text
    return answer.headers["x-should-retry"] == "false"


def test_a_full_disk_is_told_and_leaves_nothing(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", takes_no_more)
        assert is_told_of_the_disk(sent(small, b"x")) and not list(small.folder.iterdir())
    kept = sent(small, b"{}")
    assert kept.status_code == 200
    asked = {"input_file_id": kept.json()["id"], "endpoint": "/v1/completions", "completion_window": "24h"}
    monkeypatch.setattr(os, "link", takes_no_more)
    monkeypatch.setattr(shutil, "copyfile", takes_no_more)
    assert is_told_of_the_disk(small.client.post("/v1/batches", json=asked))
    assert not list(small.app.state.workshop.batches.iterdir()), "the folder of a batch that was not taken"


def test_a_full_database_is_told_and_leaves_no_content(tmp_path: Path, pool: Pool) -> None:
    """By a bound of SQLite's own, beyond which a database does not grow."""
    database = Database(f"sqlite:///{tmp_path}/anew.db")
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    @event.listens_for(database.engine, "begin")
    def _(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with contextmanager(an_app)(pool, database, tmp_path) as own:
        answers = [sent(own, b"x") for _ in range(100)]
        assert is_told_of_the_disk(answers[-1])
        took = sum(answer.status_code == 200 for answer in answers)
        assert len(list(own.folder.iterdir())) == len(own.client.get("/v1/files").json()["data"]) == took
    database.close()


def test_a_content_that_somebody_took_away_is_told_of(small: Any) -> None:
    id = sent(small, b"{}").json()["id"]
    (small.folder / id).unlink()
    asked = {"input_file_id": id, "endpoint": "/v1/completions", "completion_window": "24h"}
    for answer in (small.client.get(f"/v1/files/{id}/content"), small.client.post("/v1/batches", json=asked)):
        assert answer.status_code == 500 and "not on the server's disk" in answer.json()["error"]["message"]
    assert small.client.get(f"/v1/files/{id}").status_code == 200


def test_a_row_that_cannot_be_written_leaves_no_content(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Database) -> Any:
        raise RuntimeError("no database")

    monkeypatch.setattr(Database, "writing", broken)
    assert sent(small, b"x").status_code == 500
    assert not list(small.folder.iterdir())


def test_the_sweep_takes_what_no_row_knows_and_what_has_expired(small: Any) -> None:
    kept, gone = sent(small, b"kept").json()["id"], sent(small, b"gone").json()["id"]
    with small.database.writing() as session:
        session.get(File, session.query(File.number).filter_by(id=gone).scalar()).expires_at = 1
    assert small.client.get(f"/v1/files/{gone}").status_code == 404
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    orphans = [small.folder / "file-lost", small.folder / f".file-half.{int(dead.stdout)}.partial"]
    orphans += [small.folder / f".file-of-an-earlier-container.{os.getpid()}.partial", small.folder / "their.partial"]
    fresh = [small.folder / "file-fresh", small.folder / f".file-now.{os.getpid()}.partial"]
    for path in orphans + fresh:
        path.write_bytes(b"x")
    (small.folder / "a folder").mkdir()  # of somebody's, and older than anything
    for path in (*orphans[2:], small.folder / "a folder"):
        os.utime(path, (time.time() - 2 * LONGEST,) * 2)
    for path in (orphans[0], small.folder / gone, small.folder / kept):
        os.utime(path, (time.time() - 2 * GRACE,) * 2)
    (small.folder.parent / MARK).unlink()
    sweep(small.database, small.app.state.contents, small.app.state.workshop)
    assert all(path.exists() for path in orphans)  # it does not say that it is ours
    (small.folder.parent / MARK).write_text(small.database.id)
    sweep(small.database, small.app.state.contents, small.app.state.workshop)
    assert {path.name for path in small.folder.iterdir()} == {kept, "a folder", *(path.name for path in fresh)}


def test_folders_of_others_are_never_swept(small: Any, tmp_path: Path, pool: Pool) -> None:
    """Beside a database that lies among somebody's own things."""
    theirs = [tmp_path / "me" / name / "old" for name in ("files", "jobs", "batches")]
    for path in theirs:
        path.mkdir(parents=True)
        os.utime(path, (1, 1))
    database = Database(f"sqlite:///{tmp_path}/me/anew.db")
    for workshop in (Workshop.of(database), Workshop(tmp_path / "me", database.id)):
        workshop.mark()
        app = create_app(pool, Door(), database, workshop=workshop)
        sweep(database, app.state.contents, workshop)
    assert all(path.exists() for path in theirs) and Workshop.of(database).ours
    assert Workshop.of(database).folder == Path(os.environ["ANEW_HOME"]) / "server" / database.id
    assert database.id not in ("", small.database.id)
    database.close()


def test_a_copy_of_a_database_does_not_serve_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have one id and so one folder, in which each would sweep away the other's."""
    first, second = tmp_path / "one" / "anew.db", tmp_path / "two" / "anew.db"

    def opened(file: Path, home: Path) -> Workshop:
        monkeypatch.setenv("ANEW_HOME", str(home))
        database = Database(f"sqlite:///{file}")
        database.close()
        return Workshop.of(database)

    home = tmp_path / "home"
    original = opened(first, home)
    original.mark()
    (original.folder / "files").mkdir()
    second.parent.mkdir()
    shutil.copy(first, second)
    with pytest.raises(Refused, match="is a copy of the database .*one"):
        opened(second, home).mark()
    monkeypatch.setenv("ANEW_DATABASE", f"sqlite:///{second}")
    assert main(["serve", "--port", "0"]) == Refused.exit_code
    opened(first, home).mark()  # which has lost nothing by it
    shutil.copytree(home, tmp_path / "other-home")
    elsewhere = opened(second, tmp_path / "other-home")
    elsewhere.mark()
    assert elsewhere.ours and original.ours
    first.rename(tmp_path / "moved.db")
    moved = opened(tmp_path / "moved.db", home)
    moved.mark()
    assert moved.ours and str(tmp_path / "moved.db") in (moved.folder / MARK).read_text()


def test_a_server_that_cannot_start_says_why_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(f"sqlite:///{tmp_path}/anew.db")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit_end")
    database.close()
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    monkeypatch.setenv("ANEW_DATABASE", f"sqlite:///{tmp_path}/anew.db")
    command = [sys.executable, "-m", "anew", "serve", "--port", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == Refused.exit_code and len(ended.stderr.splitlines()) == 1, ended.stderr
    assert "the server could not start" in ended.stderr and "audit_end" in ended.stderr


WRITER = """
import sys
from pathlib import Path
from anew.server.contents import Contents

with Contents(Path(sys.argv[1])).incoming("file-1") as incoming:
    incoming.write(b"x" * 4_000_000)
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_a_killed_upload_is_swept_at_the_next_start(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdin=-1, stdout=-1) as writer:
        assert writer.stdout is not None and writer.stdout.readline()
        contents = Contents(tmp_path)
        assert contents.sweep(set) == 0 and len(list(tmp_path.iterdir())) == 1  # somebody is at it
        writer.send_signal(signal.SIGKILL)
    assert contents.sweep(set) == 1 and not list(tmp_path.iterdir())


# ------------------------------------------------------------------------------------------------ whose they are


def test_nobody_sees_the_files_of_others(small: Any) -> None:
    ours, theirs = (TestClient(As(small.app, tenant), base_url="http://localhost") for tenant in ("ours", "theirs"))
    id = ours.post("/v1/files", data={"purpose": "batch"}, files={"file": b"x"}).json()["id"]
    assert ours.get(f"/v1/files/{id}/content").content == b"x"
    assert theirs.get("/v1/files").json()["data"] == []
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        assert theirs.request(method, f"/v1/files/{id}{path}").status_code == 404
    assert theirs.get("/v1/files", params={"after": id}).status_code == 400
    assert ours.delete(f"/v1/files/{id}").status_code == 200


def test_many_at_once_are_all_kept(client: openai.OpenAI) -> None:
    made: list[str] = []

    def send(i: int) -> None:
        made.append(client.files.create(file=(f"{i}", bytes([i]) * 200_000), purpose="assistants").id)

    threads = [threading.Thread(target=send, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({client.files.content(id).content[0] for id in made}) == 12
