"""A server on a port of its own, with tiny models of random weights: one that the engine runs, one that samples."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from serving import APART, Two, served
from several import Several
from small_pictures import Gallery

from anew.engine.pool import Pool
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.work.worker import Workshop

KEY = "sk-right"


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What servers keep goes with the tests."""
    with pytest.MonkeyPatch.context() as patch:
        made = tmp_path_factory.mktemp("home")
        patch.setenv("ANEW_HOME", str(made))
        yield made


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    """Small models of pictures."""
    return Gallery(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="module")
def gallery_address(gallery: Gallery, database: Database) -> Iterator[str]:
    yield from served(Pool(gallery), Door(), database)


@pytest.fixture(scope="session")
def pool() -> Pool:
    return Pool(Two(), apart=APART)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(f"sqlite:///{tmp_path_factory.mktemp('database')}/anew.db")


@pytest.fixture(scope="session")
def workshop(_home: Path, database: Database) -> Workshop:
    """One for both servers on the database, wherever ANEW_HOME is by the time they are made."""
    return Workshop(_home / "server" / database.id, database.id, file=database.file)


@pytest.fixture(scope="session")
def address(pool: Pool, database: Database, workshop: Workshop) -> Iterator[str]:
    yield from served(pool, Door(), database, workshop=workshop)


@pytest.fixture(scope="session")
def locked(database: Database, workshop: Workshop) -> Iterator[str]:
    yield from served(Pool(Two(), apart=APART), Door(KEY), database, workshop=workshop)


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
