"""Which keys open the door: what the database says, remembered for half a second.

In: what a client sent as its key. Out: who it is. No request waits for a query but the first after half a second.
"""

from __future__ import annotations

import asyncio
import hmac
import math
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from anew.server.database.connect import Database
from anew.server.errors import Problem
from anew.server.keys import DAY, FORM, Known, digest_of, known, state_of
from anew.server.quotas import Spending, Window
from anew.server.who import MASTER, Who

STRANGER = Known("", "0" * 64, "", "", None, None, None, None)  # whose digest no secret has
FRESH = 0.5  # seconds that a look into the database counts; another process's revocation is seen after that


class Keyring:
    """`master`: a key that is in no database and may do all. `open`: whoever comes may enter while there is no key."""

    def __init__(self, database: Database, master: str | None, open: bool) -> None:
        self.database, self.open, self.spending = database, open and master is None, Spending(database)
        self._master = None if master is None else digest_of(master)
        self._keys: Mapping[str, Known] = {}
        self._windows: dict[str, Window] = {}
        self._read_at = -math.inf
        self._lock = threading.Lock()
        self._reader = ThreadPoolExecutor(1, "keys")  # one of its own: it never waits for a model that is opened

    async def who(self, given: str | None) -> Who:
        """Problem: no key where one is needed, or one that opens nothing."""
        await self._refresh()
        if self.open and not self._keys:
            return Who()
        if given is None:
            raise Problem(401, "an API key is needed: Authorization: Bearer sk-anew-…")
        return self._judge(given)

    async def lapsed(self, id: str | None, scope: str) -> str | None:
        """Why work that was begun with the key of this id does not go on; None while it may. What was begun without a
        key of the database may."""
        if id is None or id == MASTER:
            return None
        await self._refresh()
        key = self._keys.get(id)
        if key is None or (state := state_of(key)) != "active":
            return f"the API key {id} is {state if key else 'gone'}"
        return None if scope in key.scopes.split() else f"the API key {id} lacks the scope {scope!r}"

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at >= FRESH:
            await asyncio.get_running_loop().run_in_executor(self._reader, self._read)

    def _judge(self, given: str) -> Who:
        """An id that nobody has costs as much work as one with a wrong secret."""
        form = FORM.fullmatch(given)
        id, secret = form.groups() if form else ("", given)
        key = self._keys.get(id, STRANGER)
        right = hmac.compare_digest(digest_of(secret), key.digest)
        if hmac.compare_digest(digest_of(given), self._master or STRANGER.digest):
            return Who(key=MASTER)
        if not right:
            raise Problem(401, "the API key is wrong")
        if (state := state_of(key)) != "active":
            raise Problem(401, f"the API key is {state}")
        return Who(key.tenant, frozenset(key.scopes.split()), key.id)

    def window(self, who: Who) -> Window | None:
        """What counts its requests, where they are bounded."""
        key = self.key(who.key)
        if key is None or key.requests_per_minute is None:
            return None
        return self._windows.setdefault(key.id, Window(key.requests_per_minute))

    def key(self, id: str | None) -> Known | None:
        """A key of the database."""
        return self._keys.get(id) if id else None

    def refuse_spent(self, who: Who) -> None:
        """Problem when their key has no tokens left for today; what is under way may end."""
        key = self.key(who.key)
        if key is None or key.tokens_per_day is None or self.spending.of(key.id) < key.tokens_per_day:
            return
        what = f"this key has spent its {key.tokens_per_day:,} tokens of today; there are more after midnight UTC"
        raise Problem(429, what, code="rate_limit_exceeded", after=math.ceil(DAY - time.time() % DAY))

    def forget(self) -> None:
        """Keys were changed here: the next request looks again."""
        with self._lock:
            self._read_at = -math.inf

    def _read(self) -> None:
        with self._lock:  # whoever changes a key meanwhile is heard after it
            begun = time.monotonic()
            if begun - self._read_at < FRESH:
                return
            with self.database.reading() as session:
                keys = known(session)
                self.spending.read(session)
            self._keys, self._read_at = keys, begun

    def close(self) -> None:
        self.spending.close()
        self._reader.shutdown()
