"""Code by a model without a chat template: its drafts are drawn among everybody's, told as they grow, and ended when
their client leaves."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import asdict
from typing import Any

import httpx2
import pytest
from several import Several

from anew.engine.served import Served
from anew.server.talking import Talker
from anew.server.working import Leave
from anew.tasks.code.coder import coder
from anew.tasks.code.docstring import document
from anew.tasks.model import Talking

CODE = "def twice(n):\n    return n * 2\n"


@pytest.mark.parametrize("name", ["filler", "decoder", "rnn"])
def test_drafts_are_the_command_lines_and_told_as_they_grow(talking: str, name: str) -> None:
    alone = document(coder(Talking(Several().open(name), f"{0:064x}", name)), CODE, seed=3)  # type: ignore[arg-type]
    asked: dict[str, Any] = {"model": name, "code": CODE, "seed": 3}
    told = httpx2.post(f"{talking}/v1/anew/tasks/docstring", json=asked, timeout=60)
    assert told.status_code == 200, told.text
    assert told.json()["result"]["docstrings"] == json.loads(json.dumps(asdict(alone)["docstrings"]))
    streamed = httpx2.post(f"{talking}/v1/anew/tasks/docstring", json=asked | {"stream": True}, timeout=60)
    events = [json.loads(line[6:]) for line in streamed.text.splitlines() if line.startswith("data: {")]
    assert events[-1] == {"type": "result"} | told.json()
    assert len(events) > 1 and {one["type"] for one in events[:-1]} == {"delta"}


def test_many_drafts_are_each_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = Several().open("filler")
    served = Served(artifact, "filler", "0" * 64)
    assert served.engine is not None
    monkeypatch.setattr("anew.tasks.model.complete", None)  # the way with an engine of its own
    try:
        chat = Talker(served, Leave(), owner="me")
        drafts = chat.fill("def f(", "\n", 70, 5, temperature=1.0, max_new=6)
        assert drafts[9:11] == chat.fill("def f(", "\n", 2, 14, temperature=1.0, max_new=6)
        assert len(set(drafts)) > 60
    finally:
        served.close()
    monkeypatch.undo()
    assert drafts[:5] == Talking(artifact).fill("def f(", "\n", 5, 5, temperature=1.0, max_new=6)  # type: ignore[arg-type]


def test_who_leaves_ends_their_drafts(talking: str) -> None:
    body = "".join(f"def f{i}(a):\n    return a + {i}\n\n\n" for i in range(200))
    asked = {"model": "decoder", "code": body, "stream": True}
    address, begun = f"{talking}/v1/anew/tasks/docstring", 0.0
    with contextlib.suppress(httpx2.ReadTimeout), httpx2.stream("POST", address, json=asked, timeout=20) as answer:
        next(answer.iter_lines())
        begun = time.monotonic()
    while any(one["waiting"] + one["running"] for one in httpx2.get(f"{talking}/v1/anew/queue").json()["models"]):
        assert time.monotonic() < begun + 1.5, "it works on for a client that has left"
        time.sleep(0.02)
