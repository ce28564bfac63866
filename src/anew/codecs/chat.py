"""Conversations in the words of the chat template that came with a model.

In: messages {"role", "content"} and the model's vocabulary. Out: the pieces of the conversation, which of them the
model is to write, and their tokens. A symbol of the model that a message spells stays the characters of
its spelling: nobody ends another's turn by writing so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from anew.codecs.conversations import ANSWER
from anew.codecs.sandbox import Template
from anew.errors import DataError

if TYPE_CHECKING:
    from anew.codecs.vocabulary import Vocabulary

HOLD, END = "\ue000", "\ue001"  # private characters around the number of what is held back
Message = Mapping[str, Any]


class ChatTemplate:
    """The template of a vocabulary. It closes the answers that it writes by itself (`ends` False)."""

    ends = False

    def __init__(self, source: str, vocabulary: Vocabulary) -> None:
        self.vocabulary, self._template = vocabulary, Template(source)

    def render(self, messages: Sequence[Message], *, answer: bool = True, **more: Any) -> str:
        """The conversation as the template writes it. `answer`: opened for the model's next turn. `more`: what else
        templates take (tools, enable_thinking, …). DataError: it refuses them, or does not come to an end."""
        given = plain({"messages": list(messages), "add_generation_prompt": answer} | more)
        symbols = {"bos_token": self.vocabulary.state().get("bos"), "eos_token": self.vocabulary.spec.end}
        return self._template(given | {name: self.vocabulary.symbol(n) or "" for name, n in symbols.items()})

    def tokens(self, messages: Sequence[Message], *, answer: bool = True, **more: Any) -> Tensor:
        """(T,): what the model reads, without what begins every sequence, which the model puts there itself."""
        messages, more = self._held([list(messages), more])
        return self.encode([self.render(messages, answer=answer, **more)])[0]

    def pieces(self, messages: Sequence[Message], open: bool = False) -> list[tuple[str, bool]]:
        """The conversation cut where answers begin and where the next turn does, for `encode`. `open`: up to where the
        next answer begins."""
        messages, made, done = self._held(list(messages)), list[tuple[str, bool]](), ""
        for at, message in enumerate(messages):
            if message.get("role") == ANSWER:
                before, after = self.render(messages[:at]), self.render(messages[: at + 1], answer=False)
                made += [(rest_of(before, done), False), (rest_of(after, before), True)]
                done = after
        made.append((rest_of(self.render(messages, answer=open), done), False))
        return [piece for piece in made if piece[0]]

    def encode(self, pieces: Sequence[str]) -> list[Tensor]:
        """The tokens of each, without what begins every sequence."""
        made = [self._read(piece, before) for piece, before in zip(pieces, ("", *pieces), strict=False)]
        begins = torch.tensor(self.vocabulary.spec.begins or (), dtype=torch.int64)
        if made and len(begins) and torch.equal(made[0][: len(begins)], begins):
            made[0] = made[0][len(begins) :]
        return made

    # -------------------------------------------------------------------------------------------- what is held back

    @property
    def _apart(self) -> list[str]:
        """What is held back wherever it stands, and behind it what is at a string's end: the beginnings of symbols,
        with which the next string might go on."""
        symbols = [*filter(None, self.vocabulary.symbols), HOLD, END]
        begun = {symbol[:n]: None for symbol in symbols if not symbol[0].isalnum() for n in range(1, len(symbol))}
        return [*symbols, *(start for start in begun if start not in symbols)]

    def _held(self, value: Any) -> Any:
        """JSON in whose strings each symbol of the model stands as a number between private characters."""
        number = {held: n for n, held in enumerate(self._apart)}
        symbols = sorted(filter(None, [*self.vocabulary.symbols, HOLD, END]), key=len, reverse=True)
        found, longest = re.compile("|".join(map(re.escape, symbols))), max(map(len, symbols))

        def hold(text: str) -> str:
            return f"{HOLD}{number[text]}{END}"

        def walk(inner: Any) -> Any:
            if isinstance(inner, str):
                ends = (inner[-n:] for n in range(min(longest, len(inner)), 0, -1))
                tail = next((end for end in ends if end in number), "")
                head = found.sub(lambda match: hold(match[0]), inner[: len(inner) - len(tail)])
                return head + (hold(tail) if tail else "")
            if isinstance(inner, dict):
                return {walk(key): walk(one) for key, one in inner.items()}
            return [walk(one) for one in inner] if isinstance(inner, list) else inner

        return walk(plain(value))

    def _read(self, piece: str, before: str = "") -> Tensor:
        """(T,): the template's symbols as symbols, those held back as the characters they are spelled with. `before`:
        what the piece goes on after; behind a symbol a text begins."""
        apart, ends = self._apart, tuple(filter(None, self.vocabulary.symbols))
        ids = [torch.empty(0, dtype=torch.int64)]
        for n, part in enumerate(re.split(f"{HOLD}(\\d+){END}", piece)):
            text, held = (apart[int(part)], True) if n % 2 else (part, False)
            if text:
                inside = bool(before) and not before.endswith(ends)
                ids.append(self.vocabulary.read(text, symbols=not held, inside=inside))
                before = END if held else text
        return torch.cat(ids)


def rest_of(whole: str, beginning: str) -> str:
    if not whole.startswith(beginning):
        raise DataError("the model's chat template rewrites earlier turns, so that no answer stands by itself")
    return whole[len(beginning) :]


def plain(value: Any) -> Any:
    """The value as JSON has it: a template gets no object of ours into its hands."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise DataError(f"messages are JSON values: {str(error)[:200]}") from None
