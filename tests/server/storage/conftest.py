"""The same tests over SQLite and PostgreSQL: a real server of Debian's package, which the test run starts itself."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from anew.server.database.connect import Database

OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=60")


def programs() -> Path | None:
    """Where initdb and postgres lie; Debian keeps them off the path."""
    found = [Path(which).resolve().parent] if (which := shutil.which("initdb")) else []
    return next(reversed([*sorted(Path("/usr/lib/postgresql").glob("*/bin")), *found]), None)


PROGRAMS = programs()
missing = PROGRAMS is None and "CI" not in os.environ  # there it has to be, and its absence fails
POSTGRESQL = pytest.param(
    "postgresql", marks=pytest.mark.skipif(missing, reason="postgresql is not installed: apt-get install postgresql")
)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A server on a socket in a folder of its own, as nobody where we are root: it refuses to be run by root."""
    assert PROGRAMS is not None, "apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="anew-pg-"))
    user = "nobody" if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

    def run(program: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PROGRAMS / program, "-D", folder / "data", *arguments],
            user=user, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    made = run("initdb", "-U", "anew", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    said, _ = made.communicate(timeout=60)
    assert made.returncode == 0, said
    server = run("postgres", "-k", str(folder), *(part for option in OPTIONS for part in ("-c", option)))
    try:
        while True:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(dsn(folder)):
                break
            assert server.poll() is None, server.stdout and server.stdout.read()
            time.sleep(0.02)
        yield str(folder)
    finally:
        server.send_signal(signal.SIGINT)  # whoever is still connected is cut off
        server.communicate(timeout=30)
        shutil.rmtree(folder)


def dsn(folder: Path | str) -> str:
    return f"host={folder} user=anew dbname=postgres"


@pytest.fixture(params=["sqlite", POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/anew.db"
    folder, name = request.getfixturevalue("postgresql"), f"t{time.monotonic_ns()}"
    with psycopg.connect(dsn(folder), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql+psycopg://anew@/{name}?host={folder}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()
