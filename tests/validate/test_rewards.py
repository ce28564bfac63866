"""Rewards by rules: each against answers whose worth is plain."""

import pytest

from anew import registry
from anew.errors import RecipeError

WORTH = [
    ("json", {}, '{"a": 1}', "", 1.0),
    ("json", {}, "[1, 2]", "", 1.0),
    ("json", {}, "12", "", 0.0),
    ("json", {}, '{"a": 1} and more', "", 0.0),
    ("json", {}, "[" * 100_000, "", 0.0),
    ("json", {"keys": ["a", "b"]}, '{"a": 1, "c": 2}', "", 0.5),
    ("json", {"keys": ["a"]}, "[1]", "", 0.0),
    ("number", {}, "That makes 1,234.", "1234", 1.0),
    ("number", {}, "3 + 4 = 7", "first 1, then 7", 1.0),
    ("number", {}, "-7", "7", 0.0),
    ("number", {}, "seven", "7", 0.0),
    ("same", {}, " It  IS\n7. ", "it is 7.", 1.0),
    ("same", {}, "it is 8.", "it is 7.", 0.0),
    ("match", {"pattern": r"\d{4}-\d\d"}, "2024-05\n", "", 1.0),
    ("match", {"pattern": r"\d{4}-\d\d"}, "2024-05-01", "", 0.0),
]


@pytest.mark.parametrize(("name", "settings", "answer", "expected", "worth"), WORTH)
def test_what_an_answer_is_worth(name, settings, answer, expected, worth):
    assert registry.find("rewards", name)(**settings)(answer, expected) == worth


def test_every_reward_is_tried():
    assert {name for name, *_ in WORTH} == set(registry.REWARDS)


@pytest.mark.parametrize("pattern", ["", "(unclosed"])
def test_a_pattern_that_is_none_is_refused(pattern):
    with pytest.raises(RecipeError, match="regular expression"):
        registry.find("rewards", "match")(pattern=pattern)
