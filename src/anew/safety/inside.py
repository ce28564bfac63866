"""What runs inside the sandbox when a program is tried by tests. It needs the standard library alone.

One process holds the tests and judges; its child runs the program. They share nothing but a pair of pipes, over which
calls and plain data go, so that a program can neither end the tests, nor read them, nor change what they are made of.
The judge tells the parent outside, on a channel that the program never had, the word that came with the tests.

Data (numbers, strings, containers, dates, …) go over by value. Any other object stays where it was made; the tests hold
a `Remote`, whose attributes, calls and operators are carried out there. It never equals plain data, and cannot be
turned into a number: a test that asks for a number is shown one.
"""

from __future__ import annotations

import builtins
import ctypes
import importlib.machinery
import importlib.util
import json
import operator
import os
import sys
import time
import types

TYPE_CHECKING = False  # the module of that name takes longer to import than all of this
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PROGRAM, TESTS = "/program.py", "tests.py"
PROJECT = "/project.zip"  # the program at its place among the files that it imports, where there are some
NOT_DUMPABLE = (4, 0, 0, 0, 0)  # prctl(PR_SET_DUMPABLE, 0): /proc/PID/fd and /proc/PID/mem are closed to the user
LAST_WORDS = 0.2  # seconds for the program to end and say what it still holds back
CONTAINERS = {"l": list, "t": tuple, "s": set, "f": frozenset}
# By value, as the text that makes them again: tag -> module and name of the class, and how to write and read it.
TEXTS: dict[str, tuple[tuple[str, str], Callable[[Any], str], str | None]] = {
    "i": (("builtins", "int"), hex, None),
    "c": (("builtins", "complex"), repr, None),
    "b": (("builtins", "bytes"), bytes.hex, "fromhex"),
    "by": (("builtins", "bytearray"), bytearray.hex, "fromhex"),
    "de": (("decimal", "Decimal"), str, None),
    "fr": (("fractions", "Fraction"), str, None),
    "da": (("datetime", "date"), str, "fromisoformat"),
    "dt": (("datetime", "datetime"), str, "fromisoformat"),
    "tm": (("datetime", "time"), str, "fromisoformat"),
}
KINDS = {kind: (tag, write) for tag, (kind, write, _) in TEXTS.items()}
BASES: tuple[type, ...] = (int, float, str, bytes, tuple, list, dict, set, frozenset)
VERBS: dict[str, Callable[..., Any]] = {
    "call": lambda f, /, *args, **named: f(*args, **named), "getattr": getattr, "setattr": setattr, "delattr": delattr,
    "len": len, "bool": bool, "iter": iter, "next": next, "hash": hash, "str": str, "repr": repr, "dir": dir,
    "isinstance": lambda kind, value: isinstance(value, kind),
    "enter": lambda value: value.__enter__(), "exit": lambda value: value.__exit__(None, None, None),
    **{name: getattr(operator, name) for name in (
        "getitem setitem delitem contains eq ne lt le gt ge add sub mul truediv floordiv mod pow matmul and_ or_ xor "
        "neg pos invert lshift rshift").split()},
}  # fmt: skip
ORDER, SUMS = ("lt", "le", "gt", "ge"), "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift".split()


class Gone(BaseException):
    """The other side is no more. No test may take it for an error of the program's."""


class Remote:
    """An object of the other side. `plain`: its value as one of `BASES`, where its class derives from one."""

    def __init__(self, side: Side, number: int, plain: Any) -> None:
        self.__dict__.update(_side=side, _number=number, _plain=plain)

    def _do(self, verb: str, /, *args: Any, **named: Any) -> Any:
        side: Side = self.__dict__["_side"]
        return side.ask(verb, self, args, named)

    def __getattr__(self, name: str) -> Any:
        return self._do("getattr", name)

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Remote):
            return self._do("eq", other)
        plain = self.__dict__["_plain"]
        return plain is not None and plain == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.__dict__["_plain"]) if self.__dict__["_plain"] is not None else int(self._do("hash"))

    def __exit__(self, *error: object) -> None:
        self._do("exit")

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, Remote) and bool(self._do("isinstance", value))


def forward(verb: str) -> Callable[..., Any]:
    return lambda self, /, *args, **named: self._do(verb, *args, **named)


def compare(verb: str) -> Callable[[Remote, Any], Any]:
    def verb_of(self: Remote, other: Any) -> Any:
        if isinstance(other, Remote):
            return self._do(verb, other)
        if self.__dict__["_plain"] is None:
            raise TypeError("an object of the program's own is not compared with plain data")
        return VERBS[verb](self.__dict__["_plain"], other)

    return verb_of


def reckon(verb: str, turned: bool) -> Callable[[Remote, Any], Any]:
    def verb_of(self: Remote, other: Any) -> Any:
        mine = self.__dict__["_plain"]
        if mine is not None and not isinstance(other, Remote):
            return VERBS[verb](other, mine) if turned else VERBS[verb](mine, other)
        made = self._do(verb, other) if not turned else self.__dict__["_side"].ask(verb, other, (self,), {})
        if not isinstance(made, Remote) and not isinstance(other, Remote):
            raise TypeError("an object of the program's own is not a number")
        return made

    return verb_of


