"""What is written short: titles, streets, Latin, addresses of the net, Roman numerals, acronyms, symbols.

In: a text. Out: the same in whole words; an acronym that is spelled comes as capitals with blanks between.
"""

from __future__ import annotations

import re

from anew.codecs.spoken.numbers import cardinal, ordinal, roman

TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Messrs": "Messieurs", "Prof": "Professor", "Rev": "Reverend",
    "Hon": "Honorable", "Gen": "General", "Col": "Colonel", "Maj": "Major", "Capt": "Captain", "Cpt": "Captain",
    "Lt": "Lieutenant", "Sgt": "Sergeant", "Cpl": "Corporal", "Cmdr": "Commander", "Adm": "Admiral", "Gov": "Governor",
    "Sen": "Senator", "Rep": "Representative", "Pres": "President", "Supt": "Superintendent",
}  # fmt: skip
ALWAYS = {
    "Jr": "Junior", "Sr": "Senior", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Ln": "Lane", "Hwy": "Highway",
    "Mt": "Mount", "Inc": "Incorporated", "Ltd": "Limited", "Corp": "Corporation", "Co": "Company", "Bros": "Brothers",
    "Dept": "Department", "dept": "department", "Assn": "Association", "Univ": "University", "Esq": "Esquire",
    "vs": "versus", "approx": "approximately", "est": "established", "etc": "et cetera", "cf": "compare",
    "viz": "namely", "al": "al", "misc": "miscellaneous", "min": "minimum", "max": "maximum", "tel": "telephone",
    "Tel": "Telephone", "temp": "temperature", "incl": "including", "excl": "excluding", "fig": "figure",
    "Fig": "Figure", "figs": "figures", "vol": "volume", "Vol": "Volume", "ch": "chapter", "Ch": "Chapter",
    "sec": "section", "Sec": "Section", "ed": "edition", "eds": "editors", "eq": "equation", "Eq": "Equation",
    "ref": "reference", "refs": "references", "govt": "government", "appt": "appointment", "apt": "apartment",
    "Apt": "Apartment", "ext": "extension", "Ext": "Extension", "hrs": "hours", "mins": "minutes", "secs": "seconds",
    "ca": "circa", "Calif": "California", "Mass": "Massachusetts", "Penn": "Pennsylvania", "Ph": "Ph", "pl": "plural",
}  # fmt: skip
# Words too, unless a stop and what they need come after: "min." before a number, "fig." before one.
BEFORE_NUMBER = {
    "No": "Number", "no": "number", "Nos": "Numbers", "nos": "numbers", "p": "page", "pp": "pages", "art": "article",
    "Art": "Article", "par": "paragraph", "fig": "figure", "Fig": "Figure", "vol": "volume", "Vol": "Volume",
    "ch": "chapter", "Ch": "Chapter", "sec": "section", "Sec": "Section", "v": "volume", "ed": "edition", "c": "circa",
}  # fmt: skip
DOTTED = {
    "e.g.": "for example", "E.g.": "For example", "I.e.": "That is",
    "i.e.": "that is", "a.k.a.": "also known as", "a.m.": "A M", "p.m.": "P M", "Ph.D.": "P H D",
    "M.D.": "M D", "B.A.": "B A", "M.A.": "M A", "B.C.": "B C", "A.D.": "A D", "w/o": "without", "w/": "with",
    "c/o": "care of", "and/or": "and or", "he/she": "he or she", "she/he": "she or he", "his/her": "his or her",
    "n/a": "not applicable", "N/A": "not applicable", "24/7": "twenty four seven", "9/11": "nine eleven",
    "24-7": "twenty four seven", "P.S.": "P S", "R.S.V.P.": "R S V P", "o'clock": "o'clock",
}  # fmt: skip
SAID_AS_WORDS = set(
    "NASA NATO UNESCO UNICEF AIDS OPEC LASER RADAR SONAR SCUBA PIN RAM ROM GIF JPEG SIM ZIP RAID CAPTCHA BASIC COBOL "
    "FORTRAN NAFTA SWAT FIFA UEFA COVID SARS MERS ASCII YOLO IKEA LEGO NASDAQ CERN".split()
)
READ = {
    "C#": "C sharp",
    "F#": "F sharp",
    "GIF": "gif",
    "JPEG": "jay peg",
    "SQL": "sequel",
    "WiFi": "why fie",
    "Wi-Fi": "why fie",
    "iOS": "eye O S",
}
COUNTED_PARTS = (
    "chapter part act scene volume book section phase type figure appendix article title level stage grade war bowl "
    "apollo class step unit lesson canto psalm round division mark rocky category table plate question"
).split()
REGNAL = (
    "Henry Louis George Elizabeth Charles Edward James William Richard Napoleon Alexander Catherine Peter Nicholas "
    "Frederick Philip Francis Ferdinand Leopold Gustav Christian Harald Haakon Pius Benedict Gregory Innocent Clement "
    "Urban Boniface Leo Paul Ramses Ptolemy Cleopatra Mary Anne Victoria Otto Albert Joseph Umberto Vittorio Carlos "
    "Juan Alfonso Sixtus Julius Adrian Celestine Stephen Malcolm Robert David Ivan Wilhelm Karl Darius Xerxes Felipe "
    "Margaret Margrethe Friedrich Ludwig John Thomas".split()
)
SYMBOLS = {
    "&": "and", "@": "at", "+": "plus", "=": "equals", "×": "times", "÷": "divided by", "<": "less than",
    ">": "greater than", "≤": "at most", "≥": "at least", "≠": "is not", "≈": "about", "~": "about", "©": "copyright",
    "®": "registered", "™": "trademark", "§": "section", "°": "degrees", "→": "to", "π": "pi", "√": "square root of",
    "∞": "infinity", "%": "percent", "#": "number", "$": "dollars", "£": "pounds", "€": "euros", "^": "to the power of",
    "²": "squared", "³": "cubed", "µ": "micro", "¢": "cents", "/": "slash", "\\": "backslash", "_": " ", "|": " ",
    "*": " ", "`": " ", "{": ",", "}": ",", "[": ",", "]": ",",
}  # fmt: skip
IN_ADDRESSES = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", ":": "colon", "?": "question mark",
    "=": "equals", "&": "and", "#": "hash", "%": "percent", "+": "plus", "~": "tilde",
}  # fmt: skip
TOP_LEVEL = "com|org|net|edu|gov|io|uk|de|fr|eu|us|info|co|ai|dev|app|ch|ca|au|nl|int|mil|biz|tv|me"

