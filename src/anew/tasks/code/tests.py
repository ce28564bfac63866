"""Tests for a function: drawn in a form that parses, kept where they pass on the code and notice a fault in it.

In: a module's source and the name of one of its functions. Out: a file for pytest of the tests that are worth keeping,
and how many were drawn, passed and noticed a mutant. They say what the code does today, right or wrong.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from anew.engine.constraint import Constraint
from anew.errors import DataError, RecipeError
from anew.safety.trial import Module
from anew.tasks.code.coder import Coder, Job
from anew.tasks.code.functions import Function, ended, named, parsed
from anew.tasks.code.judging import Trial, judge_tests, runs
from anew.tasks.code.mutants import mutants
from anew.tasks.prompts import Made

MOST, TEMPERATURE = 192, 0.8
LINES = 4  # assertions of a draft
VALUES = r"""
value: NUMBER | STRING | "[" (value ("," " "? value)*)? "]" | "(" value "," (" "? value ("," " "? value)*)? ")" | "()"
  | "{" (value ":" " "? value ("," " "? value ":" " "? value)*)? "}" | SINGLE
SINGLE: "True" | "False" | "None"
NUMBER: /-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?/
STRING: /"[^"\\\n\x00-\x1f]*"/ | /'[^'\\\n\x00-\x1f]*'/
"""


@dataclass(frozen=True)
class Tested:
    """`source`: the tests that passed and noticed one of the `mutants`, for pytest; empty where none did. `drawn`
    assertions came, of which `distinct` are not the same; `noticed`: mutants that the tests kept notice together."""

    function: str
    source: str
    drawn: int
    distinct: int
    passed: int
    kept: int
    mutants: int
    noticed: int
    trials: tuple[Trial, ...]
    made: Made


def write_tests(
    coder: Coder,
    source: str,
    name: str,
    module: str | Module,
    *,
    n: int = 8,
    seed: int = 0,
    temperature: float = TEMPERATURE,
) -> Tested:
    """Tests for a function of the module, out of n drafts. Refused where there is no sandbox. DataError: the code does
    not run there by itself."""
    function = named(source, name)
    job = replace(job_for(source, function, str(module)), temperature=temperature)
    runs(source, module)
    drafts = coder.draw(job, n, seed)
    drawn = [test for draft in drafts for test in assertions(job.begun + draft)]
    distinct = list(dict.fromkeys(drawn))
    trials = judge_tests(source, function.name, distinct, module)
    kept = [trial for trial in trials if trial.worth_keeping]
    noticed = frozenset[int]().union(*(trial.notices for trial in kept))
    made = file_of(str(module), function.name, kept)
    return Tested(
        name, made, len(drawn), len(distinct), sum(not trial.why for trial in trials),
        len(kept), len(mutants(source, function.name)), len(noticed), tuple(trials), coder.made(job, seed),
    )  # fmt: skip


def job_for(source: str, function: Function, module: str) -> Job:
    """The place behind the head of a test. RecipeError: the function cannot be called by its name alone."""
    if "." in function.name or isinstance(function.node, ast.AsyncFunctionDef):
        what = f"{function.name}: tests are written for plain functions of a module, which are called by their name"
        raise RecipeError(what, next_command="anew code tests --help")
    begun = f"def test_{function.name}():\n"
    values = {"code": function.text.rstrip(), "name": function.name, "module": module}
    return Job("tests", values, begun, f"{ended(source)}\n\n{begun}", "", form(function), MOST, TEMPERATURE)


def form(function: Function) -> Constraint:
    """Lines that assert what a call with values gives, with as many of them as the function takes."""
    call = json.dumps(f"    assert {function.name}(", ensure_ascii=False)
    rules = [
        f"start: line{{1,{LINES}}}",
        f'line: {call} given ")" (" == " value | " is " SINGLE) "\\n"',
        f"given: {' | '.join(given(function.node.args))}",
    ]
    return Constraint("grammar", "\n".join(rules) + VALUES)


def given(arguments: ast.arguments) -> Iterator[str]:
    """The ways of giving a function what it has to have: its places, as many as have no default, and its names."""
    names = [
        one.arg for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None
    ]
    named = [json.dumps(f"{name}=", ensure_ascii=False) + " value" for name in names]
    places = len(arguments.posonlyargs) + len(arguments.args)
    for n in range(places - len(arguments.defaults), places + 1):
        yield ' "," " "? '.join(["value"] * n + named) or '""'
    if arguments.vararg:
        yield ' "," " "? '.join(["value"] * places + ['value ("," " "? value)*'] + named)


def assertions(draft: str) -> list[str]:
    """Each of a draft's assertions as a test of its own; a last line that was cut off is none."""
    try:
        (function,) = parsed(draft).body
    except (DataError, ValueError):
        return assertions(draft[: draft.rstrip("\n").rfind("\n") + 1]) if draft.count("\n") > 1 else []
    assert isinstance(function, ast.FunctionDef)
    return [f"def {function.name}():\n    {ast.unparse(line)}\n" for line in function.body]


def file_of(module: str, name: str, kept: Sequence[Trial]) -> str:
    """The tests as a file for pytest, numbered."""
    if not kept:
        return ""
    tests = [trial.test.replace("():", f"_{i}():", 1) for i, trial in enumerate(kept, 1)]
    return "\n\n".join([f"from {module} import {name}\n", *tests])
