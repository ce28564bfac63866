"""Which models are open: each is opened when it is first asked for, and the one that nobody used for longest goes when
room is needed.

In: a shelf of folders by name. Out: open models, from any thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import psutil

from anew.artifact import Artifact
from anew.engine.served import Served
from anew.errors import NotFound, nearest

SHARE = 0.7  # of the memory that is free at the start


@dataclass(frozen=True)
class Listed:
    """A model that can be opened: its name, its id, the bytes of its files, when it was put there."""

    name: str
    id: str
    bytes: int
    created: int
    modality: str


class Shelf(Protocol):
    """Where models lie."""

    def listed(self) -> Sequence[Listed]: ...
    def open(self, name: str) -> Artifact: ...


class Pool:
    """`names`: of the models that are served, all on the shelf by default. `budget`: bytes of weights that may be open
    at a time, as far as models that nobody uses can be closed for others."""

    def __init__(self, shelf: Shelf, names: Sequence[str] = (), *, budget: int | None = None) -> None:
        self.shelf, self.names = shelf, tuple(names)
        self.budget = budget or int(SHARE * psutil.virtual_memory().available)
        self._open: dict[str, Served] = {}
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def listed(self) -> list[Listed]:
        return [one for one in self.shelf.listed() if not self.names or one.name in self.names]

    def find(self, name: str) -> Listed:
        """NotFound, with a name that is near, for one that is not served."""
        listed = {one.name: one for one in self.listed()}
        if name not in listed:
            raise NotFound(f"no model is called {name!r}{nearest(name, listed)}", next_command="anew models list")
        return listed[name]

    def open(self, name: str) -> Served:
        """The open model; takes its time when it was not open yet."""
        one = self.find(name)
        with self._lock:
            served = self._open.get(one.id)
            if served is None:
                self._make_room(one)
                served = self._open[one.id] = Served(self.shelf.open(name), name, one.id)
            self._used[one.id] = time.monotonic()
            return served

    def _make_room(self, one: Listed) -> None:
        """Close what nobody uses, the longest unused first, until it fits; what is in use stays."""
        bytes_of = {other.id: other.bytes for other in self.shelf.listed()}
        for id in sorted(self._open, key=self._used.__getitem__):
            if sum(bytes_of.get(other, 0) for other in self._open) + one.bytes <= self.budget:
                return
            if self._open[id].idle:
                self._open.pop(id).close()

    def close_unused(self, seconds: float) -> None:
        """Close what has had nothing to do for so long."""
        with self._lock:
            for id in [id for id, at in self._used.items() if time.monotonic() - at > seconds and id in self._open]:
                if self._open[id].idle:
                    self._open.pop(id).close()

    def close(self) -> None:
        with self._lock:
            for served in self._open.values():
                served.close()
            self._open.clear()
