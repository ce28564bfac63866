"""English as it is said: each way to write something, and the words for it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anew.codecs.spoken.numbers import LARGEST, cardinal, decimal, digits, fraction, ordinal, plural, roman, year
from anew.codecs.spoken.words import in_words, parted, spelled, unreadable

SAID = r"""
# numbers
0 -> zero
7 cats -> seven cats
21 -> twenty one
100 -> one hundred
1,234 -> one thousand two hundred thirty four
1,234,567 people -> one million two hundred thirty four thousand five hundred sixty seven people
3.14 -> three point one four
.5 -> point five
-5 -> minus five
±3 -> plus or minus three
007 -> zero zero seven
1e6 -> one times ten to the power of six
v1.2.3 -> one point two point three
192.168.0.1 -> one hundred ninety two dot one hundred sixty eight dot zero dot one
the 21st, 22nd and 103rd -> the twenty first, twenty second and one hundred third
1/2 cup -> one half cup
3/4 -> three quarters
2 1/2 cups -> two and a half cups
1½ °F -> one and a half degrees Fahrenheit
5/8 -> five eighths
7/4 -> seven over four
ratio 3:1 -> ratio three to one
24/7 -> twenty four seven
10-20 people -> ten to twenty people
pp. 3-5 -> pages three to five
No. 7 -> Number seven
#1 -> number one
# years
In 1984, -> In nineteen eighty four
since 1905 -> since nineteen oh five
in 2009 -> in two thousand nine
in 2024 -> in twenty twenty four
1914–1918 -> nineteen fourteen to nineteen eighteen
from 1066 -> from ten sixty six
1500 people -> one thousand five hundred people
2000 miles -> two thousand miles
the 1990s and '80s -> the nineteen nineties and eighties
the 1900s -> the nineteen hundreds
# dates and times
on 10/12/2019 -> on October twelfth, twenty nineteen
on 25/12/2019 -> on the twenty fifth of December, twenty nineteen
2019-10-12 -> October twelfth, twenty nineteen
2019-02-30 -> two thousand nineteen zero two thirty
Oct. 12, 2019 -> October twelfth, twenty nineteen
12 October 2019 -> the twelfth of October, twenty nineteen
the 4th of July -> the fourth of July
in May 2021 -> in May twenty twenty one
Jan. 5th -> January fifth
9:05am -> nine oh five A M
at 14:00 -> at fourteen hundred
at 7:00 -> at seven o'clock
3 p.m. sharp -> three P M sharp
2:05:09 -> two oh five and nine seconds
12:30 PM -> twelve thirty P M
Mon. and Tues. off -> Monday and Tuesday off
Thus. And Thu. or Thurs. off -> Thus. And Thursday or Thursday off
# money, percent, measures
$3.50 -> three dollars and fifty cents
$1 -> one dollar
$1,000 -> one thousand dollars
$0.99 -> ninety nine cents
£2.5m -> two point five million pounds
$3.2 billion -> three point two billion dollars
€1 -> one euro
-$5 -> minus five dollars
50¢ -> fifty cents
¥100 -> one hundred yen
£1.01 -> one pound and one penny
100 EUR -> one hundred euros
5% -> five percent
0.5% -> zero point five percent
5-10% -> five to ten percent
5km -> five kilometers
1 ft -> one foot
20 mph -> twenty miles per hour
10 m² -> ten square meters
-40 °F -> minus forty degrees Fahrenheit
5'10" -> five feet ten
3 in. long -> three inches long
5 in all -> five in all
3/4 mi -> three quarters of a mile
4K -> four K
100s -> one hundreds
5s -> five seconds
after 8 s. -> after eight seconds.
the '80s' end -> the eighties end
# telephone
Call (555) 123-4567 -> Call five five five, one two three, four five six seven
+1 555 123 4567 -> plus one, five five five, one two three, four five six seven
# abbreviations
Dr. Smith -> Doctor Smith
12 Elm Dr. -> twelve Elm Drive
St. Paul's -> Saint Paul's
Elm St. is -> Elm Street is
Mr. and Mrs. Jones -> Mister and Missus Jones
Prof. Lee, Jr. -> Professor Lee, Junior.
us vs. them -> us versus them
e.g. this -> for example this
i.e. that -> that is that
cats, etc. -> cats, et cetera.
approx. 5 -> approximately five
and/or -> and or
w/o me -> without me
Ft. Worth -> Fort Worth
Mt. Fuji -> Mount Fuji
E.g. this, I.e. that -> For example this, That is that
## A heading -> A heading
socket.socket -> socket dot socket
# Roman numerals
Henry VIII -> Henry the eighth
Louis XIV's -> Louis the fourteenth's
Charles I was -> Charles the first was
Chapter IV -> Chapter four
World War II -> World War two
Part I -> Part one
I am -> I am
Malcolm X -> Malcolm X
Vitamin C -> Vitamin C
a MIX of III -> a M I X of three
# acronyms, addresses, symbols
the FBI -> the F B I
NASA -> Nasa
U.S. law -> U S law
MP3s -> M P threes
MPs -> M P's
COVID-19 -> Covid nineteen
B2B -> B two B
H2O -> H two O
STOP SHOUTING AT ME NOW -> Stop shouting at me now
C++ and C# -> C plus plus and C sharp
https://example.com/a-b. -> example dot com slash A dash B.
bob_smith@example.co.uk -> bob underscore smith at example dot C O dot U K
R&D -> R and D
3 + 4 = 7 -> three plus four equals seven
#fun -> hashtag fun
a/b -> a slash b
2^n -> two to the power of n
# marks
He said "hello" — twice. -> He said, hello, twice.
What?! -> What?
Wait... -> Wait.
(so) it is -> so, it is
don't, O'Brien's 'tis -> don't, O'Brien's 'tis
Café naïve -> Cafe naive
... -> .
"""
PAIRS = [line.split(" -> ") for line in SAID.splitlines() if " -> " in line]


@pytest.mark.parametrize(("written", "said"), PAIRS)
def test_what_is_written_is_said_so(written: str, said: str) -> None:
    assert in_words(written) == said


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=80) | st.text("0123456789.,:/-$%'° aAIVXst", max_size=40)
)
def test_whatever_is_written_becomes_words_and_marks_alone(written: str) -> None:
    assert re.fullmatch(r"[A-Za-z',.?!;: ]*", in_words(written)), "something is not a word"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, LARGEST))
def test_a_number_can_be_read_back_from_its_words(number: int) -> None:
    assert as_number(cardinal(number)) == number


def as_number(words: str) -> int:
    """Independent of how they were made: by place values alone."""
    small = {cardinal(i): i for i in range(100)}
    total = group = 0
    pending: list[str] = []

    def settle() -> int:
        value = small[" ".join(pending)] if pending else 0
        pending.clear()
        return value

    for word in words.split():
        if word == "hundred":
            group += 100 * settle()
        elif word.endswith(("thousand", "illion")):
            power = ["thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion",
                     "septillion", "octillion", "nonillion", "decillion"].index(word) + 1  # fmt: skip
            total, group = total + (group + settle()) * 1000**power, 0
        else:
            pending.append(word)
    return total + group + settle()


def test_numbers_in_their_kinds() -> None:
    assert [ordinal(i) for i in (1, 2, 3, 5, 8, 9, 12, 20, 21, 100)] == [
        "first", "second", "third", "fifth", "eighth", "ninth", "twelfth", "twentieth", "twenty first", "one hundredth",
    ]  # fmt: skip
    assert [year(i) for i in (1000, 1066, 1900, 1905, 2000, 2009, 2010)] == [
        "one thousand", "ten sixty six", "nineteen hundred", "nineteen oh five", "two thousand", "two thousand nine",
        "twenty ten",
    ]  # fmt: skip
    assert (
        cardinal(-3) == "minus three" and decimal("-1,250.50") == "minus one thousand two hundred fifty point five zero"
    )
    assert cardinal(LARGEST + 1) == digits(str(LARGEST + 1)) and digits("4a7") == "four seven"
    assert [plural(one) for one in ("half", "sixty", "foot", "inch", "day")] == [
        "halves",
        "sixties",
        "feet",
        "inches",
        "days",
    ]
    assert fraction(1, 2) == "one half" and fraction(3, 100) == "three one hundredths"
    with pytest.raises(ZeroDivisionError):
        fraction(1, 0)
    assert [roman(one) for one in ("IV", "XIX", "MCMXCIV", "IIII", "VX", "", "A")] == [
        4,
        19,
        1994,
        None,
        None,
        None,
        None,
    ]


def test_letters_are_told_from_words() -> None:
    def letters(said: str) -> list[str]:
        words = parted(said)
        return [one for i, one in enumerate(words) if spelled(words, i)]

    assert letters("A dog. A M, the A. I am B B C. A T and T") == ["A", "M", "A", "B", "B", "C", "A", "T", "T"]


def test_what_has_no_reading_is_told() -> None:
    assert unreadable("Café 日本, naïve — ½ 日") == ["日", "本"]
