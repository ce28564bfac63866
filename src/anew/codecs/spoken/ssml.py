"""SSML as far as it is honoured: what is said, how, and the silence between.

In: a text that may be SSML (W3C, Speech Synthesis Markup Language 1.1) of unknown origin. Out: `Piece`s of plain text,
each with its rate, pitch, volume, and the silence before it. Nothing outside the text is looked at: a document type,
an entity, a processing instruction is refused; depth, elements and size are bounded; what is not known is named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from xml.parsers import expat

from anew.codecs.spoken.calendar import MONTHS, said_date
from anew.codecs.spoken.numbers import cardinal, digits, ordinal
from anew.codecs.spoken.phonemes import check_ipa, check_phones
from anew.codecs.spoken.sentences import sentences
from anew.codecs.spoken.words import in_words
from anew.errors import DataError, nearest

MOST_BYTES, DEEPEST, MOST_ELEMENTS = 1 << 20, 32, 10_000
MOST_WHOLE = 2_000  # characters that one tag says at once, or is called
LONGEST_BREAK = 10.0  # seconds
SLOWEST, FASTEST = 0.25, 4.0
MOST_SEMITONES, MOST_DECIBELS = 24.0, 40.0
PAUSES = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.0}  # seconds
RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.75}
PITCHES = {"x-low": -6.0, "low": -3.0, "medium": 0.0, "default": 0.0, "high": 3.0, "x-high": 6.0}  # semitones
VOLUMES = {
    "silent": -math.inf,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 4.0,
    "x-loud": 6.0,
}
EMPHASIS = {
    "strong": (0.85, 2.0, 3.0),
    "moderate": (0.92, 1.0, 1.5),
    "none": (1.0, 0.0, 0.0),
    "reduced": (1.1, -0.5, -2.0),
}
SAY_AS = ("cardinal", "number", "ordinal", "digits", "telephone", "characters", "spell-out", "verbatim", "date", "time",
          "fraction", "unit", "currency", "year", "address")  # fmt: skip
TAGS: Mapping[str, tuple[str, ...]] = {
    "speak": ("version", "lang", "base"), "p": ("lang",), "s": ("lang",), "break": ("time", "strength"),
    "prosody": ("rate", "pitch", "volume"), "say-as": ("interpret-as", "format"), "sub": ("alias",),
    "phoneme": ("alphabet", "ph"), "emphasis": ("level",),
}  # fmt: skip
WHOLE = ("say-as", "sub", "phoneme")  # which hold text alone


@dataclass(frozen=True)
class Piece:
    """What is said in one breath and one manner. `rate`: 1 is the voice's own; `pitch`: semitones; `volume`: decibels;
    `pause`: seconds of silence before it, None: as between sentences; `opens`: a paragraph; `phones`: how it is said,
    ARPAbet or IPA by `alphabet`, in place of the text's own sound. `words`: the text is words already."""

    text: str
    rate: float = 1.0
    pitch: float = 0.0
    volume: float = 0.0
    pause: float | None = None
    phones: str = ""
    alphabet: str = ""
    words: bool = False
    opens: bool = False


