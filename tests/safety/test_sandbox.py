"""Generated code meets the sandbox: what tries to get out is stopped and named, what is right passes."""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from anew.errors import Refused
from anew.safety import by_pytest, sandbox
from anew.safety.filter import CALLS, seccomp_filter
from anew.safety.sandbox import Limits, run, run_python
from anew.safety.trial import try_program

sys.path.insert(0, str(Path(__file__).parent))
from escapes import CHEATS, ESCAPES, TESTS

missing = shutil.which("bwrap") is None and "CI" not in os.environ  # there it has to be, and its absence fails
needs_bubblewrap = pytest.mark.skipif(missing, reason="bubblewrap is not installed: apt-get install bubblewrap")
QUICK = Limits(seconds=4)
SHORT = Limits(seconds=1.5, memory=256 << 20)  # for what has to run into a limit


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What there is to get at: a file, a word in the environment, a server, a socket, this process."""
    secret = tmp_path_factory.mktemp("home") / "secret"
    secret.write_text("SECRETWORD")
    name = f"anew-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind("\0" + name)
        local.listen()
        os.environ["ANEW_TEST_SECRET"] = "SECRETWORD"
        yield {
            "SECRETFILE": str(secret),
            "ABSTRACT": name,
            "PORT": str(server.getsockname()[1]),
            "CALLER": str(os.getpid()),
        }
        del os.environ["ANEW_TEST_SECRET"]


def filled(program: str, host: dict[str, str]) -> str:
    for name, value in host.items():
        program = program.replace(name, value)
    return program


@needs_bubblewrap
@pytest.mark.parametrize(("program", "outcomes"), [e[1:] for e in ESCAPES], ids=[e[0] for e in ESCAPES])
def test_an_escape_is_stopped_and_reported(program: str, outcomes: tuple[str, ...], host: dict[str, str]) -> None:
    before = {p.pid for p in psutil.process_iter()}
    ran = run_python(filled(program, host), QUICK if "finished" in outcomes and "timed out" not in outcomes else SHORT)
    assert "ESCAPED" not in ran.stdout, ran
    assert ran.outcome in outcomes, ran
    assert ran.outcome == "finished" or ran.why, ran
    assert len(ran.stdout) <= QUICK.output and len(ran.stderr) <= QUICK.output
    left = [
        p
        for p in psutil.process_iter(["cmdline"])
        if p.pid not in before and "/program.py" in (p.info["cmdline"] or ())
    ]
    assert not left, "a process is left"


@needs_bubblewrap
@pytest.mark.parametrize(("program", "outcomes"), [c[1:] for c in CHEATS], ids=[c[0] for c in CHEATS])
def test_a_cheat_does_not_pass(program: str, outcomes: tuple[str, ...]) -> None:
    ran = try_program(program, TESTS, SHORT if "timed out" in outcomes else QUICK)
    assert "ESCAPED" not in ran.stdout, ran
    assert ran.outcome in outcomes and ran.why, ran


def test_there_are_enough_of_them() -> None:
    assert len(ESCAPES) >= 45 and len(CHEATS) >= 20


@pytest.mark.parametrize("name", ["connect to a server of this machine", "read a file of the user's",
                                  "the caller's environment", "an abstract socket of this machine"])  # fmt: skip
def test_outside_the_sandbox_the_same_program_gets_its_way(name: str, host: dict[str, str]) -> None:
    program = next(program for called, program, _ in ESCAPES if called == name)
    done = subprocess.run([sys.executable, "-c", filled(program, host)], capture_output=True, text=True, timeout=30)
    assert "ESCAPED" in done.stdout, done


# ------------------------------------------------------------------------------------------------ what is right passes

PROGRAM = """
from dataclasses import dataclass
from decimal import Decimal

class Wrong(ValueError): pass

@dataclass
class Point:
    x: int
    y: int = 0
    def __add__(self, other): return Point(self.x + other.x, self.y + other.y)

class Stack:
    def __init__(self): self.held = []
    def push(self, item): self.held.append(item); return self
    def pop(self):
        if not self.held: raise Wrong("empty")
        return self.held.pop()
    def __len__(self): return len(self.held)

def add(a, b): return a + b
def count(n):
    for i in range(n): yield i
