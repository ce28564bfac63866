"""Conditions on rows: what they say, what they leave open, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anew.codecs.conditions import read, read_all
from anew.errors import RecipeError

COLUMNS = ("age", "sex", "total", "x", "y", "born", "mean radius", "smoker")
ROW = {
    "age": 61,
    "sex": "F",
    "total": 0.3,
    "x": 0.1,
    "y": 0.2,
    "born": "1990-05-01",
    "mean radius": 2.5,
    "smoker": True,
}


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("age > 60", True), ("age>61", False), ("age >= 61", True), ("60 < age", True), ("age = 61", True),
        ("sex == F and age > 60", True), ("sex == M", False), ("sex != M", True), ("sex == 'F'", True),
        ("total == x + y", True), ("total == x * y", False), ("age - 1 > 2 * (x + 29.5)", True), ("-age < -60", True),
        ("age / 0 > 1", False), ("born >= 1990-01-01", True), ("born < 1990-01-01", False), ("smoker == true", True),
        ("`mean radius` <= 2.5", True), ("age == missing", False), ("age != missing", True), ("sex > 3", False),
        ("sex == 3", False), ("sex != 3", True), ("x <> y", True),
    ],
)  # fmt: skip
def test_a_condition_says_what_it_says(text: str, met: bool) -> None:
    assert read(text, COLUMNS).met(ROW) is met


def test_what_is_missing_meets_nothing_and_breaks_nothing() -> None:
    nobody: dict[str, object] = dict.fromkeys(ROW)
    for text in ("age > 60", "total == x + y", "sex == F", "sex != F"):
        assert not read(text, COLUMNS).met(nobody) and not read(text, COLUMNS).broken(nobody)
    assert read("age == missing and sex == missing", COLUMNS).met(nobody)
    assert read_all(["age >= 0", "age <= 60"], COLUMNS).broken(ROW)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("agee > 60", "no column 'agee' \\(did you mean 'age'"), ("age >", "ends too soon"), ("age", "compares two"),
        ("age > 60 or age < 3", "joined by 'and'"), ("1 < 2", "names no column"), ("(age > 3", "bracket is not closed"),
        ("age > 60;", "not understood"), ("age > __import__('os')", "joined by 'and'|no column"), ("", "ends too soon"),
        ("(" * 4000 + "age", "more than"), ("age > sexx", "no column 'sexx'"), ("and > 3", "stands where"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        read(text, COLUMNS)


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="agesx 0.3<>=!()+-*\"'`and_é;", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text, COLUMNS).met(ROW)
    except RecipeError as error:
        assert error.message
