"""Summaries: of a text that the model can read at once, or of its parts and then of their summaries.

In: a text. Out: sentences whose numbers and names occur in the text, and those that were left out because theirs do
not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anew.errors import DataError, RecipeError
from anew.tasks.chat import CAREFUL, Ask, Chat, Message, Said
from anew.tasks.facts import sift
from anew.tasks.passages import Span, pieces, sentences
from anew.tasks.prompts import Made, made_by, prompt
from anew.tasks.quotes import quote

PIECE = 1000  # tokens: what a small model can still keep apart
LEAST_PIECE = 48
AGAIN = 2  # further seeds for a part of which no sentence holds
TOKENS = 2.0  # of an answer, for each word asked for


@dataclass(frozen=True)
class Dropped:
    """A sentence that was left out, and the numbers and names in it that the text does not hold."""

    sentence: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """`pieces`: where the parts lie that were read; together they are the whole text. `quoted`: parts of which no
    sentence held, so that a sentence of their own stands in the summary."""

    text: str
    dropped: tuple[Dropped, ...]
    pieces: tuple[tuple[int, int], ...]
    quoted: int
    made: Made


def summarise(chat: Chat, text: str, *, words: int = 60, seed: int = 0) -> Summary:
    """A summary in about so many words. DataError: an empty text; RecipeError: the model's context is too short."""
    if not text.strip():
        raise DataError("there is nothing to summarise: the text is empty")
    if not 5 <= words <= 2000:
        raise RecipeError(f"a summary has 5 to 2,000 words, not {words}")
    work = Work(chat, words, seed)
    parts = work.cut(text, "summarise")
    told = work.told("summarise", parts)
    while len(told) > 1:
        joined = "\n\n".join(told)
        again = work.cut(joined, "summarise-parts")
        if len(again) >= len(told):
            break  # they do not get shorter: their summaries stand side by side
        told = work.told("summarise-parts", again, whole=text)
    spans = tuple((part.start, part.end) for part in parts)
    made = made_by("summarise", prompt("summarise"), chat, seed)
    return Summary(" ".join(told), tuple(work.dropped), spans, work.quoted, made)


class Work:
    """A summary being made: what was left out so far, and the next seed."""

    def __init__(self, chat: Chat, words: int, seed: int) -> None:
        self.chat, self.words, self.seed = chat, words, seed
        self.most = int(words * TOKENS) + 16
        self.dropped: list[Dropped] = []
        self.quoted = 0

    def ask(self, name: str, text: str) -> tuple[Message, ...]:
        return prompt(name).messages(text=text.strip(), words=str(self.words))

    def cut(self, text: str, name: str) -> list[Span]:
        """Pieces that the model can read with its answer behind them."""
        room = min(self.chat.context - self.most, self.chat.length(self.ask(name, "")) + PIECE)
        if room < self.chat.length(self.ask(name, "")) + LEAST_PIECE:
            what = f"{self.chat.name} holds {self.chat.context:,} tokens, too few for a text and its summary"
            raise RecipeError(what, next_command="anew models list")
        return pieces(text, room, lambda part: self.chat.length(self.ask(name, part)))

    def told(self, name: str, parts: Sequence[Span], whole: str | None = None) -> list[str]:
        """A summary of each part; claims are looked up in the part, or in the `whole` text."""
        todo = {i: part.text for i, part in enumerate(parts) if part.text.strip()}
        found: dict[int, str] = {}
        for _ in range(1 + AGAIN):
            asks = [Ask(self.ask(name, text), self.next_seed(), self.most, CAREFUL) for text in todo.values()]
            for i, said in zip(list(todo), self.chat.answers(asks), strict=True):
                kept, left = sift(ended(said), whole or todo[i])
                self.dropped += [Dropped(sentence, tuple(missing)) for sentence, missing in left]
                if kept:
                    found[i] = " ".join(kept)
                    del todo[i]
            if not todo:
                break
        for i, text in todo.items():
            self.quoted += 1
            found[i] = quote(self.chat, Ask(self.ask(name, text), self.next_seed(), self.most, CAREFUL), text).text
        return [found[i] for i in sorted(found)]

    def next_seed(self) -> int:
        self.seed += 1
        return (self.seed - 1) % 2**63


def ended(said: Said) -> str:
    """The answer without a last sentence that was cut off, unless it is the only one."""
    spans = sentences(said.text)
    if said.finish == "stop" or len(spans) < 2:
        return said.text
    return said.text[: spans[-1].start]
