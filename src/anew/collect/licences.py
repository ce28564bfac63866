"""Which licence a source file is under, as an SPDX identifier: what it says itself, else the nearest licence file.

In: entries of a source; a file's text. Out: an expression such as "MIT" or "Apache-2.0 OR MIT", or "unknown".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from anew.collect.sources import Entry
from anew.data.removals import Removed

UNKNOWN = "unknown"
HEAD_CHARS = 4_000  # within which a file says its licence
LICENCE_BYTES = 64 << 10
FILE = re.compile(r"(un)?licen[cs]es?|copying|licen[cs]e[-_](mit|apache|bsd)", re.I)
TEXT_SUFFIXES = ("", ".txt", ".md", ".rst", ".lesser")
CHOICE = re.compile(r"licen[cs]e[-_](mit|apache|bsd)[^/!]*$", re.I)
GRANTED = "+"  # no licence's name
TAG = re.compile(r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() -]+)")
# What each text says, white space and case aside, its name first: many name others further down (GPL-3.0 the AGPL,
# MPL-2.0 all of GNU's). Of those that begin with the same words the first whose further words are there.
PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AGPL-3.0-only", ("gnu affero general public license", "version 3")),
    ("LGPL-3.0-only", ("gnu lesser general public license", "version 3")),
    ("LGPL-2.1-only", ("gnu lesser general public license", "version 2.1")),
    ("GPL-3.0-only", ("gnu general public license", "version 3")),
    ("GPL-2.0-only", ("gnu general public license", "version 2")),
    ("MPL-2.0", ("mozilla public license", "2.0")),
    ("EPL-2.0", ("eclipse public license", "2.0")),
    ("Apache-2.0", ("apache license", "version 2.0")),
    ("BSL-1.0", ("boost software license", "version 1.0")),
    ("PSF-2.0", ("python software foundation license version 2",)),
    ("Unlicense", ("this is free and unencumbered software",)),
    ("CC0-1.0", ("cc0 1.0 universal",)),
    ("MIT", ("permission is hereby granted, free of charge", "permission notice shall be included")),
    ("MIT-0", ("permission is hereby granted, free of charge",)),
    ("ISC", ("permission to use, copy, modify,", "with or without fee", "permission notice appear in all copies")),
    ("0BSD", ("permission to use, copy, modify,", "with or without fee")),
    ("BSD-4-Clause", ("redistribution and use in source and binary forms", "all advertising materials")),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "neither the name")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms",)),
    ("Zlib", ("altered source versions must be plainly marked",)),
)


class Licences:
    """The licence of each folder that holds a licence file. `default`: what holds where nothing is said."""

    def __init__(self, entries: Iterable[Entry | Removed] = (), default: str | None = None) -> None:
        self.default = default
        self._folders: dict[str, tuple[str, bool]] = {}
        for entry in entries:
            if isinstance(entry, Entry) and is_licence_file(entry.name):
                self._read(entry)

    def _read(self, entry: Entry) -> None:
        try:
            with entry.open() as file:
                found = identify(file.read(LICENCE_BYTES).decode("utf-8", "replace"))
        except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError):
            return
        folder, choice = folder_of(entry.name), CHOICE.search(entry.name) is not None
        if folder in self._folders:  # LICENSE-MIT beside LICENSE-APACHE is a choice; of other two who knows
            known, chosen = self._folders[folder]
            found = known if known == found else joined(known, found, "OR" if choice and chosen else "AND")
            choice &= chosen
        self._folders[folder] = found, choice

    def of(self, name: str, text: str) -> str:
        """The licence of the file of this origin and text."""
        if said := tagged(text[:HEAD_CHARS]):
            return said
        folder = folder_of(name)
        while folder:
            if folder in self._folders:
                return self._folders[folder][0]
            folder = folder_of(folder)
        return self.default or UNKNOWN


def is_licence_file(name: str) -> bool:
    stem, dot, suffix = re.split("[/!]", name)[-1].partition(".")
    return f"{dot}{suffix}".lower() in TEXT_SUFFIXES and FILE.fullmatch(stem) is not None


def folder_of(name: str) -> str:
    """What lies around a file or a folder; nothing around a source itself. An archive is a folder."""
    return name[: max(name.rfind("/"), name.rfind("!"), 0)]


def joined(known: str, found: str, how: str) -> str:
    """Both as one expression, each of its parts once."""
    parts = [*known.split(f" {how} "), *found.split(f" {how} ")]
    return f" {how} ".join(sorted({part if " " not in part else f"({part})" for part in parts}))


def tagged(text: str) -> str:
    """The expression of the first SPDX tag in a text; nothing where there is none."""
    said = TAG.search(text)
    return "" if said is None else " ".join(said[1].strip(" -").split())


def identify(text: str) -> str:
    """The licence that a licence file holds: the one whose name it gives first."""
    if said := tagged(text):
        return said
    flat = " ".join(text.lower().split())
    found = [(flat.index(phrases[0]), name) for name, phrases in PHRASES if all(phrase in flat for phrase in phrases)]
    return min(found, key=lambda one: one[0], default=(0, UNKNOWN))[1]


def is_wanted(expression: str, wanted: tuple[str, ...]) -> bool:
    """Whether what is wanted lets the file be used: all of an AND, one of an OR; an exception only permits more."""
    plain = re.sub(r"\s+WITH\s+[^\s()]+", "", expression)
    names = {name.lower() for name in wanted} | {GRANTED}

    def granted(inner: str) -> bool:
        choices = (re.split(r"\s+AND\s+", choice) for choice in re.split(r"\s+OR\s+", inner))
        return any(all(part.strip().lower() in names for part in parts) for parts in choices)

    while inner := re.search(r"\(([^()]*)\)", plain):
        plain = plain[: inner.start()] + (GRANTED if granted(inner[1]) else "-") + plain[inner.end() :]
    return granted(plain)
