"""What is looked at in texts without any model: sentences, pieces, numbers and names, reading ease."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.tasks.facts import claims, sift, unsupported
from anew.tasks.passages import pieces, sentences
from anew.tasks.readability import reading_ease, syllables

PROSE = st.text(st.sampled_from("ab A.!?\n \t1é日。\"'"), max_size=200)


@given(PROSE)
def test_sentences_are_the_whole_text(text):
    found = sentences(text)
    assert "".join(one.text for one in found) == text
    assert all(text[one.start : one.end] == one.text for one in found)


@given(PROSE, st.integers(1, 40))
def test_pieces_are_the_whole_text_and_fit(text, most):
    found = pieces(text, most, len)
    assert "".join(one.text for one in found) == text
    assert all(len(one.text) <= most and text[one.start : one.end] == one.text for one in found)


def test_sentences_end_where_they_end():
    text = "Dr. Lee met J. Roe at 3.15 p.m. on Monday. “Why?” asked Roe. He left.\n\nA new part without an end"
    assert [one.text.strip() for one in sentences(text)] == [
        "Dr. Lee met J. Roe at 3.15 p.m. on Monday.", "“Why?” asked Roe.", "He left.", "A new part without an end",
    ]  # fmt: skip


def test_pieces_keep_sentences_whole_while_they_fit():
    found = pieces("One is here. Two is here. Three is here.", 26, len)
    assert [one.text for one in found] == ["One is here. Two is here. ", "Three is here."]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The ferry left Oslo at 9.", ["9", "Oslo"]),
        ("Ferries leave. Nobody saw them.", []),
        ("Anna Berg left.", ["Anna", "Berg"]),
        ("He said: “They came” and I went.", []),
        ("In 1,200 cases (12.5 %) it was Anna’s.", ["1,200", "12.5", "Anna"]),
    ],
)
def test_claims_are_numbers_and_names(text, found):
    assert claims(text) == found


@pytest.mark.parametrize(
    ("text", "source", "missing"),
    [
        ("It cost 1200 in São Paulo.", "In Sao Paulo it cost 1,200 crowns.", []),
        ("It cost 12 in Rome.", "In Rome it cost 1,200.", ["12"]),
        ("They met Anna's son.", "Anna has a son.", []),
        ("They met Bert.", "They met Albert.", ["Bert"]),
        ("It took 2.50 hours.", "2.5 hours", []),
        ("They met at Jean-Luc's.", "Jean and Luc met.", []),
    ],
)
def test_claims_are_looked_up(text, source, missing):
    assert unsupported(text, source) == missing


def test_sentences_with_unknown_claims_are_sifted_out():
    kept, left = sift("The ferry left at 9. It carried 40 people to Bergen.", "At 9 the ferry left.")
    assert kept == ["The ferry left at 9."] and left == [("It carried 40 people to Bergen.", ["40", "Bergen"])]


def test_reading_ease_is_fleschs():
    """Six words of one syllable in one sentence: 206.835 - 84.6 - 6.09."""
    assert reading_ease("The cat sat on the mat.") == pytest.approx(206.835 - 84.6 - 1.015 * 6)
    assert reading_ease("Considerable institutional responsibilities necessitate deliberation.") < 0
    assert reading_ease("123 ...") is None


@pytest.mark.parametrize(
    ("word", "count"),
    [("cat", 1), ("table", 2), ("make", 1), ("makes", 1), ("wanted", 2), ("jumped", 1), ("reading", 2), ("the", 1),
     ("horses", 2), ("rhythm", 1), ("beautiful", 3)],
)  # fmt: skip
def test_syllables(word, count):
    assert syllables(word) == count
