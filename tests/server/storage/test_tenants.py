"""What belongs to one tenant is not there for another: every table that has tenants, at every address with one id.

Tables come from the schema and addresses from the app's own document, so that neither can be forgotten. A table whose
rows no address shows to their own tenant fails too: it would not have been tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Request
from serving import Two, running

from anew.engine.pool import Pool
from anew.server import keys
from anew.server.access import Asker, needs
from anew.server.app import create_app
from anew.server.database.connect import Database
from anew.server.database.tables import Table
from anew.server.door import Door
from anew.server.errors import Problem
from anew.server.who import SCOPES, Who

OF_ALL = {"keys", "audit"}  # which administrators see, whoever's they are
ID = "thing-1"
HIDDEN = (403, 404)  # 403: what is kept there is no tenant's, whatever its id


def filled(table: sa.Table, tenant: str) -> dict[str, Any]:
    """A row with something in each column that needs it."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.name in ("id", "tenant"):
            values[column.name] = {"id": ID, "tenant": tenant}[column.name]
        elif not column.nullable and not column.foreign_keys and column.default is None:
            like = column.type.python_type
            values[column.name] = {} if isinstance(column.type, sa.JSON) else like() if like is not str else "{}"
    return values


@dataclass
class Seen:
    """Addresses at which the row was seen: `own`, by its tenant; `other`, by a stranger, who may have `changed` it."""

    own: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def looked_for(web: httpx2.Client, app: FastAPI, database: Database, table: sa.Table, who: dict[str, Any]) -> Seen:
    seen, row = Seen(), filled(table, "ann")
    with database.engine.begin() as connection:
        connection.execute(sa.insert(table).values(row))
    for path, methods in app.openapi()["paths"].items():
        address = "/".join(ID if "{" in part else part for part in path.split("/"))
        for method in sorted(methods, key="get".__ne__):
            body = {} if method in ("get", "delete") else {"json": {}}
            with web.stream(method.upper(), address, headers=who["bob"], **body) as answer:
                if "{" not in path:
                    if method == "get" and not answer.headers["content-type"].startswith("text/event-stream"):
                        seen.other += [address] if ID in answer.read().decode() else []
                    continue
                if method == "get" and answer.status_code not in HIDDEN:
                    seen.other.append(address)
            with database.engine.begin() as connection:
                found = connection.execute(sa.select(table).where(table.c.id == ID)).mappings().one_or_none()
            if found is None or any(found[name] != value for name, value in row.items()):
                seen.changed.append(f"{method} {address}")
                return seen
            if method == "get" and "{" in path:
                with web.stream("GET", address, headers=who["ann"]) as answer:
                    seen.own += [address] if answer.status_code not in HIDDEN else []
    return seen


@pytest.fixture
def who(database: Database) -> dict[str, Any]:
    with database.writing() as session:
        scopes = [scope for scope in SCOPES if scope != "admin"]
        spelled = {name: keys.create(session, Who(), name, scopes=scopes)[1] for name in ("ann", "bob")}
    return {name: {"authorization": f"Bearer {key}"} for name, key in spelled.items()}


@contextmanager
def opened(app: FastAPI) -> Iterator[httpx2.Client]:
    with contextmanager(running)(app) as address, httpx2.Client(base_url=address) as web:
        yield web


def test_rows_of_one_tenant_are_not_there_for_another(database: Database, who: dict[str, Any]) -> None:
    app = create_app(Pool(Two()), Door(), database)
    tables = [one for one in Table.metadata.sorted_tables if {"tenant", "id"} <= set(one.columns.keys())]
    with opened(app) as web:
        for table in tables:
            if table.name in OF_ALL:
                continue
            seen = looked_for(web, app, database, table, who)
            assert (seen.other, seen.changed) == ([], []), table.name
            assert seen.own, f"no address shows a row of {table.name} to its own tenant"


@pytest.mark.parametrize("careless", ["", "shown", "listed", "deleted"])
def test_an_address_that_does_not_ask_whose_it_is_is_found(
    database: Database, who: dict[str, Any], careless: str
) -> None:
    things = sa.Table(
        "things", sa.MetaData(), sa.Column("id", sa.String, primary_key=True), sa.Column("tenant", sa.String),
        sa.Column("at", sa.BigInteger, nullable=False), sa.Column("said", sa.JSON, nullable=False),
    )  # fmt: skip
    things.create(database.engine)
    router = APIRouter(dependencies=[needs("read")])

    def rows(who: Asker, careful: bool) -> list[dict[str, Any]]:
        with database.reading() as session:
            of = sa.select(things).where(things.c.tenant == who.tenant) if careful else sa.select(things)
            return [dict(row) for row in session.execute(of).mappings()]

    @router.get("/v1/things")
    def listed(who: Asker) -> list[dict[str, Any]]:
        return rows(who, careless != "listed")

    @router.get("/v1/things/{id}")
    def shown(id: str, who: Asker) -> dict[str, Any]:
        found = [row for row in rows(who, careless != "shown") if row["id"] == id]
        if not found:
            raise Problem(404, "no such thing")
        return found[0]

    @router.delete("/v1/things/{id}")
    def deleted(id: str, who: Asker, request: Request) -> None:
        if careless != "deleted":
            shown(id, who)
        with request.app.state.database.writing() as session:
            session.execute(sa.delete(things).where(things.c.id == id))

    app = create_app(Pool(Two()), Door(), database)
    app.include_router(router)
    with opened(app) as web:
        seen = looked_for(web, app, database, things, who)
    deletes = ["delete /v1/things/thing-1"]
    assert (seen.other, seen.changed) == {
        "": ([], []),
        "shown": (["/v1/things/thing-1"], deletes),  # which looks whether it is there
        "listed": (["/v1/things"], []),
        "deleted": ([], deletes),
    }[careless]
    assert seen.own == ["/v1/things/thing-1"]
