"""Two ways of writing at a place in code: a chat model is told what is wanted and goes on from what its answer begins
with; a model without a chat template reads what stands before the place and, where it learnt to, what stands after.

In: a `Job`, how many drafts, a seed. Out: as many texts of the job's form; draft i is drawn from seed + i alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from anew.engine.constraint import Constraint
from anew.errors import RecipeError
from anew.tasks.chat import Ask
from anew.tasks.model import Talking
from anew.tasks.prompts import Made, made_by, prompt

FENCE = "```python\n"


@dataclass(frozen=True)
class Job:
    """`prompt` and `values` say what is wanted, and `begun` is the code that the answer goes on from; `before` and
    `after` are the file around the same place. What is written has the `form`, in at most `most` tokens."""

    prompt: str
    values: Mapping[str, str]
    begun: str
    before: str
    after: str
    form: Constraint
    most: int
    temperature: float


class Coder(Protocol):
    """A model that writes code."""

    def draw(self, job: Job, n: int, seed: int) -> list[str]: ...
    def made(self, job: Job, seed: int) -> Made: ...


class Told:
    """A chat model."""

    def __init__(self, chat: Talking) -> None:
        self.chat = chat

    def draw(self, job: Job, n: int, seed: int) -> list[str]:
        messages, begun = prompt(job.prompt).messages(**job.values), FENCE + job.begun
        asks = [Ask(messages, seed + i, job.most, job.temperature, job.form, begun) for i in range(n)]
        return [said.text for said in self.chat.answers(asks)]

    def made(self, job: Job, seed: int) -> Made:
        return made_by(job.prompt, prompt(job.prompt), self.chat, seed)


class Filling:
    """A model that has no chat template: the place in the file is all that it reads."""

    def __init__(self, chat: Talking) -> None:
        self.chat = chat

    def draw(self, job: Job, n: int, seed: int) -> list[str]:
        options: dict[str, Any] = {"temperature": job.temperature, "max_new": job.most, job.form.form: job.form.text}
        return self.chat.fill(job.before, job.after, n, seed, **options)

    def made(self, job: Job, seed: int) -> Made:
        return Made(job.prompt, "none: it was filled in", "", self.chat.name, self.chat.digest, seed)


def coder(chat: Talking) -> Coder:
    """The way in which this model writes code."""
    return Told(chat) if talks(chat) else Filling(chat)


def talks(chat: Talking) -> bool:
    """Whether the model was made to be talked with."""
    return not chat.plain or chat.artifact.recipe.modality == "chat"


def talking(chat: Talking) -> Talking:
    """The model, where it can be told what is wanted. RecipeError: it cannot."""
    if not talks(chat):
        what = f"{chat.name} has no chat template: it can complete, docstring, tests and fix, but it explains nothing"
        raise RecipeError(what, next_command="anew models list")
    return chat
