"""A first draft, section by section, along an outline.

In: an outline. Out: prose. Each section is written with the whole outline in view, and all at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass

from anew.errors import RecipeError
from anew.tasks.chat import Ask, Chat
from anew.tasks.ideas import Outline, outline
from anew.tasks.prompts import Made, made_by, prompt
from anew.tasks.summarise import TOKENS, ended


@dataclass(frozen=True)
class Draft:
    """`sections`: one text for each of the outline's."""

    outline: Outline
    sections: tuple[str, ...]
    made: Made

    @property
    def text(self) -> str:
        """As Markdown."""
        parts = [f"# {self.outline.title}"]
        for section, text in zip(self.outline.sections, self.sections, strict=True):
            parts += [f"## {section.heading}", text]
        return "\n\n".join(parts)


def draft(chat: Chat, plan: Outline | str, *, words: int = 300, seed: int = 0) -> Draft:
    """About so many words on an outline, or on a topic, for which one is made first."""
    if not 20 <= words <= 5000:
        raise RecipeError(f"a draft has 20 to 5,000 words, not {words}")
    plan = outline(chat, plan, seed=seed) if isinstance(plan, str) else plan
    used, each = prompt("draft"), max(20, words // len(plan.sections))
    headings = "\n".join(f"- {section.heading}" for section in plan.sections)
    asks = []
    for i, section in enumerate(plan.sections):
        points = "\n".join(f"- {point}" for point in section.points)
        values = {"title": plan.title, "outline": headings, "heading": section.heading, "points": points}
        asks.append(Ask(used.messages(words=str(each), **values), seed + i, int(each * TOKENS) + 32))
    sections = tuple(ended(said).strip() for said in chat.answers(asks))
    return Draft(plan, sections, made_by("draft", used, chat, seed))
