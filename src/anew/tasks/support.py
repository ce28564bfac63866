"""Whether a passage can answer a question, told by likelihoods and not by the model's own words.

A passage that answers a question makes the question likelier (the query likelihood of Ponte & Croft 1998, by a language
model as in Sachan et al. 2022, arXiv:2204.07496). The score is ln p(question | passage) less the mean of the same under
decoys, passages about other things that come with anew: what any passage does to a question falls out. What passages
about something else reach is measured once for each model, and a score counts as support where so few of those reach
it (a conformal test, Vovk et al. 2005, section 4.2). It tells another topic; it does not tell a passage that is about
the same thing and leaves the answer out.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from importlib.resources import files

from anew.data.files import write_atomic
from anew.data.home import home
from anew.tasks.chat import Chat
from anew.tasks.prompts import prompt

PAIRS = "support.v1.json"  # passages, each with a question that it answers
DECOYS = 3  # the first of them
MISTAKEN = 0.1  # of questions put to another passage may pass for answerable

Told = Callable[[int, int], None]


def silently(done: int, of: int) -> None:
    pass


def support(chat: Chat, question: str, passages: Sequence[str]) -> list[float]:
    """How many nats a word each passage makes the question likelier than a passage about something else does."""
    asking, words = prompt("asking"), max(1, len(question.split()))
    nats = [
        chat.nats(asking.messages(passage=passage.strip()), question)
        for passage in (*(pair["passage"] for pair in pairs()[:DECOYS]), *passages)
    ]
    usual = sum(nats[:DECOYS]) / DECOYS
    return [(usual - one) / words for one in nats[DECOYS:]]


def pairs() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(files(__package__).joinpath(PAIRS).read_text("utf-8"))
    return found


def threshold(chance: Sequence[float], passages: int = 1, mistaken: float = MISTAKEN) -> float:
    """What the best of so many passages must exceed: of n scores by chance, the one that a further one would pass with
    probability `mistaken` / `passages` at most; the highest, where n are too few to say."""
    allowed = math.floor(mistaken / passages * (len(chance) + 1))
    return sorted(chance, reverse=True)[max(0, min(allowed - 1, len(chance) - 1))]


def by_chance(chat: Chat, tell: Told = silently) -> list[float]:
    """Scores of questions put to passages about something else, measured once for a model and kept."""
    path = home() / "support" / f"{chat.digest[:32]}-{version()}.json"
    try:
        kept = json.loads(path.read_text("utf-8"))
        if isinstance(kept, list) and kept and all(isinstance(one, float) and math.isfinite(one) for one in kept):
            return kept
    except (OSError, ValueError):
        pass
    asked, found = pairs()[DECOYS:], list[float]()
    for i, pair in enumerate(asked):
        tell(i, len(asked))
        found += support(chat, pair["question"], [other["passage"] for other in asked if other is not pair])
    tell(len(asked), len(asked))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps(found).encode())
    return found


def version() -> str:
    """Of everything that the scores depend on beside the model."""
    used = files(__package__).joinpath(PAIRS).read_bytes() + repr(DECOYS).encode() + prompt("asking").sha256.encode()
    return hashlib.sha256(used).hexdigest()[:16]
