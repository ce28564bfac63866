"""Answers from given documents, with the sentences that they rest on; or none, where the documents do not hold one.

In: a question and documents. Out: the answer and the sentence, word for word, that makes the question likeliest; or an
abstention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anew.errors import DataError, RecipeError
from anew.tasks.chat import CAREFUL, Ask, Chat
from anew.tasks.facts import sift
from anew.tasks.passages import pieces, sentences, trimmed
from anew.tasks.prompts import Made, made_by, prompt
from anew.tasks.summarise import LEAST_PIECE, Dropped, ended
from anew.tasks.support import Told, by_chance, silently, support, threshold

PASSAGE = 400  # tokens: documents are read in passages of about so many
MOST = 120  # tokens of an answer


@dataclass(frozen=True)
class Quote:
    """What stands in a document (counted from 0) from `start` to `end`."""

    document: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Answer:
    """`text` None is an abstention. `support`: the nats a word that the best passage makes the question likelier;
    `needed`: what it must exceed. `dropped`: sentences of the answer whose numbers or names the passage does not hold;
    where none is left the quotation is the answer."""

    text: str | None
    quotes: tuple[Quote, ...]
    support: float
    needed: float
    dropped: tuple[Dropped, ...]
    made: Made

    @property
    def abstained(self) -> bool:
        return self.text is None


def answer(chat: Chat, question: str, documents: Sequence[str], *, seed: int = 0, tell: Told = silently) -> Answer:
    """The answer that the documents give. DataError: no question or no text. `tell`: how far the model's calibration
    is, which the first question takes a while for."""
    question = question.strip()
    if not question or not any(document.strip() for document in documents):
        raise DataError("a question and a document that is not empty are needed")
    places = passages(chat, question, documents)
    needed = threshold(by_chance(chat, tell), len(places))
    scores = support(chat, question, [text for _, _, text in places])
    best = max(range(len(scores)), key=lambda i: scores[i])
    made = made_by("answer", prompt("answer"), chat, seed)
    if not scores[best] > needed:  # so that nan abstains
        return Answer(None, (), scores[best], needed, (), made)
    document, offset, passage = places[best]
    values = {"passage": passage.strip(), "question": question}
    bodies = [trimmed(one) for one in sentences(passage) if one.text.strip()]
    told = support(chat, question, [one.text for one in bodies])
    span = bodies[max(range(len(bodies)), key=lambda i: told[i])]
    (said,) = chat.answers([Ask(prompt("answer").messages(**values), seed, MOST, CAREFUL)])
    kept, left = sift(ended(said), f"{passage}\n{question}")
    dropped = tuple(Dropped(sentence, tuple(missing)) for sentence, missing in left)
    found = Quote(document, offset + span.start, offset + span.end, span.text)
    return Answer(" ".join(kept) or span.text, (found,), scores[best], needed, dropped, made)


def passages(chat: Chat, question: str, documents: Sequence[str]) -> list[tuple[int, int, str]]:
    """The documents cut up: which one, where in it, and the text."""

    def length(passage: str) -> int:
        return chat.length(prompt("answer").messages(passage=passage, question=question))

    empty = length("")
    room = min(chat.context - MOST, empty + PASSAGE)
    if room < empty + LEAST_PIECE:
        what = f"{chat.name} holds {chat.context:,} tokens, too few for the question, a passage and an answer"
        raise RecipeError(what, next_command="a shorter question")
    parts = [(i, part) for i, document in enumerate(documents) for part in pieces(document, room, length)]
    return [(i, part.start, part.text) for i, part in parts if part.text.strip()]
