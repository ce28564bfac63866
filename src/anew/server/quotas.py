"""How much a key may ask for: requests in a minute, and tokens in a day.

In: each request of a key, and the tokens that its answer took. Out: 429 with the time to wait. Minutes are counted by
each server for itself; tokens stand in the database, so that a restart forgets none.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from anew.server.context import SPEND
from anew.server.database.connect import Database
from anew.server.database.ledger import Usage
from anew.server.keys import spent_today, today

log = logging.getLogger("anew.server")
MINUTE = 60.0


class Window:
    """At most `most` requests in any sixty seconds; one that is turned away does not count."""

    def __init__(self, most: int) -> None:
        self.most, self._times = most, deque[float]()

    def enter(self, now: float) -> float:
        """0 where one more may enter, else the seconds until one may."""
        while self._times and now - self._times[0] >= MINUTE:
            self._times.popleft()
        if len(self._times) >= self.most:
            return self._times[0] + MINUTE - now
        self._times.append(now)
        return 0.0

    def headers(self, now: float) -> dict[str, str]:
        """As OpenAI's clients read them, after a request has tried to enter."""
        reset = math.ceil(self._times[-1] + MINUTE - now)
        names = ("limit", "remaining", "reset")
        told = (str(self.most), str(self.most - len(self._times)), f"{reset}s")
        return {f"x-ratelimit-{name}-requests": value for name, value in zip(names, told, strict=True)}


class Spending:
    """Tokens that keys have spent today. One thread writes them down, as many at a time as have come."""

    def __init__(self, database: Database) -> None:
        self.database = database
        upsert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[database.engine.dialect.name]
        row = upsert(Usage)
        more = {"tokens": Usage.tokens + row.excluded.tokens}
        self._add = row.on_conflict_do_update(index_elements=["key", "day"], set_=more).returning(Usage.tokens)
        self._owed, self._spent, self._day = Counter[str](), dict[str, int](), today()
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, "spending")

    def of(self, key: str) -> int:
        """What it has spent today, as far as it is known here."""
        with self._lock:
            return (self._spent.get(key, 0) if self._day == today() else 0) + self._owed[key]

    def add(self, key: str, tokens: int) -> None:
        with self._lock:
            self._owed[key] += tokens
        with suppress(RuntimeError):  # the server has ended
            self._writer.submit(self._write)

    def read(self, session: Session) -> None:
        """Learn what other servers have counted. A sum only grows within its day."""
        self._learn(spent_today(session))

    def _learn(self, sums: dict[str, int]) -> None:
        with self._lock:
            if self._day != today():
                self._day, self._spent = today(), {}
            self._spent |= {key: max(tokens, self._spent.get(key, 0)) for key, tokens in sums.items()}

    def _write(self) -> None:
        with self._lock:
            owed = {key: tokens for key, tokens in self._owed.items() if tokens}
        if not owed:
            return
        try:
            with self.database.writing() as session:
                day = today()
                rows = {key: {"key": key, "day": day, "tokens": tokens} for key, tokens in sorted(owed.items())}
                sums = {key: session.execute(self._add, row).scalar_one() for key, row in rows.items()}
        except SQLAlchemyError:  # it stays owed, and is written with the next
            log.exception("what keys have spent could not be written")
            return
        self._learn(sums)
        with self._lock:
            self._owed -= Counter(owed)

    def close(self) -> None:
        with suppress(RuntimeError):
            self._writer.submit(self._write)
        self._writer.shutdown()


def count(tokens: int) -> None:
    """Whatever generates for a request calls this once with the tokens that it has read and written, also for a client
    that has left. They are those of the request's key."""
    if (spend := SPEND.get()) is not None and tokens > 0:
        spend(tokens)
