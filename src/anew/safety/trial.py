"""Try a program by tests, in the sandbox. Only what passes here may be offered as passing.

In: a program's source, alone or as a `Module` among files that it imports, and tests that call it (assertions, or
functions named test_…). Out: a `Ran`. "passed" means that
the tests ran to their end and that their process, which the program cannot reach, told the word drawn for this run.
"""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from anew.errors import Refused
from anew.safety import by_pytest, inside
from anew.safety.sandbox import Limits, Look, Ran, python, run

JUDGE = "/judge.py"


@dataclass(frozen=True)
class Module:
    """What a program is imported as, and the files `beside` it that it imports: path -> source."""

    name: str = "program"
    beside: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def path_of(name: str) -> str:
    """The path of a module of this name."""
    return name.replace(".", "/") + ".py"


def try_program(
    program: str, tests: str, limits: Limits | None = None, *, module: str | Module = "program",
    look: Look = lambda: None,
) -> Ran:  # fmt: skip
    """Run `tests` against `program`, whose names they see, and find under `module` too. Tests that need pytest are run
    by it. Refused without a sandbox, or without that. `look`: see `sandbox.run`."""
    word, named = secrets.token_hex(16), module if isinstance(module, Module) else Module(module)
    files = {inside.PROGRAM: program.encode("utf-8", "replace"), JUDGE: Path(inside.__file__).read_bytes()}
    if named.beside:
        files |= {inside.PROJECT: archived({**named.beside, path_of(named.name): program})}
    asked = {"word": word, "tests": tests, "module": named.name, "pytest": None}
    if by_pytest.needed(tests):
        if (packed := by_pytest.pack()) is None:
            raise Refused("the tests need pytest, which is not installed", next_command="pip install pytest")
        files |= {by_pytest.PACKED: packed, by_pytest.SETTINGS: b"[pytest]\n"}
        asked["pytest"] = by_pytest.PACKED
    ran = run(python(JUDGE, named.name), limits, files=files, hidden=json.dumps(asked).encode(), look=look)
    return judged(ran, word)


def archived(sources: Mapping[str, str]) -> bytes:
    """Source files as one archive that Python imports from."""
    made = io.BytesIO()
    folders = {str(folder) for path in sources for folder in PurePosixPath(path).parents} - {"."}
    with zipfile.ZipFile(made, "w") as archive:
        for folder in sorted(folders):  # packages without an __init__.py are found by these alone
            archive.mkdir(folder)
        for path, source in sources.items():
            archive.writestr(path, source.encode("utf-8", "replace"))
    return made.getvalue()


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
