"""Memory that several engines share: nobody takes more than there is, and nobody is passed over for ever.

In: who wants how many bytes. Out: whether they have them now. Who was told no is ahead of all who come later. The
engines are of one process, or each is of a process of its own.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import threading
import time
import weakref
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from multiprocessing import reduction
from typing import Any

from anew.errors import Refused

try:
    import fcntl
except ImportError:  # Windows, where all engines are of one process
    fcntl = None  # type: ignore[assignment]

ROWS = 128  # engines in processes of their own, at most, and this one


@dataclass
class Share:
    """One engine's: the bytes that it has, those that it was told no to, and when it first was (ns)."""

    used: int = 0
    wanted: int = 0
    since: int = 0


class Budget:
    def __init__(self, total: int) -> None:
        self.total = total
        self._shares: dict[Hashable, Share] = {}
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        with self._share(None) as (_, shares):
            return sum(share.used for share in shares)

    def take(self, who: Hashable, nbytes: int) -> bool:
        """Have so many more bytes, or be next in line for them."""
        with self._share(who) as (mine, shares):
            waits = [one for one in shares if one.wanted and one is not mine]
            ahead = sum(one.wanted for one in waits if not mine.wanted or one.since < mine.since)
            if sum(one.used for one in shares) + ahead + nbytes > self.total:
                mine.since = mine.since if mine.wanted else time.monotonic_ns()  # one clock for all processes
                mine.wanted = nbytes
                return False
            mine.used, mine.wanted = mine.used + nbytes, 0
            return True

    def give(self, who: Hashable, nbytes: int) -> None:
        with self._share(who) as (mine, _):
            mine.used -= nbytes

    def forget(self, who: Hashable) -> None:
        """They want nothing any more."""
        with self._share(who) as (mine, _):
            mine.wanted = 0

    @contextmanager
    def _share(self, who: Hashable) -> Iterator[tuple[Share, Sequence[Share]]]:
        """One's own and all, which nobody else sees meanwhile."""
        with self._lock:
            mine = self._shares.setdefault(who, Share())
            yield mine, list(self._shares.values())
            if not mine.used and not mine.wanted:
                del self._shares[who]


class Among(Budget):
    """The same among processes: a table in memory that all of them map, a row each, which it alone writes. The lock is
    the system's, which takes it from a process that dies; what such a one had is given back by `end`."""

    ROW = struct.Struct("=qqq")

    def __init__(self, total: int, file: int | None = None, row: int = 0) -> None:
        super().__init__(total)
        self.file, self.row = nameless(ROWS * self.ROW.size) if file is None else file, row
        self._memory, self._free = mmap.mmap(self.file, ROWS * self.ROW.size), list(range(1, ROWS))
        weakref.finalize(self, os.close, self.file).atexit = False  # the models' threads need it until the very end

    def member(self) -> Member:
        """Refused where there are too many."""
        if not self._free:
            raise Refused(f"{ROWS - 1} models are open, and no more can be")
        return Member(self, self._free.pop(0))

    def end(self, member: Member) -> None:
        """Its process is no more."""
        with self._locked():
            self.ROW.pack_into(self._memory, member.row * self.ROW.size, 0, 0, 0)
        self._free.append(member.row)

    @contextmanager
    def _share(self, who: Hashable) -> Iterator[tuple[Share, Sequence[Share]]]:
        with self._locked():
            shares = [Share(*row) for row in self.ROW.iter_unpack(self._memory)]
            yield shares[self.row], shares
            self.ROW.pack_into(self._memory, self.row * self.ROW.size, *astuple(shares[self.row]))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock:
            fcntl.lockf(self.file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self.file, fcntl.LOCK_UN)


@dataclass(frozen=True)
class Member:
    """A row of the table, on its way to a process of its own, where it arrives as an `Among`."""

    of: Among
    row: int

    def __reduce__(self) -> Any:
        return arrived, (self.of.total, reduction.DupFd(self.of.file), self.row)


def arrived(total: int, file: Any, row: int) -> Among:
    return Among(total, file.detach(), row)


def nameless(size: int) -> int:
    """A file that no folder has, and that is gone with the last process that has it."""
    file, path = tempfile.mkstemp()
    os.unlink(path)
    os.truncate(file, size)
    return file
