"""What an answer is worth, by rules that anybody can check: no model judges here.

Each function takes its settings and returns the rule: of an answer and the expected one, from 0 to 1. An objective that
learns from a reward uses it, and the report measures by it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from anew.errors import RecipeError

Rule = Callable[[str, str], float]
NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")


def valid_json(*, keys: Sequence[str] = ()) -> Rule:
    """1 for a JSON object or list and nothing else; of an object the share of `keys` that it has, where some are
    asked for."""

    def rule(answer: str, expected: str) -> float:
        try:
            found = json.loads(answer)
        except (ValueError, RecursionError):
            return 0.0
        if not isinstance(found, (dict, list)):
            return 0.0
        if not keys:
            return 1.0
        return sum(key in found for key in keys) / len(keys) if isinstance(found, dict) else 0.0

    return rule


def same_number() -> Rule:
    """1 where the last number in the answer is the last one in the expected answer."""

    def rule(answer: str, expected: str) -> float:
        said, wanted = (number(text) for text in (answer, expected))
        return float(said is not None and said == wanted)

    return rule


def number(text: str) -> float | None:
    found = NUMBER.findall(text)
    return float(found[-1].replace(",", "")) if found else None


def same_text() -> Rule:
    """1 where the answer is the expected one, capitals and white space apart."""
    return lambda answer, expected: float(" ".join(answer.lower().split()) == " ".join(expected.lower().split()))


def fits(*, pattern: str = "") -> Rule:
    """1 where the whole answer fits a regular expression."""
    try:
        known = re.compile(pattern, re.DOTALL)
    except re.error as error:
        raise RecipeError(f"adapt.reward.pattern: {pattern!r} is no regular expression: {error}") from None
    if not pattern:
        raise RecipeError("adapt.reward.pattern: say which regular expression an answer has to fit")
    return lambda answer, expected: float(known.fullmatch(answer.strip()) is not None)
