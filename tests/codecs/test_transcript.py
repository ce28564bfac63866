"""Transcripts as phonemes: what is said, in which order, and what cannot be."""

from __future__ import annotations

import pytest
import torch

from anew.codecs.spoken.phonemes import Phonemes
from anew.codecs.spoken.transcript import SYMBOLS, Transcript
from anew.errors import DataError, RecipeError

WORDS = {
    "hello": ("HH", "AH0", "L", "OW1"), "world": ("W", "ER1", "L", "D"), "two": ("T", "UW1"),
    "cats": ("K", "AE1", "T", "S"),
}  # fmt: skip


@pytest.fixture
def codec() -> Transcript:
    made = Transcript(longest=24)
    made.phonemes = Phonemes(WORDS, guess=lambda word: ("AH0",))  # type: ignore[misc]
    return made


def test_words_marks_and_bounds_come_in_order(codec: Transcript) -> None:
    assert codec.read("Hello, world!") == ["<", "HH", "AH0", "L", "OW1", ",", "|", "W", "ER1", "L", "D", "!", ">"]
    assert codec.read("2 cats") == ["<", "T", "UW1", "|", "K", "AE1", "T", "S", ">"]
    rows = codec.encode(["Hello, world!", "2 cats"])
    assert rows.shape == (2, 24) and (rows[1, 9:] == 0).all() and (rows[1, :9] > 0).all()
    assert int(rows.max()) < codec.spec.vocab == len(SYMBOLS) + 1 == len(set(SYMBOLS)) + 1
    assert codec.decode(rows) == ["HH AH0 L OW1 , | W ER1 L D !", "T UW1 | K AE1 T S"]


def test_numbers_and_their_names_are_the_same(codec: Transcript) -> None:
    assert torch.equal(codec.encode(["2 cats"]), codec.encode(["Two   cats"]))


def test_what_says_nothing_or_too_much_is_refused(codec: Transcript) -> None:
    with pytest.raises(RecipeError, match="said in English"):
        codec.check(["…"])
    with pytest.raises(RecipeError, match="24 at a time"):
        codec.check(["hello world hello world hello world"])
    assert codec.longer(["hello world hello world hello world", "hello"]) == 1
    with pytest.raises(DataError, match="no transcripts"):
        codec.fit(["", "?!"])
    codec.check(["hello world"])


def test_it_comes_back_from_its_state() -> None:
    again = Transcript.restore({}, Transcript(longest=99).state())
    assert again.longest == 99 and again.spec == Transcript(longest=99).spec
