"""Every endpoint of the app's own document, each method, with no key, wrong ones and right ones."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute
from serving import Two, served

import anew.server
from anew.engine.pool import Pool
from anew.server import keys
from anew.server.app import create_app
from anew.server.database.connect import Database
from anew.server.database.tables import Key
from anew.server.door import OPEN, Door
from anew.server.endpoints import ROUTERS, own
from anew.server.who import LOCAL, SCOPES, Who

METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}
Document = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """`scope`: the one that it needs, None where it declares none."""

    method: str
    path: str
    scope: str | None

    @property
    def filled(self) -> str:
        """The path with something for each of its parameters."""
        return "/".join("1" if "{" in part else part for part in self.path.split("/"))


def operations(document: Document) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                scopes = [scope for one in operation.get("security", []) for named in one.values() for scope in named]
                yield Operation(method, path, scopes[0] if len(scopes) == 1 else None)


def unguarded(document: Document) -> set[str]:
    return {one.path for one in operations(document) if one.scope not in SCOPES} - set(OPEN)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(f"sqlite:///{tmp_path_factory.mktemp('keys')}/anew.db")


@pytest.fixture(scope="module")
def document(database: Database) -> Document:
    return create_app(Pool(Two()), Door(), database).openapi()


@dataclass(frozen=True)
class Locked:
    """A server with a key of each kind, by its name."""

    address: str
    keys: dict[str, str]
    web: httpx2.Client

    def ask(self, one: Operation, key: str | None) -> tuple[int, str | None, dict[str, str]]:
        """Status, code and headers of an answer; what an answer without an end says is not waited for."""
        headers = {} if key is None else {"authorization": f"Bearer {self.keys.get(key, key)}"}
        body = {"json": {}} if one.method in ("post", "put", "patch") else {}
        with self.web.stream(one.method.upper(), self.address + one.filled, headers=headers, **body) as answer:
            kind, code = answer.headers.get("content-type", ""), None
            if answer.status_code >= 400 and kind == "application/json":
                answer.read()
                code = answer.json()["error"]["code"]
            return answer.status_code, code, dict(answer.headers)


@pytest.fixture(scope="module")
def locked(database: Database) -> Iterator[Locked]:
    spelled = {}
    with database.writing() as session:
        for scope in SCOPES:
            others = [other for other in SCOPES if other != scope]
            _, spelled[scope] = keys.create(session, Who(), scope, scopes=[scope], tenant=LOCAL)
            _, spelled[f"all but {scope}"] = keys.create(session, Who(), scope, scopes=others, tenant=LOCAL)
        expired, spelled["expired"] = keys.create(session, Who(), "late", scopes=SCOPES, expires="1m")
        session.get_one(Key, expired.id).expires_at = int(time.time()) - 1
        revoked, spelled["revoked"] = keys.create(session, Who(), "gone", scopes=SCOPES)
        keys.revoke(session, Who(), revoked.id)
    with contextmanager(served)(Pool(Two()), Door(), database) as address, httpx2.Client() as web:
        yield Locked(address, spelled, web)


def test_every_endpoint_declares_one_scope(document: Document) -> None:
    assert not unguarded(document)
    assert len(list(operations(document))) >= 10
    planted = copy.deepcopy(document)
    planted["paths"]["/v1/new"] = {"get": {"responses": {}}}
    assert unguarded(planted) == {"/v1/new"}


def test_no_endpoint_hides_from_the_document() -> None:
    """But for addresses that are not served, which say so, and the studio's own files, which are the same for all
    and tell of no model."""
    sources = Path(next(iter(anew.server.__path__))).rglob("*.py")
    assert {path.name for path in sources if "include_in_schema" in path.read_text("utf-8")} <= {
        "elsewhere.py",
        "studio.py",
    }


def test_every_route_of_every_router_is_in_the_document(document: Document) -> None:
    """No mount and no socket, which the scopes of endpoints do not reach, and no method that is not tried below."""
    routes = [route for router in (*ROUTERS, *own.ROUTERS) for route in router.routes]
    assert not [route for route in routes if not isinstance(route, APIRoute)]
    told = {(one.method.upper(), one.path) for one in operations(document)}
    untold = [
        route for route in routes if isinstance(route, APIRoute)
        and not {(method, route.path_format) for method in route.methods} <= told
    ]  # fmt: skip
    assert {route.endpoint.__module__.rpartition(".")[2] for route in untold} <= {"elsewhere", "studio"}


def test_who_has_no_key_that_opens_stays_outside(document: Document, locked: Locked) -> None:
    wrong = f"sk-anew-{'0' * 12}-{'0' * 64}"
    close = locked.keys["admin"][:-1] + ("1" if locked.keys["admin"][-1] == "0" else "0")
    for one in [*operations(document), Operation("get", "/openapi.json", None), Operation("get", "/v1/nothing", None)]:
        for key in (None, "sk-other", wrong, close, "expired", "revoked"):
            status, code, headers = locked.ask(one, key)
            if one.path in OPEN:
                assert status == 200, one
                continue
            assert (status, code) == (401, "invalid_api_key"), (one, key)
            assert headers["www-authenticate"] == "Bearer" and headers["x-request-id"]


def test_a_key_opens_what_its_scope_says_and_nothing_else(document: Document, locked: Locked) -> None:
    for one in operations(document):
        if one.path in OPEN:
            continue
        status, code, _ = locked.ask(one, f"all but {one.scope}")
        assert (status, code) == (403, "permission_denied"), one
        status, code, _ = locked.ask(one, one.scope)
        assert status not in (401, 403) and status < 500, (one, status, code)


def test_a_refusal_names_the_scope(locked: Locked) -> None:
    headers = {"authorization": f"Bearer {locked.keys['read']}"}
    answer = locked.web.get(f"{locked.address}/v1/anew/keys", headers=headers).json()["error"]
    assert "'admin'" in answer["message"] and answer["type"] == "invalid_request_error"