URL = re.compile(
    rf"(?i)\b(?:https?://|ftp://|www\.)[^\s<>\"')\]]+|(?<![\w@./])(?:[a-z0-9-]+\.)+(?:{TOP_LEVEL})\b(?:/[^\s<>\"')\]]*)?(?!\.\w|@)"
)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
DOCTOR = re.compile(r"\bDr\.?(?=\s+[A-Z])")
DRIVE = re.compile(r"(?<=[A-Za-z])(?P<gap>\s+)Dr\.?(?=\s*(?:,|\.|;|$))")
SAINT = re.compile(r"\bSt\.?(?=\s+[A-Z][a-z])")
STREET = re.compile(r"(?P<before>\b(?:[A-Z]\w+|\d+(?:st|nd|rd|th)|Street)\s+)St\b(?P<stop>\.?)")
FORT = re.compile(r"\bFt\.(?=\s+[A-Z])")
CAPITALS = re.compile(r"(?<![\w'])(?:[A-Z]\.){2,}(?:(?=\W|$))")
ACRONYM = re.compile(r"(?<![A-Za-z'])(?P<caps>[A-Z]{2,})(?P<s>s|'s)?(?![A-Za-z])")
NUMERAL = re.compile(r"\b(?P<before>[A-Za-z]+)\s+(?P<numeral>[IVXLC]+)\b(?!\.[A-Z])(?P<own>'s)?")
SURE = re.compile(r"\b(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})\b")
HASHTAG = re.compile(r"(?<!\w)#(?=[A-Za-z])")
VOWELS = set("AEIOUY")


def read_addresses(text: str) -> str:
    """URLs and e-mail addresses, a word for each sign."""
    return URL.sub(address, EMAIL.sub(address, text))


def address(found: re.Match[str]) -> str:
    whole = found[0].rstrip(".,;:!?")
    tail = found[0][len(whole) :]
    shown = re.sub(r"(?i)^(?:https?|ftp)://", "", whole).rstrip("/")
    parts = re.split(r"([^A-Za-z0-9])", shown)
    said = [[IN_ADDRESSES.get(one, " ")] if i % 2 else in_an_address(one) for i, one in enumerate(parts)]
    return " ".join(one for part in said for one in part) + tail


def in_an_address(part: str) -> list[str]:
    """`www`, `uk`: letter by letter; `mp3`: M P three."""
    found = re.findall(r"\d+|[^\W\d_]+", part)
    return [" ".join(one.upper()) if one.isalpha() and not sayable(one) else one for one in found]


