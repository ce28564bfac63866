"""Fair turns: who comes next of many who wait, so that nobody waits because somebody else asks for much.

In: what waits, each with whose it is. Out: of the owner for whom least is under way, what came first; among equals the
owner whose turn lies longest back. (Max-min fairness over requests: Bertsekas and Gallager, Data Networks, 6.5.2.)
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Turns(Generic[Item]):
    def __init__(self) -> None:
        self._lanes: dict[str, deque[Item]] = {}  # the owner whose turn lies longest back first
        self._head: tuple[str, Item] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._lanes.values()))

    def __iter__(self) -> Iterator[Item]:
        return (item for lane in self._lanes.values() for item in lane)

    def add(self, owner: str, item: Item) -> None:
        self._lanes.setdefault(owner, deque()).append(item)

    def head(self, under_way: Mapping[str, int]) -> Item | None:
        """Who is next. Once it was said it stays so until it is taken or removed: who is too big for now is not passed
        over for ever."""
        if self._head is None and self._lanes:
            owner = min(self._lanes, key=lambda owner: under_way.get(owner, 0))
            self._head = owner, self._lanes[owner][0]
        return None if self._head is None else self._head[1]

    def take(self) -> None:
        """The head's turn has come."""
        assert self._head is not None
        owner, item = self._head
        lane = self._lanes.pop(owner)
        lane.remove(item)
        if lane:
            self._lanes[owner] = lane
        self._head = None

    def remove(self, which: Callable[[Item], bool]) -> bool:
        """Whether the head was among them."""
        headless = self._head is not None and which(self._head[1])
        if headless:
            self._head = None
        lanes = {owner: deque(item for item in lane if not which(item)) for owner, lane in self._lanes.items()}
        self._lanes = {owner: lane for owner, lane in lanes.items() if lane}
        return headless


class Worker:
    """Pieces of work in a thread of its own, one at a time, by turns among their owners."""

    def __init__(self, name: str) -> None:
        self.name, self.closed, self.busy = name, False, False
        self._turns: Turns[Callable[[], None]] = Turns()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        return len(self._turns)

    @property
    def idle(self) -> bool:
        return not self.busy and not self._turns

    def submit(self, owner: str, work: Callable[[], None]) -> None:
        """`work` deals with its own errors."""
        with self._changed:
            self._turns.add(owner, work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """What waits is not begun any more; what runs sees `closed`."""
        with self._changed:
            self.closed = True
            self._turns.remove(lambda work: True)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self.busy = False
                self._changed.wait_for(lambda: self.closed or self._turns)
                if self.closed:
                    return
                work = self._turns.head({})
                self._turns.take()
                self.busy = True
            assert work is not None
            work()
