"""What speaks and what hears at a server: each opened when it is first asked for, with a thread in which it works by
turns among those who ask.

In: a name. Out: the open voice or ear, and where its work is to be done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, Literal, NoReturn, TypeVar

from anew.artifact import Artifact
from anew.engine import hearing, voices
from anew.engine.hearing import Ear
from anew.engine.learnt_voice import LearntVoice
from anew.engine.pool import Listed, Pool
from anew.engine.served import Served
from anew.engine.turns import Worker
from anew.engine.voices import Voice
from anew.errors import AnewError, NotFound
from anew.safety.borne import require_to_speak
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
    _taken: list[Served] = field(default_factory=list)

    def listed(self) -> list[dict[str, Any]]:
        """As /v1/models tells of them."""
        return [told(name, does) for does in KINDS for name in self.names(does)]

    def names(self, does: Does) -> list[str]:
        """Of other programs, and of those that speak the ones that were learnt here too."""
        ready = [one for one in KINDS[does].installed() if not self.pool.names or one in self.pool.names]
        return [*ready, *(one.name for one in self._learnt() if does == "speak" and one.name not in ready)]

    def _learnt(self) -> list[Listed]:
        return [one for one in self.pool.listed() if one.speaks]

    def speakers(self) -> list[dict[str, Any]]:
        """Every speaker of every voice, as /v1/audio/voices tells of them; `refused`: why one says nothing."""
        learnt = {one.name: one for one in self._learnt()}
        found = []
        for name in self.names("speak"):
            if (one := learnt.get(name)) is None:
                known: Sequence[str] = list(self.voice(name).what.speakers)
                why = None
            else:
                known, why = one.labels or (name,), refused(self.pool.shelf, one)
            for speaker in known:
                told = {"id": speaker, "object": "voice", "name": speaker, "model": name, "learnt": one is not None}
                found.append(told | ({} if why is None else {"refused": why}))
        return found

    def voice(self, name: str) -> Open[Voice]:
        """Problem: there is none of that name, or no voice at all."""
        learnt = next((one for one in self._learnt() if name in (one.name, *one.aliases)), None)
        if learnt is not None and name not in voices.installed():
            return self._opened(learnt.id, "speak", lambda: LearntVoice(self._leased(learnt.name)))
        return self._opened(name, "speak")

    def _leased(self, name: str) -> Artifact:
        """Of a model that stays open until the server closes, as other voices do."""
        served = self.pool.take(name)
        self._taken.append(served)
        return served.artifact

    def ear(self, name: str) -> Open[Ear]:
        return self._opened(name, "hear")

    def _opened(self, name: str, does: Does, make: Callable[[], Any] | None = None) -> Open[Any]:
        if make is None and name not in self.names(does):
            self._refuse(name, does)
        with self._lock:
            if name not in self._open:
                self._open[name] = Open(name, make() if make else KINDS[does].open(name), Worker(name))
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
        for served in self._taken:
            self.pool.give(served)


def refused(shelf: Any, one: Listed) -> str | None:
    """Why a learnt voice says nothing; None: who is in it agrees."""
    try:
        require_to_speak(shelf.consent(one.ref), one.name, shelf.weights(one.ref))
    except AnewError as error:
        return error.message
    return None


def told(name: str, does: str) -> dict[str, Any]:
    own = {"modality": "speech", "does": does}
    return {"id": name, "object": "model", "created": 0, "owned_by": "anew", "anew": own}
