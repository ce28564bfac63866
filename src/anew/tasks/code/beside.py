"""The project's own modules that a file imports, and those that they import: what the sandbox shows beside it.

In: a file, its source, the name that its tests import it by. Out: a `Module`. What is not imported is not shown; the
tests above all, which a program must not read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from anew.errors import DataError
from anew.safety.trial import Module, path_of
from anew.tasks.code.functions import parsed

MOST_FILES, MOST_BYTES = 200, 4 << 20  # of one project, for one run


def name_of(file: Path) -> str:
    """The name of a file's module, with the packages around it."""
    file = file.resolve()
    parts, folder = [file.stem], file.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        parts, folder = [folder.name, *parts], folder.parent
    return ".".join(parts)


def module_at(file: Path, source: str, name: str) -> Module:
    """The file as a module of this name, with what of its project it imports. DataError: that is too much."""
    root, found, waiting = root_of(file, name), dict[str, str](), [(name, False, source)]
    while waiting:
        module, package, text = waiting.pop()
        for one in imported(text, module if package else module.rpartition(".")[0]):
            for path in (path_of(one), f"{one.replace('.', '/')}/__init__.py"):
                if path in found or path == path_of(name) or (content := own(root, path)) is None:
                    continue
                found[path] = content
                waiting.append((one, path.endswith("/__init__.py"), content))
                if len(found) > MOST_FILES or sum(map(len, found.values())) > MOST_BYTES:
                    what = f"{file} imports more of its project than the sandbox takes: {len(found)} files"
                    raise DataError(what, next_command="a file that imports less")
    return Module(name, found)


def root_of(file: Path, name: str) -> Path:
    """The folder from which a file is imported by this name; its own, where the name is not that of its path."""
    file, parts = file.resolve(), name.split(".")
    there = file.with_suffix("").parts[-len(parts) :] == tuple(parts)
    return file.parents[len(parts) - 1] if there else file.parent


def imported(source: str, package: str) -> Iterator[str]:
    """Every name that may be a module's, and the packages around it, outermost first. None of what is not Python."""
    try:
        tree = parsed(source)
    except DataError:
        return
    names = list[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*filter(None, above), *filter(None, [node.module])])
            names += [base, *(f"{base}.{alias.name}".lstrip(".") for alias in node.names)]
    if package:
        names.append(package)
    for name in dict.fromkeys(filter(None, names)):
        parts = name.split(".")
        yield from (".".join(parts[:i]) for i in range(1, len(parts) + 1))


def own(root: Path, path: str) -> str | None:
    """A file's text, where it is one below the root and not a link that leads elsewhere."""
    file = root / path
    try:
        inside = file.is_file() and file.resolve().is_relative_to(root)
        return file.read_text("utf-8") if inside else None
    except (OSError, ValueError):
        return None
