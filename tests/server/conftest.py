"""A server on a port of its own, with tiny models of random weights: one that the engine runs, one that samples."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from serving import APART, Two, served
from several import Several

from anew.engine.pool import Pool
from anew.server.app import Door
from anew.server.database.connect import Database

KEY = "sk-right"


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What servers keep goes with the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def pool() -> Pool:
    return Pool(Two(), apart=APART)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(f"sqlite:///{tmp_path_factory.mktemp('database')}/anew.db")


@pytest.fixture(scope="session")
def address(pool: Pool, database: Database) -> Iterator[str]:
    yield from served(pool, Door(), database)


@pytest.fixture(scope="session")
def locked(database: Database) -> Iterator[str]:
    yield from served(Pool(Two(), apart=APART), Door(KEY), database)


@pytest.fixture(scope="session")
def serving() -> Any:
    return served


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0) as made:
        yield made


@pytest.fixture(scope="session")
def talking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where several kinds of models are served."""
    yield from served(
        Pool(Several(), apart=APART), Door(), Database(f"sqlite:///{tmp_path_factory.mktemp('talking')}/anew.db")
    )


@pytest.fixture(scope="session")
def talker(talking: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{talking}/v1", api_key="any", max_retries=0) as made:
        yield made