def apply(f, items): return [f(item) for item in items]
def half(n): return Decimal(n) / 2
def say(): print("said")
"""
RIGHT = '''
import decimal
from program import Stack as S
from mine import count as counted
assert add(1, 2) == 3 and add("a", "b") == "ab" and add([1], [2]) == [1, 2] and add(2 ** 9000, 1) == 2 ** 9000 + 1
assert Point(1) + Point(2, 3) == Point(3, 3) and Point(1) != Point(2) and (Point(1) + Point(2)).x == 3
assert isinstance(Point(1), Point) and not isinstance(S(), Point) and "x=1" in repr(Point(1))
stack = S().push(1).push({"a": (1, None)})
assert len(stack) == 2 and stack.pop() == {"a": (1, None)} and stack.held == [1]
try:
    S().pop()
except Wrong as error:
    assert str(error) == "empty"
else:
    raise AssertionError("nothing was raised")
try:
    add(1, "a")
except TypeError:
    pass
assert list(count(3)) == [0, 1, 2] and sum(counted(4)) == 6
assert apply(lambda item: item * 2, [1, 2]) == [2, 4] and apply(str, [1]) == ["1"]
assert half(3) == decimal.Decimal("1.5")
def test_say(): say()
'''  # fmt: skip


@needs_bubblewrap
def test_a_right_program_passes() -> None:
    ran = try_program(PROGRAM, RIGHT.replace("from program", "from mine"), QUICK, module="mine")
    assert ran.outcome == "passed" and ran.stdout == "said\n", ran


@needs_bubblewrap
def test_a_wrong_program_fails_with_its_line() -> None:
    ran = try_program("def add(a, b): return a - b", "x = 1\nassert add(1, 0) == 1\nassert add(1, 2) == 3")
    assert ran.outcome == "failed" and "line 3" in ran.why, ran


@needs_bubblewrap
def test_tests_that_end_themselves_do_not_pass() -> None:
    assert try_program("x = 1", "import sys\nsys.exit(0)\nassert x == 2").outcome == "ended early"
    assert try_program("x = 1", "import os\nos._exit(0)\nassert x == 2").outcome == "ended early"


@needs_bubblewrap
@pytest.mark.parametrize("end", ["os._exit(0)", "raise SystemExit"])
@pytest.mark.parametrize("caught", ["Exception", "BaseException"])
def test_a_test_that_catches_everything_is_not_passed_by_ending(end: str, caught: str) -> None:
    """It expects an error, and a program that is no more has raised none."""
    tests = f"def test_it():\n    try:\n        add(1, None)\n    except {caught}:\n        pass"
    assert try_program("def add(a, b): raise TypeError", tests, QUICK).outcome == "passed"
    ran = try_program(f"import os\ndef add(a, b): {end}", tests, QUICK)
    assert ran.outcome == "ended early" and not ran.tests, ran


@needs_bubblewrap
def test_each_test_tells_how_it_went_and_finds_the_module_in_its_package() -> None:
    tests = """from app.tools.sums import add
import app.tools.sums as sums
def test_one(): assert add(1, 2) == 3
def test_two(): assert sums.add(2, 2) == 5
def test_three(): assert add(0, 0) == 0
"""
    ran = try_program("def add(a, b): return a + b", tests, QUICK, module="app.tools.sums")
    assert ran.outcome == "failed" and list(ran.tests) == ["test_one", "test_two", "test_three"], ran
    assert ran.tests["test_one"] == ran.tests["test_three"] == "" and ran.why == ran.tests["test_two"] != ""
    assert "line 4" in ran.why


@needs_bubblewrap
def test_a_program_does_not_take_the_tests_place() -> None:
    ran = try_program("def add(a, b): return 4\ndef test_it(): pass", "def test_it(): assert add(1, 2) == 3", QUICK)
    assert ran.outcome == "failed" and list(ran.tests) == ["test_it"], ran


BY_PYTEST = """
import pytest
from sums import add, Odd

@pytest.mark.parametrize(("a", "b"), [(1, 2), (2, 1)])
def test_three(a, b):
    assert add(a, b) == 3

def test_raises(tmp_path):
    (tmp_path / "x").write_text("1")
    with pytest.raises(Odd, match="no"):
        add("a", 1)

class TestMore:
    def test_near(self):
        assert add(0.1, 0.2) == pytest.approx(0.3)
"""
SUMS = """
class Odd(ValueError): pass
def add(a, b):
    if isinstance(a, str): raise Odd("no")
    return a + b