def sayable(word: str) -> bool:
    """Whether it has a vowel, and is more than a country's two letters."""
    return (len(word) > 2 and bool(set(word.upper()) & VOWELS)) or word.lower() in ("me", "io", "us", "to", "in", "of")


def read_abbreviations(text: str) -> str:
    """Titles, streets, Latin and what else is cut short by a full stop."""
    for short, whole in DOTTED.items():
        text = re.sub(rf"(?<![\w.]){re.escape(short)}(?!\w)", lambda f, w=whole: w + ending(f), text)
    text = DRIVE.sub(r"\g<gap>Drive", DOCTOR.sub("Doctor", text))
    text = STREET.sub(lambda f: f["before"] + "Street" + ending(f), SAINT.sub("Saint", text))
    text = FORT.sub("Fort", text)
    text = re.sub(r"\b(Mr|Mrs|Ms|Messrs)\b\.?", lambda f: TITLES[f[1]], text)
    text = re.sub(rf"\b({'|'.join(TITLES)})\b\.?(?=\s+[A-Z])", lambda f: TITLES[f[1]], text)
    text = re.sub(rf"\b({'|'.join(BEFORE_NUMBER)})\.\s*(?=\d)", lambda f: BEFORE_NUMBER[f[1]] + " ", text)
    text = re.sub(rf"\b({'|'.join(ALWAYS)})\.(?!\w)", lambda f: ALWAYS[f[1]] + ending(f), text)
    return re.sub(r"#(?=\d)", "number ", re.sub(r"\bvs\b", "versus", text))


def ending(found: re.Match[str]) -> str:
    """The full stop that ends the sentence too, behind the last abbreviation of a text."""
    return "." if found[0].endswith(".") and not found.string[found.end() :].strip() else ""


def read_numerals(text: str) -> str:
    """`Chapter IV`: chapter four; `Henry VIII`: Henry the eighth; `World War II`: World War two."""

    def said(found: re.Match[str]) -> str:
        number, before = roman(found["numeral"]), found["before"]
        own = found["own"] or ""
        if number is None:
            return found[0]
        if before.lower() in COUNTED_PARTS:
            return f"{before} {cardinal(number)}{own}"
        if before in REGNAL and (len(found["numeral"]) > 1 or (found["numeral"] != "I" and before not in MODERN)):
            return f"{before} the {ordinal(number)}{own}"
        if found["numeral"] == "I" and before in ("Elizabeth", "James", "Charles", "Napoleon"):
            return f"{before} the first{own}"
        return found[0]

    return SURE.sub(
        lambda found: cardinal(number) if (number := roman(found[0])) else found[0], NUMERAL.sub(said, text)
    )


MODERN = {"Malcolm", "John", "Thomas", "David", "Robert", "Mary", "Paul", "Joseph"}  # whose "X" or "V" is an initial


def read_acronyms(text: str) -> str:
    """Capitals that are no word are spelled; a sentence that shouts is said."""
    for short, whole in READ.items():
        text = re.sub(rf"(?<!\w){re.escape(short)}(?=s?(?!\w))", whole, text)
    text = CAPITALS.sub(lambda f: " ".join(f[0].replace(".", "")) + ending(f), text)
    if shouts(text):
        return text.capitalize()

    def said(found: re.Match[str]) -> str:
        caps = found["caps"]
        if caps in SAID_AS_WORDS or len(caps) > 6 or (len(caps) > 4 and alternates(caps)):
            return found[0].capitalize()
        return " ".join(caps) + (("'s" if found["s"] else "") if found["s"] else "")

    return ACRONYM.sub(said, text)


def alternates(caps: str) -> bool:
    """Whether it can be said: no three consonants in a row, and a vowel."""
    return not re.search(r"[^AEIOUY]{3}", caps) and bool(set(caps) & VOWELS)


def shouts(text: str) -> bool:
    found = re.findall(r"[A-Za-z]{2,}", text)
    return len(found) > 3 and sum(word.isupper() for word in found) > 0.7 * len(found)


def read_symbols(text: str) -> str:
    text = HASHTAG.sub("hashtag ", text)
    text = re.sub(r"(?<=[A-Za-z])/(?=[A-Za-z])", " slash ", text)
    return re.sub("|".join(map(re.escape, SYMBOLS)), lambda found: f" {SYMBOLS[found[0]]} ", text)


__all__ = ["read_abbreviations", "read_acronyms", "read_addresses", "read_numerals", "read_symbols"]
