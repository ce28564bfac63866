"""Copies of a module with one small fault in one function: what tests have to notice.

In: a module's source and the name of one of its functions. Out: its mutants (DeMillo, Lipton & Sayward 1978): a
comparison turned, an operator or a bound exchanged, a number one off, a condition denied, nothing returned.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

from anew.tasks.code.functions import Definition, definitions, parsed

COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}

Change = Callable[[ast.AST], None]


class Mutant(NamedTuple):
    """`what` was changed, in the line of the original, and the module's `source` with it."""

    what: str
    source: str


def mutants(source: str, name: str) -> list[Mutant]:
    """Every mutant of the function, in the order of its syntax tree; each is another program than the original."""
    tree = parsed(source)
    found = {ast.unparse(tree): ""}
    for place, node in enumerate(nodes(tree, name)):
        for what, change in changes(node):
            twin = copy.deepcopy(tree)
            change(nodes(twin, name)[place])
            line = f"line {getattr(node, 'lineno', '?')}: "
            found.setdefault(ast.unparse(ast.fix_missing_locations(twin)), line + what)
    return [Mutant(what, text) for text, what in found.items() if what]


def nodes(tree: ast.AST, name: str) -> list[ast.AST]:
    """What the function does, in a fixed order; its signature is none of it."""
    function: Definition = dict(definitions(tree))[name]
    return [node for statement in function.body for node in ast.walk(statement)]


def changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """The faults that this node can have, each by what it says."""
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                yield f"{type(op).__name__} turned to {other.__name__}", comparing(i, other)
    elif isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in OPERATORS:
        other = OPERATORS[type(node.op)]
        yield f"{type(node.op).__name__} turned to {other.__name__}", setting("op", other())
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield f"{node.value} turned to {node.value + 1}", setting("value", node.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield f"{node.value} turned to {not node.value}", setting("value", not node.value)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "None returned", setting("value", ast.Constant(None))
    elif isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.Compare):
        yield "a condition denied", setting("test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield f"{node.id} turned to {NAMES[node.id]}", setting("id", NAMES[node.id])


def setting(field: str, value: object) -> Change:
    return lambda node: setattr(node, field, copy.deepcopy(value))


def comparing(i: int, other: type) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Compare)
        node.ops[i] = other()

    return change
