"""The migrations give the tables that the code knows, from any state and with rows in place, and go back."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from anew.errors import DataError
from anew.server import keys
from anew.server.database.connect import Database, migrations
from anew.server.database.tables import Key, Table
from anew.server.who import Who


def differences(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Table.metadata))


def test_they_give_exactly_the_tables_of_the_code(database: Database) -> None:
    assert differences(database) == []
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE usage ADD COLUMN more BIGINT"))
    assert differences(database), "a column that the code does not know is overlooked"


def test_they_go_up_with_rows_in_place_and_down_again(url: str, database: Database) -> None:
    with database.writing() as session:
        key, _ = keys.create(session, Who(), "before", expires="30d")
    with database.engine.begin() as connection:
        command.downgrade(migrations(connection), "0001")
    assert set(inspect(database.engine).get_table_names()) == {"keys", "alembic_version"}
    again = Database(url)
    with again.writing() as session:
        kept = session.get(Key, key.id)
        assert kept is not None and (kept.digest, kept.expires_at) == (key.digest, key.expires_at)
        keys.revoke(session, Who(), key.id)
    assert differences(again) == []
    with again.engine.begin() as connection:
        command.downgrade(migrations(connection), "base")
    assert inspect(again.engine).get_table_names() == ["alembic_version"]
    again.close()


def test_servers_that_start_at_once_migrate_once(url: str) -> None:
    """In processes of their own."""
    code = f"from anew.server.database.connect import Database; Database({url!r}).close()"
    starts = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [start.communicate(timeout=60)[1] for start in starts] == ["", "", ""]
    with contextlib.closing(Database(url)) as database:
        assert differences(database) == []


def test_who_only_looks_sees_one_moment_and_changes_nothing(database: Database) -> None:
    with database.reading() as looking:
        assert keys.all_keys(looking) == []
        with database.writing() as session:
            keys.create(session, Who(), "meanwhile")
        assert keys.all_keys(looking) == []
    with contextlib.suppress(DatabaseError), database.reading() as looking:
        keys.create(looking, Who(), "looking")
    with database.reading() as looking:
        assert len(keys.all_keys(looking)) == 1


@pytest.mark.parametrize("url", ["mysql://ann:hunter2@host/x", "postgresql+none://ann:hunter2@host/x", "ann:hunter2"])
def test_what_cannot_be_opened_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(DataError) as told:
        Database(url)
    assert "hunter2" not in str(told.value)
