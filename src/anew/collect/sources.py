"""From a source to its files: a folder walked in sorted order, a single file, or what lies inside archives.

An `Entry` is one file that can be opened for reading, wherever it lies. What cannot be read is yielded as `Removed`.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from anew.codecs.picture_files import begins_one
from anew.collect.archives import members
from anew.collect.kinds import kind_of
from anew.collect.repository import Patterns, ignored, patterns_above, patterns_in
from anew.data.removals import Removed

SKIPPED_FOLDERS = {"__pycache__", "__MACOSX", "node_modules", "site-packages", "lost+found"}
SKIPPED_FILES = {"Thumbs.db", "desktop.ini"}
HEAD_BYTES = 16
OPENERS: dict[str, Callable[[Path], BinaryIO]] = {
    ".gz": lambda path: cast(BinaryIO, gzip.open(path, "rb")),
    ".bz2": lambda path: cast(BinaryIO, bz2.open(path, "rb")),
    ".xz": lambda path: cast(BinaryIO, lzma.open(path, "rb")),
}


@dataclass(frozen=True)
class Entry:
    """`name` is the origin that people see, beginning with the source's own name; `size` in bytes as stored."""

    name: str
    kind: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True)
class File:
    """A file on the disk."""

    path: Path
    name: str
    size: int
    mtime_ns: int


def walk(source: Path, skipped: Counter[str], repository: bool = False) -> Iterator[File | Removed]:
    """The files of a folder, sorted, or the one file. Links to folders are not followed: no loop holds us. Of a
    `repository` those that git does not ignore, and no links: git keeps where one leads, and not what is there."""
    if source.is_dir():
        patterns = patterns_above(source) if repository else None
        yield from walk_folder(source, source.resolve().name, skipped, patterns)
    else:
        yield file_at(source, source.name)


def walk_folder(
    folder: Path, name: str, skipped: Counter[str], patterns: Patterns | None = None
) -> Iterator[File | Removed]:
    if patterns is not None:
        folder = folder.resolve()
        patterns = patterns_in(folder, patterns)
    try:
        inside = sorted(os.listdir(folder))
    except OSError as error:
        yield Removed(name, "unreadable", str(error.strerror))
        return
    for raw in inside:
        path, origin = folder / raw, printable(f"{name}/{raw}")
        if raw.startswith(".") or raw in SKIPPED_FILES:
            skipped["hidden"] += 1
        elif patterns and ignored(path, path.is_dir(), patterns):
            skipped["ignored by git"] += 1
        elif path.is_dir() and (raw in SKIPPED_FOLDERS or (path / "pyvenv.cfg").exists()):
            skipped["cache"] += 1
        elif path.is_symlink() and (path.is_dir() or patterns is not None):
            yield Removed(origin, "link", "a link is not followed")
        elif path.is_dir():
            yield from walk_folder(path, origin, skipped, patterns)
        else:
            yield file_at(path, origin)


def file_at(path: Path, name: str) -> File | Removed:
    try:
        status = path.stat()
    except OSError as error:
        return Removed(name, "link" if path.is_symlink() else "unreadable", str(error.strerror))
    if not stat.S_ISREG(status.st_mode):
        return Removed(name, "special file", "not a file, folder or archive")
    return File(path, name, status.st_size, status.st_mtime_ns)


def entries(file: File, modality: str, skipped: Counter[str], plain: str | None) -> Iterator[Entry | Removed]:
    """The file itself, uncompressed where it is compressed, or what an archive holds.

    `plain` is the kind to take a file for whose suffix says nothing; among pictures one that begins as one is one too.
    """
    kind = kind_of(file.name, modality)
    if kind == "archive":
        for member in members(file.path, file.name, skipped):
            if isinstance(member, Removed):
                yield member
            else:
                inner = kind_of(member.name, modality)
                yield Entry(f"{file.name}!{member.name}", inner, member.size, member.open)
    elif kind == "compressed":
        opener = OPENERS[file.path.suffix.lower()]
        inner = kind_of(file.name.rsplit(".", 1)[0], modality)
        yield Entry(file.name, plain or "other" if inner == "other" else inner, file.size, lambda: opener(file.path))
    else:
        if kind == "other":
            kind = plain or ("picture" if modality == "image" and is_picture(file.path) else "other")
        yield Entry(file.name, kind, file.size, lambda: open(file.path, "rb"))


def is_picture(path: Path) -> bool:
    """By its first bytes."""
    try:
        with open(path, "rb") as file:
            return begins_one(file.read(HEAD_BYTES))
    except OSError:
        return False


def printable(name: str) -> str:
    """A file's name as valid text, whatever bytes the file system holds."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
