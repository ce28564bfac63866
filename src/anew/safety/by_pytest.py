"""Tests that need pytest, run by it: inside of the sandbox, in the judge's process. It needs the standard library and
what `pack` packs.

Outside, `pack` makes one archive of pytest and what it stands on. Inside, `run` has pytest run a module that lies in no
file; no setting, plugin or file of the program's has a say in it.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
import py_compile
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

PACKED, SETTINGS = "/pytest.zip", "/pytest.ini"
PACKAGES = ("_pytest", "pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")
FEW = {"lexers": {"__init__", "_mapping", "python", "diff"}, "styles": {"__init__", "_mapping", "default"},
       "formatters": {"__init__", "_mapping", "terminal"}}  # fmt: skip
OPTIONS = ["-q", "-s", "--noconftest", "-p", "no:cacheprovider", "-c", SETTINGS, "--rootdir", "/tmp", "--tb", "short"]


def needed(tests: str) -> bool:
    """Whether tests are more than assertions and plain functions: they import pytest, take fixtures or are methods."""
    try:
        tree = ast.parse(tests)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # how it fails is the judge's to tell
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.partition(".")[0] in ("pytest", "unittest") for name in names):
            return True
    return any(
        node.name.startswith("test_") and bool(node.args.posonlyargs + node.args.args)
        if isinstance(node, ast.FunctionDef)
        else isinstance(node, ast.ClassDef) and node.name.startswith("Test")
        for node in tree.body
    )


@lru_cache(1)
def pack() -> bytes | None:
    """The archive, with this file in it; None where pytest is not installed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, tempfile.TemporaryDirectory() as folder:
        archive.write(__file__, "by_pytest.py")
        for name in PACKAGES:
            spec = importlib.util.find_spec(name)
            if spec is None or spec.origin is None:
                return None
            top = Path(spec.origin)
            root = top.parent.parent if spec.submodule_search_locations else top.parent
            for path in sorted(top.parent.rglob("*.py")) if spec.submodule_search_locations else [top]:
                inside = path.relative_to(root)
                if inside.stem in FEW.get(path.parent.name, {inside.stem}):
                    compiled = py_compile.compile(
                        str(path), str(Path(folder, "code")), str(inside), True, quiet=2,
                        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
                    )  # fmt: skip
                    archive.write(str(compiled), str(inside) + "c")
    return made.getvalue()


def run(module: ModuleType, remote: type, here: str) -> tuple[dict[str, str], str]:
    """Of each test of the module why it failed, or ""; and why the whole is not passed, or ""."""
    sys.argv = [here]
    pytest: Any = importlib.import_module("pytest")
    each: dict[str, str] = {}
    faults: list[str] = []

    class Held(pytest.Module):  # type: ignore[misc]
        def _getobj(self) -> ModuleType:
            return module

    class Listening:
        def pytest_collect_file(self, file_path: Path, parent: Any) -> Any:
            return Held.from_parent(parent, path=file_path) if str(file_path) == here else None

        def pytest_pycollect_makeitem(self, obj: Any) -> list[Any] | None:
            return [] if isinstance(obj, remote) else None  # the program's own names are no tests

        def pytest_runtest_logreport(self, report: Any) -> None:
            self.hear(report, report.nodeid.partition("::")[2], report.when == "call")

        def pytest_collectreport(self, report: Any) -> None:
            self.hear(report, "", False)

        def hear(self, report: Any, name: str, counts: bool) -> None:
            if report.failed:
                crash = getattr(report.longrepr, "reprcrash", None)
                why = (crash.message if crash else str(report.longrepr)).strip().splitlines() or ["it failed"]
                where = f" (line {crash.lineno} of the tests)" if crash and crash.path.endswith("tests.py") else ""
                faults.append(why[0][:200] + where)
                each[name] = faults[-1]
            elif counts and report.passed:
                each.setdefault(name, "")

    code = pytest.main([here, *OPTIONS], plugins=[Listening()])
    each.pop("", None)
    if code == 0 and "" in each.values():
        return each, ""
    return each, faults[0] if faults else f"pytest ended with {int(code)}: no test was run to its end"
