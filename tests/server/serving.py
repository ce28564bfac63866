"""A real server on a port of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn
from fastapi import FastAPI
from small_writers import writer

from anew.artifact import Artifact
from anew.engine.pool import Listed, Pool
from anew.server.app import Door, create_app
from anew.server.database.connect import Database
from anew.server.listen import Patient

APART = bool(os.environ.get("ANEW_TEST_APART"))  # engines in processes of their own, in all these tests


class Two:
    """A shelf of two models."""

    def listed(self) -> Sequence[Listed]:
        return [Listed(name, f"{i:064x}", 1000, 1_700_000_000, "text") for i, name in enumerate(("decoder", "rnn"))]

    def open(self, name: str) -> Artifact:
        return writer("bytes", name)


def served(pool: Pool, door: Door, database: Database, **settings: Any) -> Iterator[str]:
    yield from running(create_app(pool, door, database, **settings))


def running(app: FastAPI) -> Iterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", http=Patient)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
