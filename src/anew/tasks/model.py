"""A model of the store as a `Chat`: the conversation by its own template, the answer as `drawing` draws it.

In: an artifact that writes text from left to right. Out: what `tasks.chat.Chat` asks for. A model without a chat
template reads a plain transcript, and its answer ends where it would begin another turn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from anew.artifact import Artifact
from anew.codecs.text import Text
from anew.codecs.turns import Plain, Turns
from anew.contract import Batch
from anew.engine.middle import complete
from anew.engine.writing import symbols_of
from anew.errors import DataError, RecipeError
from anew.models.layers.lora import Change
from anew.tasks.chat import Ask, Message, Said
from anew.tasks.drawing import Drawing, drawing_of

LEAST = 8  # tokens that an answer must have room for
STOPS = tuple(f"\n{name}" for name in Plain.names.values())


class Talking:
    """`artifact` as a chat model; `name` and `digest`: those that the store has it by. RecipeError: it does not write
    text token after token."""

    def __init__(self, artifact: Artifact, digest: str | None = None, name: str | None = None) -> None:
        if artifact.model.streams != "append" or not isinstance(artifact.codec, Text):
            what = f"{artifact.recipe.name} does not write text from left to right"
            raise RecipeError(what, next_command="anew models list")
        self.artifact, self.codec, self.name = artifact, artifact.codec, name or artifact.recipe.name
        self.context = artifact.model.spec.shape[0]
        self.turns = Turns(inner=self.codec)
        self.plain = isinstance(self.turns.template, Plain)
        self._digest = digest

    @property
    def stops(self) -> tuple[str, ...]:
        """Strings that end an answer."""
        return STOPS if self.plain else ()

    @cached_property
    def drawing(self) -> Drawing:
        return drawing_of(self.artifact, self.stops)

    @cached_property
    def digest(self) -> str:
        """Of the weights and of how much each change to them counts, unless the store's id was given."""
        if self._digest is not None:
            return self._digest
        whole = hashlib.sha256()
        for value in self.artifact.model.state_dict().values():
            whole.update(value.contiguous().view(-1).view(torch.uint8).numpy().data)
        scales = [module.scale for module in self.artifact.model.modules() if isinstance(module, Change)]
        whole.update("".join(map(repr, scales)).encode())
        return whole.hexdigest()

    # -------------------------------------------------------------------------------------------- tokens

    def tokens(self, messages: Sequence[Message]) -> Tensor:
        """(T,): what the model reads, without what begins every sequence. A template that knows no system turn gets
        its words before the first user's."""
        try:
            return self._read(messages)
        except DataError:
            first, *rest = messages
            if first.role != "system" or not rest:
                raise
            return self._read([Message(rest[0].role, f"{first.content}\n\n{rest[0].content}"), *rest[1:]])

    def _read(self, messages: Sequence[Message]) -> Tensor:
        shape = inset if self.plain else str
        return self.turns.question([{"role": one.role, "content": shape(one.content)} for one in messages])

    def length(self, messages: Sequence[Message]) -> int:
        return len(self.tokens(messages)) + len(self.artifact.model.spec.opening)

    def limited(self, ask: Ask, read_T: Tensor) -> Ask:
        """The same for an answer that fits behind the conversation; RecipeError: there is no room for one."""
        length = len(read_T) + len(self.artifact.model.spec.opening)
        if self.context - length < LEAST:
            what = f"the conversation has {length:,} tokens, and {self.name} holds {self.context:,} with the answer"
            raise RecipeError(what, next_command="a shorter conversation")
        return replace(ask, max_new=min(ask.max_new, self.context - length))

    def read(self, ask: Ask) -> Tensor:
        """(T,): the conversation and what its answer begins with."""
        return torch.cat([self.tokens(ask.messages), self.begun(ask.begun)])

    def begun(self, text: str) -> Tensor:
        """(T,): what an answer begins with, as it would have been written behind a conversation."""
        symbols = symbols_of(self.codec)
        found = [token for symbol in symbols.encode(text) for token in symbols.tokens(symbol)] if text else []
        return torch.tensor(found, dtype=torch.long)

    # -------------------------------------------------------------------------------------------- answers

    def stream(self, ask: Ask) -> Iterator[Said]:
        read_T = self.read(ask)
        return self.drawing.grow(self.limited(ask, read_T), read_T)

    def answers(self, asks: Sequence[Ask]) -> list[Said]:
        read = [self.read(ask) for ask in asks]
        return self.drawing.whole([self.limited(*one) for one in zip(asks, read, strict=True)], read)

    def fill(self, before: str, after: str, n: int, seed: int, **options: Any) -> list[str]:
        """`n` texts for the place between the two: what `complete` gives."""
        return list(complete(self.artifact, before, after, (), n, seed, **options).samples)

    @torch.no_grad()
    def nats(self, messages: Sequence[Message], answer: str) -> float:
        model, (said_T,) = self.artifact.model, self.codec.encode([answer])
        read_T = torch.cat([torch.tensor(model.spec.opening, dtype=torch.long), self.tokens(messages)])
        x_1T = torch.cat([read_T, said_T])[None]
        if x_1T.shape[1] > self.context:
            raise RecipeError(
                f"{x_1T.shape[1]:,} tokens; {self.name} holds {self.context:,}", next_command="a shorter text"
            )
        counts_1T = (torch.arange(x_1T.shape[1]) >= len(read_T))[None]
        return float(model.score(Batch(x_1T, counts=counts_1T), torch.Generator())[0])


def inset(content: str) -> str:
    """A message in which no line reads like a speaker's, by which it would make up another's turn."""
    for name in Plain.names.values():
        content = f"\n{content}".replace(f"\n{name.strip()}", f"\n {name.strip()}")[1:]
    return content
