"""Strings that end a text, wherever tokens happen to be cut.

In: a row's tokens, one at a time, and what codecs make of them. Out: whether the row ends, and how much of its text may
be shown: neither a stop string nor what may become the beginning of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from torch import Tensor

from anew.codecs.text import to_bytes
from anew.engine.symbols import Symbols
from anew.errors import RecipeError
from anew.samplers.choice import Guide

MOST, LONGEST = 16, 1000  # stop strings of a request, and characters of each


class Stops:
    """A row's guide: it ends with the token that completes one of `strings`. A string that began in the prompt does not
    count."""

    def __init__(self, symbols: Symbols, strings: Sequence[str]) -> None:
        if len(strings) > MOST or any(not 0 < len(s) <= LONGEST for s in strings):
            raise RecipeError(f"stop: at most {MOST} strings of 1 to {LONGEST} characters")
        self.symbols, self.strings = symbols, [to_bytes(s) for s in strings]
        self.reach = max(len(s) for s in self.strings)
        self.said: list[int] = []
        self.ended = False

    def allowed(self) -> Tensor | None:
        return None

    def took(self, token: int) -> bool:
        self.said.append(token)
        tail = self.symbols.text(self.said[self.behind(self.reach + len(self.symbols.pieces[token])) :])
        self.ended = any(s in tail for s in self.strings)
        return self.ended

    def behind(self, count: int) -> int:
        """The place from which on the tokens write at least `count` bytes; never between two half bytes."""
        at = len(self.said)
        while at and (count > 0 or self.said[at - 1] < self.symbols.spelled):
            at -= 1
            count -= len(self.symbols.pieces[self.said[at]])
        return at

    def rewind(self, n: int) -> None:
        del self.said[len(self.said) - n :]
        self.ended = False

    def copy(self) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__ |= self.__dict__ | {"said": list(self.said)}
        return twin


class Together:
    """Several guides of one row: what all of them allow, until one of them ends it."""

    def __init__(self, guides: Sequence[Guide]) -> None:
        self.guides = list(guides)

    def allowed(self) -> Tensor | None:
        masks = [mask_V for guide in self.guides if (mask_V := guide.allowed()) is not None]
        for mask_V in masks[1:]:
            masks[0] = masks[0] & mask_V
        return masks[0] if masks else None

    def took(self, token: int) -> bool:
        ended = [guide.took(token) for guide in self.guides]  # each has to hear of it
        return any(ended)

    def rewind(self, n: int) -> None:
        for guide in self.guides:
            guide.rewind(n)

    def copy(self) -> Self:
        return type(self)([guide.copy() for guide in self.guides])


def shown(text: str, strings: Sequence[str], done: bool) -> str:
    """What of a growing text may be shown: up to its first stop string, until it is done nothing that begins one."""
    cuts = [(at + len(s), at) for s in strings if (at := text.find(s)) >= 0]
    if cuts or done:
        return text[: min(cuts)[1]] if cuts else text  # where several are, the one that was complete first
    begins = (n for s in strings for n in range(1, min(len(s), len(text) + 1)) if text.endswith(s[:n]))
    return text[: len(text) - max(begins, default=0)]
