"""A server on a port of its own, with tiny models of random weights: one that the engine runs, one that samples."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openai
import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
sys.path.insert(0, str(Path(__file__).parent))
from small_writers import writer

from anew.artifact import Artifact
from anew.engine.pool import Listed, Pool
from anew.server.app import Door, create_app
from anew.server.database.connect import Database

KEY = "sk-right"


class Two:
    """A shelf of two models."""

    def listed(self) -> Sequence[Listed]:
        return [Listed(name, f"{i:064x}", 1000, 1_700_000_000, "text") for i, name in enumerate(("decoder", "rnn"))]

    def open(self, name: str) -> Artifact:
        return writer("bytes", name)


@pytest.fixture(scope="session")
def pool() -> Pool:
    return Pool(Two())


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(f"sqlite:///{tmp_path_factory.mktemp('database')}/anew.db")


@pytest.fixture(scope="session")
def address(pool: Pool, database: Database) -> Iterator[str]:
    yield from served(pool, Door(), database)


@pytest.fixture(scope="session")
def locked(database: Database) -> Iterator[str]:
    yield from served(Pool(Two()), Door(KEY), database)


@pytest.fixture(scope="session")
def serving() -> Any:
    return served


def served(pool: Pool, door: Door, database: Database) -> Iterator[str]:
    settings = uvicorn.Config(create_app(pool, door, database), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def client(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0)
