"""Which models are open: each is opened when it is first asked for, and the one that nobody used for longest goes when
room is needed.

In: a shelf of folders by name. Out: open models, from any thread; who took one gives it back, and until then nobody
closes it. A model that is being loaded holds up those who want it, and nobody else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from anew.artifact import Artifact, Encoder
from anew.data.memory import free_bytes
from anew.engine.budget import Among, Budget
from anew.engine.served import Served
from anew.engine.verbs import Verb
from anew.errors import AnewError, NotFound, Refused, nearest

SHARE = 0.7  # of the memory that is free at the start: half of it for weights, half for what sequences remember


class Busy(AnewError):
    """There is no room for this now; there will be."""


@dataclass(frozen=True)
class Listed:
    """A model that can be opened: its name, its id, the bytes of its files, when it was put there, other names;
    `exactly`: a name that is never another model's; `does`: what it is there for, None of a part of other models;
    `captions`: whether it is told in words what to make, or else by which `labels`; `speaks`: whether those words are
    what it says, and `labels` its speakers."""

    name: str
    id: str
    bytes: int
    created: int
    modality: str
    aliases: Sequence[str] = ()
    exactly: str = ""
    does: Verb | None = "make"
    captions: bool = False
    labels: Sequence[str] = ()
    speaks: bool = False

    @property
    def ref(self) -> str:
        """What to open, whatever its name stands for by then."""
        return self.exactly or self.name


class Shelf(Protocol):
    """Where models lie."""

    def listed(self) -> Sequence[Listed]: ...
    def open(self, name: str) -> Artifact | Encoder: ...


@dataclass
class Place:
    """A model that is open, or about to be. `nbytes`: what it takes, of its files until it is open; `users`: who holds
    it."""

    nbytes: int
    loading: threading.Lock = field(default_factory=threading.Lock)
    served: Served | None = None
    users: int = 0
    used: float = field(default_factory=time.monotonic)


class Pool:
    """`names`: of the models that are served, all on the shelf by default. `budget`: bytes that open models may take,
    weights and sequences each a half. `apart`: engines in processes of their own, on a shelf that can be handed to
    them."""

    def __init__(
        self, shelf: Shelf, names: Sequence[str] = (), *, budget: int | None = None, apart: bool = False
    ) -> None:
        self.shelf, self.names = shelf, tuple(names)
        total = int(SHARE * free_bytes()) if budget is None else budget
        self.weights = total // 2
        self.sequences = Among(total - total // 2) if apart else Budget(total - total // 2)
        if apart:
            from anew.engine.apart import ready

            ready()
        self._places: dict[str, Place] = {}
        self._lock = threading.Lock()

    def listed(self) -> list[Listed]:
        wanted = set(self.names)
        return [one for one in self.shelf.listed() if not wanted or wanted & {one.name, *one.aliases}]

    def add(self, name: str) -> None:
        """Serve this one, too, where only some are served."""
        with self._lock:
            if self.names and name not in self.names:
                self.names = (*self.names, name)

    def find(self, name: str) -> Listed:
        """NotFound, with a name that is near, for one that is not served."""
        named = {name: one for one in self.listed() for name in (*one.aliases, one.name)}
        if name not in named:
            raise NotFound(f"no model is called {name!r}{nearest(name, named)}", next_command="anew models list")
        return named[name]

    def open_now(self) -> dict[str, Served]:
        """Every open model by its id."""
        with self._lock:
            return {id: place.served for id, place in self._places.items() if place.served is not None}

    def take(self, name: str) -> Served:
        """The open model, loaded where it is not yet. Busy: others have the memory; Refused: it never fits."""
        one = self.find(name)
        place = self._claim(one)
        try:
            with place.loading:
                if place.served is not None and place.served.dead:
                    place.served.begin_again()
                if place.served is None:
                    self._make_room(one, place)
                    served = self._opened(one)
                    place.nbytes = served.nbytes
                    try:
                        self._make_room(one, place)  # it may take more than its files said
                    except AnewError:
                        served.close()
                        raise
                    place.served = served
            assert place.served is not None
            return place.served
        except BaseException:
            self._release(one.id)
            raise

    def take_open(self, name: str) -> Served | None:
        """The same without waiting: None for one that is not open."""
        one = self.find(name)
        with self._lock:
            place = self._places.get(one.id)
            if place is None or place.served is None or place.served.dead:
                return None
            place.users, place.used = place.users + 1, time.monotonic()
            return place.served

    def give(self, served: Served) -> None:
        """Whoever took it is done with it."""
        self._release(served.digest)

    @contextmanager
    def lease(self, name: str) -> Iterator[Served]:
        served = self.take(name)
        try:
            yield served
        finally:
            self.give(served)

    def close_unused(self, seconds: float = 0.0, names: Sequence[str] | None = None) -> list[str]:
        """Close what nobody has held for so long, or of the models named; the names of what was closed."""
        with self._lock:
            now = time.monotonic()
            gone = [
                (id, place)
                for id, place in self._places.items()
                if place.served and not place.users and now - place.used >= seconds
                and (names is None or place.served.name in names)
            ]  # fmt: skip
        return [place.served.name for id, place in gone if place.served and self._close(id, place)]

    def close(self) -> None:
        """Close all, whoever holds them."""
        for served in self.open_now().values():
            served.close()
        self._places.clear()

    def _opened(self, one: Listed) -> Served:
        opened, budget = self.shelf.open(one.ref), self.sequences
        if not isinstance(budget, Among):
            return Served(opened, one.name, one.id, budget)
        from anew.engine.apart import Apart

        return Served(opened, one.name, one.id, apart=lambda: Apart(self.shelf, one, budget))

    def _claim(self, one: Listed) -> Place:
        with self._lock:
            place = self._places.setdefault(one.id, Place(one.bytes))
            place.users, place.used = place.users + 1, time.monotonic()
            return place

    def _release(self, id: str) -> None:
        with self._lock:
            place = self._places[id]
            place.users, place.used = place.users - 1, time.monotonic()
            if place.served is None and not place.users:
                del self._places[id]

    def _make_room(self, one: Listed, place: Place) -> None:
        """Close what nobody holds, the longest unused first, until it fits; what is in use stays."""
        if place.nbytes > self.weights:
            what = f"{one.name} takes {place.nbytes:,} bytes, and open models may take {self.weights:,}"
            raise Refused(what, next_command="anew serve with more memory free")
        while True:
            with self._lock:
                if sum(other.nbytes for other in self._places.values()) <= self.weights:
                    return
                unused = {id: p for id, p in self._places.items() if p.served and not p.users}
                if not unused:
                    raise Busy(f"no memory is free for {one.name}: other models are in use")
                id = min(unused, key=lambda id: unused[id].used)
            self._close(id, unused[id])

    def _close(self, id: str, place: Place) -> bool:
        """Whether it was still unused."""
        with self._lock:
            if place.users or self._places.get(id) is not place:
                return False
            del self._places[id]
        if place.served is not None:
            place.served.close()
        return True
