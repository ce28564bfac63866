"""Tasks and sandboxed code over HTTP: what the command line gives, growing where it is streamed, ended when left."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from typing import Any

import httpx2
import psutil
import pytest

from anew.cli import main
from anew.engine.pool import Pool
from anew.safety import sandbox

missing = shutil.which("bwrap") is None and "CI" not in os.environ  # there it has to be, and its absence fails
needs_bubblewrap = pytest.mark.skipif(missing, reason="bubblewrap is not installed: apt-get install bubblewrap")
STORY = "It rained in Oslo on 3 May. The ferry left at 9, said Anna; nobody came."
CODE = "def twice(n):\n    return n * 2\n"


def events(own: httpx2.Client, address: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    with own.stream("POST", address, json=body | {"stream": True}) as answer:
        assert answer.status_code == 200
        return [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: {")]


def test_every_task_tells_its_fields(own: httpx2.Client) -> None:
    told = {one["task"]: one["fields"] for one in own.get("/tasks").json()["data"]}
    assert {"summarise", "answer", "extract", "rewrite", "translate", "brainstorm", "outline", "draft"} <= set(told)
    assert {"explain", "docstring", "tests", "fix"} <= set(told)
    assert {"fields", "schema", "text", "model", "seed"} <= set(told["extract"]["properties"])


def test_a_task_is_the_command_lines_whole_and_streamed(own: httpx2.Client, tmp_path: Any, capsys: Any) -> None:
    file = tmp_path / "story.txt"
    file.write_text(STORY)
    for task, body, line in (
        ("rewrite", {"text": STORY, "drafts": 2, "how": "shorter"}, [str(file), "--drafts", "2", "--how", "shorter"]),
        ("extract", {"text": STORY, "fields": "place, hour:integer"}, [str(file), "--fields", "place, hour:integer"]),
        ("outline", {"topic": "Rain", "sections": 1, "points": 1}, ["Rain", "--sections", "1", "--points", "1"]),
    ):
        asked = {"model": "talker", "seed": 3} | body
        told = own.post(f"/tasks/{task}", json=asked)
        assert told.status_code == 200, told.text
        capsys.readouterr()
        assert main(["task", task, "talker", *line, "--seed", "3", "--json"]) == 0
        assert told.json()["result"] == json.loads(capsys.readouterr().out), task
        streamed = events(own, f"/tasks/{task}", asked)
        assert streamed[-1] == {"type": "result"} | told.json() and len(streamed) > 1
    drafts = ["".join(one["delta"] for one in streamed[:-1] if one["answer"] == 0)]
    assert json.loads(drafts[0])["title"].strip() == told.json()["result"]["title"]


def test_a_draft_keeps_to_an_outline_that_a_person_wrote(own: httpx2.Client) -> None:
    plan = {"title": "Bees", "sections": [{"heading": "A roof", "points": ["sun", "wind"]}, {"heading": "A hive"}]}
    told = own.post("/tasks/draft", json={"model": "talker", "outline": plan, "words": 40, "seed": 3})
    assert told.status_code == 200, told.text
    result = told.json()["result"]
    assert result["outline"] == plan | {
        "made": None,
        "sections": [plan["sections"][0], {"heading": "A hive", "points": []}],
    }
    assert told.json()["text"].startswith("# Bees\n\n## A roof\n\n") and len(result["sections"]) == 2
    for odd in (
        {},
        {"topic": "x", "outline": plan},
        {"outline": plan | {"sections": []}},
        {"outline": plan | {"colour": 1}},
    ):
        assert own.post("/tasks/draft", json={"model": "talker"} | odd).status_code == 400, odd


@pytest.mark.parametrize("stream", [True, False])
def test_what_a_task_does_not_take_is_refused_before_anything_is_answered(own: httpx2.Client, stream: bool) -> None:
    for task, body, word in (
        ("summarise", {"text": " "}, "empty"), ("summarise", {"text": "a", "words": 1}, "words"),
        ("translate", {"text": "a", "to": "Klingon"}, "Klingon"), ("extract", {"text": "a"}, "fields"),
        ("extract", {"text": "a", "fields": "a:colour"}, "colour"), ("outline", {"topic": "x", "colour": 1}, "colour"),
        ("explain", {"code": CODE, "lines": [5, 9]}, "lines"),
        ("explain", {"code": CODE, "lines": [1, 2], "function": "twice"}, "lines"),
        ("fix", {"code": CODE, "tests": "", "module": "a b"}, "module"),
    ):  # fmt: skip
        answer = own.post(f"/tasks/{task}", json={"model": "talker", "stream": stream} | body)
        assert answer.status_code == 400 and word in answer.json()["error"]["message"], answer.text
    assert own.post("/tasks/outline", json={"model": "bars", "topic": "x"}).status_code == 400
    assert own.post("/tasks/outline", json={"model": "nobody", "topic": "x"}).status_code == 404


@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_ends_their_task(own: httpx2.Client, pool: Pool, stream: bool) -> None:
    asked = {"model": "talker", "text": STORY * 5, "drafts": 32, "rounds": 8, "stream": stream}  # minutes of work
    with pool.lease("talker") as served:
        assert served.counts == (0, 0)
    with contextlib.suppress(httpx2.ReadTimeout):
        with own.stream("POST", "/tasks/rewrite", json=asked, timeout=httpx2.Timeout(0.6)) as answer:
            next(answer.iter_lines())
    assert served.counts != (0, 0), "it was done before the client left"
    begun = time.monotonic()
    while served.counts != (0, 0):
        assert time.monotonic() < begun + 1, "it works on for a client that has left"
        time.sleep(0.01)


@needs_bubblewrap
def test_code_runs_in_the_sandbox_alone(own: httpx2.Client) -> None:
    def run(**body: Any) -> dict[str, Any]:
        answer = own.post("/code/run", json=body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    assert run(program="import sys\nprint(sys.argv[1])", arguments=["hi"])["stdout"] == "hi\n"
    assert run(program="1 / 0")["outcome"] == "failed"
    secret = f"open({os.path.abspath(__file__)!r})"
    assert "FileNotFoundError" in run(program=secret)["stderr"]
    slow = run(program="while True: pass", seconds=0.5)
    assert slow["outcome"] == "timed out" and slow["seconds"] < 3
    tests = "def test_a():\n    assert twice(2) == 4\ndef test_b():\n    assert twice(2) == 5"
    told = run(program=CODE, tests=tests)
    assert told["outcome"] == "failed" and told["tests"]["test_a"] == "" and told["tests"]["test_b"]
    assert (
        run(program="from lib.deep import x", tests="assert x == 3", beside={"lib/deep.py": "x = 3"})["outcome"]
        == "passed"
    )


@needs_bubblewrap
def test_who_leaves_ends_their_program(own: httpx2.Client) -> None:
    with contextlib.suppress(httpx2.ReadTimeout):
        own.post(
            "/code/run", json={"program": "import time\ntime.sleep(25)", "seconds": 30}, timeout=httpx2.Timeout(0.8)
        )
    begun = time.monotonic()
    while any("/program.py" in (one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])):
        assert time.monotonic() < begun + 3, "it runs on for a client that has left"
        time.sleep(0.05)


def test_code_is_refused_by_name_and_without_a_sandbox(own: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for body, param in (
        ({"program": "", "beside": {"../x.py": ""}}, "beside"), ({"program": "", "module": "os"}, "module"),
        ({"program": "", "tests": "", "arguments": ["x"]}, "arguments"), ({"program": "", "seconds": 99}, "seconds"),
        ({"program": "", "arguments": ["a\0b"]}, "arguments[0]"), ({"program": "", "network": True}, "network"),
    ):  # fmt: skip
        answer = own.post("/code/run", json=body)
        assert answer.status_code == 400 and answer.json()["error"]["param"].startswith(param), answer.text
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    for address, body in (
        ("/code/run", {"program": "print(1)"}),
        ("/tasks/fix", {"model": "talker", "code": CODE, "tests": "assert 0"}),
    ):
        answer = own.post(address, json=body)
        assert answer.status_code == 503 and "bubblewrap" in answer.json()["error"]["message"], answer.text
    assert own.get("/machine").json()["sandbox"] is False
