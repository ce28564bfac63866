"""Conditions on a table's rows: `age >= 0`, `total == x + y`, `sex == F and age > 60`.

In: a person's text. Out: clauses that say of a row (a mapping of column -> number, string, bool or None) whether it
keeps them. Read by a grammar of its own, and nothing is ever run:

    condition: clause ("and" clause)*        clause: sum (== | = | != | < | <= | > | >=) sum
    sum: product ((+ | -) product)*          product: atom ((* | /) atom)*          atom: -atom | (sum) | word
    word: a number, a date (2024-01-31), "text" or 'text', `a column of any name`, a column, missing, true, false

A bare word that is no column is text where it stands on the right: `sex == F`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anew.errors import RecipeError, nearest

Row = Mapping[str, Any]
WORDS = re.compile(
    r"""\s*(?:(?P<date>\d{4}-\d\d-\d\d)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<column>`[^`]+`)"""
    r"""|(?P<text>"[^"]*"|'[^']*')|(?P<word>[^\W\d]\w*(?:\.\w+)*)|(?P<sign>==|!=|<>|<=|>=|[=<>+\-*/()]))"""
)
COMPARES: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
COMBINES: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
KNOWN_WORDS = {"missing": None, "null": None, "true": True, "false": False}
DEEPEST = 50
CLOSE = 1e-9  # relative; two numbers nearer than this are equal


@dataclass(frozen=True)
class Literal:
    """A number, text, bool or None, which is `missing`. `bare`: a word without quotes, which may name a column."""

    value: Any
    bare: bool = False

    def of(self, row: Row) -> Any:
        return self.value

    def names(self) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True)
class Name:
    name: str

    def of(self, row: Row) -> Any:
        return row.get(self.name)

    def names(self) -> Iterator[str]:
        yield self.name


@dataclass(frozen=True)
class Combined:
    sign: str
    left: Expression
    right: Expression

    def of(self, row: Row) -> Any:
        """A number; None where a part is missing, or there is no such number."""
        left, right = self.left.of(row), self.right.of(row)
        if not is_number(left) or not is_number(right):
            return None
        try:
            return COMBINES[self.sign](left, right)
        except (ZeroDivisionError, OverflowError):
            return None

    def names(self) -> Iterator[str]:
        yield from self.left.names()
        yield from self.right.names()


Expression = Literal | Name | Combined


@dataclass(frozen=True)
class Clause:
    """`slack`: how far apart two numbers may be and still be equal, beside what rounding leaves."""

    left: Expression
    sign: str
    right: Expression
    text: str
    slack: float = 0.0

    @property
    def names(self) -> frozenset[str]:
        return frozenset([*self.left.names(), *self.right.names()])

    def holds(self, row: Row) -> bool | None:
        """None: cannot be said, because a value is missing or the two are of different kinds."""
        left, right = self.left.of(row), self.right.of(row)
        if Literal(None) in (self.left, self.right):
            return ((left is None) == (right is None)) == (self.sign == "==")
        if left is None or right is None:
            return None
        if is_number(left) and is_number(right):
            equal = abs(left - right) <= self.slack + CLOSE * max(1.0, abs(left), abs(right))
        elif type(left) is type(right):
            equal = left == right
        else:
            return False if self.sign == "==" else True if self.sign == "!=" else None
        return equal == (self.sign == "==") if self.sign in ("==", "!=") else COMPARES[self.sign](left, right)

    def single(self) -> str | None:
        """The only column that it is about, where it is `column sign literal`, either way round."""
        sides = {type(self.left), type(self.right)}
        return next(iter(self.names)) if sides == {Name, Literal} else None

    def defines(self) -> tuple[str, Expression] | None:
        """(column, expression) where it says that a column is what others come to."""
        for one, other in ((self.left, self.right), (self.right, self.left)):
            if self.sign == "==" and isinstance(one, Name) and any(other.names()) and one.name not in other.names():
                return one.name, other
        return None


@dataclass(frozen=True)
class Condition:
    clauses: tuple[Clause, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.clauses)

    def __str__(self) -> str:
        return " and ".join(clause.text for clause in self.clauses)

    def met(self, row: Row) -> bool:
        """Every clause is true: what is asked for with `--where`."""
        return all(clause.holds(row) is True for clause in self.clauses)

    def broken(self, row: Row) -> bool:
        """A clause is false: what constraints forbid. What is missing breaks nothing."""
        return any(clause.holds(row) is False for clause in self.clauses)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# ------------------------------------------------------------------------------------------------ reading


def read(text: str, columns: Collection[str] | None = None) -> Condition:
    """The condition that `text` says, its columns among `columns`. RecipeError names the place of a mistake."""
    found = Reader(text).condition()
    return found if columns is None else bound(found, columns)


def read_all(texts: Sequence[str], columns: Collection[str] | None = None) -> Condition:
    """Several conditions as one."""
    return Condition(tuple(clause for text in texts for clause in read(text, columns).clauses))


def bound(condition: Condition, columns: Collection[str]) -> Condition:
    """The same with each bare word settled: a column, or text. RecipeError where a column is not there."""
    made = []
    for clause in condition.clauses:
        left = settled(clause.left, columns, clause, text=False)
        right = settled(clause.right, columns, clause, text=isinstance(left, Name) and clause.sign in ("==", "!="))
        if not {*left.names(), *right.names()}:
            raise RecipeError(f"{clause.text!r} names no column; there are: {', '.join(columns)}")
        made.append(Clause(left, clause.sign, right, clause.text, clause.slack))
    return Condition(tuple(made))


def settled(part: Expression, columns: Collection[str], clause: Clause, text: bool) -> Expression:
    if isinstance(part, Combined):
        left, right = (settled(p, columns, clause, False) for p in (part.left, part.right))
        return Combined(part.sign, left, right)
    name = part.name if isinstance(part, Name) else part.value if part.bare else None
    if name is None:
        return part
    if name in columns:
        return Name(name)
    if isinstance(part, Literal) and text:
        return Literal(name)
    listed = ", ".join(list(columns)[:30])
    raise RecipeError(f"{clause.text!r}: no column {name!r}{nearest(name, columns)}; there are: {listed}")


class Reader:
    """One reading of one text, from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth, self.words = text, 0, 0, list[tuple[str, str, int]]()
        place = 0
        while text[place:].strip():
            found = WORDS.match(text, place)
            if found is None or found.lastgroup is None:
                raise self.mistake(f"{text[place:].strip()[:12]!r} is not understood")
            self.words.append((found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
            place = found.end()

    def mistake(self, what: str) -> RecipeError:
        return RecipeError(f"condition {self.text!r}: {what}", next_command="--where 'age > 60 and sex == F'")

    def peek(self) -> str:
        kind, word, _ = self.words[self.at] if self.at < len(self.words) else ("end", "", 0)
        return word if kind in ("sign", "word") else ""

    def take(self) -> tuple[str, str]:
        if self.at == len(self.words):
            raise self.mistake("it ends too soon")
        self.at += 1
        return self.words[self.at - 1][:2]

    def condition(self) -> Condition:
        clauses = [self.clause()]
        while self.at < len(self.words):
            if self.take()[1].lower() != "and":
                raise self.mistake("clauses are joined by 'and'")
            clauses.append(self.clause())
        return Condition(tuple(clauses))

    def clause(self) -> Clause:
        begin = self.at
        left = self.sum()
        sign = self.take()[1] if self.peek() in ("==", "=", "!=", "<>", *COMPARES) else None
        if sign is None:
            raise self.mistake("a clause compares two things by one of ==, !=, <, <=, > and >=")
        right = self.sum()
        end = self.words[self.at][2] if self.at < len(self.words) else len(self.text)
        text = self.text[self.words[begin][2] : end].strip()
        return Clause(left, {"=": "==", "<>": "!="}.get(sign, sign), right, text)

    def sum(self) -> Expression:
        return self.chain(("+", "-"), lambda: self.chain(("*", "/"), self.atom))

    def chain(self, signs: Sequence[str], part: Callable[[], Expression]) -> Expression:
        made = part()
        while self.peek() in signs:
            made = Combined(self.take()[1], made, part())
        return made

    def atom(self) -> Expression:
        kind, word = self.take()
        self.depth += word in ("-", "(")
        if self.depth > DEEPEST:
            raise self.mistake(f"more than {DEEPEST} brackets and signs")
        if kind == "number":
            return Literal(float(word) if any(c in word for c in ".eE") else int(word))
        if kind in ("text", "date"):
            return Literal(word if kind == "date" else word[1:-1])
        if kind == "column":
            return Name(word[1:-1])
        if kind == "word" and word.lower() != "and":
            return Literal(KNOWN_WORDS[word.lower()]) if word.lower() in KNOWN_WORDS else Literal(word, bare=True)
        if word == "-":
            inner = self.atom()
            if isinstance(inner, Literal) and is_number(inner.value):
                return Literal(-inner.value)
            return Combined("-", Literal(0), inner)
        if word == "(":
            made = self.sum()
            if self.at == len(self.words) or self.take()[1] != ")":
                raise self.mistake("a bracket is not closed")
            return made
        raise self.mistake(f"{word!r} stands where a number, a text or a column was to come")
