"""Captions as rows of tokens: read alike however they are written, whole words first, nothing unknown."""

from __future__ import annotations

import pytest

from anew.codecs.caption import PAD, Caption
from anew.errors import DataError, RecipeError

SAID = ["A green heart", "a red heart, big", "red square", "a green square", "A big-eyed cat", "big cat", "blue"] * 2


@pytest.fixture
def caption() -> Caption:
    codec = Caption(longest=12)
    codec.fit(SAID)
    return codec


def test_reads_alike_what_says_the_same(caption: Caption) -> None:
    rows = caption.encode(["A green  HEART!", "a green, heart", "a\tgreen\u00a0heart", "ａ green heart"])
    assert (rows == rows[0]).all()
    assert not (rows[0] == caption.encode(["a red heart"])[0]).all()


def test_a_word_is_the_same_symbol_wherever_it_stands(caption: Caption) -> None:
    first, last = caption.encode(["heart green", "green heart"])
    assert first[0] == last[1] and first[1] == last[0]


def test_comes_back_in_plain_words(caption: Caption) -> None:
    assert caption.decode(caption.encode(["A Green Heart, 日本", "ß"])) == ["a green heart 日本", "ss"]


def test_pads_and_cuts(caption: Caption) -> None:
    short, long = caption.encode(["red", "red " * 40])
    assert short[0] != PAD and (short[1:] == PAD).all()
    assert (long == long[0]).all() and long[0] == short[0]
    assert (caption.encode(["?!"]) == PAD).all()


def test_what_is_asked_for_is_refused_rather_than_cut(caption: Caption) -> None:
    caption.check(["red " * 12])
    with pytest.raises(RecipeError, match="13 tokens, and this model reads 12"):
        caption.check(["red", "red " * 13])
    with pytest.raises(RecipeError, match="says nothing"):
        caption.check(["…"])


def test_the_order_of_the_captions_does_not_matter(caption: Caption) -> None:
    other = Caption(longest=12)
    other.fit(SAID[::-1])
    assert other.state() == caption.state()
    again = Caption.restore({}, caption.state())
    assert again.spec == caption.spec
    assert (again.encode(SAID) == caption.encode(SAID)).all()


def test_words_are_read_as_others(caption: Caption) -> None:
    (spelled,) = caption.encode(["a scarlet heart"])
    caption.alike = {"scarlet": "red"}
    said, other, plural = caption.encode(["a red heart", "A Scarlet, heart", "a scarlets heart"])
    assert (said == other).all() and not (said == spelled).all() and not (said == plural).all()
    assert caption.otherwise("a red, SCARLET heart") == {"scarlet": "red"}
    assert caption.decode(other[None]) == ["a red heart"]
    again = Caption.restore({}, caption.state())
    assert again.alike == caption.alike and (again.encode(["scarlet"]) == caption.encode(["red"])).all()


def test_no_captions_are_an_error() -> None:
    with pytest.raises(DataError, match="no captions"):
        Caption().fit([])


def test_markup_and_what_cannot_be_seen_are_no_words(caption: Caption) -> None:
    plain, *others = caption.encode(
        ["a green heart", "<b>a</b> green&nbsp;heart<br/>", "a green he\u00adart\x00", "a <!-- x --> green heart"]
    )
    assert all((other == plain).all() for other in others)
    with pytest.raises(RecipeError, match="says nothing"):
        caption.check(["<br><p></p>"])


@pytest.mark.parametrize("said", ["赤いハート", "красное сердце", "قلب أحمر", "लाल दिल", "หัวใจสีแดง", "\ud800 red"])
def test_every_script_comes_back_whole(said: str) -> None:
    caption = Caption(longest=60)
    caption.fit(SAID)
    caption.check([said])
    assert caption.decode(caption.encode([said]))[0] in (said, said.replace("\ud800 ", ""))


def test_captions_that_are_cut_are_counted(caption: Caption) -> None:
    assert caption.longer(["red " * 12, "red " * 13, "red", "green " * 40]) == 2
