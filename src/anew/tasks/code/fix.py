"""A function that makes tests fail, mended: bodies are drawn for it, and the first that passes all tests is offered.

In: a module's source and tests that fail on it. Out: the source with the body that passes, or None and the draft that
came nearest. The tests are not the model's to change, and what is "passed" the sandbox says.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, replace

from anew.engine.constraint import Constraint
from anew.errors import DataError
from anew.safety.sandbox import Ran
from anew.safety.trial import Module, try_program
from anew.tasks.code.coder import Coder, Job
from anew.tasks.code.functions import Function, functions, lines_of, named, parsed, replaced
from anew.tasks.code.judging import Draft, judge_bodies, runs
from anew.tasks.prompts import Made

MOST, TEMPERATURE = 256, 0.8
SHOWN = 1500  # characters of the tests, for the model
PART = re.compile(r"\[|::")  # behind a test's name: its parameters, or its place in a class


@dataclass(frozen=True)
class Fixed:
    """`source` None: no draft passed all `tests`. `drafts` are those that were tried, the passing one last."""

    function: str
    source: str | None
    drafts: tuple[Draft, ...]
    before: str
    tests: int
    made: Made | None

    @property
    def nearest(self) -> Draft | None:
        """The draft that was run and passed most tests."""
        ran = [draft for draft in self.drafts if draft.outcome not in ("unfit", "unchanged")]
        return max(ran, key=lambda draft: (draft.outcome == "passed", draft.passed), default=None)

    @property
    def outcomes(self) -> dict[str, int]:
        return dict(Counter(draft.outcome for draft in self.drafts))


def fix(
    coder: Coder, source: str, tests: str, module: str | Module, name: str | None = None, *, n: int = 8, seed: int = 0,
    temperature: float = TEMPERATURE,
) -> Fixed:  # fmt: skip
    """The function `name`, or the one that the failing tests call, mended by one of n drafts. Refused where there is no
    sandbox. DataError: the tests do not fail, or name no function of the module."""
    ran = try_program(source, tests, module=module)
    if ran.outcome == "passed":
        raise DataError("the tests pass as they stand: there is nothing to fix")
    if not ran.tests:
        runs(source, module)
    if not ran.tests and ran.why.startswith("ModuleNotFoundError"):
        what = f"the sandbox holds the file as {module} and the standard library, and not what the tests import"
        raise DataError(f"{what}: {ran.why}", next_command="tests that import nothing else")
    function = named(source, name) if name else suspect(source, tests, ran)
    job = replace(job_for(source, function, failing(tests, ran), ran.why), temperature=temperature)
    bodies = [body_of(draft, function.indent) for draft in coder.draw(job, n, seed)]
    drafts = judge_bodies(source, function, tests, module, bodies)
    mended = drafts[-1].source if drafts and drafts[-1].outcome == "passed" else None
    return Fixed(function.name, mended, tuple(drafts), ran.why, len(ran.tests), coder.made(job, seed))


def suspect(source: str, tests: str, ran: Ran) -> Function:
    """The function of the module that the failing tests name most often."""
    known = {one.name: one for one in functions(source)}
    tree = parsed(failing(tests, ran), "the file of tests")
    said = Counter(node.id if isinstance(node, ast.Name) else node.attr
                   for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute))  # fmt: skip
    found = max(known, key=lambda name: said[name.rpartition(".")[2]], default="")
    if not said[found.rpartition(".")[2]]:
        raise DataError("the tests call no function of the file by its name", next_command="anew code fix FILE::NAME")
    return known[found]


def failing(tests: str, ran: Ran) -> str:
    """The test functions, and classes of them, that fail; all of the tests, where it is not one of them that does."""
    tree, lines = parsed(tests, "the file of tests"), lines_of(tests)
    wrong = {PART.split(name)[0] for name, why in ran.tests.items() if why}
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in wrong]
    firsts = [min([node.lineno, *(one.lineno for one in node.decorator_list)]) for node in found]
    parts = ["".join(lines[first - 1 : node.end_lineno]) for first, node in zip(firsts, found, strict=True)]
    return "\n".join(parts) or tests


def job_for(source: str, function: Function, tests: str, why: str) -> Job:
    """The place behind the function's signature and docstring, which stay."""
    before, _, after = replaced(source, function, mark := "\x00\n").partition(mark)
    values = {"code": function.text.rstrip(), "tests": tests[:SHOWN].rstrip(), "failure": why}
    return Job("fix", values, function.head, before + function.head, after, form(function.indent), MOST, TEMPERATURE)


def form(indent: str) -> Constraint:
    """Lines that are indented, up to one that is not: a few characters of that are let through, so that the model can
    end the body in its own way."""
    first, others = f"{indent}[^\\s][^\\n]*\\n", f"({indent}[^\\n]*)?\\n"
    return Constraint("regex", f"{first}({others})*([^\\s][^\\n]{{0,3}})?")


def body_of(draft: str, indent: str) -> str:
    """The lines that are indented, without blank ones at the end and one that was cut off."""
    kept: list[str] = []
    for line in lines_of(draft):
        if line.strip() and not (line.startswith(indent) and line.endswith("\n")):
            break
        kept.append(line)
    return "".join(kept).rstrip() + "\n"


def module_in(tests: str, stem: str) -> str:
    """The name by which tests import the file of this stem, its packages before it; the stem, where they do not."""
    said = list[str]()
    for node in ast.walk(parsed(tests, "the file of tests")):
        if isinstance(node, ast.Import):
            said += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            said += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return next((name for name in said if name.rpartition(".")[2] == stem), stem)
