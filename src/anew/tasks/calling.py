"""Conversations in which functions may be called, as a model reads them.

In: messages as chat templates know them, {"role", "content", "tool_calls"?}, those of the role tool among them, and
what may be called. Out: the model's tokens: by its own chat template where that knows functions; otherwise they are
told in the system turn, calls stand in the answers, and results in turns of the user.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from anew.codecs.chat import ChatTemplate
from anew.engine.calls import OWN, Call, Form, Function, form_of
from anew.engine.constraint import Constraint
from anew.errors import DataError
from anew.tasks.chat import Message
from anew.tasks.model import Talking

TOLD = """You can call functions. Each line describes one:
{functions}
To call one, answer with nothing but its name and its arguments in this form:
{form}"""
ARGUMENTS = "{…}"

Turn = Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """Functions that may be called. `forced`: one has to be; `only`: just this one; `several`: more than one call."""

    functions: tuple[Function, ...] = ()
    forced: bool = False
    only: str | None = None
    several: bool = True


class Calling:
    """A model that talks, with what it may call."""

    def __init__(self, talking: Talking, offer: Offer) -> None:
        self.talking, self.offer = talking, offer
        template = talking.turns.template
        self.template = template if isinstance(template, ChatTemplate) else None
        known = form_of(self.template) if self.template is not None else None
        self.form: Form = known or OWN
        self.own = known is None

    def tokens(self, turns: Sequence[Turn]) -> Tensor:
        """(T,): what the model reads, without what begins every sequence."""
        functions = self.offer.functions
        calls = functions or any(turn["role"] == "tool" or "tool_calls" in turn for turn in turns)
        if self.template is None:
            return self.talking.tokens(plainly(turns, functions))
        if self.own or not calls:
            messages = plainly(turns, functions)
            try:
                return self.talking.tokens(messages)
            except DataError:  # an answer stands where the template cannot be cut, as at the beginning
                return self.template.tokens([one._asdict() for one in messages])
        return self.template.tokens([whole(turn) for turn in turns], tools=[one.tool for one in functions] or None)

    def held(self, schema: str | None) -> Constraint | None:
        """What an answer has to be, where it may be a call; `schema`: what a text has to be."""
        offer = self.offer
        if not offer.functions:
            return None
        chosen = [one for one in offer.functions if offer.only in (None, one.name)]
        return self.form.held(chosen, forced=offer.forced, several=offer.several, schema=schema)


def whole(turn: Turn) -> dict[str, Any]:
    """A turn as templates want it: arguments as values, and a content always."""
    calls = [
        {**call, "function": {**call["function"], "arguments": value_of(call["function"]["arguments"])}}
        for call in turn.get("tool_calls", ())
    ]
    return {**turn, "content": turn.get("content") or ""} | ({"tool_calls": calls} if calls else {})


def value_of(arguments: str) -> Any:
    """Arguments as a value, where they are JSON."""
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments


def plainly(turns: Sequence[Turn], functions: Sequence[Function]) -> list[Message]:
    """The conversation without any turn that a template might not know."""
    made, results = list[Message](), False
    for turn in turns:
        role, content = turn["role"], turn.get("content") or ""
        if role == "tool":
            content = f"<tool_response>\n{content}\n</tool_response>"
            before = f"{made.pop().content}\n" if results else ""
            made.append(Message("user", before + content))
        else:
            called = [one["function"] for one in turn.get("tool_calls", ())]
            made.append(Message(role, content + OWN.written([Call(one["name"], one["arguments"]) for one in called])))
        results = role == "tool"
    if not functions:
        return made
    first = made.pop(0).content + "\n\n" if made and made[0].role == "system" else ""
    return [Message("system", first + told(functions)), *made]


def told(functions: Sequence[Function]) -> str:
    """What may be called, in words."""
    lines = [json.dumps(one.tool["function"], ensure_ascii=False) for one in functions]
    return TOLD.format(functions="\n".join(lines), form=OWN.written([Call("NAME", ARGUMENTS)]))
