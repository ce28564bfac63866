"""Amounts: money, percent, measures, fractions, ranges, and what remains of numbers, as they are said.

In: a text whose dates are words already. Out: the same without a digit.
"""

from __future__ import annotations

import re

from anew.codecs.spoken.numbers import cardinal, decimal, digits, fraction, ordinal, plural, whole_number, year

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
SCALE = r"(?:hundred|thousand|million|billion|trillion)"
SHORT_SCALE = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion", "tn": "trillion"}
MONEY = {  # the sign: one of it, one of its hundredth part
    "$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent"), "¥": ("yen", ""), "₹": ("rupee", "paisa"),
    "₩": ("won", ""), "₽": ("rouble", "kopeck"), "US$": ("U S dollar", "cent"), "C$": ("Canadian dollar", "cent"),
    "A$": ("Australian dollar", "cent"),
}  # fmt: skip
CODES = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
SAME_IN_PLURAL = {"yen", "won", "hertz", "kilohertz", "megahertz", "gigahertz", "percent"}
UNITS = {
    "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "µm": "micrometer", "nm": "nanometer",
    "mi": "mile", "ft": "foot", "in": "inch", "yd": "yard", "kg": "kilogram", "g": "gram", "mg": "milligram",
    "lb": "pound", "lbs": "pound", "oz": "ounce", "l": "liter", "L": "liter", "ml": "milliliter", "mL": "milliliter",
    "gal": "gallon", "s": "second", "sec": "second", "ms": "millisecond", "min": "minute", "mins": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz",
    "GHz": "gigahertz", "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte",
    "TB": "terabyte", "W": "watt", "kW": "kilowatt", "MW": "megawatt", "kWh": "kilowatt hour", "V": "volt",
    "mA": "milliampere", "kJ": "kilojoule", "kcal": "kilocalorie", "Pa": "pascal",
    "hPa": "hectopascal", "dB": "decibel", "px": "pixel", "ha": "hectare",
    "°C": "degree Celsius", "°F": "degree Fahrenheit", "°": "degree", "mph": "mile per hour",
    "kph": "kilometer per hour", "km/h": "kilometer per hour", "m/s": "meter per second", "Mbps": "megabit per second",
    "Gbps": "gigabit per second", "rpm": "revolution per minute", "fps": "frame per second", "mpg": "mile per gallon",
}  # fmt: skip
ALWAYS = "°C|°F|°|km/h|m/s"
# A blank before what is also a word would make a measure of "5 in ten".
GLUED = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
APART = "|".join(sorted((re.escape(u) for u in UNITS if u != "in"), key=len, reverse=True))
LIKE_A_YEAR = (
    r"(?:in|since|by|from|of|until|till|year|before|after|around|circa|during|early|late|mid|between|spring|summer|"
    r"autumn|fall|winter|class|copyright)"
)
SIGN = r"(?P<sign>(?<![\w.)\]])[-−+±])?"

OF_UNIT = rf"(?:\s?(?P<unit>{APART}|{ALWAYS}))?(?![\w/-])(?!\.\d)"

