"""Before a text is written: ideas from several angles, and an outline.

In: a topic. Out: values of a fixed form, which the model is held to.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anew.engine.constraint import Constraint
from anew.errors import DataError, RecipeError
from anew.tasks.chat import Ask, Chat
from anew.tasks.facts import WORD, folded
from anew.tasks.prompts import Made, made_by, prompt

ANGLES = (
    "As a beginner who has never heard of it.",
    "As someone whom it annoys: what would have to change?",
    "With no money and one afternoon.",
    "The other way round: do the opposite of what everybody does.",
    "Joined with something from quite another field.",
    "As it will be in twenty years.",
)
SAME = 0.6  # of two ideas' words shared: they are one
LINE = {"type": "string", "minLength": 12, "maxLength": 160, "pattern": '^[^\\n"\\\\]+$'}


@dataclass(frozen=True)
class Idea:
    angle: str
    text: str


@dataclass(frozen=True)
class Ideas:
    """`repeated`: how many were left out because another says nearly the same."""

    topic: str
    ideas: tuple[Idea, ...]
    repeated: int
    made: Made


@dataclass(frozen=True)
class Section:
    heading: str
    points: tuple[str, ...]


@dataclass(frozen=True)
class Outline:
    """`made`: None of one that a person wrote."""

    title: str
    sections: tuple[Section, ...]
    made: Made | None = None

    def text(self) -> str:
        """As Markdown."""
        lines = [f"# {self.title}"]
        for section in self.sections:
            lines += ["", f"## {section.heading}", "", *(f"- {point}" for point in section.points)]
        return "\n".join(lines)


def brainstorm(chat: Chat, topic: str, *, angles: Sequence[str] = ANGLES, count: int = 3, seed: int = 0) -> Ideas:
    """`count` ideas from each angle, near repetitions left out."""
    check(topic, count=count, angles=len(angles))
    used = prompt("brainstorm")
    form = held({"ideas": {"type": "array", "items": LINE, "minItems": count, "maxItems": count}})
    asks = [
        Ask(used.messages(topic=topic.strip(), angle=angle, count=str(count)), seed + i, 70 * count, constraint=form)
        for i, angle in enumerate(angles)
    ]
    found: list[Idea] = []
    said = [chosen(one.text)["ideas"] for one in chat.answers(asks)]
    for angle, ideas in zip(angles, said, strict=True):
        for idea in (" ".join(one.split()) for one in ideas):
            if idea and not any(alike(idea, other.text) for other in found):
                found.append(Idea(angle, idea))
    return Ideas(topic, tuple(found), sum(map(len, said)) - len(found), made_by("brainstorm", used, chat, seed))


def outline(chat: Chat, topic: str, *, sections: int = 4, points: int = 3, seed: int = 0) -> Outline:
    """A title and so many sections of so many points."""
    check(topic, sections=sections, points=points)
    used = prompt("outline")
    section = strict(
        {"heading": LINE, "points": {"type": "array", "items": LINE, "minItems": points, "maxItems": points}}
    )
    form = held(
        {"title": LINE, "sections": {"type": "array", "items": section, "minItems": sections, "maxItems": sections}}
    )
    messages = used.messages(topic=topic.strip(), sections=str(sections), points=str(points))
    most = 60 + sections * (60 + 60 * points)
    (said,) = chat.answers([Ask(messages, seed, most, constraint=form)])
    value = chosen(said.text)
    made = tuple(Section(one["heading"].strip(), tuple(p.strip() for p in one["points"])) for one in value["sections"])
    return Outline(value["title"].strip(), made, made_by("outline", used, chat, seed))


def check(topic: str, **counts: int) -> None:
    if not topic.strip():
        raise DataError("a topic is needed")
    for name, count in counts.items():
        if not 1 <= count <= 12:
            raise RecipeError(f"{name} is 1 to 12, not {count}")


def strict(properties: dict[str, Any]) -> dict[str, Any]:
    """An object of these properties, all of them and no others."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def held(properties: dict[str, Any]) -> Constraint:
    return Constraint("json", json.dumps(strict(properties)))


def chosen(text: str) -> Any:
    """The JSON that the form has led to."""
    try:
        return json.loads(text)
    except ValueError:
        raise RecipeError("the model's context is too short for so much", next_command="fewer of them") from None


def alike(idea: str, other: str) -> bool:
    """Whether most words of both are shared (Jaccard's index)."""
    ours, theirs = ({folded(match[0]) for match in WORD.finditer(one)} for one in (idea, other))
    return len(ours & theirs) >= SAME * len(ours | theirs)
