"""Words -> phonemes of ARPAbet: from the CMU Pronouncing Dictionary, by espeak-ng where it is installed, by letters.

In: words as `in_words` gives them. Out: a list of phonemes a word, vowels with their stress, and the marks between.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from anew.codecs.spoken.english import english_letters, english_words
from anew.codecs.spoken.letters import Letters, Phones
from anew.codecs.spoken.words import MARKS, parted, spelled
from anew.errors import DataError

VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()
CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()
PHONES = (*CONSONANTS, *(vowel + stress for vowel in VOWELS for stress in "012"))
SPELLED = {  # letters by their names
    "a": "EY1", "b": "B IY1", "c": "S IY1", "d": "D IY1", "e": "IY1", "f": "EH1 F", "g": "JH IY1", "h": "EY1 CH",
    "i": "AY1", "j": "JH EY1", "k": "K EY1", "l": "EH1 L", "m": "EH1 M", "n": "EH1 N", "o": "OW1", "p": "P IY1",
    "q": "K Y UW1", "r": "AA1 R", "s": "EH1 S", "t": "T IY1", "u": "Y UW1", "v": "V IY1",
    "w": "D AH1 B AH0 L Y UW0", "x": "EH1 K S", "y": "W AY1", "z": "Z IY1",
}  # fmt: skip
WEAK = {"a": "AH0", "the": "DH AH0"}  # in a sentence, where nothing stresses them
BEFORE_VOWEL = {"the": "DH IY0"}
# What espeak-ng writes in IPA for American English, longest first.
IPA = {
    "tʃ": "CH", "dʒ": "JH", "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW", "ɔɪ": "OY", "ɑːɹ": "AA R",
    "ɔːɹ": "AO R", "oːɹ": "AO R", "ɪɹ": "IH R", "ɛɹ": "EH R", "ʊɹ": "UH R", "ɜː": "ER", "ɚ": "ER", "ɝ": "ER",
    "əl": "AH L", "iə": "IY AH", "aɪə": "AY AH", "aɪɚ": "AY ER", "ɑː": "AA", "ɔː": "AO", "iː": "IY", "uː": "UW",
    "oː": "AO", "ɐ": "AH", "ə": "AH", "ʌ": "AH", "æ": "AE", "a": "AE", "ɑ": "AA", "ɒ": "AA", "ɔ": "AO", "ɛ": "EH",
    "e": "EH", "ɪ": "IH", "ᵻ": "IH", "i": "IY", "ʊ": "UH", "u": "UW", "o": "OW", "b": "B", "d": "D", "ð": "DH",
    "f": "F", "ɡ": "G", "g": "G", "h": "HH", "k": "K", "x": "K", "l": "L", "m": "M", "n": "N", "ŋ": "NG", "p": "P",
    "ɹ": "R", "r": "R", "ɾ": "T", "s": "S", "ʃ": "SH", "t": "T", "ʔ": "T", "θ": "TH", "v": "V", "w": "W", "j": "Y",
    "z": "Z", "ʒ": "ZH", "n̩": "AH N", "l̩": "AH L",
}  # fmt: skip
SECONDS = 5.0  # that espeak-ng may take for a word


def read_dictionary(text: str) -> dict[str, Phones]:
    """Each word's first pronunciation. DataError: a phoneme that ARPAbet does not have."""
    found: dict[str, Phones] = {}
    for number, line in enumerate(text.splitlines(), 1):
        word, _, said = line.partition("#")[0].strip().partition(" ")
        if not said or word.endswith(")") or word in found:
            continue
        phones = tuple(said.split())
        if wrong := set(phones) - set(PHONES):
            raise DataError(f"line {number}: {min(wrong)!r} is no phoneme of ARPAbet")
        found[word] = phones
    return found