PHONE = re.compile(r"(?<![\w.$£€-])(?:\+\d{1,3}[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])?\d{3}-\d{4}(?![\w-])(?!\.\d)")
LONG_PHONE = re.compile(r"(?<!\w)\+\d{1,3}(?:[ -]?\(?\d{2,5}\)?){2,5}(?![\w-])")
MONEY_SIGN = re.compile(
    rf"{SIGN}(?P<money>US\$|C\$|A\$|[$£€¥₹₩₽])\s?(?P<much>{NUMBER})(?:\s?(?P<scale>{SCALE})\b|(?P<short>k|K|m|M|bn|b|B|tn)\b)?"
)
MONEY_CODE = re.compile(
    rf"\b(?P<code>{'|'.join(CODES)})\s?(?P<much>{NUMBER})|(?<![\w.])(?P<much2>{NUMBER})\s?(?P<code2>{'|'.join(CODES)}|€|£)(?!\w)"
)
ROUND = re.compile(r"(?<![\w.,])(?P<much>\d{1,3}(?:,\d{3})+|\d+)s\b")
RATIO = re.compile(r"(?<![\w.:])(\d{1,4}):(\d{1,4})(?![\w:])")
CENTS = re.compile(rf"(?<![\w.])(?P<much>{NUMBER})\s?¢")
PERCENT = re.compile(r"\s?%(?!\w)")
PER_THOUSAND = re.compile(r"\s?‰")
FEET = re.compile(r"(?<![\w.])(?P<feet>\d+)['′]\s?(?P<inches>\d+(?:\.\d+)?)(?:[\"″]|'')")
MEASURE = re.compile(
    rf"(?<![\w.,]){SIGN}(?P<much>{NUMBER})(?:(?P<unit>{GLUED})|\s(?P<apart>{APART})|\s?(?P<degree>{ALWAYS}))"
    r"(?P<power>[²³])?(?![\w°/])"
)
ABOUT_IN = re.compile(rf"(?<![\w.,])(?P<much>{NUMBER}) in\.(?=\s+[a-z]|\s*,)")
MIXED = re.compile(rf"(?<![\w./-])(?P<whole>\d+)[ -](?P<top>\d{{1,2}})/(?P<bottom>[1-9]\d{{0,2}}){OF_UNIT}")
FRACTION = re.compile(rf"(?<![\w./-])(?P<top>\d{{1,3}})/(?P<bottom>\d{{1,4}}){OF_UNIT}")
RANGE = re.compile(rf"(?<![\w.,/-])(?P<low>{NUMBER})\s?(?:[–—]|-)\s?(?P<high>{NUMBER})(?![\w/-])(?!\.\d)")
VERSION = re.compile(r"(?<![\w.])[vV]?\d+(?:\.\d+){2,}(?![\w.]*\d)")
POWER_OF_TEN = re.compile(r"(?<![\w.])(?P<much>\d+(?:\.\d+)?)[eE](?P<power>[+-]?\d{1,3})(?!\w)")
ORDINAL = re.compile(r"(?<![\w.])(?P<much>\d{1,3}(?:,\d{3})+|\d{1,12})(?:st|nd|rd|th)\b")
A_YEAR = re.compile(r"(?<![\w.,$£€#-])(?P<year>1\d\d\d|20\d\d)(?![\w%]|[.,:/]\d|-\d)(?P<after>\s+[a-z]+)?")
SCALED = re.compile(rf"{SIGN}(?P<much>{NUMBER})\s(?P<scale>{SCALE})\b")
ANY = re.compile(rf"{SIGN}(?P<much>{NUMBER}|\.\d+)")
NOT_COUNTED = re.compile(
    r"(?i)(?:is|was|has|as|this|its|his|us|always|perhaps|thus|less|unless|plus|across|towards|does)$"
)
SIGNS = {"-": "minus ", "−": "minus ", "+": "plus ", "±": "plus or minus ", None: ""}


def one(much: str) -> bool:
    return much in ("1", "1.0")


def counted(much: str, unit: str) -> str:
    """`2`, `foot`: two feet; `3`, `mile per hour`: three miles per hour."""
    if one(much) or unit in SAME_IN_PLURAL:
        return f"{decimal(much)} {unit}"
    return f"{decimal(much)} {several(unit)}"


def several(unit: str) -> str:
    first, per, rest = unit.partition(" per ")
    head, _, tail = first.partition(" ") if first.startswith("degree ") else (first, "", "")
    return f"{' '.join(filter(None, (plural(head), tail)))}{per}{rest}"


def money(sign: str, much: str, scale: str | None = None) -> str:
    """`$`, `3.50`: three dollars and fifty cents; `£`, `2.5`, `million`: two point five million pounds."""
    whole, hundredth = MONEY[sign]
    if scale:
        return f"{decimal(much)} {scale} {whole if whole in SAME_IN_PLURAL else plural(whole)}"
    units, _, part = much.replace(",", "").partition(".")
    if not part or not hundredth or len(part) != 2:
        return counted(much, whole)
    small = str(int(part))
    said = [counted(units, whole)] if int(units) or not int(part) else []
    return " and ".join(said + ([counted(small, hundredth)] if int(part) else []))


def in_money(found: re.Match[str]) -> str:
    scale = found["scale"] or SHORT_SCALE.get((found["short"] or "").lower())
    return SIGNS[found["sign"]] + money(found["money"], found["much"], scale)


def in_currency(found: re.Match[str]) -> str:
    code, much = found["code"] or found["code2"], found["much"] or found["much2"]
    return money(CODES.get(code, code), much)


def measured(found: re.Match[str]) -> str:
    unit = UNITS[found["unit"] or found["apart"] or found["degree"]]
    power = {"²": "square ", "³": "cubic ", None: ""}[found["power"]]
    return SIGNS[found["sign"]] + counted(found["much"], power + unit)


def phone(found: re.Match[str]) -> str:
    """Digit by digit, with a comma where the groups part."""
    groups = re.findall(r"\d+", found[0])
    return ("plus " if found[0].startswith("+") else "") + ", ".join(map(digits, groups))


