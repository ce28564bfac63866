"""A conversation handed to a model, and its answers read as what is said and what is called.

In: turns, what may be called, how to sample. Out: growing texts, and readers of them: one a choice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from anew.engine.calls import Call, Form
from anew.engine.served import Asked, Served
from anew.engine.writing import Finish
from anew.server.streaming import Growth
from anew.server.wire.answers import FINISH
from anew.server.wire.options import Sampling
from anew.server.wire.prompts import refuse_too_long
from anew.tasks.calling import Calling, Offer
from anew.tasks.model import LEAST, STOPS, Talking

AMPLE = 512  # tokens of forced calls whose length nobody said: a small model may find no end of a string by itself


@dataclass(frozen=True)
class Conversing:
    """`form`: how the model writes calls; None where it was offered none. `begins`: what the answer begins with, which
    the model was given."""

    growth: Growth
    form: Form | None
    begins: str = ""

    def reader(self) -> Reader:
        return Reader(self.form)

    def read(self, text: str) -> tuple[str, list[Call]]:
        """What a whole answer says and calls."""
        return (text, []) if self.form is None else self.form.read(text, True)


class Piece(NamedTuple):
    """What is new of an answer: of what is said, or of the call with this number, which begins where it has a name."""

    text: str
    call: int | None = None
    name: str | None = None


class Reader:
    """One answer as it grows."""

    def __init__(self, form: Form | None) -> None:
        self.form, self.text, self.said, self.told = form, "", 0, list[int]()

    def more(self, new: str, done: bool) -> Iterator[Piece]:
        self.text += new
        said, calls = (self.text, []) if self.form is None else self.form.read(self.text, done)
        if len(said) > self.said:
            yield Piece(said[self.said :])
            self.said = len(said)
        for i, call in enumerate(calls):
            if i == len(self.told):
                self.told.append(0)
                yield Piece("", i, call.name)
            if len(call.arguments) > self.told[i]:
                yield Piece(call.arguments[self.told[i] :], i)
                self.told[i] = len(call.arguments)


def conversed(
    served: Served, asked: Sampling, turns: Sequence[dict[str, Any]], offer: Offer,
    *, most: int | None, logprobs: int | None, field: str, cut: bool = False, begins: str = "",
) -> Conversing:  # fmt: skip
    """The conversation in the model's own words. `field`: where the turns stand in the request; `cut`: the oldest may
    be left out where they do not fit; `begins`: what the answer is to begin with, which it goes on from. Problem: they
    do not."""
    talking = Talking(served.artifact, served.digest)
    calling = Calling(talking, offer)
    room = talking.context - len(served.artifact.model.spec.opening) - LEAST
    prompt = calling.tokens(turns).tolist()
    if len(prompt) > room and cut:
        prompt = shortened(calling, turns, room)
    prompt += talking.begun(begins).tolist()
    refuse_too_long(served, len(prompt), field)
    free = talking.plain and not (offer.functions and offer.forced)
    wishes = asked.wished(served, STOPS if free else (), calling)
    if most is None and offer.functions and offer.forced:
        most = AMPLE
    options = asked.sampled(served, most, logprobs)
    growth = Growth(served, Asked(prompt, asked.seeds, options, wishes, answers=not begins))
    return Conversing(growth, calling.form if offer.functions else None, begins)


def shortened(calling: Calling, turns: Sequence[dict[str, Any]], room: int) -> list[int]:
    """The tokens without the oldest turns that leave no room, from one of the user's on; what the system said stays."""
    first = [turn for turn in turns[:1] if turn["role"] == "system"]
    starts = [i for i, turn in enumerate(turns) if turn["role"] == "user"]

    def read(start: int) -> list[int]:
        return list(calling.tokens([*first, *turns[start:]]).tolist())

    at = bisect_left(starts, True, key=lambda start: len(read(start)) <= room)
    return read(starts[min(at, len(starts) - 1)]) if starts else list(calling.tokens(turns).tolist())


def ended(finish: Finish | None, calls: Sequence[Call] | int) -> str | None:
    """Why an answer ends, as clients are told."""
    if finish is None:
        return None
    return "tool_calls" if calls and FINISH[finish] == "stop" else FINISH[finish]
