"""Arrays out of pickles, which some packages carry data in, without unpickling: nothing is ever called.

A pickle is a program for a small machine. This one knows numbers, bytes, tuples and the two calls that NumPy writes for
an array, and makes values of its own of them; whatever else a pickle asks for is refused by name.
"""

from __future__ import annotations

import math
import pickletools
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from anew.errors import DataError

# How NumPy pickles an array (numpy.ndarray.__reduce__): these names, from before and after it moved its core.
RECONSTRUCT = {"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"}
NDARRAY, DTYPE = "numpy.ndarray", "numpy.dtype"
KINDS = "biuf"  # truth values, whole numbers, fractions: never objects
PLAIN = {"NONE": None, "NEWFALSE": False, "NEWTRUE": True, "EMPTY_TUPLE": ()}
LITERALS = {
    "SHORT_BINUNICODE", "BINUNICODE", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BININT", "BININT1", "BININT2",
}  # fmt: skip
FRAMING = {"PROTO", "FRAME"}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


@dataclass(frozen=True)
class Name:
    """A dotted name that the pickle wants imported; it stays a name."""

    dotted: str


@dataclass
class Made:
    """What a call of `maker` would be, and the state that the pickle sets on it."""

    maker: str
    arguments: tuple[Any, ...]
    state: tuple[Any, ...] = field(default=())


class Mark:
    """Where a tuple begins on the stack."""


def read_array(content: bytes, origin: str) -> NDArray[Any]:
    """The one array that a pickle holds. DataError, naming `origin`: anything else, or a damaged one."""
    try:
        return array_of(run(content))
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, EOFError, OverflowError) as why:
        raise DataError(f"{origin}: not a pickle of one array: {why}") from None


def run(content: bytes) -> Any:
    """The value that the program leaves. ValueError for an instruction that arrays do not need."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for operation, argument, _ in pickletools.genops(content):
        name, given = operation.name, cast(Any, argument)
        if name in LITERALS:
            stack.append(given)
        elif name in PLAIN:
            stack.append(PLAIN[name])
        elif name in TUPLES:
            stack[-TUPLES[name] :] = [tuple(stack[-TUPLES[name] :])]
        elif name == "MARK":
            stack.append(Mark())
        elif name == "TUPLE":
            begin = max(i for i, value in enumerate(stack) if isinstance(value, Mark))
            stack[begin:] = [tuple(stack[begin + 1 :])]
        elif name in ("MEMOIZE", "BINPUT", "LONG_BINPUT"):
            memo[len(memo) if given is None else given] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[given])
        elif name in ("GLOBAL", "STACK_GLOBAL"):
            stack.append(known_name(given.split(" ") if name == "GLOBAL" else [stack.pop(-2), stack.pop()]))
        elif name == "REDUCE":
            arguments, called = stack.pop(), stack.pop()
            stack.append(Made(called.dotted, arguments))
        elif name == "BUILD":
            state = stack.pop()
            stack[-1].state = state
        elif name == "STOP":
            return stack.pop()
        elif name not in FRAMING:
            raise ValueError(f"it holds the instruction {name}, which no array needs")
    raise ValueError("it ends without a value")


def known_name(parts: list[Any]) -> Name:
    dotted = ".".join(map(str, parts))
    if dotted not in RECONSTRUCT | {NDARRAY, DTYPE}:
        raise ValueError(f"it asks for {dotted}")
    return Name(dotted)


def array_of(made: Any) -> NDArray[Any]:
    """The array that NumPy's own calls describe, made by us. ValueError where they describe no plain one."""
    if not isinstance(made, Made) or made.maker not in RECONSTRUCT or made.arguments[0] != Name(NDARRAY):
        raise ValueError("it describes no array")
    _, shape, kind, in_columns, content = made.state
    dtype = dtype_of(kind)
    if not all(isinstance(n, int) and n >= 0 for n in shape) or not isinstance(content, bytes):
        raise ValueError("its shape or its content is none")
    if math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError(f"{len(content)} bytes do not fill {shape} of {dtype}")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if in_columns else "C")


def dtype_of(made: Any) -> np.dtype[Any]:
    if not isinstance(made, Made) or made.maker != DTYPE or made.arguments[0][:1] not in KINDS:
        raise ValueError("its items are no plain numbers")
    order = str(made.state[1]) if made.state else "|"
    found: np.dtype[Any] = np.dtype(order + made.arguments[0] if order in "<>" else made.arguments[0])
    return found


__all__ = ["read_array"]