def in_parts(found: re.Match[str]) -> str:
    top, bottom = int(found["top"]), int(found["bottom"])
    if (top, bottom) in ((24, 7), (9, 11), (50, 50)):
        return f"{cardinal(top)} {cardinal(bottom)}"
    if bottom == 0:
        return f"{cardinal(top)} over zero"
    said = fraction(top, bottom) if top < bottom else f"{cardinal(top)} over {cardinal(bottom)}"
    unit = UNITS.get(found["unit"] or "")
    return said if unit is None else f"{said} of {'an' if unit[0] in 'aeiou' else 'a'} {unit}"


def mixed(found: re.Match[str]) -> str:
    """`2 1/2`: two and a half."""
    part = fraction(int(found["top"]), int(found["bottom"]))
    part = re.sub(r"^one (half|quarter)", r"a \1", part)
    unit = UNITS.get(found["unit"] or "")
    return f"{whole_number(found['whole'])} and {part}" + ("" if unit is None else f" {several(unit)}")


def between(found: re.Match[str]) -> str:
    low, high = found["low"], found["high"]
    if all(re.fullmatch(r"1[1-9]\d\d|20\d\d", end) for end in (low, high)):
        return f"{year(int(low))} to {year(int(high))}"
    if re.fullmatch(r"1[1-9]\d\d|20\d\d", low) and re.fullmatch(r"\d\d", high) and int(high) > int(low) % 100:
        return f"{year(int(low))} to {cardinal(int(high))}"
    return f"{decimal(low)} to {decimal(high)}"


def maybe_year(found: re.Match[str]) -> str:
    """A number of four digits is a year, unless something counted follows: `1984`, but `2000 people`."""
    after = found["after"] or ""
    led = re.search(rf"\b{LIKE_A_YEAR}\s+(?:the\s+)?$", found.string[: found.start()], re.IGNORECASE)
    many = re.search(r"(?:s|people|men|women|children|feet)$", after) and not NOT_COUNTED.search(after)
    early = found["year"] < "1100" or found["year"][2:] == "00" and after
    if many or (early and not led):
        return cardinal(int(found["year"])) + after
    return year(int(found["year"])) + after


def in_hundreds(found: re.Match[str]) -> str:
    """`100s`: one hundreds; `5s` are seconds."""
    number = int(found["much"].replace(",", ""))
    return found[0] if number % 100 or not number else plural(cardinal(number))


def version(found: re.Match[str]) -> str:
    """`1.2.3`: one point two point three; four parts are an address of the net, with dots."""
    groups = found[0].lstrip("vV").split(".")
    return (" dot " if len(groups) == 4 else " point ").join(map(whole_number, groups))


def power_of_ten(found: re.Match[str]) -> str:
    return f"{decimal(found['much'])} times ten to the power of {cardinal(int(found['power']))}"


def read_amounts(text: str) -> str:
    """Every number in words, what it counts with it."""
    text = LONG_PHONE.sub(phone, PHONE.sub(phone, text))
    text = RANGE.sub(lambda found: between(found) if "%" not in found[0] else found[0], text)
    text = MONEY_SIGN.sub(in_money, text)
    text = MONEY_CODE.sub(in_currency, text)
    text = CENTS.sub(lambda found: counted(found["much"], "cent"), text)
    text = ROUND.sub(in_hundreds, RATIO.sub(r"\1 to \2", text))
    text = FEET.sub(lambda f: f"{counted(f['feet'], 'foot')} {decimal(f['inches'])}", text)
    text = ABOUT_IN.sub(lambda found: counted(found["much"], "inch"), text)
    text = FRACTION.sub(in_parts, MIXED.sub(mixed, text))
    text = MEASURE.sub(measured, text)
    text = PER_THOUSAND.sub(" per thousand", PERCENT.sub(" percent", text))
    text = VERSION.sub(version, text)
    text = POWER_OF_TEN.sub(power_of_ten, text)
    text = ORDINAL.sub(lambda found: ordinal(int(found["much"].replace(",", ""))), text)
    text = SCALED.sub(lambda f: f"{SIGNS[f['sign']]}{decimal(f['much'])} {f['scale']}", text)
    text = A_YEAR.sub(maybe_year, text)
    text = re.sub(r"(?<=[A-Za-z])(\d)s\b", lambda found: f" {plural(cardinal(int(found[1])))}", text)  # MP3s
    text = re.sub(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])-?(?=\d)", " ", text)
    return ANY.sub(lambda found: f"{SIGNS[found['sign']]}{decimal(found['much'])}", text)


__all__ = ["money", "read_amounts"]
