"""What drafts are worth, whoever wrote them: run in the sandbox, and nowhere else.

In: a module's source, tests as separate functions, bodies for one of its functions. Out: of each test whether it passes
and which mutants it notices, of each body how it fared in the tests. Refused where there is no sandbox.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from anew.errors import DataError
from anew.safety.sandbox import Limits, Ran
from anew.safety.trial import Module, try_program
from anew.tasks.code.functions import Function, parsed, replaced, same_elsewhere
from anew.tasks.code.mutants import mutants

QUICK = Limits(seconds=3)
LINE = re.compile(r" \(line \d+ of the tests\)$")  # of tests that stand together for a run alone
WHOLE = ("passed", "failed")  # outcomes after which every test has been run


@dataclass(frozen=True)
class Trial:
    """A test, why it failed on the code as it stands ("": it passed), and the mutants that it notices."""

    test: str
    why: str
    notices: frozenset[int] = frozenset()

    @property
    def worth_keeping(self) -> bool:
        return not self.why and bool(self.notices)


@dataclass(frozen=True)
class Draft:
    """A body for a function. `outcome`: as the sandbox tells it, or of one not run "unchanged" or "unfit": no
    Python, or reaching out of the function."""

    body: str
    source: str
    outcome: str
    why: str = ""
    passed: int = 0
    output: str = ""


def runs(source: str, module: str | Module) -> None:
    """See that the module runs in the sandbox by itself. DataError: it does not."""
    if (ran := try_program(source, "", QUICK, module=module)).outcome != "passed":
        what = (
            f"the code does not run in the sandbox, which holds its project and the standard library alone: {ran.why}"
        )
        raise DataError(what, next_command="a file that imports nothing else")


def judge_tests(
    source: str, name: str, tests: Sequence[str], module: str | Module, limits: Limits = QUICK
) -> list[Trial]:
    """Each test, which is one function `test_…`, on the module's source and on mutants of its function `name`. A mutant
    that stops the tests, such as by a loop without end, says nothing of any of them and counts as not noticed."""
    whys = failures(source, tests, module, limits)
    passing = [i for i, why in enumerate(whys) if not why]
    notices: dict[int, set[int]] = {i: set() for i in passing}
    for number, mutant in enumerate(mutants(source, name) if passing else []):
        ran = together(mutant.source, [tests[i] for i in passing], module, limits)
        for place, i in enumerate(passing):
            if ran.tests.get(f"test_{place}"):
                notices[i].add(number)
    return [
        Trial(test, why, frozenset(notices.get(i, ()))) for i, (test, why) in enumerate(zip(tests, whys, strict=True))
    ]


def failures(source: str, tests: Sequence[str], module: str | Module, limits: Limits = QUICK) -> list[str]:
    """Why each test fails, "" where it does not. They are run together; where one ends or stops them all, in halves."""
    if not tests:
        return []
    ran = together(source, tests, module, limits)
    if ran.outcome in WHOLE and len(ran.tests) == len(tests):
        return [LINE.sub("", ran.tests[f"test_{i}"]) for i in range(len(tests))]
    if len(tests) == 1 or (ran.outcome == "failed" and not ran.tests):
        return [ran.why or ran.outcome] * len(tests)
    middle = len(tests) // 2
    return [why for part in (tests[:middle], tests[middle:]) for why in failures(source, part, module, limits)]


def together(source: str, tests: Sequence[str], module: str | Module, limits: Limits) -> Ran:
    """All tests in one run, called test_0, test_1, …"""
    numbered = "\n".join(renamed(test, f"test_{i}") for i, test in enumerate(tests))
    return try_program(source, numbered, limits, module=module)


def renamed(test: str, name: str) -> str:
    """The test's function under another name, so that several can stand side by side."""
    tree = parsed(test, "the test")
    (function,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    function.name = name
    return ast.unparse(tree)


def judge_bodies(
    source: str,
    function: Function,
    tests: str,
    module: str | Module,
    bodies: Sequence[str],
    limits: Limits | None = None,
) -> list[Draft]:
    """Each body in the function's place, tried by the tests, up to the first that passes all of them."""
    made: list[Draft] = []
    for body in bodies:
        made.append(judge_body(source, function, tests, module, body, limits))
        if made[-1].outcome == "passed":
            break
    return made


def judge_body(
    source: str, function: Function, tests: str, module: str | Module, body: str, limits: Limits | None = None
) -> Draft:
    changed = replaced(source, function, function.head + body)
    if not body.strip() or not same_elsewhere(source, changed, function.name):
        return Draft(body, changed, "unfit")
    if ast.dump(parsed(changed)) == ast.dump(parsed(source)):
        return Draft(body, changed, "unchanged")
    return told(body, changed, try_program(changed, tests, limits, module=module))


def told(body: str, source: str, ran: Ran) -> Draft:
    passed = sum(not why for why in ran.tests.values())
    return Draft(body, source, ran.outcome, ran.why, passed, (ran.stderr or ran.stdout).strip())