def is_ssml(text: str) -> bool:
    return re.match(r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<speak\b", text) is not None


def pieces(text: str) -> list[Piece]:
    """The sentences of a text, or what SSML says, in order. DataError: SSML that is not well formed, or not known."""
    if is_ssml(text):
        return Reader().read(text)
    found = sentences(text)
    return [Piece(one.text, opens=i > 0 and found[i - 1].ends) for i, one in enumerate(found)]


class Reader:
    """One document. `open`: the tags that are open, each with the manner outside it."""

    def __init__(self) -> None:
        self.found: list[Piece] = []
        self.open: list[tuple[str, Piece]] = []
        self.manner, self.held = Piece(""), ""
        self.pause: float | None = None
        self.attributes: Mapping[str, str] = {}
        self.elements = 0

    def read(self, text: str) -> list[Piece]:
        content = text.strip().encode()
        if len(content) > MOST_BYTES:
            raise DataError(f"SSML of more than {MOST_BYTES:,} bytes", next_command="the same in several parts")
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.StartDoctypeDeclHandler = self.refuse("a document type")
        parser.EntityDeclHandler = self.refuse("an entity")
        parser.ProcessingInstructionHandler = self.refuse("a processing instruction")
        parser.ExternalEntityRefHandler = self.refuse("an outer entity")
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler, parser.EndElementHandler = self.begin, self.end
        parser.CharacterDataHandler = self.hold
        parser.buffer_text = True
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            what = expat.errors.messages.get(error.code, "not well formed")
            raise DataError(f"SSML, line {error.lineno}: {what}") from None
        return self.found

    def refuse(self, what: str) -> Callable[..., None]:
        def refused(*_: object) -> None:
            raise self.problem(f"{what} is not read")

        return refused

    def problem(self, what: str) -> DataError:
        return DataError(f"SSML, line {self.parser.CurrentLineNumber}: {what}")

    # -------------------------------------------------------------------------------------------- tags

    def begin(self, tag: str, given: dict[str, str]) -> None:
        self.elements += 1
        if len(self.open) >= DEEPEST or self.elements > MOST_ELEMENTS:
            raise self.problem(f"more than {DEEPEST} tags within each other, or {MOST_ELEMENTS:,} in all")
        if tag not in TAGS:
            raise self.problem(f"<{tag}> is not known{nearest(tag, TAGS)}; known are {', '.join(TAGS)}")
        given = {
            k.partition(":")[2] or k: v for k, v in given.items() if not k.startswith("xmlns") and ":schema" not in k
        }
        for name in given:
            if name not in TAGS[tag]:
                raise self.problem(f"<{tag}> has no {name!r}{nearest(name, TAGS[tag])}; it has {', '.join(TAGS[tag])}")
        if (tag == "speak") != (not self.open):
            raise self.problem("<speak> is the outermost tag, and no other")
        if not given.get("lang", "en").lower().startswith("en"):
            raise self.problem(f"lang={given['lang']!r}: English alone is read")
        if self.open and self.open[-1][0] in WHOLE:
            raise self.problem(f"<{self.open[-1][0]}> holds text alone, no <{tag}>")
        self.flush()
        self.open.append((tag, self.manner))
        self.attributes = given
        self.manner = self.changed(tag, given)
        if tag == "break":
            self.silence(self.length(given))
        elif tag == "p" and self.found:
            self.silence(PAUSES["strong"])

    def end(self, tag: str) -> None:
        if tag in WHOLE:
            self.say_whole(tag)
        else:
            self.flush()
        _, self.manner = self.open.pop()
        if tag == "p":
            self.silence(PAUSES["strong"])

    def hold(self, text: str) -> None:
        self.held += text

    def silence(self, seconds: float) -> None:
        """Of two silences that follow each other the longer, unless both were asked for."""
        self.pause = max(self.pause or 0.0, seconds)

    # -------------------------------------------------------------------------------------------- what is said

    def flush(self) -> None:
        """What was held, in sentences."""
        text, self.held = self.held, ""
        for i, one in enumerate(sentences(" ".join(text.split()))):
            self.put(replace(self.manner, text=one.text, pause=self.between(i)))

    def between(self, i: int) -> float | None:
        """A piece that goes on with a sentence follows without a silence of its own."""
        if i or self.pause is not None or not self.found:
            return self.pause if not i else None
        return None if re.search(r"[.!?…][\"'”’)\]]*$", self.found[-1].text) else 0.0

    def put(self, piece: Piece) -> None:
        self.found.append(piece)
        self.pause = None

    def say_whole(self, tag: str) -> None:
        text, self.held = " ".join(self.held.split()), ""
        given, pause = self.attributes, self.between(0)
        if max(map(len, (text, *given.values()))) > MOST_WHOLE:
            raise self.problem(f"<{tag}> of more than {MOST_WHOLE:,} characters")
        if tag == "sub":
            if not given.get("alias", "").strip():
                raise self.problem("<sub> needs its alias")
            self.put(replace(self.manner, text=given["alias"].strip(), pause=pause))
        elif tag == "phoneme":
            alphabet = given.get("alphabet", "ipa").lower().removeprefix("x-")
            if alphabet not in ("ipa", "arpabet") or not given.get("ph", "").strip():
                raise self.problem("<phoneme> needs ph, and alphabet ipa or x-arpabet")
            phones = given["ph"].strip()
            check_ipa(phones) if alphabet == "ipa" else check_phones(phones)
            self.put(replace(self.manner, text=text, pause=pause, phones=phones, alphabet=alphabet))
        elif text:
            self.put(replace(self.manner, text=self.said(text, given), pause=pause, words=True))

    def said(self, text: str, given: Mapping[str, str]) -> str:
        kind = given.get("interpret-as", "")
        if kind not in SAY_AS:
            raise self.problem(
                f"interpret-as={kind!r} is not known{nearest(kind, SAY_AS)}; known are {', '.join(SAY_AS)}"
            )
        return said_as(text, kind, given.get("format", ""))

    # -------------------------------------------------------------------------------------------- manners

    def changed(self, tag: str, given: Mapping[str, str]) -> Piece:
        if tag == "emphasis":
            level = given.get("level", "moderate")
            if level not in EMPHASIS:
                raise self.problem(f"level={level!r} is not known; known are {', '.join(EMPHASIS)}")
            rate, pitch, volume = EMPHASIS[level]
            return self.moved(rate, pitch, volume)
        if tag != "prosody":
            return self.manner
        rate = self.number("rate", given, RATES, "%", 1.0)
        return self.moved(
            rate, self.number("pitch", given, PITCHES, "st", 0.0), self.number("volume", given, VOLUMES, "dB", 0.0)
        )

    def moved(self, rate: float, pitch: float, volume: float) -> Piece:
        now = self.manner
        return replace(
            now,
            rate=min(FASTEST, max(SLOWEST, now.rate * rate)),
            pitch=min(MOST_SEMITONES, max(-MOST_SEMITONES, now.pitch + pitch)),
            volume=min(MOST_DECIBELS, max(-MOST_DECIBELS if volume > -math.inf else -math.inf, now.volume + volume)),
        )

    def number(self, name: str, given: Mapping[str, str], names: Mapping[str, float], unit: str, usual: float) -> float:
        """`120%`, `+20%` of a rate; `+2st`, `+10%` of a pitch; `-6dB` of a volume; or one of the names."""
        value = given.get(name, "").strip()
        if not value:
            return usual
        if value in names:
            return names[value]
        found = re.fullmatch(r"([+-]?)(\d{1,6}(?:\.\d{1,6})?)(%|st|dB)?", value)
        wrong = self.problem(f"{name}={value!r}: one of {', '.join(names)}, or a number such as {EXAMPLES[name]}")
        if not found or (found[3] not in (unit, "%") and not (found[3] is None and name == "rate")):
            raise wrong
        much = float(found[2]) * (-1 if found[1] == "-" else 1)
        if name == "rate":
            times = much if found[3] is None else 1 + much / 100 if found[1] else much / 100
            if times <= 0:
                raise wrong
            return times
        if found[3] == "%":  # of what it is
            if name == "volume" or not found[1] or much <= -100:
                raise wrong
            return 12 * math.log2(1 + much / 100)
        return much

    def length(self, given: Mapping[str, str]) -> float:
        if "time" in given:
            found = re.fullmatch(r"\+?(\d{1,6}(?:\.\d{1,6})?)(ms|s)", given["time"].strip())
            seconds = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else math.inf
            if seconds > LONGEST_BREAK:
                raise self.problem(f"time={given['time']!r}: such as 500ms or 2s, at most {LONGEST_BREAK:g}s")
            return seconds
        strength = given.get("strength", "medium")
        if strength not in PAUSES:
            raise self.problem(f"strength={strength!r} is not known; known are {', '.join(PAUSES)}")
        return PAUSES[strength]


EXAMPLES = {"rate": "90% or +20%", "pitch": "+2st or -10%", "volume": "+6dB"}


def said_as(text: str, kind: str, form: str = "") -> str:
    """The text as what it is said to be; as it would be read anyway where it is none."""
    number = text.replace(",", "").strip()
    if kind in ("characters", "spell-out", "verbatim"):
        each = (one.upper() if one.isalpha() else in_words(one) for one in text)
        return " ".join(filter(None, each))
    if kind in ("digits", "telephone"):
        groups = re.findall(r"\d+", text)
        return ", ".join(map(digits, groups)) if kind == "telephone" else " ".join(map(digits, groups))
    if kind in ("cardinal", "number") and re.fullmatch(r"-?\d{1,36}", number):
        return cardinal(int(number))
    if kind == "ordinal" and re.fullmatch(r"\d{1,36}", number):
        return ordinal(int(number))
    if kind == "year":
        return in_words(f"year {text}").removeprefix("year ")
    if kind == "date" and form:
        return a_date(text, form.lower()) or in_words(text)
    return in_words(text)


def a_date(text: str, form: str) -> str | None:
    """`03-04-2021` by `dmy`: the third of April; None where the form does not fit."""
    found = re.findall(r"\d+", text)
    if len(found) != len(form) or not set(form) <= set("ymd") or len(set(form)) != len(form):
        return None
    given = {name: int(value) for name, value in zip(form, found, strict=True)}
    if "m" not in given or not 1 <= given["m"] <= 12 or not 1 <= given.get("d", 1) <= 31:
        return None
    return said_date(given.get("d"), MONTHS[given["m"] - 1], given.get("y"), day_first=form.startswith("d"))


__all__ = ["Piece", "is_ssml", "pieces", "said_as"]
