"""A text in other words, and how easily it read before and reads after.

In: a text and what is to change. Out: the best of several drafts: the one that adds fewest numbers and names, and of
those the one that went furthest where it was to go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from anew.errors import DataError, RecipeError, nearest
from anew.tasks.chat import Ask, Chat, Message
from anew.tasks.facts import unsupported
from anew.tasks.passages import pieces
from anew.tasks.prompts import Made, made_by, prompt
from anew.tasks.readability import reading_ease
from anew.tasks.summarise import LEAST_PIECE, ended

PIECE = 400  # tokens
WAYS = {
    "simpler": "Use short sentences and plain, common words.",
    "shorter": "Make it half as long.",
    "formal": "Make it formal and polite.",
    "friendly": "Make it warm and friendly.",
    "correct": "Correct its spelling and grammar and change nothing else.",
}


@dataclass(frozen=True)
class Rewrite:
    """`before` and `after`: Flesch's reading ease of both, None for a text without words. `added`: numbers and names
    that the old text does not hold."""

    text: str
    before: float | None
    after: float | None
    added: tuple[str, ...]
    drafts: int
    made: Made


def rewrite(chat: Chat, text: str, how: str = "simpler", *, drafts: int = 4, rounds: int = 1, seed: int = 0) -> Rewrite:
    """The text rewritten, one of `WAYS` or as `how` says in words; `rounds`: each goes on from the one before."""
    if not text.strip():
        raise DataError("there is nothing to rewrite: the text is empty")
    if not 1 <= drafts <= 32 or not 1 <= rounds <= 8:
        raise RecipeError("1 to 32 drafts, 1 to 8 rounds")
    if " " not in how.strip() and how not in WAYS:
        raise RecipeError(f"{how!r} is no way to rewrite{nearest(how, WAYS)}: {', '.join(WAYS)}, or a whole sentence")
    best = text.strip()
    for turn in range(rounds):
        best = once(chat, text, best, how, drafts, seed + turn * 10_000)
    added = tuple(unsupported(best, text))
    made = made_by("rewrite", prompt("rewrite"), chat, seed)
    return Rewrite(best, reading_ease(text), reading_ease(best), added, drafts * rounds, made)


def once(chat: Chat, source: str, text: str, how: str, drafts: int, seed: int) -> str:
    """The best draft of each piece, joined by what stood between the pieces."""
    used = prompt("rewrite")

    def messages(part: str) -> tuple[Message, ...]:
        return used.messages(text=part.strip(), how=WAYS.get(how, how))

    empty = chat.length(messages(""))
    room = min((chat.context + empty) // 2, empty + PIECE)  # an answer may be as long as the text
    if room < empty + LEAST_PIECE:
        raise RecipeError(f"{chat.name} holds {chat.context:,} tokens, too few for a text and another")
    parts = pieces(text, room, lambda part: chat.length(messages(part)))
    made = []
    for n, part in enumerate(parts):
        length = chat.length(messages(part.text)) - empty
        asks = [Ask(messages(part.text), seed + n * drafts + i, 2 * length + 16) for i in range(drafts)]
        found = [ended(said).strip() for said in chat.answers(asks)] if part.text.strip() else []
        body = part.text.rstrip()
        best = min((draft for draft in found if draft), key=worth(source, how), default=body)
        made.append(best + part.text[len(body) :])
    return "".join(made)


def worth(source: str, how: str) -> Callable[[str], tuple[int, float]]:
    """What makes a draft the better one: nothing added first, then what was asked for."""

    def key(draft: str) -> tuple[int, float]:
        goal = {"simpler": -(reading_ease(draft) or 0.0), "shorter": float(len(draft))}
        return len(unsupported(draft, source)), goal.get(how, 0.0)

    return key
