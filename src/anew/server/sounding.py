"""What speaks and what hears at a server: each opened when it is first asked for, with a thread in which it works by
turns among those who ask.

In: a name. Out: the open voice or ear, and where its work is to be done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, NoReturn, TypeVar

from anew.artifact import Artifact
from anew.engine import hearing, voices
from anew.engine.hearing import Ear
from anew.engine.learnt_voice import LearntVoice
from anew.engine.pool import Listed, Pool
from anew.engine.served import Served
from anew.engine.turns import Worker
from anew.engine.voices import Voice
from anew.errors import AnewError, NotFound
from anew.safety.consent import require_to_speak
from anew.server.context import OWNER
from anew.server.errors import Problem

What = TypeVar("What")


@dataclass(frozen=True)
class Open(Generic[What]):
    name: str
    what: What
    worker: Worker

    @property
    def by_turns(self) -> Callable[[Callable[[], None]], None]:
        return partial(self.worker.submit, OWNER.get())


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
        there = dict.fromkeys(self.voices(), "speak") | dict.fromkeys(self.ears(), "hear")
        return [told(name, does) for name, does in there.items()]

    def voices(self) -> list[str]:
        """Of other programs, and those that were learnt here."""
        ready = [one for one in voices.installed() if not self.pool.names or one in self.pool.names]
        return [*ready, *(one.name for one in self.pool.listed() if one.speaks and one.name not in ready)]

    def speakers(self) -> list[dict[str, Any]]:
        """Every speaker of every voice, as /v1/audio/voices tells of them; `refused`: why one says nothing."""
        learnt = {one.name: one for one in self.pool.listed() if one.speaks}
        found = []
        for name in self.voices():
            if (one := learnt.get(name)) is None:
                known: Sequence[str] = list(self.voice(name).what.speakers)
                why = None
            else:
                known, why = one.labels or (name,), refused(self.pool.shelf, one)
            for speaker in known:
                told = {"id": speaker, "object": "voice", "name": speaker, "model": name, "learnt": one is not None}
                found.append(told | ({} if why is None else {"refused": why}))
        return found

    def ears(self) -> list[str]:
        return [one for one in hearing.ears() if not self.pool.names or one in self.pool.names]

    def voice(self, name: str) -> Open[Voice]:
        """Problem: there is none of that name, or no voice at all."""
        known = self.voices()
        if name not in known:
            nothing = f"no model of speech is in the store, and none of anything is called {name!r}"
            there = f"no model that speaks is called {name!r}; there is {', '.join(known)}"
            self._refuse(name, there if known else f"{nothing}; {voices.INSTALL} brings one", "speech")
        learnt = next((one for one in self.pool.listed() if name in (one.name, *one.aliases) and one.speaks), None)
        if learnt is not None and name not in voices.installed():
            return self._opened(learnt.id, lambda: LearntVoice(self._leased(learnt.name)))
        return self._opened(name, lambda: voices.open_voice(name))

    def _leased(self, name: str) -> Artifact:
        """Of a model that stays open until the server closes, as other voices do."""
        served = self.pool.take(name)
        self._taken.append(served)
        return served.artifact

    def ear(self, name: str) -> Open[Ear]:
        known = self.ears()
        if name not in known:
            nothing = f"no model of speech that hears is here, and none of anything is called {name!r}"
            there = f"no model that hears is called {name!r}; there is {', '.join(known)}"
            self._refuse(name, there if known else f"{nothing}; {hearing.TAKE}", "text of speech")
        return self._opened(name, lambda: hearing.open_ear(name))

    def _opened(self, name: str, make: Callable[[], Any]) -> Open[Any]:
        with self._lock:
            if name not in self._open:
                self._open[name] = Open(name, make(), Worker(name))
            return self._open[name]

    def _refuse(self, name: str, nothing: str, what: str) -> NoReturn:
        """Problem: a model of something else, or `nothing`."""
        if name in (*self.voices(), *self.ears()):
            makes = "speech" if name in self.voices() else "texts of speech"
            raise Problem(
                400, f"model: {name} makes {makes}, and no {what}", param="model", code="unsupported_parameter"
            )
        try:
            one = self.pool.find(name)
        except NotFound:
            raise Problem(404, nothing, param="model", code="model_not_found") from None
        told = f"model: {name} makes {one.modality or 'something else'}, and no {what}"
        raise Problem(400, told, param="model", code="unsupported_parameter")

    def close(self) -> None:
        for one in self._open.values():
            one.worker.close()
        for served in self._taken:
            self.pool.give(served)


def refused(shelf: Any, one: Listed) -> str | None:
    """Why a learnt voice says nothing; None: who is in it agrees."""
    try:
        require_to_speak(shelf.consent(one.ref), one.name)
    except AnewError as error:
        return error.message
    return None


def told(name: str, does: str) -> dict[str, Any]:
    own = {"modality": "speech", "does": does}
    return {"id": name, "object": "model", "created": 0, "owned_by": "anew", "anew": own}
