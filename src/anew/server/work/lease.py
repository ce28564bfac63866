"""Who looks after what: of several servers on one database one at a time holds a job or a batch.

A holder says again and again that it is there; when it has not for a while, whoever comes first takes over.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from anew.server.database.connect import Database
from anew.server.database.work import Batch, Job

K = TypeVar("K", Job, Batch)
SECONDS = 6.0  # that a lease lasts


@dataclass(frozen=True)
class Holder:
    """One server process. `seconds`: after which others take what it holds, unless it says again that it does."""

    database: Database
    seconds: float = SECONDS
    name: str = field(default_factory=lambda: secrets.token_hex(8))

    def hold(self, kind: type[K], id: str) -> K | None:
        """The row as it is now, held by us; None where another holds it."""
        with self.database.reading() as session:
            row = session.scalar(select(kind).where(kind.id == id))
        now = time.time()
        if row is None or (row.holder == self.name and (row.held_until or 0) - now > self.seconds / 2):
            return row
        with self.database.writing() as session:
            free = or_(kind.holder.is_(None), kind.holder == self.name, kind.held_until < now)
            lease = {"holder": self.name, "held_until": now + self.seconds}
            done = session.execute(update(kind).where(kind.id == id, free).values(lease))
            assert isinstance(done, CursorResult)
            return session.scalar(select(kind).where(kind.id == id)) if done.rowcount else None

    def still(self, session: Session, kind: type[Job] | type[Batch], id: str) -> bool:
        """Whether we still hold it, asked within a transaction that writes what we found."""
        holder = session.scalar(select(kind.holder).where(kind.id == id).with_for_update())
        return holder == self.name
