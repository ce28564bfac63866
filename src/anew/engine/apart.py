"""A model's engine in a process of its own, from the server's side: its steps take nothing from the threads of this
process, and when it dies nobody else's texts end.

In: a shelf and what lies there, requests, from any thread. Out: the texts as they grow, the same as an engine in this
process writes.
"""

from __future__ import annotations

import itertools
import multiprocessing
import socket
import sys
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from multiprocessing import forkserver, util
from queue import SimpleQueue
from typing import Any

import torch

from anew.data.home import home
from anew.engine.budget import Among
from anew.engine.messages import Known, Line, of_asked, to_error
from anew.engine.pool import Listed, Shelf
from anew.engine.served import Asked, Wake
from anew.engine.writing import Written
from anew.errors import AnewError

LINUX = sys.platform.startswith("linux")
STARTING = threading.Lock()
WAIT = 2.0  # seconds that a process has to end


class Died(AnewError):
    """The process of a model has ended, and what it was writing is lost."""


def ready() -> None:
    """Let a process import what models need, so that each model's own begins as a copy of it. Nobody waits for it."""
    if LINUX:
        multiprocessing.set_forkserver_preload(["anew.engine.within"])
        forkserver.ensure_running()


class Apart:
    """Died, and whatever opening it raises there: it could not be opened. `counts`: texts that wait and are under way;
    `kept`: bytes of beginnings that it may keep."""

    def __init__(self, shelf: Shelf, one: Listed, budget: Among) -> None:
        from anew.engine import within

        here, there = socket.socketpair()
        self.name, self.budget, self.member = one.name, budget, budget.member()
        self.counts, self.dead = (0, 0), False
        self._ids, self._out = itertools.count(), SimpleQueue[dict[str, Any] | None]()
        self._lock, self._ending = threading.Lock(), threading.Lock()
        self._under_way: dict[int, Far] = {}
        self._line = Line(here)
        util.Finalize(self, self._line.end, exitpriority=1)  # before multiprocessing waits for it at this one's end
        context: Any = multiprocessing.get_context("forkserver" if LINUX else "spawn")
        how = (there, shelf, one.ref, one.name, one.id, self.member, torch.get_num_threads(), home())
        self.process = context.Process(target=within.run, args=how, name=f"anew {one.name}", daemon=True)
        with STARTING:
            self.process.start()
        there.close()
        first = self._line.receive()
        if first is None or "error" in first:
            self._over()
            self._line.close()
            raise self.died() if first is None else to_error(first["error"])
        self.kept = int(first["kept"])
        for work in (self._listen, self._speak):
            threading.Thread(target=work, name=f"{one.name} apart", daemon=True).start()

    def texts(self, asked: Asked, wake: Wake) -> Far:
        """Begin to write them; what is refused there is raised here."""
        far = Far(self, next(self._ids), wake)
        with self._lock:
            if self.dead:
                raise self.died()
            self._under_way[far.id] = far
        self._out.put({"id": far.id, "asked": of_asked(asked)})
        far.taken.result()
        return far

    def cancel(self, id: int) -> None:
        if self._under_way.pop(id, None) is not None:
            self._out.put({"id": id})

    def close(self) -> None:
        """What it has under way ends."""
        self._line.end()
        self._over()

    def died(self) -> Died:
        code = self.process.exitcode
        how = f"was ended by signal {-code}" if code is not None and code < 0 else "has ended"
        return Died(f"the process of {self.name} {how}", next_command="the same again, which begins another")

    def _speak(self) -> None:
        while (message := self._out.get()) is not None:
            try:
                self._line.send(**message)
            except OSError:
                return  # it is told of by who listens

    def _listen(self) -> None:
        try:
            while (message := self._line.receive()) is not None:
                self._hear(message)
        finally:
            self._over()
            self._line.close()

    def _hear(self, message: dict[str, Any]) -> None:
        self.counts = tuple(message["counts"])
        if "taken" in message and (far := self._under_way.get(message["taken"])):
            far.taken.set_result(None)
        if "refused" in message and (far := self._under_way.pop(message["refused"], None)):
            far.taken.set_exception(to_error(message["error"]))
        for id, *news, done in message.get("grown", ()):
            if far := self._under_way.pop(id, None) if done else self._under_way.get(id):
                far.put(news)

    def _over(self) -> None:
        """Nothing comes any more: let go of all that it held, and tell those who wait."""
        with self._ending:
            if self.dead:
                return
            self.process.join(WAIT)
            self.process.kill()
            self.process.join()
            with self._lock:
                self.dead, self.counts = True, (0, 0)
                left, self._under_way = self._under_way, {}
        self._out.put(None)
        self.budget.end(self.member)
        for far in left.values():
            far.fail(self.died())


class Far:
    """The texts of one request."""

    def __init__(self, apart: Apart, id: int, wake: Wake) -> None:
        self.apart, self.id, self.wake, self.cached = apart, id, wake, 0
        self.taken = Future[None]()
        self._came, self._known = deque[Sequence[Any] | Exception](), Known()

    def put(self, came: Sequence[Any] | Exception) -> None:
        self._came.append(came)
        self.wake()

    def fail(self, error: Exception) -> None:
        if self.taken.done():
            self.put(error)
        else:
            self.taken.set_exception(error)

    def grown(self) -> Written | None:
        more = False
        while self._came:  # which another thread adds to
            came = self._came.popleft()
            if isinstance(came, Exception):
                raise came
            self.cached, news = came
            if isinstance(news, dict):
                raise to_error(news)
            self._known.take(news)
            more = True
        return self._known.written() if more else None

    def cancel(self) -> None:
        self.apart.cancel(self.id)
