"""The functions of a Python file: where each begins, where its body does, and the file with another one in its place.

In: source with lines that end in a line feed. Out: `Function`s, and sources that differ in one of them alone, which is
looked up in the syntax tree rather than believed.
"""

from __future__ import annotations

import ast
import difflib
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from anew.errors import DataError, NotFound, nearest

Definition = ast.FunctionDef | ast.AsyncFunctionDef
BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True)
class Function:
    """`name` with the classes around it, `first` to `end` its lines from `def` on, counted from 0. `head` is the
    signature and, where there is one, the docstring; `body` what follows; `indent` stands before its lines."""

    name: str
    first: int
    end: int
    head: str
    body: str
    indent: str
    documented: bool
    node: Definition

    @property
    def text(self) -> str:
        return self.head + self.body


def lines_of(source: str) -> list[str]:
    """Lines as Python counts them: a form feed ends none."""
    return list(io.StringIO(source))


def parsed(source: str, where: str = "this") -> ast.Module:
    """The syntax tree. DataError: it is not Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
        raise DataError(f"{where} is not Python: {line}{getattr(error, 'msg', error)}") from None


def functions(source: str, where: str = "the file") -> list[Function]:
    """The functions of the module and of its classes, in their order; not those inside of functions."""
    lines = lines_of(source)
    return [function_at(lines, name, node) for name, node in definitions(parsed(source, where))]


def definitions(tree: ast.AST, outer: str = "") -> Iterator[tuple[str, Definition]]:
    for part in BODIES:
        for node in getattr(tree, part, ()):
            if isinstance(node, Definition):
                yield outer + node.name, node
            else:
                yield from definitions(node, f"{outer}{node.name}." if isinstance(node, ast.ClassDef) else outer)


def function_at(lines: list[str], name: str, node: Definition) -> Function:
    first, end = node.lineno - 1, node.end_lineno or node.lineno
    documented = ast.get_docstring(node, clean=False) is not None
    behind = signature_end(lines, first)
    text = "".join(lines[first:end])
    inside = node.body[1:] if documented else node.body
    if node.body[0].lineno <= behind:  # on the line of the signature
        indent = blanks(lines[first]) + "    "
        head, body = cut(lines, first, node.body[0].lineno - 1, node.body[0].col_offset)
        head, body = head.rstrip() + "\n", indent + body + "".join(lines[node.body[0].lineno : end])
        if documented:
            head, body = f"{head}{body}", ""
    else:
        indent = blanks(lines[node.body[0].lineno - 1])
        at = (node.body[0].end_lineno or behind) if documented else behind
        head, body = "".join(lines[first:at]), "".join(lines[at:end])
        if documented and inside and inside[0].lineno <= at:  # a statement behind the docstring, on its line
            head, body, documented = text, "", True
    return Function(name, first, end, ended(head), ended(body), indent, documented, node)


def ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def blanks(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def cut(lines: list[str], first: int, line: int, column: int) -> tuple[str, str]:
    """What stands from line `first` to a place, and what stands behind it on its line; columns count bytes."""
    whole = lines[line].encode()
    return "".join(lines[first:line]) + whole[:column].decode(), whole[column:].decode()


def signature_end(lines: list[str], first: int) -> int:
    """The line behind the logical one that begins with `def`."""
    reader = iter(lines[first:])
    for token in tokenize.generate_tokens(lambda: next(reader, "")):
        if token.type == tokenize.NEWLINE:
            return first + token.end[0]
    return len(lines)


def named(source: str, name: str, where: str = "the file") -> Function:
    """The function of this name; one that only the name's end tells is found where it is the only one."""
    known = {one.name: one for one in functions(source, where)}
    short = [one for one in known if one.endswith(f".{name}")]
    if name not in known and len(short) != 1:
        what = f"{where} holds no function {name!r}{nearest(name, known)}"
        raise NotFound(what if not short else f"{where} holds several: {', '.join(short)}")
    return known[name if name in known else short[0]]


def replaced(source: str, function: Function, text: str) -> str:
    """The file with this text in the function's place, from `def` on."""
    lines = lines_of(source)
    return "".join([*lines[: function.first], ended(text), *lines[function.end :]])


def same_elsewhere(before: str, after: str, name: str) -> bool:
    """Whether two sources are both Python and differ in what the function `name` does alone."""
    trees = []
    for source in (before, after):
        try:
            tree = parsed(source)
        except DataError:
            return False
        found = dict(definitions(tree)).get(name)
        if found is None:
            return False
        found.body = []
        trees.append(ast.dump(tree))
    return trees[0] == trees[1]


def same_code(before: str, after: str) -> bool:
    """Whether two sources are both Python and the same but for their docstrings."""
    trees = []
    for source in (before, after):
        try:
            tree = parsed(source)
        except DataError:
            return False
        for _, node in definitions(tree):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
        trees.append(ast.dump(tree))
    return trees[0] == trees[1]


def difference(before: str, after: str, name: str) -> str:
    """What changed, as a unified diff that `patch` takes."""
    told = difflib.unified_diff(lines_of(before), lines_of(after), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in told)
