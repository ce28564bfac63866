"""A journal that another process writes, row by row, each row once.

In: the path of a metrics.jsonl, which may not be there yet, may end in half a line, and is cut back and written on when
a run resumes. Out: the rows that are new.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from anew.train.journal import DIAGNOSIS

Row = dict[str, Any]


class Tail:
    """`at`: where the next row begins; `last`: the line before it, by which a file that was cut back is known even when
    it has grown again."""

    def __init__(self, path: Path) -> None:
        self.path, self.at, self.last = path, 0, b""
        self.reached: dict[str, int] = {}  # the last step that was told of each kind
        self.diagnoses = set[tuple[int, str]]()

    def more(self) -> list[Row]:
        """Rows that were not told yet."""
        try:
            with open(self.path, "rb") as file:
                file.seek(self.at - len(self.last))
                if file.read(len(self.last)) != self.last:
                    self.at, self.last = 0, b""
                    file.seek(0)
                return [row for row in self._rows(file) if self._is_new(row)]
        except FileNotFoundError:
            return []

    def _rows(self, file: Any) -> Iterator[Row]:
        for line in file:
            if not line.endswith(b"\n"):
                return  # half of one, which comes whole
            self.at, self.last = self.at + len(line), line
            yield json.loads(line, parse_constant=lambda name: None)  # what is no number is none, as JSON has it

    def _is_new(self, row: Row) -> bool:
        kind, step = row["kind"], row["step"]
        if kind == DIAGNOSIS:
            known = (step, row["what"]) in self.diagnoses
            self.diagnoses.add((step, row["what"]))
            return not known
        if step <= self.reached.get(kind, -1):
            return False
        self.reached[kind] = step
        return True
