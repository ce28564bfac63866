"""The database: one for a server, its tables brought up to date when it is opened.

In: a URL of SQLAlchemy's. Out: sessions, each one transaction: all of it is kept, or none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event, make_url, select, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from anew.data.home import home
from anew.errors import DataError
from anew.server.database.tables import Named

PATIENCE = 5.0  # seconds that a transaction waits for another
MIGRATES = 60.0  # seconds that one waits for another that migrates
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "sqlite": {"reads": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
MIGRATING, PROMOTING = 0x616E6577, 0x616E6578  # numbers for PostgreSQL's locks, from "anew" on


def default_url() -> str:
    return f"sqlite:///{home() / 'server' / 'anew.db'}"


class Database:
    """`url`: as SQLAlchemy reads it, `postgresql+psycopg://…` for PostgreSQL. Opening it runs what migrations lack."""

    def __init__(self, url: str | None = None) -> None:
        try:
            where = make_url(url or default_url())
            if where.get_backend_name() not in LOOKS:
                raise DataError(f"the database is {' or '.join(LOOKS)}; not {where.get_backend_name()}")
            self.engine = (
                sqlite_engine(where)
                if where.get_backend_name() == "sqlite"
                else sqlalchemy.create_engine(where, pool_pre_ping=True, hide_parameters=True)
            )
            self.looking = self.engine.execution_options(**LOOKS[where.get_backend_name()])
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
        """One transaction that only looks, at what was there when it began, and waits for nobody who writes."""
        with Session(self.looking, expire_on_commit=False) as session:
            yield session

    @property
    def id(self) -> str:
        """What tells it from any other."""
        with self.reading() as session:
            return session.scalars(select(Named.id)).one()

    @property
    def file(self) -> Path | None:
        """Where it lies, of SQLite."""
        url = self.engine.url
        named = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
        return Path(str(url.database)).resolve() if named else None

    def close(self) -> None:
        self.engine.dispose()


def id_of(file: Path) -> str | None:
    """Of the SQLite database in a file, without opening it as one of ours; None where there is none."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        return str(connection.execute("SELECT id FROM named").fetchone()[0])
    return None


def sqlite_engine(url: sqlalchemy.URL) -> Engine:
    """Readers beside one writer, who is never surprised by another: a writing transaction takes the lock at its
    beginning. Each commit is on the disk."""
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(0o700, parents=True, exist_ok=True)  # for its owner alone
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": PATIENCE}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver begins no transactions of its own
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reads") else "BEGIN IMMEDIATE")

    return engine


def in_turn(asked: Connection | Session, number: int) -> None:
    """Until this transaction's end nobody else gets past the same number. SQLite has one writer at a time anyway."""
    dialect = asked.dialect if isinstance(asked, Connection) else asked.get_bind().dialect
    if dialect.name == "postgresql":
        asked.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def migrate(engine: Engine) -> None:
    """Run the migrations that this database has not seen. One process at a time, in one transaction."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.cursor().execute(f"PRAGMA busy_timeout = {1000 * int(MIGRATES)}")
        with connection.begin():
            in_turn(connection, MIGRATING)
            command.upgrade(migrations(connection), "head")
        connection.detach()  # the next one has the usual patience


def migrations(connection: Connection) -> Config:
    """The migrations as Alembic's commands take them, which run them on this connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
