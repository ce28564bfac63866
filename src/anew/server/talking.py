"""A served model as one that tasks talk with: its answers are drawn among everybody's, told as they grow, and given up
when nobody waits for them any more.

In: an open model. Out: what `tasks.chat.Chat` asks for, with the same answers as in a process of its own.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, TypeVar

from torch import Tensor

from anew.engine.growing import HALF
from anew.engine.middle import gap
from anew.engine.served import Asked, Served, Texts, Wake
from anew.engine.writing import Written
from anew.server.drawing import asked_of, by_engine
from anew.server.working import Event, Leave, Tell, settled
from anew.tasks.chat import Ask, Message, Said
from anew.tasks.drawing import Ways
from anew.tasks.model import Talking

T = TypeVar("T")
TOGETHER = 64  # answers of one task that are under way at a time
LOOK = 0.2  # seconds between looks whether somebody still waits


def silent(event: Event) -> None:
    """Nobody listens."""


class Talker(Talking):
    """`tell`: hears each answer as it grows: `{"type": "delta", "answer": 3, "delta": " of"}`."""

    def __init__(self, served: Served, leave: Leave, tell: Tell = silent, owner: str = "") -> None:
        super().__init__(served.artifact, served.digest, served.name)
        self.served, self.leave, self.tell, self.owner = served, leave, tell, owner

    @cached_property
    def drawing(self) -> Among:
        return Among(self.served, self.stops, self.leave, self.tell, self.owner)

    def fill(self, before: str, after: str, n: int, seed: int, **options: Any) -> list[str]:
        mine = super().fill
        if not by_engine(self.served, None, False, None):
            return self.in_turn(lambda: mine(before, after, n, seed, **options))
        prompt, most = gap(self.artifact, before, after, 1, options.get("max_new"))
        asked = replace(asked_of(self.served, n, seed, prompt, options | {"max_new": most}), owner=self.owner)
        rows = [partial(self.served.texts, replace(asked, seeds=[one])) for one in asked.seeds]
        return [said.text for said in self.drawing.drawn(rows)]

    def nats(self, messages: Sequence[Message], answer: str) -> float:
        mine = super().nats
        return self.in_turn(lambda: mine(messages, answer))

    def in_turn(self, work: Callable[[], T]) -> T:
        """What else the model computes, among what it does for others."""
        done = Future[T]()
        self.served.worker.submit(self.owner, lambda: settled(done, work))
        while True:
            self.leave.check()
            with suppress(TimeoutError):
                return done.result(LOOK)


class Among(Ways):
    """Answers drawn among those of all who use the model."""

    def __init__(self, served: Served, stops: tuple[str, ...], leave: Leave, tell: Tell, owner: str) -> None:
        super().__init__(served.artifact, stops)
        self.served, self.leave, self.tell, self.owner, self.count = served, leave, tell, owner, 0

    def begin(self, ask: Ask, read_T: Tensor, wake: Wake) -> Texts:
        how: dict[str, Any] = {"options": self.options(ask), "wishes": self.wishes(ask), "owner": self.owner}
        return self.served.texts(Asked(read_T.tolist(), [ask.seed], answers=not ask.begun, **how), wake)

    def grow(self, ask: Ask, read_T: Tensor) -> Iterator[Said]:
        more = threading.Event()
        texts = self.begin(ask, read_T, more.set)
        try:
            finish = None
            while finish is None:
                if (written := self.news(texts, more)) is not None:
                    finish = written.finish[0]
                    yield said_of(written)
        finally:
            texts.cancel()

    def news(self, texts: Texts, more: threading.Event) -> Written | None:
        """How they stand, once there is more or it is time to look whether somebody waits."""
        more.wait(LOOK)
        more.clear()
        self.leave.check()
        return texts.grown()

    def whole(self, asks: Sequence[Ask], read: Sequence[Tensor]) -> list[Said]:
        return self.drawn([partial(self.begin, *one) for one in zip(asks, read, strict=True)])

    def drawn(self, begin: Sequence[Callable[[Wake], Texts]]) -> list[Said]:
        """Each of the texts, of which so many are under way at a time, told as they grow."""
        more, waiting = threading.Event(), deque(range(len(begin)))
        under_way, said, found = dict[int, Texts](), [""] * len(begin), dict[int, Said]()
        first, self.count = self.count, self.count + len(begin)
        try:
            while waiting or under_way:
                while waiting and len(under_way) < TOGETHER:
                    i = waiting.popleft()
                    under_way[i] = begin[i](more.set)
                more.wait(LOOK)
                more.clear()
                self.leave.check()
                for i, texts in list(under_way.items()):
                    if (written := texts.grown()) is None:
                        continue
                    now = said_of(written)
                    ready = now.text if now.finish else now.text.rstrip(HALF)
                    if new := ready[len(said[i]) :]:
                        self.tell({"type": "delta", "answer": first + i, "delta": new})
                        said[i] = ready
                    if now.finish is not None:
                        found[i] = now
                        del under_way[i]
        finally:
            for texts in under_way.values():
                texts.cancel()
        return [found[i] for i in range(len(begin))]


def said_of(written: Written) -> Said:
    return Said(written.texts[0], written.finish[0])
