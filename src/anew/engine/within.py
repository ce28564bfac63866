"""The process of a model: its engine, and all that makes texts of what the engine brings.

In: requests, by messages. Out: what is new of their texts, one message for all that a step brought. It ends when nobody
is at the other end any more, in the middle of a step too.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import torch

from anew.artifact import Artifact, Encoder
from anew.engine.budget import Budget
from anew.engine.messages import Line, Sent, of_error, to_asked
from anew.engine.pool import Shelf
from anew.engine.served import Served, Texts

COMPILING = 4  # forms that are made ready at a time, while others are taken


def run(
    end: socket.socket, shelf: Shelf, ref: str, name: str, digest: str, budget: Budget, threads: int, home: Path
) -> None:
    """All of the process: it opens the model as the server's has, and answers until that ends."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)  # a terminal and systemd tell all of a group; the server says when
    os.environ["ANEW_HOME"] = str(home)
    torch.set_num_threads(threads)
    with suppress(OSError):  # where memory is short, this ends and not the server
        Path("/proc/self/oom_score_adj").write_text("300")
    line = Line(end)
    try:
        opened: Artifact | Encoder = shelf.open(ref)
        served = Served(opened, name, digest, budget)
    except Exception as error:
        line.send(error=of_error(error))
        return
    Within(served, line).run()


class Within:
    def __init__(self, served: Served, line: Line) -> None:
        assert served.engine is not None
        self.served, self.line = served, line
        self.under_way: dict[int, tuple[Texts, Sent]] = {}
        self.rung, self.telling = deque[int](), threading.Lock()
        self.compiling = ThreadPoolExecutor(COMPILING)
        served.engine.stepped = self.tell

    def run(self) -> None:
        assert self.served.engine is not None
        self.line.send(kept=self.served.engine.prefixes.limit)
        while (message := self.line.receive()) is not None:
            id = message["id"]
            if "asked" not in message:
                self.cancel(id)
            elif message["asked"]["wishes"]["constraint"] is None:
                self.begin(id, message["asked"])
            else:
                self.compiling.submit(self.begin, id, message["asked"])
        self.compiling.shutdown(wait=False, cancel_futures=True)  # the other threads end with the process

    def begin(self, id: int, given: dict[str, Any]) -> None:
        """The other side learns first that it was taken."""
        asked = to_asked(given)
        wake = partial(self.tell, (id,)) if self.served.samples(asked) else partial(self.rung.append, id)
        with suppress(OSError):
            try:
                texts = self.served.texts(asked, wake)
            except Exception as error:
                self.line.send(refused=id, error=of_error(error), counts=self.served.counts)
                return
            self.line.send(taken=id, counts=self.served.counts)
            with self.telling:
                self.under_way[id] = texts, Sent()
            self.tell((id,))  # of what came before that

    def cancel(self, id: int) -> None:
        with self.telling:
            texts, _ = self.under_way.pop(id, (None, None))
        if texts is not None:
            texts.cancel()
        with suppress(OSError):
            self.line.send(counts=self.served.counts)

    def tell(self, ids: Iterable[int] = ()) -> None:
        """What is new of these and of all who were rung for."""
        with self.telling, suppress(OSError):
            told = dict.fromkeys(ids)
            while self.rung:
                told[self.rung.popleft()] = None
            news = [one for id in told if id in self.under_way and (one := self.news(id)) is not None]
            if news:
                self.line.send(grown=news, counts=self.served.counts)

    def news(self, id: int) -> list[Any] | None:
        """Its number, how much of its prompt was known, its texts or what went wrong, and whether that is all."""
        texts, sent = self.under_way[id]
        try:
            written = texts.grown()
        except Exception as error:
            del self.under_way[id]
            return [id, texts.cached, of_error(error), True]
        if written is None:
            return None
        done = all(written.finish)
        if done:
            del self.under_way[id]
        return [id, texts.cached, sent.news(written), done]
