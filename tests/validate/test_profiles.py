"""Texts have near-copies, wherever in the training text they began and whatever words were changed."""

import re

import numpy as np
import pytest

from anew.validate.metric import Unmeasured
from anew.validate.profiles import near_copied_texts, passages, profiles

WORDS = (
    "the sea was calm and old sailors told of storms that broke tall ships upon hidden rocks near dark shores".split()
)


def tale(seed, words=80):
    return " ".join(np.random.default_rng(seed).choice(WORDS, words))


def test_texts_have_near_copies_too():
    training = [tale(i, 400) for i in range(60)]
    held_out, samples = [tale(1000 + i) for i in range(100)], [tale(2000 + i)[:400] for i in range(50)]
    for i in range(10):
        samples[i] = tale(i, 400)[137 : 137 + 410].replace("sea", "lake")  # from any place, some words changed
    found, shown = near_copied_texts(samples, training, held_out, np.random.default_rng(0))
    assert set(found.closest(10)) == set(range(10)) and 0.2 <= found.metrics[0].value <= 0.3
    assert all(m.passed in (True, None) for m in found.metrics)
    for neighbour in shown:
        original = tale(neighbour.sample, 400)
        assert neighbour.text == samples[neighbour.sample] and neighbour.passage in original


def test_profiles_of_short_and_empty_texts_are_of_length_one():
    made = profiles(["", "ab", "ab", "cd", "a longer text"])
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, rtol=1e-6)
    assert (made[1] == made[2]).all() and (made[1] != made[3]).any()


def test_passages_cover_the_text():
    text = "".join(map(chr, range(33, 1036)))  # no passage occurs twice
    cut = passages([text, "short"], 100)
    assert cut[-1] == "short" and all(len(c) <= 100 for c in cut)
    assert all(any(text[i : i + 50] in c for c in cut) for i in range(1003 - 50))
    assert "".join(passages([text], 100, overlap=False)) == text[:1000]


def test_training_text_beyond_the_limit_is_left_out_and_said(monkeypatch):
    monkeypatch.setattr("anew.validate.profiles.MOST", 50)
    texts = [tale(i, 400) for i in range(60)]
    found, _ = near_copied_texts([tale(500)] * 3, texts, [tale(i) for i in range(600, 680)], np.random.default_rng(0))
    seen, total = re.search(r"([\d,]+) of ([\d,]+) training characters", found.metrics[0].note).groups()
    assert int(seen.replace(",", "")) < 51 * 250 and int(total.replace(",", "")) == sum(map(len, texts))


def test_nothing_generated_is_said():
    with pytest.raises(Unmeasured):
        near_copied_texts(["", ""], ["abc" * 100], ["abd" * 100], np.random.default_rng(0))
