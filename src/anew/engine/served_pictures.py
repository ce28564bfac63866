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

LOOK = 0.25  # seconds between looks whether somebody who waits for the model has left
Make = Callable[[Watch], Generated]


class Left(Exception):
    """Nobody waits for the pictures any more."""


class Making:
    """`make` under way in a thread of its own, with at most `previews` looks at it, spread evenly over the work; a
    model that makes a picture in one step has none to show. `begun` is set by the first step."""

    def __init__(self, served: Served, make: Make, wake: Wake, previews: int = 0) -> None:
        self.served, self.make, self.wake = served, make, wake
        self.shares = deque((i + 1) / (previews + 1) for i in range(previews))
        self.came = deque[Sequence[Picture] | Generated | Exception]()
        self.left, self.begun = threading.Event(), False
        threading.Thread(target=self._work, name=served.name, daemon=True).start()

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
        while not self.served.alone.acquire(timeout=LOOK):
            if self.left.is_set():
                return
        try:
            if not self.left.is_set():
                self._tell(self.make(self._watch))
        except Left:
            pass
        except Exception as error:
            self._tell(error)
        finally:
            self.served.alone.release()

    def _watch(self, share: float, decode: Callable[[], list[Any]]) -> None:
        if self.left.is_set():
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
