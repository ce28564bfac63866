"""Retrieval and facts on planted similarities, whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from anew.validate.agreement import (
    Known,
    accuracy,
    apart,
    listed,
    pattern,
    phrase,
    ranks,
    readings,
    retrieval,
)
from anew.validate.metric import Unmeasured

RNG = np.random.default_rng(0)


def planted(n: int, at: list[int]) -> np.ndarray:
    """(n, n) similarities by which the own caption of item i comes at[i % len]-th, from 0."""
    made = np.zeros((n, n))
    for i in range(n):
        others = np.delete(np.arange(n), i)
        made[i, i] = 0.5
        made[i, others[: at[i % len(at)]]] = 1.0
    return made


def test_ranks_and_figures_as_planted() -> None:
    similarity, own = planted(20, [0, 0, 3, 7]), np.arange(20)
    assert ranks(similarity, own).tolist() == [0, 0, 3, 7] * 5
    first, fifth, middle = retrieval(similarity, own, "samples", "a scorer", RNG, 200, better=True)
    assert (first.name, first.value, first.n, first.better) == ("recall_at_1_samples", 0.5, 20, "higher")
    assert (fifth.value, middle.value, middle.better) == (0.75, 2.5, "lower")
    assert first.low is not None and first.high is not None and 0.2 < first.low < 0.5 < first.high < 0.8
    assert "by chance 5 %" in first.note and "by chance 25 %" in fifth.note and "chance 10.5" in middle.note


def test_a_tie_is_no_hit() -> None:
    assert ranks(np.ones((12, 12)), np.arange(12)).tolist() == [11] * 12


def test_shuffled_captions_are_at_chance() -> None:
    rng = np.random.default_rng(1)
    own = rng.permutation(200)
    first, fifth, _ = retrieval(rng.normal(size=(200, 200)), own, "shuffled", "a scorer", rng, 100)
    assert first.value < 0.03 and fifth.value < 0.07 and first.better is None


def test_what_cannot_be_measured_says_so() -> None:
    with pytest.raises(Unmeasured, match="3 captions"):
        retrieval(np.eye(3), np.arange(3), "samples", "a scorer", RNG)
    with pytest.raises(ValueError, match="captions of their own"):
        ranks(np.eye(3), np.array([0, 1, 3]))


def test_captions_are_asked_for_of_which_none_says_what_another_says() -> None:
    said = ["a red heart", "heart", "red car", "a car", "", "Red Heart a", "a blue star"]
    assert apart(said, str.lower, 10) == [0, 2, 3, 6]
    assert apart(said, str.lower, 2) == [0, 2]


TOLD = [
    ({"colour": "red", "object": "car"}, ["a red car", "red car"]),
    ({"colour": "orange", "object": "tangerine"}, ["an orange tangerine", "orange tangerine"]),
    ({"colour": "blue", "object": "door"}, ["a blue door"]),
    ({"object": "star"}, ["a star"]),
]
BOTH = ("colour", "object")


def test_what_training_shows_and_how_captions_say_it() -> None:
    known = Known.of_training(BOTH, (facts for facts, _ in TOLD), few=1)
    assert known.values == (("blue", "orange", "red"), ("car", "door", "tangerine"))
    assert len(known.answers) == 9 and phrase(known, TOLD) == "{0} {1}"
    assert phrase(known, TOLD[2:]) == "a {0} {1}" and phrase(known, TOLD[3:]) is None
    assert pattern("a red carpet on a car", ["car"]) is None and pattern("{red} car", ["red", "car"]) == "{{{0}}} {1}"


def test_pairs_never_seen_together_are_of_values_each_of_which_was() -> None:
    known = Known.of_training(BOTH, (facts for facts, _ in TOLD), few=1)
    held_out = [
        {"colour": c, "object": o} for c, o in (("red", "door"), ("red", "car"), ("red", "star"), ("red", "door"))
    ]
    assert known.unseen(held_out) == [("red", "door")]
    assert Known.of_training(BOTH, [facts for facts, _ in TOLD] * 2, few=3).values == ((), ())


def test_facts_are_read_off_as_planted() -> None:
    asked = [("red", "car"), ("red", "car"), ("blue", "door"), ("blue", "car")]
    found = readings(asked, [("red", "car"), ("red", "door"), ("blue", "door"), ("blue", "door")])
    assert [(one.asked, one.right(), one.right(0)) for one in found] == [
        (("blue", "car"), 0.0, 1.0), (("blue", "door"), 1.0, 1.0), (("red", "car"), 0.5, 1.0),
    ]  # fmt: skip
    both, colour, thing = accuracy(found, BOTH, "unseen", "a scorer", RNG, 50, better=True)
    assert (both.name, colour.name, thing.name) == ("unseen", "unseen_colour", "unseen_object")
    assert (both.value, colour.value, thing.value, both.n) == (0.5, 1.0, 0.5, 4)
    lines = listed(BOTH, found, found[:1]).split("\n")
    assert lines[1] == "blue, car: 0/1, 0/1, blue, door ×1" and lines[3] == "red, car: 1/2, —, red, door ×1"
    assert listed(BOTH, [], found).split("\n")[:2] == [
        "colour and object: real items read right, wrong readings",
        "blue, car: 0/1, blue, door ×1",
    ]
