"""The names that a sentence about code uses, and whether the code has them.

In: a text and the code that it is about. Out: the names that the code does not hold, and the sentences that use none of
those. Prose that names nothing may still be wrong.
"""

from __future__ import annotations

import re

from anew.tasks.facts import NUMBER, plain_number
from anew.tasks.passages import sentences

FENCED = re.compile(r"```.*?(?:```|\Z)", re.S)
QUOTED = re.compile(r"`+([^`\n]+)`+|\"([^\"\n]+)\"|“([^”\n]+)”|(?<!\w)'([^'\n]+)'(?!\w)")
IDENTIFIER = re.compile(r"[^\W\d]\w*")
# What only code is spelled like: with an underscore, with a great letter inside, behind a dot, called.
CODED = re.compile(r"\b(?:[^\W\d]\w*_\w*|_\w+|[a-z]+[A-Z]\w*|[^\W\d]\w*(?:\.[^\W\d]\w*)+|[^\W\d]\w*(?=\(\w*\)))")
ABBREVIATIONS = {"e.g", "i.e"}


def unknown(text: str, code: str) -> list[str]:
    """Names that the text quotes or spells as code does, and numbers, that do not occur in the code."""
    words, numbers = set(IDENTIFIER.findall(code)), {plain_number(found) for found in NUMBER.findall(code)}
    found = [name for match in QUOTED.finditer(text) for name in IDENTIFIER.findall(next(filter(None, match.groups())))]
    spelled = [match[0] for match in CODED.finditer(text) if match[0] not in ABBREVIATIONS]
    found += [name for spelling in spelled for name in IDENTIFIER.findall(spelling)]
    told = [number for number in NUMBER.findall(text) if plain_number(number) not in numbers]
    return list(dict.fromkeys([*(name for name in found if name not in words), *told]))


def sift(text: str, code: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The sentences whose names the code has, and those left out with the names that it has not."""
    kept: list[str] = []
    left: list[tuple[str, list[str]]] = []
    for sentence in sentences(FENCED.sub("\n\n", text)):
        body = sentence.text.strip()
        if missing := unknown(body, code):
            left.append((body, missing))
        elif IDENTIFIER.search(body):
            kept.append(body)
    return kept, left
