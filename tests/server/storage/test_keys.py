"""Keys in the database: how they are made, taken back and remembered, and what they have spent."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from anew.errors import NotFound, RecipeError
from anew.server import audit, keys
from anew.server.database.connect import Database
from anew.server.database.tables import Key
from anew.server.errors import Problem
from anew.server.keyring import FRESH, Keyring
from anew.server.quotas import Spending
from anew.server.who import LOCAL, MASTER, SCOPES, Who


@pytest.fixture
def ring(database: Database) -> Iterator[Keyring]:
    ring = Keyring(database, None, open=True)
    yield ring
    ring.close()


def made(database: Database, name: str = "ann", **wishes: object) -> tuple[Key, str]:
    with database.writing() as session:
        return keys.create(session, Who(), name, **wishes)  # type: ignore[arg-type]


def who(ring: Keyring, given: str | None) -> Who | str:
    try:
        return asyncio.run(ring.who(given))
    except Problem as problem:
        assert problem.status == 401 and problem.code == "invalid_api_key"
        return problem.message


def test_the_row_holds_the_hash_of_the_secret_alone(database: Database) -> None:
    key, spelled = made(database, scopes=["admin", "read"], expires="2h", tokens_per_day=7)
    prefix, name, id, secret = spelled.split("-")
    assert (prefix, name, id) == ("sk", "anew", key.id) and len(bytes.fromhex(secret)) == 32
    assert key.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert key.expires_at == key.created_at + 7200 and key.tenant == "ann" and key.scopes == "read admin"
    with database.reading() as session:
        (row,) = audit.rows(session, 0, 10)
    assert (row.act, row.object) == ("key.created", key.id) and key.digest not in row.details
    assert secret not in row.details and audit.told(row)["details"]["scopes"] == ["read", "admin"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ""), ("name", "a\nb"), ("name", "a" * 65), ("name", "-x"), ("tenant", "\x00"), ("tenant", ""),
        ("scopes", ["root"]), ("scopes", []), ("scopes", ["read", ""]),
        *(("expires", one) for one in ("", "30", "d", "0d", "-1d", "1.5d", "30 d", "9999999d", "٣d")),
        ("requests_per_minute", 0), ("requests_per_minute", 10**9), ("tokens_per_day", -1), ("tokens_per_day", 2**70),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_nothing(database: Database, field: str, wrong: object) -> None:
    with pytest.raises(RecipeError, match=f"^{field}: "):
        made(database, **{"name": "ann", field: wrong})  # type: ignore[arg-type]
    with database.reading() as session:
        assert keys.all_keys(session) == [] and audit.rows(session, 0, 10) == []


def test_a_key_is_asked_for_from_the_first_on(database: Database, ring: Keyring) -> None:
    assert who(ring, None) == who(ring, "whatever") == Who(LOCAL, frozenset(SCOPES))
    key, spelled = made(database, scopes=["generate"])
    ring.forget()
    right = who(ring, spelled)
    assert right == Who("ann", frozenset({"generate"}), key.id)
    other = spelled[:-1] + ("0" if spelled[-1] != "0" else "1")
    unknown = f"sk-anew-{'0' * 12}-{spelled[-64:]}"
    wrong = (
        other,
        unknown,
        spelled.upper(),
        spelled + "0",
        spelled[-64:],
        key.digest,
        "",
        "ключ",
        "\udcff",
        "sk-anew--",
    )
    assert {who(ring, given) for given in wrong} == {"the API key is wrong"}
    assert "needed" in str(who(ring, None))
    with database.writing() as session:
        session.get_one(Key, key.id).expires_at = int(time.time())
    ring.forget()
    assert who(ring, spelled) == "the API key is expired" and who(ring, other) == "the API key is wrong"
    with database.writing() as session:
        keys.revoke(session, Who(), key.id)
        keys.revoke(session, Who(), key.id)
        with pytest.raises(NotFound):
            keys.revoke(session, Who(), "0" * 12)
    ring.forget()
    assert who(ring, spelled) == "the API key is revoked" and "needed" in str(who(ring, None))
    with database.reading() as session:
        assert [row.act for row in audit.rows(session, 0, 10)] == ["key.created", "key.revoked"]


def test_who_guards_a_server_needs_a_key_though_there_is_none(database: Database) -> None:
    for master, open in ((None, False), ("sk-master", True), ("sk-master", False)):
        ring = Keyring(database, master, open)
        assert "needed" in str(who(ring, None)) and who(ring, "any") == "the API key is wrong"
        assert who(ring, "sk-master") == (Who(key=MASTER) if master else "the API key is wrong")
        ring.close()


def test_requests_cost_no_query_and_a_revocation_elsewhere_counts_within_a_second(url: str, database: Database) -> None:
    key, spelled = made(database)
    ring, elsewhere, queries = Keyring(database, None, open=True), Database(url), []
    assert isinstance(who(ring, spelled), Who)
    event.listen(database.engine, "before_cursor_execute", lambda *_: queries.append(1))
    begun = time.monotonic()
    seen = sum(isinstance(who(ring, spelled), Who) for _ in range(50))
    looks = 1 + int((time.monotonic() - begun) / FRESH)
    assert seen == 50 and len(queries) <= 2 * looks  # keys, and what they have spent
    with elsewhere.writing() as session:
        keys.revoke(session, Who(), key.id)
    begun = time.monotonic()
    while isinstance(who(ring, spelled), Who):
        assert time.monotonic() < begun + 1, "a revoked key still opens"
        time.sleep(0.02)
    ring.close()
    elsewhere.close()


def test_a_database_that_does_not_answer_lets_nobody_in(url: str) -> None:
    database = Database(url)
    ring = Keyring(database, None, open=True)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE keys RENAME TO lost")
    with pytest.raises(DatabaseError):
        asyncio.run(ring.who(None))
    ring.close()
    database.close()


def test_what_was_spent_is_counted_to_the_token_and_survives_a_restart(url: str, database: Database) -> None:
    elsewhere = Database(url)
    both = [Spending(database), Spending(elsewhere)]

    def spend(n: int) -> None:
        for _ in range(100):
            both[n % 2].add(f"key{n % 3}", 1)

    threads = [threading.Thread(target=spend, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in both:
        one.close()
    after = Spending(database)
    with database.reading() as session:
        assert keys.spent_today(session) == {f"key{n}": 400 for n in range(3)}
        after.read(session)
    assert [after.of(f"key{n}") for n in range(4)] == [400, 400, 400, 0]
    after.add("key3", 5)
    assert after.of("key3") == 5
    after.close()
    elsewhere.close()


def test_yesterday_is_forgotten_and_what_cannot_be_written_stays_owed(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spending, day = Spending(database), keys.today()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE usage RENAME TO lost")
    spending.add("key", 3)
    while not caplog.records:
        time.sleep(0.01)
    assert spending.of("key") == 3
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE lost RENAME TO usage")
    spending.add("key", 4)
    while spending._owed:
        time.sleep(0.01)
    assert spending.of("key") == 7
    monkeypatch.setattr("anew.server.quotas.today", lambda: day + 1)
    assert spending.of("key") == 0
    spending.close()
