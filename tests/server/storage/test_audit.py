"""The audit log: one chain whoever writes, which nobody changes, and which shows it where somebody did."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from anew.errors import Damaged
from anew.server import audit
from anew.server.audit import START, Fault, digest_of, record
from anew.server.database.connect import Database
from anew.server.database.ledger import Audit, AuditEnd
from anew.server.who import Who


@pytest.fixture
def five(database: Database) -> Database:
    """Five acts."""
    for n in range(5):
        with database.writing() as session:
            record(session, Who("ann", key="k1"), "model.deleted", f"m{n}", bytes=n, why="läuft nicht")
    return database


def test_a_row_says_who_did_what_and_stands_on_the_one_before(five: Database) -> None:
    with five.reading() as session:
        rows, verdict = audit.rows(session, 0, 10), audit.verify(session)
        assert [audit.told(row)["seq"] for row in audit.latest(session, 2)] == [4, 5]
    told = audit.told(rows[2])
    assert (told["tenant"], told["key"], told["act"], told["object"]) == ("ann", "k1", "model.deleted", "m2")
    assert told["details"] == {"bytes": 2, "why": "läuft nicht"}
    assert [row.previous for row in rows] == [START, *(row.digest for row in rows[:-1])]
    assert (verdict.rows, verdict.digest, verdict.well) == (5, rows[-1].digest, True)


def test_an_act_that_fails_leaves_no_row(five: Database) -> None:
    with pytest.raises(RuntimeError), five.writing() as session:
        record(session, Who(), "model.deleted", "m9")
        raise RuntimeError
    with five.reading() as session:
        assert audit.verify(session).rows == 5


def test_two_writers_at_once_keep_one_chain(url: str, database: Database) -> None:
    code = f"""
from anew.server.audit import record
from anew.server.database.connect import Database
from anew.server.who import Who
database = Database({url!r})
for n in range(40):
    with database.writing() as session:
        record(session, Who(), "test", str(n))
"""

    def write(n: int) -> None:
        with database.writing() as session:
            record(session, Who(), "here", str(n))
            record(session, Who(), "here", f"{n} again")

    others = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(20)))
    assert [other.communicate(timeout=60)[1] for other in others] == ["", ""]
    with database.reading() as session:
        verdict = audit.verify(session)
        assert (verdict.rows, verdict.faults) == (120, [])
        assert set(session.scalars(select(Audit.act))) == {"test", "here"}


REFUSED = [
    "UPDATE audit SET object = 'other' WHERE seq = 2",
    "UPDATE audit SET digest = digest",
    "DELETE FROM audit WHERE seq = 5",
    "DELETE FROM audit",
    "INSERT INTO audit SELECT * FROM audit WHERE seq = 2",
    "INSERT OR REPLACE INTO audit SELECT seq, at, tenant, key, act, 'other', details, previous, digest FROM audit",
    "INSERT INTO audit SELECT * FROM audit WHERE seq = 2 ON CONFLICT (seq) DO UPDATE SET object = 'other'",
    "TRUNCATE audit",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_lets_nobody_change_a_row(five: Database, statement: str) -> None:
    with pytest.raises(DatabaseError), five.engine.begin() as connection:
        connection.execute(text(statement))
    with five.reading() as session:
        assert audit.verify(session).well


def unlock(session: Session) -> None:
    """As somebody who owns the database can."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
    else:
        for name in ("update", "delete", "insert"):
            session.execute(text(f"DROP TRIGGER audit_{name}"))


def alter(session: Session, seq: int, *, afresh: bool) -> None:
    """Change a row; `afresh`: and its digest with it."""
    row = session.get_one(Audit, seq)
    row.object = "other"
    if afresh:
        row.digest = digest_of(row)
    session.flush()


def put(session: Session, seq: int) -> None:
    """A row that nobody recorded, with digests that are right in themselves."""
    before = session.get(Audit, seq - 1)
    row = Audit(
        seq=seq, at=1, tenant="eve", act="a", object="b", details="{}", previous=before.digest if before else ""
    )
    row.digest = digest_of(row)
    session.add(row)
    session.flush()


def swap(session: Session, one: int, other: int) -> None:
    for seq, to in ((one, -1), (other, one), (-1, other)):
        session.execute(update(Audit).where(Audit.seq == seq).values(seq=to))


def remove(session: Session, first: int, last: int) -> None:
    session.execute(delete(Audit).where(Audit.seq.between(first, last)))


TAMPERED = {
    "a row is altered": (lambda s: alter(s, 3, afresh=False), [Fault(3, 3, "altered")]),
    "a row is altered with its digest": (lambda s: alter(s, 3, afresh=True), [Fault(3, 3, "replaced")]),
    "the first row is altered with its digest": (lambda s: alter(s, 1, afresh=True), [Fault(1, 1, "replaced")]),
    "the last row is altered with its digest": (lambda s: alter(s, 5, afresh=True), [Fault(5, 5, "replaced")]),
    "one is removed": (lambda s: remove(s, 3, 3), [Fault(3, 3, "removed")]),
    "the first two are removed": (lambda s: remove(s, 1, 2), [Fault(1, 2, "removed")]),
    "the last two are removed": (lambda s: remove(s, 4, 5), [Fault(4, 5, "removed")]),
    "all are removed": (lambda s: remove(s, 1, 5), [Fault(1, 5, "removed")]),
    "one is removed and another put there": (
        lambda s: (remove(s, 3, 3), put(s, 3)), [Fault(3, 3, "replaced")],
    ),
    "one is inserted behind the end": (lambda s: put(s, 6), [Fault(6, 6, "inserted")]),
    "one is inserted before the first": (lambda s: put(s, 0), [Fault(0, 0, "inserted")]),
    "two change places": (lambda s: swap(s, 2, 3), [Fault(2, 2, "altered"), Fault(3, 3, "altered")]),
    "the end is lost": (lambda s: s.execute(delete(AuditEnd)), [Fault(6, 6, "the end is lost")]),
}  # fmt: skip


def test_what_was_changed_is_found_and_named(five: Database) -> None:
    for name, (tamper, expected) in TAMPERED.items():
        with Session(five.engine) as session, session.begin() as transaction:
            unlock(session)
            tamper(session)
            session.expunge_all()
            verdict = audit.verify(session)
            assert (verdict.faults, verdict.well) == (expected, False), name
            transaction.rollback()
    with five.reading() as session:
        assert audit.verify(session).well


def test_a_log_that_was_written_anew_lacks_a_digest_that_was_kept(five: Database) -> None:
    with five.writing() as session:
        kept = audit.verify(session).digest
        assert audit.verify(session, kept).well
        unlock(session)
        session.execute(delete(Audit))
        session.execute(update(AuditEnd).values(seq=0, digest=START))
        record(session, Who(), "model.deleted", "another story")
    with five.reading() as session:
        assert audit.verify(session).well
        verdict = audit.verify(session, kept)
        assert not verdict.faults and not verdict.holds and not verdict.well


def test_without_its_end_nothing_is_written(five: Database) -> None:
    with five.writing() as session:
        session.execute(delete(AuditEnd))
    with pytest.raises(Damaged), five.writing() as session:
        record(session, Who(), "model.deleted", "m")
    with five.writing() as session:
        session.execute(insert(AuditEnd).values(id=1, seq=5, digest=audit.verify(session).digest))
        record(session, Who(), "model.deleted", "m")
