"""`anew keys` and `anew audit`, as they are typed, and what `anew serve` refuses before it listens."""

from __future__ import annotations

import json
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from anew.cli import main, spoken
from anew.cli.serve import door_of
from anew.errors import RecipeError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    for name in ("ANEW_DATABASE", "ANEW_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *typed: str, code: int = 0) -> str:
    assert main(typed) == code, capsys.readouterr().err
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *typed: str, code: int = 0) -> Any:
    return json.loads(said(capsys, *typed, "--json", code=code))


def test_a_key_is_made_listed_and_taken_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no keys yet" in said(capsys, "keys", "list")
    asked = ("laptop of Ann", "--scopes", "read", "generate", "--expires", "30d")
    spelled = said(capsys, "keys", "create", *asked).strip()
    limits = ("--requests-per-minute", "60", "--tokens-per-day", "1000")
    made = told(capsys, "keys", "create", "ci", "--scopes", "read,train", "--tenant", "team", *limits)
    assert made["scopes"] == ["read", "train"] and made["tenant"] == "team" and made["key"].startswith("sk-anew-")
    id = spelled.split("-")[2]
    lines = said(capsys, "keys", "list").splitlines()
    assert len(lines) == 3 and "laptop of Ann" in lines[1] + lines[2] and "0 of 1,000" in lines[1] + lines[2]
    assert spelled[-64:] not in said(capsys, "keys", "list", "--json")
    assert "revoked" in said(capsys, "keys", "revoke", id)
    states = {one["id"]: one["state"] for one in told(capsys, "keys", "list")["keys"]}
    assert states == {id: "revoked", made["id"]: "active"}
    assert main(["keys", "revoke", "nothing"]) == 4 and "anew keys list" in capsys.readouterr().err
    acts = [(act["act"], act["object"]) for act in told(capsys, "audit", "show")["acts"]]
    assert acts == [("key.created", id), ("key.created", made["id"]), ("key.revoked", id)]
    assert said(capsys, "audit", "show", "-n", "1").count("key.revoked") == 1
    for file in (home / "server").iterdir():
        assert spelled[-64:].encode() not in file.read_bytes()
    assert (home / "server").stat().st_mode & 0o077 == 0, "others may look into the database"


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        (["--scopes", "reed"], "did you mean 'read'"), (["--scopes", ""], "scopes: "), (["--tenant", ""], "tenant: "),
        (["--requests-per-minute", "0"], "requests_per_minute: "), (["--expires", "soon"], "expires: "),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line(capsys: pytest.CaptureFixture[str], typed: list[str], word: str) -> None:
    assert main(["keys", "create", "ann", *typed]) == 2
    error = capsys.readouterr().err
    assert word in error and "Traceback" not in error
    assert told(capsys, "keys", "list")["keys"] == []


def test_the_log_is_verified_and_what_was_changed_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "abc":
        said(capsys, "keys", "create", name)
    well = said(capsys, "audit", "verify").splitlines()
    assert well[0] == "3 rows, as they were written" and len(well[-1]) == 64
    assert said(capsys, "audit", "verify", "--holds", well[-1])
    assert "written anew" in said(capsys, "audit", "verify", "--holds", "0" * 63, code=6)
    with sqlite3.connect(home / "server" / "anew.db") as connection:
        connection.execute("DROP TRIGGER audit_delete")
        connection.execute("DELETE FROM audit WHERE seq = 2")
    connection.close()
    verdict = told(capsys, "audit", "verify", code=6)
    assert verdict["faults"] == [{"first": 2, "last": 2, "what": "removed"}] and not verdict["well"]
    assert "removed" in said(capsys, "audit", "verify", code=6)


def test_beyond_this_machine_a_key_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """One that opens."""
    assert main(["serve", "--host", "0.0.0.0"]) == 5
    id = told(capsys, "keys", "create", "gone")["id"]
    said(capsys, "keys", "revoke", id)
    assert main(["serve", "--host", "0.0.0.0"]) == 5
    error = capsys.readouterr().err
    assert "needs a key" in error and "anew keys create" in error


def test_the_door_of_a_server() -> None:
    here = door_of("127.0.0.1", None, (), ())
    assert "localhost" in here.hosts and "[::1]" in here.hosts and not here.guarded and not here.origins
    assert door_of("localhost", None, ("Studio.local",), ()).hosts == here.hosts | {"studio.local"}
    assert door_of("0.0.0.0", "k", (), ()).hosts == frozenset() and door_of("0.0.0.0", "k", (), ()).guarded
    assert door_of("::", "k", ("a.example",), ()).hosts == here.hosts | {"a.example", "[::]"}
    sites = ("https://App.example/", "http://localhost:3000")
    assert door_of("127.0.0.1", None, (), sites).origins == ("https://app.example", "http://localhost:3000")
    for wrong in (
        "*",
        "https://*.example",
        "app.example",
        "https://app.example/page",
        "null",
        "file://x",
        "https://a@b",
    ):
        with pytest.raises(RecipeError, match="--allow-origin"):
            door_of("127.0.0.1", None, (), (wrong,))


def test_a_key_that_was_typed_is_not_repeated() -> None:
    for typed in (["serve", "--api-key", "hunter2", "--port", "1"], ["serve", "--api-key=hunter2", "--port", "1"]):
        assert "hunter2" not in spoken(typed) and spoken(typed).endswith("--port 1")
    typed = ["generate", "emoji", "a green heart", "--api-key", "hunter two", "--negative", "it's"]
    assert shlex.split(spoken(typed)) == ["anew", *typed[:4], "KEY", *typed[5:]]
