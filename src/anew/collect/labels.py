"""Labels of pictures from a table that lies beside them, such as labels.csv with the columns file and label."""

from __future__ import annotations

from collections.abc import Iterable

from anew.collect.kinds import kind_of
from anew.collect.sources import Entry
from anew.collect.tables import Row, Wanted, WrongColumns, rows
from anew.collect.text import NotText
from anew.data.removals import Removed


class Labels:
    """Picture's origin -> label. `tables` names the label tables, which are then not read as pictures' tables."""

    def __init__(self, entries: Iterable[Entry | Removed], label: str | None) -> None:
        self.tables: set[str] = set()
        self._labels: dict[str, tuple[str, str]] = {}
        for entry in entries:
            if isinstance(entry, Entry) and entry.kind == "table" and not entry.name.endswith(".parquet"):
                self._read(entry, label)

    def _read(self, entry: Entry, label: str | None) -> None:
        wanted = Wanted("file", None, label)
        folder = entry.name[: max(entry.name.rfind("/"), entry.name.rfind("!")) + 1]
        found: dict[str, tuple[str, str]] = {}
        try:
            with entry.open() as file:
                for row in rows(file, entry.name, wanted):
                    if not isinstance(row, Row):
                        continue
                    assert wanted.columns is not None
                    name, given = row.values[wanted.columns.content or ""], row.values.get(wanted.columns.label or "")
                    if not isinstance(name, str) or (not found and kind_of(name, "image") != "picture"):
                        return  # a table of something else
                    if given is not None and str(given) != "":
                        found[folder + name.removeprefix("./")] = (str(given), f"{entry.name}:{row.line}")
        except (OSError, EOFError, WrongColumns, NotText):
            return  # whoever reads it as a table says what is wrong with it
        self._labels |= found
        if found:
            self.tables.add(entry.name)

    def take(self, origin: str) -> str | None:
        """The picture's label; each is given once, so that what remains names pictures that are not there."""
        return self._labels.pop(origin, (None, ""))[0]

    def left(self) -> Iterable[Removed]:
        for name, (_, origin) in sorted(self._labels.items()):
            yield Removed(origin, "no such file", f"{name} is named here but is not there")
