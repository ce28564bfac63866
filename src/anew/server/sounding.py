"""What speaks and what hears at a server: each opened when it is first asked for, with a thread in which it works by
turns among those who ask.

In: a name. Out: the open voice or ear, and where its work is to be done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, Literal, NoReturn, TypeVar

from anew.engine import hearing, voices
from anew.engine.hearing import Ear
from anew.engine.pool import Pool
from anew.engine.turns import Worker
from anew.engine.voices import Voice
from anew.errors import NotFound
from anew.server.context import OWNER
from anew.server.errors import Problem

What = TypeVar("What")
Does = Literal["speak", "hear"]


@dataclass(frozen=True)
class Open(Generic[What]):
    name: str
    what: What
    worker: Worker

    @property
    def by_turns(self) -> Callable[[Callable[[], None]], None]:
        return partial(self.worker.submit, OWNER.get())


@dataclass(frozen=True)
class Kind:
    """What is told of those that do one thing, and how one is opened by its name."""

    verb: str
    makes: str
    lacks: str
    nothing: str
    way: str
    installed: Callable[[], list[str]]
    open: Callable[[str], Any]


KINDS: Mapping[Does, Kind] = {
    "speak": Kind(
        "speaks", "speech", "speech", "no model of speech is in the store", f"{voices.INSTALL} brings one",
        lambda: list(voices.installed()), lambda name: voices.open_voice(name),
    ),
    "hear": Kind(
        "hears", "texts of speech", "text of speech", "no model of speech that hears is here", hearing.TAKE,
        lambda: list(hearing.ears()), lambda name: hearing.open_ear(name),
    ),
}  # fmt: skip


@dataclass
class Sounding:
    """`pool`: the models of anything else, which are told apart from those that are not there at all; where it is to
    serve some alone, so is this."""

    pool: Pool
    _open: dict[str, Open[Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def listed(self) -> list[dict[str, Any]]:
        """As /v1/models tells of them."""
        return [told(name, does) for does in KINDS for name in self.names(does)]

    def names(self, does: Does) -> list[str]:
        return [one for one in KINDS[does].installed() if not self.pool.names or one in self.pool.names]

    def voice(self, name: str) -> Open[Voice]:
        """Problem: there is none of that name, or no voice at all."""
        return self._opened(name, "speak")

    def ear(self, name: str) -> Open[Ear]:
        return self._opened(name, "hear")

    def _opened(self, name: str, does: Does) -> Open[Any]:
        if name not in self.names(does):
            self._refuse(name, does)
        with self._lock:
            if name not in self._open:
                self._open[name] = Open(name, KINDS[does].open(name), Worker(name))
            return self._open[name]

    def _refuse(self, name: str, does: Does) -> NoReturn:
        """Problem: a model of something else, or none at all."""
        kind, known = KINDS[does], ", ".join(self.names(does))
        other = next((KINDS[one].makes for one in KINDS if name in self.names(one)), None)
        if other is None:
            try:
                other = self.pool.find(name).modality or "something else"
            except NotFound:
                nothing = f"{kind.nothing}, and none of anything is called {name!r}; {kind.way}"
                there = f"no model that {kind.verb} is called {name!r}; there is {known}"
                raise Problem(404, there if known else nothing, param="model", code="model_not_found") from None
        what = f"model: {name} makes {other}, and no {kind.lacks}"
        raise Problem(400, what, param="model", code="unsupported_parameter")

    def close(self) -> None:
        for one in self._open.values():
            one.worker.close()


def told(name: str, does: str) -> dict[str, Any]:
    own = {"modality": "speech", "does": does}
    return {"id": name, "object": "model", "created": 0, "owned_by": "anew", "anew": own}
