"""Docstrings for functions that have none.

In: a file's source. Out: the same source with docstrings in it; that nothing else changed, its syntax tree says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from anew.engine.constraint import Constraint
from anew.errors import Refused
from anew.tasks.code.coder import Coder, Job
from anew.tasks.code.functions import Function, functions, replaced, same_code
from anew.tasks.code.names import unknown
from anew.tasks.prompts import Made

MOST, WIDE = 160, 88  # tokens; characters of a line
DRAWS = 3
TEMPERATURE = 0.3
QUOTES = '"""'
SAID = r'[^"\\\n\r\x00-\x1f]'  # what cannot end a docstring, nor mean something else in one


@dataclass(frozen=True)
class Docstring:
    """`text` is None where every draft names what the function does not hold; `unknown` are those names."""

    function: str
    text: str | None
    draws: int
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Documented:
    """`source`: the file with all docstrings that were found in it."""

    source: str
    docstrings: tuple[Docstring, ...]
    made: Made | None


def document(coder: Coder, source: str, wanted: Iterable[Function] | None = None, *, seed: int = 0) -> Documented:
    """Docstrings for the functions wanted, or for all that lack one; one that has one keeps it."""
    lacking = [one for one in (functions(source) if wanted is None else wanted) if not one.documented]
    found, made = list[Docstring](), None
    for number, function in sorted(enumerate(lacking), key=lambda one: -one[1].first):  # so that lines above stay
        job = job_for(source, function)
        made = coder.made(job, seed)
        one = judge(function, coder.draw(job, DRAWS, seed + number * DRAWS))
        source = source if one.text is None else inserted(source, function, one.text)
        found.append(one)
    return Documented(source, tuple(reversed(found)), made)


def job_for(source: str, function: Function) -> Job:
    """The place behind the signature."""
    begun = function.head + function.indent + QUOTES
    before, _, after = replaced(source, function, mark := "\x00\n").partition(mark)
    return Job(
        "docstring", {"code": function.text.rstrip()}, begun, before + begun, function.body + after,
        form(function.indent), MOST, TEMPERATURE,
    )  # fmt: skip


def form(indent: str) -> Constraint:
    """A sentence of three words or more, and perhaps lines behind it, up to the closing quotes."""
    letter = r'[^\s"\\\x00-\x1f]'
    sentence = f"[A-Z]{letter}{{0,24}}( {letter}{{1,24}}){{2,14}}[.]"
    line = f"{indent}{letter}{SAID}{{0,{WIDE}}}\\n"
    return Constraint("regex", f"{sentence}(\\n\\n({line}){{1,4}}{indent})?{QUOTES}")


def judge(function: Function, drafts: Sequence[str]) -> Docstring:
    """The first draft that is whole and names only what the function holds."""
    missing: list[str] = []
    for draws, draft in enumerate(drafts, 1):
        text, closed, _ = draft.partition(QUOTES)
        strange = unknown(text, function.text)
        if closed and text.strip() and not strange:
            return Docstring(function.name, text, draws, ())
        missing += strange
    return Docstring(function.name, None, len(drafts), tuple(dict.fromkeys(missing)))


def inserted(source: str, function: Function, text: str) -> str:
    """The source with this docstring in the function. Refused: anything but docstrings would change by it."""
    said = f"{function.head}{function.indent}{QUOTES}{text}{QUOTES}\n{function.body}"
    made = replaced(source, function, said)
    if not same_code(source, made):
        raise Refused(f"{function.name}: that docstring would change more than the docstring")
    return made
