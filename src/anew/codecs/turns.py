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
    stands before one. `ends`: whether answers are closed by the codec's end symbol rather than in what is written."""

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


def template_of(codec: Codec) -> Template:
    """The template that a codec comes with, or the plain one."""
    own: Template | None = getattr(codec, "template", None)
    return own or Plain()


class Turns(Codec):
    """The turns of a conversation through a codec of strings, `inner`, which is fitted already."""

    modality = "chat"
    unit = "byte"
    apart = True

    def __init__(self, *, inner: Codec) -> None:
        self.inner, self.spec, self.template = inner, inner.spec, template_of(inner)

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
        self.spec, self.template = self.inner.spec, template_of(self.inner)

    def _marked(self, messages: Sequence[Message], open: bool = False) -> tuple[Tensor, Tensor]:
        """The tokens (T,), and of them and of the end after them whether they count (T + 1,)."""
        pieces = self.template.pieces(messages, open)
        tokens, counts, closes = [torch.empty(0, dtype=torch.long)], [torch.empty(0, dtype=torch.bool)], False
        encode = getattr(self.template, "encode", self.inner.encode)  # a model's own template knows its symbols
        encoded = encode([text for text, _ in pieces])
        for number, ((_, answers), ids) in enumerate(zip(pieces, encoded, strict=True)):
            last = number == len(pieces) - 1
            if answers:
                ids, mask, closes = self._answer(ids, last)
            else:
                mask, closes = torch.zeros(len(ids), dtype=torch.bool), False
            tokens.append(ids)
            counts.append(mask)
        return torch.cat(tokens), torch.cat([*counts, torch.tensor([closes])])

    def _answer(self, ids: Tensor, last: bool) -> tuple[Tensor, Tensor, bool]:
        """An answer's tokens, which of them count, and whether the end that is put after the last one does: up to what
        ends it, and that."""
        end = ids.new_tensor([self.spec.end])
        if self.template.ends:
            ids = ids if last else torch.cat([ids, end])
            return ids, torch.ones(len(ids), dtype=torch.bool), last
        stops = torch.isin(ids, ids.new_tensor(self.spec.ends)).nonzero()[:, 0]
        stop = int(stops[0]) if len(stops) else len(ids)
        if last and (stop == len(ids) or ids[stop] == self.spec.end):
            return ids[:stop], torch.ones(stop, dtype=torch.bool), True
        return ids, torch.arange(len(ids)) <= stop, False
