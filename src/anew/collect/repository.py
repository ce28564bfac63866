"""What of a folder of source code is somebody's own: not what git ignores, nor what was fetched, generated or squeezed.

In: names and texts of files. Out: whether to leave them out, and why. Patterns are git's own, by pathspec.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

FETCHED = {"vendor", "vendored", "third_party", "third-party", "thirdparty", "bower_components", "Pods", "node_modules"}
WRITTEN_BY_TOOLS = re.compile(
    r"(\.min\.(js|mjs|css)|\.bundle\.js|[-.]lock(\.(json|ya?ml|toml|hcl))?|_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)"
    r"|\.g\.dart|\.designer\.cs|\.generated\.\w+)$",
    re.I,
)
GENERATED = re.compile(
    r"^\W{0,6}.*(@generated\b|\bdo not (edit|modify)\b|\bauto-?(matically )?generated (by|from|file|using)"
    r"|\b(code|file) (is |was )?(automatically )?generated (by|from)\b)",
    re.I,
)
COMMENT = re.compile(r"\s*(#|//|/?\*|--|;|<!--|%|\"\"\"|''')")
HEAD_LINES = 12  # within which a generator says that it was one
MEAN_LINE, LONGEST_LINE = 200, 20_000  # characters that nobody writes by hand
Patterns = tuple[tuple[Path, GitIgnoreSpec], ...]  # of a folder and those above it, the outermost first


def patterns_above(folder: Path) -> Patterns:
    """What the work tree around a folder ignores: patterns of the folders from its root down to the one above."""
    above = folder.resolve().parents
    roots = [place for place in (folder.resolve(), *above) if (place / ".git").exists()]
    if not roots:
        return ()
    found = patterns_in(roots[0], (), ".git/info/exclude")
    for place in reversed([one for one in above if one.is_relative_to(roots[0])]):
        found = patterns_in(place, found)
    return found


def patterns_in(folder: Path, above: Patterns, name: str = ".gitignore") -> Patterns:
    """The patterns that hold inside a folder."""
    try:
        lines = (folder / name).read_text("utf-8-sig", "replace").split("\n")
    except OSError:
        return above
    return (*above, (folder.resolve(), GitIgnoreSpec.from_lines(line for line in lines if sound(line))))


def sound(line: str) -> bool:
    """Whether git takes the line for a pattern; it passes over what it cannot read."""
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def ignored(path: Path, is_folder: bool, patterns: Patterns) -> bool:
    """Whether git ignores it: the innermost folder's last pattern that fits decides. What lies in an ignored folder is
    ignored whatever else is said of it, since git does not look there."""
    for folder, spec in reversed(patterns):
        name = path.relative_to(folder).as_posix() + "/" * is_folder
        if (verdict := spec.check_file(name).include) is not None:
            return verdict
    return False


def not_own(name: str) -> str | None:
    """What a file's name and folders say: "vendored", "generated" or nothing."""
    path = PurePosixPath(name.replace("!", "/", 1))
    if FETCHED & set(path.parts[1:-1]):
        return "vendored"
    return "generated" if WRITTEN_BY_TOOLS.search(path.name) else None


def not_written(text: str) -> tuple[str, str] | None:
    """What a file's text says: (rule, detail) when no person wrote it so."""
    for line in text[:4000].split("\n")[:HEAD_LINES]:
        if COMMENT.match(line) and GENERATED.search(line):
            return "generated", line.strip()[:80]
    lines = text.count("\n") + 1
    longest = max(map(len, text.split("\n")))
    if len(text) > 2000 and (len(text) / lines > MEAN_LINE or longest > LONGEST_LINE):
        return "minified", f"{lines} lines of {len(text) // lines} characters, the longest of {longest}"
    return None
