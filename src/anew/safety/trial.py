"""Try a program by tests, in the sandbox. Only what passes here may be offered as passing.

In: a program's source and tests that call it (assertions, or functions named test_…). Out: a `Ran`. "passed" means that
the tests ran to their end and that their process, which the program cannot reach, told the word drawn for this run.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from pathlib import Path

from anew.errors import Refused
from anew.safety import by_pytest, inside
from anew.safety.sandbox import Limits, Ran, python, run

JUDGE = "/judge.py"


def try_program(program: str, tests: str, limits: Limits | None = None, *, module: str = "program") -> Ran:
    """Run `tests` against `program`, whose names they see, and find under `module` too. Tests that need pytest are run
    by it. Refused without a sandbox, or without that."""
    word = secrets.token_hex(16)
    files = {inside.PROGRAM: program.encode("utf-8", "replace"), JUDGE: Path(inside.__file__).read_bytes()}
    asked = {"word": word, "tests": tests, "module": module, "pytest": None}
    if by_pytest.needed(tests):
        if (packed := by_pytest.pack()) is None:
            raise Refused("the tests need pytest, which is not installed", next_command="pip install pytest")
        files |= {by_pytest.PACKED: packed, by_pytest.SETTINGS: b"[pytest]\n"}
        asked["pytest"] = by_pytest.PACKED
    ran = run(python(JUDGE), limits, files=files, hidden=json.dumps(asked).encode())
    return judged(ran, word)


def judged(ran: Ran, word: str) -> Ran:
    """What the judge told, where it told the word; else how its process ended, which is never "passed"."""
    try:
        told = json.loads(ran.told)
        known = secrets.compare_digest(str(told["word"]), word)
    except (ValueError, KeyError, TypeError):
        known = False
    if known and ran.outcome in ("finished", "failed"):
        return replace(ran, outcome=told["outcome"], why=told["why"], tests=told.get("tests", {}))
    if ran.outcome == "finished":
        return replace(ran, outcome="ended early", why="it ended with 0, but before its tests did")
    return ran
