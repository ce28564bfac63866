"""Numbers as English says them.

In: integers, and digits as they stand in a text. Out: words in lower case, with blanks between and no hyphens.
"""

from __future__ import annotations

import re

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
SCALES = (
    "_ thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion decillion"
).split()
LARGEST = 10 ** (3 * len(SCALES)) - 1
IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
# What is one: CM before D, so that each letter stands where it may.
IS_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")


def cardinal(number: int) -> str:
    """`1234`: one thousand two hundred thirty four. Beyond `LARGEST` its digits, one by one."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number > LARGEST:
        return digits(str(number))
    groups = []
    for scale in SCALES:
        number, rest = divmod(number, 1000)
        if rest:
            groups.append(f"{below_thousand(rest)} {scale}".removesuffix(" _"))
    return " ".join(reversed(groups)) or "zero"


def below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    said = [f"{ONES[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        said += [TENS[rest // 10]] + ([ONES[rest % 10]] if rest % 10 else [])
    elif rest:
        said.append(ONES[rest])
    return " ".join(said)


def ordinal(number: int) -> str:
    """`21`: twenty first."""
    before, _, last = cardinal(number).rpartition(" ")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    else:
        last = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return f"{before} {last}".strip()


def digits(written: str) -> str:
    """Each digit for itself; what is none is left out."""
    return " ".join(ONES[int(one)] for one in written if one.isascii() and one.isdigit())


def year(number: int) -> str:
    """`1905`: nineteen oh five; `2009`: two thousand nine; `2024`: twenty twenty four."""
    century, rest = divmod(number, 100)
    if not 1000 <= number <= 9999 or number % 1000 < 10:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def decimal(written: str) -> str:
    """`-3.14`: minus three point one four; `1,250.5`; `.5`: point five."""
    sign = "minus " if written[:1] in "-−" else ""
    whole, _, part = written.lstrip("-−+").replace(",", "").partition(".")
    said = whole_number(whole) if whole else ""
    return sign + (f"{said} point {digits(part)}".strip() if part else said)


def whole_number(written: str) -> str:
    """A run of digits: one that begins with a zero, as `007`, digit by digit."""
    led = len(written) > 1 and written.startswith("0")
    return digits(written) if led else cardinal(int(written)) if len(written) <= 36 else digits(written)


def fraction(top: int, bottom: int) -> str:
    """`3/4`: three quarters. ZeroDivisionError where the bottom is none."""
    if bottom == 0:
        raise ZeroDivisionError
    if bottom == 1 or bottom > 1000:
        return f"{cardinal(top)} over {cardinal(bottom)}"
    part = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom)
    return f"{cardinal(top)} {part}" if top == 1 else f"{cardinal(top)} {plural(part)}"


def plural(word: str) -> str:
    """`half`: halves; `sixty`: sixties; `foot`: feet."""
    irregular = {"half": "halves", "foot": "feet", "inch": "inches", "penny": "pence"}
    before, _, last = word.rpartition(" ")
    if last in irregular:
        last = irregular[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        last += "es"
    else:
        last = last[:-1] + "ies" if re.search(r"[^aeiou]y$", last) else last + "s"
    return f"{before} {last}".strip()


def roman(written: str) -> int | None:
    """The number that a Roman numeral in capitals stands for; None where it is none."""
    if not written or not IS_ROMAN.fullmatch(written):
        return None
    values = [ROMAN[letter] for letter in written]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))


__all__ = ["LARGEST", "cardinal", "decimal", "digits", "fraction", "ordinal", "plural", "roman", "whole_number", "year"]
