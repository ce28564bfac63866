"""The database: one for a server, its tables brought up to date when it is opened.

In: a URL of SQLAlchemy's. Out: sessions, each one transaction: all of it is kept, or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from anew.data.home import home
from anew.errors import DataError

PATIENCE = 5.0  # seconds that a transaction waits for another


def default_url() -> str:
    return f"sqlite:///{home() / 'server' / 'anew.db'}"


class Database:
    """`url`: as SQLAlchemy reads it, `postgresql+psycopg://…` for PostgreSQL. Opening it runs what migrations lack."""

    def __init__(self, url: str | None = None) -> None:
        try:
            where = make_url(url or default_url())
            self.engine = (
                sqlite_engine(where)
                if where.get_backend_name() == "sqlite"
                else sqlalchemy.create_engine(where, pool_pre_ping=True)
            )
            migrate(self.engine)
        except (ArgumentError, OperationalError, ModuleNotFoundError) as error:
            raise DataError(f"the database cannot be opened: {str(error).splitlines()[0]}") from error

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that changes something; committed at the block's end, undone by an error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One transaction that only looks, and waits for nobody who writes."""
        with Session(self.engine.execution_options(reads=True), expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def sqlite_engine(url: sqlalchemy.URL) -> Engine:
    """Readers beside one writer, who is never surprised by another: a writing transaction takes the lock at its
    beginning. Each commit is on the disk."""
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": PATIENCE})

    @event.listens_for(engine, "connect")
    def _(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver begins no transactions of its own
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reads") else "BEGIN IMMEDIATE")

    return engine


def migrate(engine: Engine) -> None:
    """Run the migrations that this database has not seen. One process at a time, in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
