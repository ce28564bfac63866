"""What tasks need of a chat model, and nothing else of it.

In: conversations, each with a seed and what the answer has to be. Out: answers, growing or whole; and how likely a
given answer would be. Answers to several conversations are what each would be alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from anew.engine.constraint import Constraint

CAREFUL = 0.2  # temperature of an answer that is to keep to what it was given

Finish = Literal["stop", "length", "limit"]


class Message(NamedTuple):
    """A turn of a conversation; `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True)
class Ask:
    """A conversation that is to be answered, by at most `max_new` tokens. Temperature None: the model's own default.
    `begun`: what the answer begins with, which what is said goes on from."""

    messages: tuple[Message, ...]
    seed: int = 0
    max_new: int = 256
    temperature: float | None = None
    constraint: Constraint | None = None
    begun: str = ""


class Said(NamedTuple):
    """An answer; `finish` is None while it grows, "length" where it was cut off."""

    text: str
    finish: Finish | None


class Chat(Protocol):
    """A model that answers."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str:
        """Tells models apart whatever they are called."""

    @property
    def context(self) -> int:
        """Tokens that a conversation and its answer may have together."""

    def length(self, messages: Sequence[Message]) -> int:
        """Tokens of a conversation, opened for its answer."""

    def stream(self, ask: Ask) -> Iterator[Said]:
        """The answer as it grows, whole in the end. RecipeError: the conversation leaves no room for it."""

    def answers(self, asks: Sequence[Ask]) -> list[Said]:
        """Several answers, made at the same time where the model can."""

    def nats(self, messages: Sequence[Message], answer: str) -> float:
        """-ln p of this answer's tokens, its end not counted."""
