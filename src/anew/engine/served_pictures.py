"""Pictures that an open model makes for many at once: a request's in one batch, one request after the other.

In: what makes the pictures, from any thread. Out: what they look like on the way and in the end, and a call whenever
there is more. Who leaves ends the work between two steps of the model.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from anew.codecs.image import Picture
from anew.engine.generate import Generated, Watch
from anew.engine.served import Served, Wake

Make = Callable[[Watch], Generated]


class Left(Exception):
    """Nobody waits for the pictures any more."""


class Making:
    """`make` when its turn has come, with at most `previews` looks at it, spread evenly over the work; a model that
    makes a picture in one step has none to show. `wake` is called with the first step, too. `owner`: owners are served
    by turns."""

    def __init__(self, served: Served, make: Make, wake: Wake, previews: int = 0, owner: str = "") -> None:
        self.worker, self.make, self.wake = served.worker, make, wake
        self.shares = deque((i + 1) / (previews + 1) for i in range(previews))
        self.came = deque[Sequence[Picture] | Generated | Exception]()
        self.left, self.begun = threading.Event(), False
        self.worker.submit(owner, self._work)

    def ready(self) -> Iterator[Sequence[Picture] | Generated]:
        """What has come by now, `Generated` last of all. What went wrong is raised."""
        while self.came:  # which the work's thread adds to
            came = self.came.popleft()
            if isinstance(came, Exception):
                raise came
            yield came

    def cancel(self) -> None:
        self.left.set()

    def _work(self) -> None:
        try:
            if not self.left.is_set():
                self._tell(self.make(self._watch))
        except Left:
            pass
        except Exception as error:
            self._tell(error)

    def _watch(self, share: float, decode: Callable[[], list[Any]]) -> None:
        if self.left.is_set() or self.worker.closed:
            raise Left
        if not self.begun:
            self.begun = True
            self.wake()
        if self.shares and self.shares[0] <= share < 1:
            while self.shares and self.shares[0] <= share:
                self.shares.popleft()
            self._tell(decode())

    def _tell(self, what: Sequence[Picture] | Generated | Exception) -> None:
        self.came.append(what)
        self.wake()
