"""What administrators did, in a chain: each row holds the digest of the row before.

In: an act, within the transaction that does it, so that neither is there without the other. Out: the rows, and what is
wrong with them. The chain shows what somebody changed behind the server's back, unless they wrote all of it anew: keep
the digest of its end elsewhere, and `holds` says whether the chain still has it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from anew.errors import Damaged
from anew.server.database.ledger import Audit, AuditEnd
from anew.server.who import Who

START = "0" * 64  # stands before the first row
FIELDS = ("seq", "at", "tenant", "key", "act", "object", "details", "previous")


def record(session: Session, who: Who, act: str, object: str, **details: Any) -> Audit:
    """Write down that `who` did `act` (`key.created`, a word for the kind and one for what was done) to `object`, its
    id. Call it last in the transaction: from here to its end nobody else can write one. Details are JSON, and never a
    secret."""
    end = session.scalars(select(AuditEnd).with_for_update()).one_or_none()
    if end is None:
        raise Damaged("the audit log has lost its end", next_command="anew audit verify")
    told = json.dumps(details, sort_keys=True)
    row = Audit(seq=end.seq + 1, at=int(time.time()), tenant=who.tenant, key=who.key, act=act, object=object)
    row.details, row.previous = told, end.digest
    row.digest = digest_of(row)
    end.seq, end.digest = row.seq, row.digest
    session.add(row)
    return row


def digest_of(row: Audit) -> str:
    """SHA-256 of the row's fields as one JSON list."""
    fields = json.dumps([getattr(row, name) for name in FIELDS], separators=(",", ":"), default=str)
    return hashlib.sha256(fields.encode()).hexdigest()


def told(row: Audit) -> dict[str, Any]:
    """The row as people and clients see it."""
    fields = {name: getattr(row, name) for name in FIELDS} | {"digest": row.digest}
    return fields | {"details": json.loads(row.details)}


def rows(session: Session, after: int, limit: int, before: int | None = None) -> Sequence[Audit]:
    """At most `limit` rows behind number `after`, in their order; with `before`, the last ones before it, the newest
    first."""
    found = select(Audit).where(Audit.seq > after).limit(limit)
    if before is None:
        return session.scalars(found.order_by(Audit.seq)).all()
    return session.scalars(found.where(Audit.seq < before).order_by(Audit.seq.desc())).all()


def latest(session: Session, limit: int) -> Sequence[Audit]:
    """The last `limit` rows, in their order."""
    return session.scalars(select(Audit).order_by(Audit.seq.desc()).limit(limit)).all()[::-1]


@dataclass(frozen=True)
class Fault:
    """Rows `first` to `last` were altered, removed, inserted, or replaced by others whose digests are right."""

    first: int
    last: int
    what: str


@dataclass(frozen=True)
class Verdict:
    """`rows` that were read; `digest`: of the last one; `holds`: whether a row has the digest that was asked for."""

    rows: int
    digest: str
    holds: bool
    faults: list[Fault]

    @property
    def well(self) -> bool:
        return self.holds and not self.faults


def verify(session: Session, holds: str | None = None) -> Verdict:
    """Read the whole log. Within one transaction that only looks, so that it is read as it was at one moment."""
    count, last, found = 0, START, holds in (None, START)

    def seen() -> Iterator[Audit]:
        nonlocal count, last, found
        for row in session.scalars(select(Audit).order_by(Audit.seq).execution_options(yield_per=1000)):
            count, last, found = count + 1, row.digest, found or row.digest == holds
            yield row

    faults = list(faults_of(seen(), session.scalars(select(AuditEnd)).one_or_none()))
    return Verdict(count, last, found, faults)


def faults_of(log: Iterator[Audit], end: AuditEnd | None) -> Iterator[Fault]:
    due = 1
    previous: str | None = START  # None behind a row that was told of: it is not told of again
    for row in log:
        if row.seq < 1 or (end is not None and row.seq > end.seq):
            yield Fault(row.seq, row.seq, "inserted")
            continue
        if row.seq > due:
            yield Fault(due, row.seq - 1, "removed")
        altered = row.digest != digest_of(row)
        if altered:
            yield Fault(row.seq, row.seq, "altered")
        elif row.seq == due and row.previous != (previous or row.previous):
            yield Fault(max(due - 1, 1), max(due - 1, 1), "replaced")
        due, previous = row.seq + 1, None if altered else row.digest
    if end is None:
        yield Fault(due, due, "the end is lost")
    elif due <= end.seq:
        yield Fault(due, end.seq, "removed")
    elif end.digest != (previous or end.digest):
        yield Fault(end.seq, end.seq, "replaced")
