"""What is said of pictures and sounds beside them: labels, captions and facts in a table (labels.csv with the columns
file and label or caption), captions in x.txt beside x.png, in the files' own names, or transcripts in metadata.csv.

In: a source's entries, looked through once before its pictures are read. Out: by a file's origin what is told of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

import pyarrow as pa

from anew.collect.kinds import BARE_FOLDERS, kind_of
from anew.collect.sources import Entry
from anew.collect.tables import Row, Wanted, WrongColumns, captions_in, facts_in, rows
from anew.collect.text import NotText, decode_stream
from anew.collect.transcripts import transcripts_in
from anew.data.removals import Removed

Captions = Literal["auto", "sidecar", "table", "file-name", "none"]  # where captions are read from
LARGEST_SIDECAR = 64 << 10  # bytes; longer is no caption
APART = re.compile(r"[\s_.+-]+")  # between the words of a file's name
COUNTED = re.compile(r"(?<=\D)\d+$|\s*\(\d+\)$")  # what tells a file apart from others of its name


@dataclass
class Told:
    """`origin`: the row of the table that says so, if one does."""

    label: str | None = None
    captions: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    origin: str = ""


class Beside:
    """`kind` of what is spoken of: picture or sound. `tables` and `sidecars` name the entries that were read here, and
    are not to be read as something else."""

    def __init__(
        self, entries: Iterable[Entry | Removed], label: str | None, captions: Captions = "auto", kind: str = "picture"
    ) -> None:
        self.captions, self.kind = captions, kind
        self.tables: set[str] = set()
        self.sidecars: set[str] = set()
        self._told: dict[str, Told] = {}
        self._lines: dict[str, list[str]] = {}  # by the name of a sidecar without its suffix
        self._wrong: dict[str, Removed] = {}
        named: set[str] = set()
        for entry in entries:
            if not isinstance(entry, Entry):
                continue
            if entry.kind == "table":
                if not self._read_transcripts(entry):
                    self._read_table(entry, label)
            elif entry.kind == kind:
                named.add(without_suffix(entry.name))
            elif entry.name.lower().endswith(".txt") and captions in ("auto", "sidecar"):
                self._read_sidecar(entry)
        self._lines = {stem: lines for stem, lines in self._lines.items() if stem in named}
        self._wrong = {stem: wrong for stem, wrong in self._wrong.items() if stem in named}
        self.sidecars = {name for name in self.sidecars if without_suffix(name) in named}

    def _read_sidecar(self, entry: Entry) -> None:
        """One caption a line."""
        stem = without_suffix(entry.name)
        self.sidecars.add(entry.name)
        try:
            with entry.open() as file:
                if entry.size > LARGEST_SIDECAR:
                    self._wrong[stem] = Removed(entry.name, "too large", f"captions of over {LARGEST_SIDECAR:,} bytes")
                else:
                    self._lines[stem] = "".join(decode_stream(file)).splitlines()
        except NotText as error:
            self._wrong[stem] = Removed(entry.name, "binary", str(error))
        except (OSError, EOFError) as error:
            self._wrong[stem] = Removed(entry.name, "unreadable", str(error))

    def _read_transcripts(self, entry: Entry) -> bool:
        """Those of a metadata.csv in LJSpeech's layout; False of any other table."""
        if self.kind != "sound" or (found := transcripts_in(entry)) is None:
            return False
        for stem, told in found.items():
            said = [told.text] if self.captions in ("auto", "table") else []
            self._told[folder_of(entry.name) + stem] = Told(captions=said, origin=f"{entry.name}:{told.line}")
        self.tables.add(entry.name)
        return True

    def _read_table(self, entry: Entry, label: str | None) -> None:
        wanted = Wanted("file", None, label)
        folder = folder_of(entry.name)
        found: dict[str, Told] = {}
        try:
            with entry.open() as file:
                for row in rows(file, entry.name, wanted):
                    if not isinstance(row, Row):
                        continue
                    assert wanted.columns is not None
                    name = row.values[wanted.columns.content or ""]
                    if not isinstance(name, str) or (not found and kind_of(name, "image") != self.kind):
                        return  # a table of something else
                    given = row.values.get(wanted.columns.label or "")
                    told = found.setdefault(folder + name.removeprefix("./"), Told())
                    told.origin = f"{entry.name}:{row.line}"
                    told.label = told.label if given is None or str(given) == "" else str(given)
                    told.captions += captions_in(row.values.get(wanted.columns.caption or ""))
                    told.facts |= facts_in(row.values.get(wanted.columns.facts or ""))
        except (OSError, EOFError, WrongColumns, NotText, pa.ArrowException):
            return  # whoever reads it as a table says what is wrong with it
        found = {name: told for name, told in found.items() if told.label is not None or told.captions or told.facts}
        for name, told in found.items():
            told.captions = told.captions if self.captions in ("auto", "table") else []
            self._told[name] = told
        if found:
            self.tables.add(entry.name)

    def take(self, origin: str) -> Told:
        """What is told of a file; each row of a table is given once, so that what remains names files that are not
        there. Of a sound the row may leave out the suffix, and a folder that says that sounds are in it and no more."""
        told = next((self._told.pop(name) for name in self._called(origin) if name in self._told), Told())
        said = self._lines.get(without_suffix(origin), [])
        if self.captions == "file-name":
            said = list(filter(None, [of_file_name(origin)]))
        told.captions = [*said, *told.captions]
        return told

    def _called(self, origin: str) -> list[str]:
        """How a row may call a file."""
        if self.kind != "sound":
            return [origin]
        path = PurePosixPath(origin)
        above = folder_of(origin)[:-1]
        bare = folder_of(above) + path.name if path.parent.name.lower() in BARE_FOLDERS else origin
        return [origin, without_suffix(origin), bare, without_suffix(bare)]

    def left(self) -> Iterable[Removed]:
        """Sidecars that could not be read, and rows of tables without their picture."""
        yield from self._wrong.values()
        for name, told in sorted(self._told.items()):
            yield Removed(told.origin, "no such file", f"{name} is named here but is not there")


def without_suffix(name: str) -> str:
    return name[: len(name) - len(PurePosixPath(name).suffix)]


def folder_of(name: str) -> str:
    """Up to the last mark of a folder or an archive, that mark included."""
    return name[: max(name.rfind("/"), name.rfind("!")) + 1]


def of_file_name(origin: str) -> str:
    """The words of a file's name: "green_heart-03.png" -> "green heart"; "" where it holds no letters."""
    words = APART.sub(" ", COUNTED.sub("", APART.sub(" ", PurePosixPath(origin).stem).strip())).strip()
    return words if any(letter.isalpha() for letter in words) else ""
