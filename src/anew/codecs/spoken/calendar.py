"""Dates and times of day, as they are said.

In: a text with dates and times in it. Out: the same with them in words.
"""

from __future__ import annotations

import re
from datetime import date

from anew.codecs.spoken.numbers import cardinal, ordinal, plural, year

MONTHS = "January February March April May June July August September October November December".split()
SHORT = {name[:3].lower(): name for name in MONTHS} | {"sept": "September"}
DAYS = {d[:3].lower(): d for d in "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()}
DAYS |= {"tues": "Tuesday", "wednes": "Wednesday", "thur": "Thursday", "thurs": "Thursday"}

ANY_MONTH = rf"(?P<month>{'|'.join(MONTHS)}|(?:{'|'.join(one.capitalize() for one in SHORT)})\b\.?)"
DAY = r"(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
YEAR = r"(?P<year>[1-9]\d{3})"
END = r"(?![\w/]|[.,:]\d|-\d)"
MERIDIEM = r"(?P<meridiem>[ap]\.?\s?m\b\.?|[AP]\.?\s?M\b\.?)"

ISO = re.compile(rf"(?<![\w.-]){YEAR}-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![\w-])(?!\.\d)")
SLASHED = re.compile(rf"(?<![\w./])(?P<first>\d\d?)/(?P<second>\d\d?)/(?P<year>\d{{4}}|\d\d){END}")
MONTH_FIRST = re.compile(rf"\b{ANY_MONTH}\s+{DAY}(?:,?\s+{YEAR})?{END}")
DAY_FIRST = re.compile(rf"(?<![\w.,:/$£€-])(?:the\s+)?{DAY}(?:\s+of)?\s+{ANY_MONTH}(?:,?\s+{YEAR})?{END}")
MONTH_YEAR = re.compile(rf"\b{ANY_MONTH},?\s+{YEAR}{END}")
DECADE = re.compile(r"(?<![\w.,])(?P<century>1[1-9]|20)?(?P<ten>\d)0'?s\b|(?<!\w)'(?P<short>\d)0'?s\b")
TIME = re.compile(
    rf"(?<![\w:.])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?![\d:])(?:\s?{MERIDIEM})?"
)
HOUR = re.compile(rf"(?<![\w:.,])(?P<hour>1[0-2]|0?[1-9])\s?{MERIDIEM}")
DAY_NAME = re.compile(r"\b(Mon|Tues?|Wed|Wednes|Thu|Thurs?|Fri|Sat|Sun)\.(?=,|\s)")


def month(name: str) -> str:
    """`Oct.`: October."""
    name = name.rstrip(".")
    return name if name in MONTHS else SHORT[name.lower()]


def said_date(day: int | None, name: str, of_year: int | None, day_first: bool = False) -> str:
    """October twelfth, twenty nineteen; or the twelfth of October, twenty nineteen."""
    tail = f", {year(of_year)}" if of_year else ""
    if day is None:
        return f"{name} {year(of_year)}" if of_year else name
    return (f"the {ordinal(day)} of {name}" if day_first else f"{name} {ordinal(day)}") + tail


def parts(found: re.Match[str], day_first: bool = False) -> str:
    given = found.groupdict()
    of_year = int(given["year"]) if given.get("year") else None
    return said_date(int(given["day"]) if given.get("day") else None, month(given["month"]), of_year, day_first)


def iso(found: re.Match[str]) -> str:
    try:
        when = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:  # the 30th of February
        return found[0]
    return said_date(when.day, MONTHS[when.month - 1], when.year)


def slashed(found: re.Match[str]) -> str:
    """Month first, as it is said here, unless only the day can be so large."""
    first, second, of_year = int(found["first"]), int(found["second"]), int(found["year"])
    if len(found["year"]) == 2:
        of_year += 2000 if of_year < 50 else 1900
    day, of_month = (first, second) if first > 12 else (second, first)
    try:
        when = date(of_year, of_month, day)
    except ValueError:
        return found[0]
    return said_date(when.day, MONTHS[when.month - 1], when.year, day_first=first > 12)


def decade(found: re.Match[str]) -> str:
    """`1990s`: nineteen nineties; `'80s`, `80s`: eighties; `1900s`: nineteen hundreds."""
    ten = int(found["short"] or found["ten"])
    century = found["century"] if found["short"] is None else None
    if ten == 0:
        return f"{cardinal(int(century))} hundreds" if century and century != "20" else "two thousands"
    name = plural(cardinal(ten * 10)) if ten > 1 else "tens"
    return f"{cardinal(int(century))} {name}" if century else name


def clock(found: re.Match[str]) -> str:
    """`9:05am`: nine oh five A M; `14:00`: fourteen hundred; `7:00`: seven o'clock."""
    given = found.groupdict()
    hour, minute, half = int(given["hour"]), int(given.get("minute") or 0), letters(given["meridiem"])
    if minute:
        said = f"{cardinal(hour)} {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    else:
        said = (
            cardinal(hour) if half else f"{cardinal(hour)} o'clock" if 1 <= hour <= 12 else f"{cardinal(hour)} hundred"
        )
    if given.get("second"):
        seconds = int(given["second"])
        said += f" and {cardinal(seconds)} second{'' if seconds == 1 else 's'}"
    # The full stop of "p.m." may end the sentence too.
    ends = (given["meridiem"] or "").endswith(".") and not found.string[found.end() :].strip()
    return f"{said} {half}".rstrip() + "." * ends


def letters(meridiem: str | None) -> str:
    return "" if meridiem is None else "A M" if meridiem[0] in "aA" else "P M"


def read_calendar(text: str) -> str:
    """Every date and time in words."""
    text = ISO.sub(iso, text)
    text = SLASHED.sub(slashed, text)
    text = TIME.sub(clock, text)
    text = HOUR.sub(clock, text)
    text = MONTH_FIRST.sub(parts, text)
    text = DAY_FIRST.sub(lambda found: parts(found, day_first=True), text)
    text = MONTH_YEAR.sub(parts, text)
    text = DAY_NAME.sub(lambda found: DAYS[found[1].lower()], text)
    text = re.sub(r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.(?=\s|,)", lambda f: SHORT[f[1].lower()], text)
    return DECADE.sub(decade, text)


__all__ = ["MONTHS", "read_calendar", "said_date"]
