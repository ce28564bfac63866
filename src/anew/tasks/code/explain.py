"""What a piece of code does, in plain sentences.

In: code of any language. Out: sentences whose names and numbers occur in it, and those that were left out because
theirs do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from anew.errors import DataError, RecipeError
from anew.tasks.chat import CAREFUL, Ask, Chat
from anew.tasks.code.names import sift
from anew.tasks.prompts import Made, made_by, prompt
from anew.tasks.summarise import Dropped, ended

MOST = 160  # tokens
AGAIN = 2  # further seeds, where no sentence holds


@dataclass(frozen=True)
class Explanation:
    """`text` is empty where no sentence held, after `draws`."""

    text: str
    dropped: tuple[Dropped, ...]
    draws: int
    made: Made


def explain(chat: Chat, code: str, *, seed: int = 0) -> Explanation:
    """What the code does. DataError: there is none; RecipeError: it is longer than the model's context."""
    if not code.strip():
        raise DataError("there is nothing to explain: the code is empty")
    used, dropped = prompt("explain"), list[Dropped]()
    messages = used.messages(code=code.rstrip())
    if (length := chat.length(messages)) > chat.context - MOST:
        what = f"{chat.name} holds {chat.context:,} tokens, too few for {length:,} of code and what is said of it"
        raise RecipeError(what, next_command="anew code explain FILE::NAME")
    kept: list[str] = []
    draws = 0
    while not kept and draws <= AGAIN:
        (said,) = chat.answers([Ask(messages, (seed + draws) % 2**63, MOST, CAREFUL)])
        kept, left = sift(ended(said), code)
        while kept and kept[-1].endswith(":"):  # it announces an example, and those are left out
            kept.pop()
        dropped += [Dropped(sentence, tuple(missing)) for sentence, missing in left]
        draws += 1
    return Explanation(" ".join(kept), tuple(dropped), draws, made_by("explain", used, chat, seed))