class Phonemes:
    """`words`: pronunciations; `guess`: says a word that they lack, where it can; what it cannot is read by `letters`,
    None: learnt from the words at the first such word. `own`: pronunciations that go first."""

    def __init__(
        self, words: Mapping[str, Phones], guess: Callable[[str], Sequence[str]] | None = None,
        letters: Callable[[], Letters] | None = None, own: Mapping[str, Phones] | None = None,
    ) -> None:  # fmt: skip
        self.words, self.given, self.reader, self.own = words, guess, letters, dict(own or {})

    @classmethod
    def english(cls, espeak: bool = True) -> Phonemes:
        """With `espeak` espeak-ng says what the dictionary lacks, where that is installed: what is to be the same on
        every machine goes without."""
        guess = by_espeak if espeak and shutil.which("espeak-ng") else None
        return cls(english_words(), guess, english_letters)

    @cached_property
    def letters(self) -> Letters:
        if self.reader is not None:
            return self.reader()
        return Letters.learn(sorted((w, p) for w, p in self.words.items() if w.replace("'", "").isalpha()))

    def of_word(self, word: str) -> list[str]:
        """`cats`; `F`, a capital alone, by its name; `o'clock`; `mcgregor's` by what it comes from."""
        if len(word) == 1 and word.lower() in SPELLED:
            return SPELLED[word.lower()].split()
        low = word.lower().strip("'") if word.lower() not in self.words else word.lower()
        for known in (self.own, self.words):
            if low in known:
                return list(known[low])
        if not re.search("[a-z]", low):
            return []
        return self.with_ending(low) or list(self.given(low) if self.given else ()) or self.letters.read(low)

    def with_ending(self, word: str) -> list[str]:
        """A known word with 's, s, ed or ing behind it."""
        for ending, stems in (("'s", ("",)), ("s'", ("s",)), ("s", ("",)), ("ed", ("", "e")), ("ing", ("", "e"))):
            stem = word.removesuffix(ending)
            known = next((self.words[stem + more] for more in stems if stem + more in self.words), None)
            if stem == word or known is None or (ending == "s" and len(stem) < 3):
                continue
            last = known[-1].rstrip("012")
            if ending == "s'":
                return list(known)
            if ending == "ing":
                return [*known, "IH0", "NG"]
            if ending == "ed":
                return [*known, *(("IH0", "D") if last in "TD" else ("T",) if last in HARD else ("D",))]
            return [*known, *(("IH0", "Z") if last in HISSING else ("S",) if last in HARD else ("Z",))]
        return []

    def of(self, said: str) -> list[list[str]]:
        """Of a sentence in words: a list a word, and one of a single mark where there is one."""
        found = parted(said)
        lists = [[one] if one in MARKS else self.of_word(one) for one in found]
        for i, one in enumerate(found[:-1]):
            low, after = one.lower(), lists[i + 1]
            if low in WEAK and not spelled(found, i) and after and after[0] not in MARKS:
                lists[i] = (BEFORE_VOWEL if after[0][:2] in VOWELS and low in BEFORE_VOWEL else WEAK)[low].split()
        return [one for one in lists if one]


HARD = ("P", "T", "K", "F", "TH", "CH", "SH", "S")  # without voice
HISSING = ("S", "Z", "SH", "ZH", "CH", "JH")


def by_espeak(word: str) -> list[str]:
    """What espeak-ng says of a word in American English; nothing where it fails."""
    command = ["espeak-ng", "-q", "--ipa", "-v", "en-us", "--", word]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return of_ipa(done.stdout.strip())


def of_ipa(written: str) -> list[str]:
    """IPA -> ARPAbet: a stress mark holds for the vowel that follows it. Signs that it does not have are left out."""
    found, stress, place = [], "0", 0
    while place < len(written):
        if written[place] in "ˈˌ":
            stress, place = "1" if written[place] == "ˈ" else "2", place + 1
            continue
        size = next((n for n in (3, 2, 1) if written[place : place + n] in IPA), 0)
        for phone in IPA[written[place : place + size]].split() if size else ():
            vowel = phone in VOWELS
            found.append(phone + stress if vowel else phone)
            stress = "0" if vowel else stress
        place += size or 1
    return found


def check_phones(written: str) -> list[str]:
    """ARPAbet as people write it, with blanks between. DataError: what is none."""
    found = written.upper().split()
    for phone in found:
        if phone not in PHONES and phone not in VOWELS:
            raise DataError(f"{phone!r} is no phoneme of ARPAbet, such as HH AH0 L OW1")
    return [phone + "1" if phone in VOWELS else phone for phone in found]


def check_ipa(written: str) -> str:
    """DataError: a sign that IPA has not for a sound of English."""
    known = set("".join(IPA)) | set("ˈˌː. ‿")
    for one in written:
        if one not in known:
            raise DataError(f"{one!r} is no phoneme of English in IPA, such as həˈloʊ")
    return written


def errors_in(said: Iterable[tuple[Sequence[str], Sequence[str]]], stress: bool = True) -> float:
    """Phoneme error rate: insertions, deletions and substitutions (Levenshtein) a true phoneme, over pairs of what was
    said and what is true."""
    wrong = true = 0
    for one, other in said:
        a, b = (list(x) if stress else [phone.rstrip("012") for phone in x] for x in (one, other))
        wrong, true = wrong + distance(a, b), true + len(b)
    return wrong / max(1, true)


def distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Levenshtein's, with costs of one."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        left, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            left, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, left + (a != b))
    return row[-1]


__all__ = [
    "PHONES",
    "VOWELS",
    "Phonemes",
    "check_ipa",
    "check_phones",
    "distance",
    "errors_in",
    "of_ipa",
    "read_dictionary",
]
