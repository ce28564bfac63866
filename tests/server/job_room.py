"""An ANEW_HOME with a tiny language model called `base`, and servers upon it, in processes of their own."""

from __future__ import annotations

import json
import operator
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
from fastapi import FastAPI
from small_writers import saved

from anew import registry
from anew.artifact import load_artifact
from anew.deploy.store import Store
from anew.recipes.resolve import resolve
from anew.server.access import Who
from anew.server.work.worker import MARK


def put_base() -> None:
    """A decoder of bytes, which has learnt nothing yet, into the store of ANEW_HOME."""
    kind, sizes = registry.find("models", "transformer"), {"width": 32, "layers": 1, "heads": 2, "table_rows": 512}
    home = Path(os.environ["ANEW_HOME"])
    made = load_artifact(saved(kind, "transformer", sizes, home / "as-written"))
    replace(made, recipe=resolve(made.recipe)).save(home / "resolved")
    Store().add(home / "resolved", "base")


def lying(home: Path) -> Path:
    """Where the only server on `home` has its files, jobs and batches."""
    (mark,) = home.glob(f"server/*/{MARK}")
    return mark.parent


def conversations(count: int = 60) -> bytes:
    rows = [
        {"messages": [
            {"role": "user", "content": f"{a}+{b}?"},
            {"role": "assistant", "content": f"It is {operator.add(a, b)}."},
        ]}
        for a in range(9) for b in range(9)
    ]  # fmt: skip
    return "\n".join(map(json.dumps, rows[:count])).encode()


def until(found: Callable[[], Any], seconds: float = 90.0) -> Any:
    """What `found` gives once it is true."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.1)
    return value


def ended(client: openai.OpenAI, id: str) -> Any:
    """The job once nothing more becomes of it."""

    def look() -> Any:
        job = client.fine_tuning.jobs.retrieve(id)
        return job if job.status in ("succeeded", "failed", "cancelled") else None

    return until(look)


@contextmanager
def server(home: Path, *options: str) -> Iterator[tuple[openai.OpenAI, subprocess.Popen[str]]]:
    """`anew serve` in a process of its own, and a client of it."""
    environment = os.environ | {"ANEW_HOME": str(home)}
    command = [sys.executable, "-m", "anew", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            found = re.search(r"http://\S+/v1", said)
            assert found, said + process.stderr.read()
            yield openai.OpenAI(base_url=found[0], api_key="any", max_retries=3), process
        finally:
            process.send_signal(signal.SIGKILL)


class As:
    """The app as it is for one tenant."""

    def __init__(self, app: FastAPI, tenant: str) -> None:
        self.app, self.who = app, Who(tenant)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["who"] = self.who
        await self.app(scope, receive, send)
