"""A stranger's Jinja template run within bounds: in steps, in time, and in the size of whatever it makes.

In: a template's source. Out: a function of what it is given to what it writes. Jinja's own sandbox keeps it from anew's
objects; here its loops count their turns, and no operation makes a value that outgrows its bound.
"""

from __future__ import annotations

import datetime
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from anew.errors import DataError

MOST_STEPS = 200_000  # turns of loops, calls of macros, and operations
MOST_SECONDS = 5.0
MOST_MADE = 16_000_000  # characters of a value, and of all that is written
MOST_ASKED = 100_000_000  # of the product of what an operation is given: what it could make
MOST_SOURCE = 1_000_000
PLACE = 16  # characters that each item of a list weighs
WIDE = re.compile(r"\d{4}|\*|\{[^}]*\{")  # a width in a format that is large, or not known
FAILURES = (
    TemplateError, RecursionError, MemoryError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError,
)  # fmt: skip


class Template:
    """`template(values)` is what it writes. DataError: it cannot be read, refuses its values, or does not end."""

    def __init__(self, source: str) -> None:
        self._bounds = Bounded()
        try:
            if len(source) > MOST_SOURCE:
                raise ValueError(f"longer than {MOST_SOURCE:,} characters")
            self._template = self._bounds.counted(source)
        except FAILURES as error:
            raise DataError(f"the model's chat template cannot be read: {str(error)[:200]}") from None

    def __call__(self, values: Mapping[str, Any]) -> str:
        pieces, length = [], 0
        self._bounds.begin()
        try:
            for piece in self._template.generate(dict(values)):
                pieces.append(piece)
                length += len(piece)
                if length > MOST_MADE:
                    raise SecurityError(f"it writes more than {MOST_MADE:,} characters")
        except FAILURES as error:
            raise DataError(f"the model's chat template does not take this: {str(error)[:200]}") from None
        return "".join(pieces)


class Marked(Extension):
    """{% generation %} … {% endgeneration %}, by which a template says what the model itself has written."""

    tags = frozenset({"generation"})  # type: ignore[assignment]

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class Measured(NodeTransformer):
    """Concatenations become calls, which can be measured."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return nodes.Call(nodes.Name("joined", "load"), node.nodes, [], None, None, lineno=node.lineno)


class Bounded(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, Marked])
        for name in ("lipsum", "cycler", "joiner"):
            del self.globals[name]
        self.globals |= {"raise_exception": refuse, "strftime_now": now, "tick": self.tick, "joined": self.joined}
        self.filters = {name: self.measured(one) for name, one in (self.filters | {"tojson": as_json}).items()}
        self.begin()

    def begin(self) -> None:
        self._steps, self._until = 0, time.monotonic() + MOST_SECONDS

    def counted(self, source: str) -> Any:
        """The template with a step counted in each turn of a loop and each call of a macro."""
        tree = self.parse(source)
        for block in tree.find_all((nodes.For, nodes.Macro, nodes.CallBlock)):
            call = nodes.Call(nodes.Name("tick", "load"), [], [], None, None)
            block.body.insert(0, nodes.Output([call]))
        tree = Measured().visit(tree)
        tree.set_environment(self)
        tree.set_lineno(1)
        return self.from_string(tree)

    def tick(self) -> str:
        self._steps += 1
        if self._steps > MOST_STEPS or time.monotonic() > self._until:
            raise SecurityError("it does not come to an end")
        return ""

    def joined(self, *parts: Any) -> str:
        return self.within("".join(map(str, parts)))

    def asked(self, values: Iterable[Any]) -> None:
        """Refused where what can be made of these values, at most the product of their sizes, is too large."""
        self.tick()
        product = 1
        for value in values:
            product *= max(1, size(value))
        if product > MOST_ASKED:
            raise SecurityError(f"it may make a value of {product:,} characters")

    def within(self, value: Any) -> Any:
        if size(value) > MOST_MADE:
            raise SecurityError(f"it makes a value of more than {MOST_MADE:,} characters")
        return value

    def measured(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A filter whose arguments and result are measured; it keeps what Jinja marks filters with."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.asked([*args, *kwargs.values()])
            formats = function.__name__ == "do_format" and args and WIDE.search(str(args[0]))
            if formats:
                raise SecurityError("a format of so many characters")
            return self.within(function(*args, **kwargs))

        wrapped.__dict__.update(getattr(function, "__dict__", {}))
        return wrapped

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """str.format, whose widths are looked at before it is called."""
        if isinstance(held := getattr(value, "__self__", None), str) and WIDE.search(held):
            if getattr(value, "__name__", "") in ("format", "format_map"):
                raise SecurityError("a format of so many characters")
        return super().wrap_str_format(value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and not (abs(left) <= 1000 and abs(right) <= 100):
            raise SecurityError("a number of so many digits")
        if operator == "%" and isinstance(left, str) and WIDE.search(left):
            raise SecurityError("a format of so many characters")
        if operator == "*" and not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            self.asked([left, right])
        return self.within(super().call_binop(context, operator, left, right))

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        held = getattr(__obj, "__self__", None)
        if isinstance(held, str):
            __self.asked([held, *args, *kwargs.values()])
        return __self.within(super().call(__context, __obj, *args, **kwargs))


def size(value: Any) -> int:
    """Characters of a value, those within it among them; a number's own value, since it may be a width."""
    if isinstance(value, str):
        return len(value)
    if value is None or isinstance(value, (bool, float)):
        return 1
    if isinstance(value, int):
        return abs(value).bit_length() if abs(value) > 1 << 64 else abs(value)
    total, waiting = 0, [value]
    while waiting and total <= MOST_ASKED:
        one = waiting.pop()
        if isinstance(one, (list, tuple)):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
        total += PLACE + (len(one) if isinstance(one, str) else 0)
    return total


def refuse(message: str = "") -> str:
    raise TemplateError(str(message)[:500])


def now(form: str) -> str:
    return datetime.datetime.now().strftime(str(form)[:200])


def as_json(
    value: Any, ensure_ascii: bool = False, indent: int | None = None, separators: Any = None, sort_keys: bool = False
) -> str:
    """JSON as templates expect it: characters as they are, nothing escaped for HTML."""
    separators = None if separators is None else tuple(separators)
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
