"""Functions that a model may call, as chat and responses tell of them, and how they choose among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from anew.engine.calls import NAME, Function
from anew.server.errors import Problem
from anew.server.wire.fields import Fields
from anew.tasks.calling import Offer

MOST_TOOLS = 128
Named = Annotated[str, Field(pattern=f"^{NAME}$")]


class Defined(Fields):
    """A function. `strict` or not, its arguments are held to its parameters."""

    name: Named
    description: str = ""
    parameters: dict[str, Any] = {}
    strict: bool = False

    @property
    def function(self) -> Function:
        return Function(self.name, self.description, self.parameters)


class Called(Fields):
    """A call, as it comes back in a conversation."""

    name: str
    arguments: str


class Chosen(Fields):
    name: Named


def offered(functions: Sequence[Defined], choice: Any, several: bool, where: str, named: str) -> Offer:
    """What may be called, of the functions at `where`. `choice`: none, auto, required, or a function's name in an
    object. Problem: a choice that is none of them, or of what is not there; two of one name."""
    names = [one.name for one in functions]
    for name in names:
        if names.count(name) > 1:
            raise Problem(400, f"{where}: two are called {name!r}", param=where, code="invalid_value")
    if choice == "none":
        return Offer()
    if choice not in (None, "auto") and not functions:
        raise Problem(400, f"{named}: only with {where}", param=named, code="invalid_value")
    if choice in (None, "auto", "required"):
        return Offer(tuple(one.function for one in functions), choice == "required", None, several)
    if choice not in names:
        told = f"{named}: none, auto, required or one of the functions ({', '.join(names)[:200]}), not {choice!r}"
        raise Problem(400, told, param=named, code="invalid_value")
    return Offer(tuple(one.function for one in functions), True, choice, several)
