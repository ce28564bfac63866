"""Who looks after what: of several servers on one database one at a time holds a job or a batch.

A holder says again and again that it is there; when it has not for a while, or is seen to be dead, whoever comes first
takes over.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import psutil
from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from anew.server.database.connect import Database
from anew.server.database.work import Batch, Job

K = TypeVar("K", Job, Batch)
SECONDS = 6.0  # that a lease lasts


def place() -> str:
    """Where processes are known by their numbers: this machine, and in it this container."""
    with suppress(OSError):
        return f"{socket.gethostname()}:{os.stat('/proc/self/ns/pid').st_ino}"
    return socket.gethostname()


def this_process() -> str:
    return f"{place()}/{os.getpid()}/{psutil.Process().create_time()}"


def is_dead(holder: str | None) -> bool:
    """Whether it is plain that a holder's process is gone: one of this place, of which there is nothing left."""
    where, pid, started = (holder or "//").split("/")
    if where != place():
        return False
    try:
        return str(psutil.Process(int(pid)).create_time()) != started
    except psutil.NoSuchProcess:
        return True


@dataclass(frozen=True)
class Holder:
    """One server process. `seconds`: after which others take what it holds, unless it says again that it does."""

    database: Database
    seconds: float = SECONDS
    name: str = field(default_factory=this_process)

    def hold(self, kind: type[K], id: str) -> K | None:
        """The row as it is now, held by us; None where another holds it."""
        with self.database.reading() as session:
            row = session.scalar(select(kind).where(kind.id == id))
        now = time.time()
        if row is None or (row.holder == self.name and (row.held_until or 0) - now > self.seconds / 2):
            return row
        with self.database.writing() as session:
            free = or_(kind.holder.is_(None), kind.holder == self.name, kind.held_until < now)
            if is_dead(row.holder):
                free = or_(free, kind.holder == row.holder)
            lease = {"holder": self.name, "held_until": now + self.seconds}
            done = session.execute(update(kind).where(kind.id == id, free).values(lease))
            assert isinstance(done, CursorResult)
            return session.scalar(select(kind).where(kind.id == id)) if done.rowcount else None

    async def keep(self, kind: type[K], id: str) -> None:
        """Hold it until this is cancelled, whatever else takes its time. Returns when another holds it."""
        while await asyncio.to_thread(self.hold, kind, id) is not None:
            await asyncio.sleep(self.seconds / 6)

    def still(self, session: Session, kind: type[Job] | type[Batch], id: str) -> bool:
        """Whether we still hold it, asked within a transaction that writes what we found."""
        holder = session.scalar(select(kind.holder).where(kind.id == id).with_for_update())
        return holder == self.name