for name in "call getitem setitem delitem contains len bool iter next str repr dir enter setattr delattr".split():
    setattr(Remote, f"__{name}__", forward(name))
for name in "neg pos invert".split():
    setattr(Remote, f"__{name}__", forward(name))
for name in ORDER:
    setattr(Remote, f"__{name}__", compare(name))
for name in SUMS:
    setattr(Remote, f"__{name.rstrip('_')}__", reckon(name, turned=False))
    setattr(Remote, f"__r{name.rstrip('_')}__", reckon(name, turned=True))
for name, conversion in (("int", int), ("float", float), ("index", operator.index), ("round", round), ("abs", abs)):

    def converted(self: Remote, *args: Any, conversion: Callable[..., Any] = conversion) -> Any:
        if self.__dict__["_plain"] is None:
            raise TypeError("an object of the program's own is not turned into a number")
        return conversion(self.__dict__["_plain"], *args)

    setattr(Remote, f"__{name}__", converted)


class Side:
    """One end of the pipes. `serves`: whether everything may be asked of this side's objects, or calls alone."""

    def __init__(self, read: int, write: int, serves: bool) -> None:
        self.incoming, self.outgoing, self.serves = os.fdopen(read, "r"), os.fdopen(write, "w"), serves
        self.objects: dict[int, Any] = {}
        self.errors: dict[int, type] = {}
        self.gone = False

    # -------------------------------------------------------------------------------------------- messages

    def send(self, message: Any) -> None:
        try:
            self.outgoing.write(json.dumps(message) + "\n")
            self.outgoing.flush()
        except (OSError, ValueError) as error:
            raise Gone from error

    def receive(self) -> Any:
        line = self.incoming.readline()
        if not line.endswith("\n"):
            raise Gone
        return json.loads(line)

    def ask(self, verb: str, target: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """What the other side makes of it; serves what that asks for meanwhile."""
        try:
            self.send(["ask", verb, self.pack(target), self.pack(args), self.pack(named)])
            while (answer := self.receive())[0] == "ask":
                self.serve(answer)
            error = self.error(*answer[1:]) if answer[0] == "raise" else None
        except Gone:
            self.gone = True
            raise
        if error is not None:
            raise error
        return self.unpack(answer[1])

    def serve(self, message: Any) -> None:
        _, verb, target, args, named = message
        try:
            if not self.serves and verb != "call":
                raise TypeError("a test's own object is called, and nothing else")
            answer = ["is", self.pack(VERBS[verb](self.unpack(target), *self.unpack(args), **self.unpack(named)))]
        except Gone:
            raise
        except BaseException as error:
            kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
            answer = ["raise", id(type(error)), type(error).__name__, kinds, str(error)]
        self.send(answer)

    def error(self, number: int, name: str, kinds: list[str], text: str) -> BaseException:
        """The other side's exception as one of the same built-in kind here."""
        kind = self.errors.get(number) or fault_named(kinds[0])
        if kind is SystemExit:
            raise Gone
        try:
            made: BaseException = kind(text)
        except TypeError:  # such as UnicodeDecodeError, which is made of more than a text
            made = ValueError(text)
        return made

    # -------------------------------------------------------------------------------------------- values

    def pack(self, value: Any) -> Any:
        if value is None or type(value) in (bool, float, str):
            return value
        if (type(value).__module__, type(value).__qualname__) in KINDS:
            tag, write = KINDS[type(value).__module__, type(value).__qualname__]
            return [tag, write(value)]
        for tag, kind in CONTAINERS.items():
            if type(value) is kind:
                return [tag, [self.pack(item) for item in value]]
        if type(value) is dict:
            return ["d", [[self.pack(key), self.pack(item)] for key, item in value.items()]]
        if isinstance(value, Remote):
            return ["yours", value.__dict__["_number"]]
        self.objects[id(value)] = value
        base = next((kind for kind in BASES if isinstance(value, kind)), None)
        plain = None if base is None else self.pack(base(value))
        kinds = [kind.__name__ for kind in getattr(value, "__mro__", ()) if kind.__module__ == "builtins"]
        fault = isinstance(value, type) and issubclass(value, BaseException)
        return ["mine", id(value), plain, [value.__name__, *kinds] if fault else []]

    def unpack(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        tag, *rest = value
        if tag in CONTAINERS:
            return CONTAINERS[tag](self.unpack(item) for item in rest[0])
        if tag == "d":
            return {self.unpack(key): self.unpack(item) for key, item in rest[0]}
        if tag == "yours":
            return self.objects[rest[0]]
        if tag != "mine":
            return read(tag, rest[0])
        number, plain, fault = rest
        if fault:
            return self.errors.setdefault(number, type(fault[0], (fault_named(fault[1]),), {}))
        return Remote(self, number, self.unpack(plain))


def read(tag: str, text: str) -> Any:
    """A value by its text; the class that makes it is one of `TEXTS`."""
    (module, name), _, maker = TEXTS[tag]
    kind = getattr(importlib.import_module(module), name)
    if tag == "i":
        return int(text, 16)
    return kind(text) if maker is None else getattr(kind, maker)(text)


def fault_named(name: str) -> type[BaseException]:
    """A built-in exception by its name, and nothing else that is built in."""
    kind = getattr(builtins, name)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        raise Gone
    return kind


# ------------------------------------------------------------------------------------------------ the two processes


def trace(error: BaseException) -> list[tuple[str, int | None]]:
    """Print where an error came from; the files and lines on its way."""
    import traceback

    traceback.print_exception(error)
    return [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]


def work(side: Side, name: str) -> None:
    """Run the program, then do what the tests ask of it, until they ask no more."""
    try:
        alone = not os.path.exists(PROJECT)
        sys.path.insert(0, os.path.dirname(PROGRAM) if alone else PROJECT)
        module = importlib.import_module("program" if alone else name)
    except BaseException as error:
        if isinstance(error, SystemExit):
            return
        trace(error)
        side.send(["broken", f"{type(error).__name__}: {error}"])
        return
    shown = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    shown = {name: value for name, value in shown.items() if not isinstance(value, types.ModuleType)}
    side.send(["ready", {name: side.pack(value) for name, value in shown.items()}])
    try:
        while True:
            side.serve(side.receive())
    except Gone:
        return


class Tests(importlib.machinery.SourceFileLoader):
    """The tests as a module that lies in no file, where the program could read it."""

    def __init__(self, source: str) -> None:
        super().__init__("tests", TESTS)
        self.source = source.encode("utf-8", "surrogatepass")

    def get_data(self, path: str) -> bytes:
        return self.source

    def path_stats(self, path: str) -> Any:
        raise OSError("no file, and so no byte code beside it")


def judge(side: Side, tests: str, module: str, by_pytest: str | None = None) -> dict[str, Any]:
    """Run the tests against the program on the other side, by pytest where its archive is given: the outcome, why, and
    of each test why it failed, or ""."""
    kind, found = side.receive()
    if kind == "broken":
        return {"outcome": "failed", "why": str(found)}
    names = {name: side.unpack(value) for name, value in found.items()}
    offer(module, names)
    spec = importlib.util.spec_from_loader("tests", Tests(tests))
    assert spec is not None and spec.loader is not None
    held = importlib.util.module_from_spec(spec)
    vars(held).update(names)
    if by_pytest is not None:
        sys.path.insert(0, by_pytest)
    fault, each = attempt(lambda: spec.loader.exec_module(held)), {}
    if by_pytest is not None and fault is None:
        each, why = importlib.import_module("by_pytest").run(held, Remote, sys.argv[0])
        fault = ("failed", why) if why else None
    elif fault is None:
        own = {name: value for name, value in vars(held).items() if value is not names.get(name)}
        faults = {name: attempt(test) for name, test in own.items() if name.startswith("test_") and callable(test)}
        each = {name: one[1] if one else "" for name, one in faults.items()}
        fault = next(filter(None, faults.values()), None)
    if side.gone:
        raise Gone
    outcome, why = fault or ("passed", "")
    return {"outcome": outcome, "why": why, "tests": each}


def offer(module: str, names: dict[str, Any]) -> None:
    """Let tests import what the program holds, by a name that may have packages before it."""
    parts = module.split(".")
    for i in range(1, len(parts) + 1):
        made = sys.modules[".".join(parts[:i])] = types.ModuleType(".".join(parts[:i]))
        made.__path__ = []
        if i > 1:
            setattr(sys.modules[".".join(parts[: i - 1])], parts[i - 1], made)
    vars(made).update(names)


def attempt(test: Callable[[], Any]) -> tuple[str, str] | None:
    """How a test went wrong, and why; None: it did not."""
    try:
        test()
    except Gone:
        raise
    except SystemExit:
        return "ended early", "the tests ended themselves"
    except BaseException as error:
        at = [line for name, line in trace(error) if name == TESTS]
        where = f" (line {at[-1]} of the tests)" if at else ""
        kind = "out of memory" if isinstance(error, MemoryError) else "failed"
        return kind, f"{type(error).__name__}: {str(error)[:200]}{where}"
    return None


def main(name: str, hidden: int, channel: int) -> None:
    """Part from the program, take up the tests, judge, and tell."""
    here, there = os.pipe(), os.pipe()
    ctypes.CDLL(None).prctl(*NOT_DUMPABLE)
    child = os.fork()
    if child == 0:
        for fd in (hidden, channel, here[1], there[0]):
            os.close(fd)
        work(Side(here[0], there[1], serves=True), name)
        return
    for fd in (here[0], there[1]):
        os.close(fd)
    with open(hidden, encoding="utf-8") as file:
        asked = json.load(file)
    side = Side(there[0], here[1], serves=False)
    try:
        told = judge(side, asked["tests"], asked["module"], asked["pytest"])
    except Gone:
        told = {"outcome": "ended early", "why": "the program ended before its tests did"}
    with open(channel, "w", encoding="utf-8") as file:
        json.dump({"word": asked["word"], **told}, file)
    side.outgoing.close()
    until = time.monotonic() + LAST_WORDS
    while time.monotonic() < until and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.002)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
