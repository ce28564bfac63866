"""Memory that several engines share: nobody takes more than there is, and nobody is passed over for ever.

In: who wants how many bytes. Out: whether they have them now. Who was told no is ahead of all who come later.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable


class Budget:
    def __init__(self, total: int) -> None:
        self.total, self.used = total, 0
        self._wanted: dict[Hashable, int] = {}  # in the order in which they were told no
        self._lock = threading.Lock()

    def take(self, who: Hashable, nbytes: int) -> bool:
        """Have so many more bytes, or be next in line for them."""
        with self._lock:
            ahead = 0
            for other, wanted in self._wanted.items():
                if other == who:
                    break
                ahead += wanted
            if self.used + ahead + nbytes > self.total:
                self._wanted[who] = nbytes
                return False
            self._wanted.pop(who, None)
            self.used += nbytes
            return True

    def give(self, nbytes: int) -> None:
        with self._lock:
            self.used -= nbytes

    def forget(self, who: Hashable) -> None:
        """They want nothing any more."""
        with self._lock:
            self._wanted.pop(who, None)