"""
UNDER = """
import pathlib
pathlib.Path("/tmp/pytest.ini").write_text("[pytest]\\naddopts = --collect-only\\n")
pathlib.Path("/tmp/conftest.py").write_text("def pytest_collection_modifyitems(items): items.clear()")
def test_more(): pass
def add(a, b): {}
class Odd(ValueError): pass
"""


@needs_bubblewrap
def test_tests_that_need_pytest_are_run_by_it() -> None:
    ran = try_program(SUMS, BY_PYTEST, module="sums")
    names = ["test_three[1-2]", "test_three[2-1]", "test_raises", "TestMore::test_near"]
    assert ran.outcome == "passed" and ran.tests == dict.fromkeys(names, ""), ran
    ran = try_program(SUMS.replace("a + b", "a + 2"), BY_PYTEST, module="sums")
    assert ran.outcome == "failed" and [name for name, why in ran.tests.items() if why] == [names[1], names[3]], ran
    assert "4 == 3" in ran.why or "line 7" in ran.why, ran


@needs_bubblewrap
@pytest.mark.parametrize(
    "body", ["return 4", "raise SystemExit(0)", "raise KeyboardInterrupt", "import os; os._exit(0)"]
)
def test_pytest_is_not_talked_into_passing(body: str) -> None:
    ran = try_program(UNDER.format(body), BY_PYTEST, module="sums")
    assert ran.outcome in ("failed", "ended early") and "Error: No module" not in ran.why != "", ran
    expects = "import pytest\ndef test_it():\n    with pytest.raises(BaseException):\n        add(1, 2)"
    assert try_program(UNDER.format(body), expects).outcome in (
        "failed",
        "ended early",
        "passed" if "Key" in body else "",
    )


@needs_bubblewrap
def test_tests_of_pytest_that_run_nothing_do_not_pass() -> None:
    for tests in ("import pytest", "import pytest\n@pytest.mark.skip\ndef test_it(): pass", "import pytest\n1 / 0"):
        ran = try_program("x = 1", tests)
        assert ran.outcome == "failed" and "Error: No module" not in ran.why, ran


def test_without_pytest_its_tests_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_pytest.importlib.util, "find_spec", lambda name: None)
    by_pytest.pack.cache_clear()
    with pytest.raises(Refused, match="need pytest"):
        try_program("x = 1", "def test_it(tmp_path): pass")
    by_pytest.pack.cache_clear()


@needs_bubblewrap
def test_a_command_sees_its_files_and_nothing_is_run_twice() -> None:
    ran = run(["/bin/cat", "/data/a.txt"], files={"/data/a.txt": b"content"})
    assert ran.outcome == "finished" and ran.stdout == "content", ran
    assert run(["/bin/false"]).outcome == "failed"


def test_no_other_program_that_is_started_meanwhile_gets_what_is_hidden() -> None:
    with sandbox.as_descriptor(b"the tests") as fd:
        assert not os.get_inheritable(fd)


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with pytest.raises(Refused, match="bubblewrap is not installed") as refused:
        run_python("print(1)")
    assert refused.value.next_command == "apt-get install bubblewrap"


@needs_bubblewrap
def test_a_bubblewrap_that_may_not_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "SEALED", ["--no-such-option"])
    with pytest.raises(Refused, match="makes no sandbox here"):
        run_python("print(1)")


def test_the_filter_names_each_call_once() -> None:
    for machine, column in (("x86_64", 0), ("aarch64", 1)):
        made = seccomp_filter(machine)
        assert made is not None and len(made) == 8 * (len(CALLS) + 7)
        assert len({numbers[column] for numbers in CALLS.values()}) == len(CALLS)
    assert seccomp_filter("pdp11") is None


@needs_bubblewrap
def test_what_it_costs(capsys: pytest.CaptureFixture[str]) -> None:
    """CPU time of a run beside that of the bare interpreter, children included."""

    def cost(work: object) -> float:
        begin = os.times()
        assert callable(work)
        work()
        end = os.times()
        return sum(end[:4]) - sum(begin[:4])

    bare = statistics.median(cost(lambda: subprocess.run([sys.executable, "-I", "-c", "pass"])) for _ in range(3))
    boxed = statistics.median(cost(lambda: run_python("pass")) for _ in range(3))
    tried = statistics.median(cost(lambda: try_program("x = 1", "assert x == 1")) for _ in range(3))
    above = [f"{1000 * (seconds - bare):.0f} ms" for seconds in (boxed, tried)]
    with capsys.disabled():
        print(f"\nsandbox: {above[0]} of CPU above a bare interpreter, {above[1]} with tests")
    assert boxed - bare < 0.5 and tried - bare < 0.8
