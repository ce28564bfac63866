"""What an answer is worth, by rules that anybody can check: no model judges here.

A rule takes its settings, and then an answer and the expected one; what it gives runs from 0 to 1. An objective that
learns from a reward uses it, and the report measures by it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from anew.errors import RecipeError

Rule = Callable[[str, str], float]
NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")


class ValidJson:
    """1 for a JSON object or list and nothing else; where `keys` are asked for, the share of them in the object."""

    def __init__(self, *, keys: Sequence[str] = ()) -> None:
        self.keys = keys

    def __call__(self, answer: str, expected: str) -> float:
        try:
            found = json.loads(answer)
        except (ValueError, RecursionError):
            return 0.0
        if not self.keys:
            return float(isinstance(found, (dict, list)))
        return sum(key in found for key in self.keys) / len(self.keys) if isinstance(found, dict) else 0.0


class SameNumber:
    """1 where the last number in the answer is the last one in the expected answer."""

    def __call__(self, answer: str, expected: str) -> float:
        said, wanted = (last_number(text) for text in (answer, expected))
        return float(said is not None and said == wanted)


class SameText:
    """1 where the answer is the expected one, capitals and white space apart."""

    def __call__(self, answer: str, expected: str) -> float:
        said, wanted = (" ".join(text.lower().split()) for text in (answer, expected))
        return float(said == wanted)


class Match:
    """1 where the whole answer fits a regular expression, `pattern`."""

    def __init__(self, *, pattern: str = "") -> None:
        try:
            self.pattern = re.compile(pattern, re.DOTALL)
        except re.error as error:
            raise RecipeError(f"adapt.reward.pattern: {pattern!r} is no regular expression: {error}") from None
        if not pattern:
            raise RecipeError("adapt.reward.pattern: say which regular expression an answer has to fit")

    def __call__(self, answer: str, expected: str) -> float:
        return float(self.pattern.fullmatch(answer.strip()) is not None)


def last_number(text: str) -> float | None:
    found = NUMBER.findall(text)
    return float(found[-1].replace(",", "")) if found else None
