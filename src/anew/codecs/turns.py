"""Conversations <-> tokens of a codec of strings: turns laid in a template, answers told from what is asked.

In: a list of messages. Out: its tokens, and which of them are an answer's; an answer's end counts too, since a model
has to learn to stop. `question` is what a model reads before it answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from anew.codecs.conversations import ANSWER, Message, message
from anew.contract import Codec

Piece = tuple[str, bool]  # a string, and whether the model is to write it


class Template(Protocol):
    """How turns are written: the pieces of a conversation, which end with an answer or, where it is `open`, with what
    stands before one. `ends`: whether the codec's end symbol closes an answer that the conversation goes on after."""

    ends: bool

    def pieces(self, messages: Sequence[Message], open: bool = False) -> list[Piece]: ...


class Plain:
    """Each turn under a line with its speaker: for models that have no template of their own."""

    ends = True
    names: ClassVar[Mapping[str, str]] = {"system": "System:\n", "user": "User:\n", ANSWER: "Assistant:\n"}

    def pieces(self, messages: Sequence[Message], open: bool = False) -> list[Piece]:
        made: list[Piece] = []
        for turn in messages:
            answers = turn["role"] == ANSWER
            made += [(self.names[turn["role"]], False), (turn["content"] + ("" if answers else "\n"), answers)]
        return [*made, (self.names[ANSWER], False)] if open else made


class Turns(Codec):
    """The turns of a conversation through a codec of strings, `inner`, which is fitted already."""

    modality = "chat"
    unit = "byte"
    apart = True

    def __init__(self, *, inner: Codec) -> None:
        self.inner, self.spec = inner, inner.spec
        own: Template | None = getattr(inner, "template", None)
        self.template: Template = own or Plain()

    def fit(self, samples: Iterable[Sequence[Message]]) -> None:
        for _ in samples:
            pass

    def encode(self, samples: Sequence[Sequence[Message]]) -> list[Tensor]:
        return [self._marked(sample)[0] for sample in samples]

    def counted(self, samples: Sequence[Sequence[Message]]) -> list[Tensor]:
        return [self._marked(sample)[1] for sample in samples]

    def question(self, messages: Sequence[Message]) -> Tensor:
        """(T,) tokens up to where the next answer begins."""
        return self._marked(messages, open=True)[0]

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        """The text up to the first end: of a sample, the answer."""
        return self.inner.decode(data)

    def size(self, sample: Sequence[Message]) -> int:
        return sum(self.inner.size(turn["content"]) for turn in sample if turn["role"] == ANSWER)

    def state(self) -> dict[str, Any]:
        return {"inner": self.inner.state(), "like": self.template.pieces([message("user", "?")], open=True)}

    def load(self, state: Mapping[str, Any]) -> None:
        self.inner.load(state["inner"])
        self.spec = self.inner.spec

    def _marked(self, messages: Sequence[Message], open: bool = False) -> tuple[Tensor, Tensor]:
        """The tokens (T,), and of them and of the end after them whether they count (T + 1,)."""
        pieces = self.template.pieces(messages, open)
        tokens, counts = [torch.empty(0, dtype=torch.long)], [torch.empty(0, dtype=torch.bool)]
        encoded = self.inner.encode([text for text, _ in pieces])
        for number, ((_, answers), ids) in enumerate(zip(pieces, encoded, strict=True)):
            if answers and self.template.ends and number < len(pieces) - 1:
                ids = torch.cat([ids, ids.new_tensor([self.spec.end])])
            tokens.append(ids)
            counts.append(torch.full((len(ids),), answers))
        last = pieces[-1][1] if pieces else False
        return torch.cat(tokens), torch.cat([*counts, torch.tensor([last and not open])])
