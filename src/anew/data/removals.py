"""The list of what a stage left out: each with its origin, the rule that said so and a detail, in removed.jsonl."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAME = "removed.jsonl"
EXAMPLES = 3  # of each rule, kept in the manifest


@dataclass(frozen=True, slots=True)
class Removed:
    """Something that did not become a record, or a record that a rule took out. `rule` is a word or two."""

    origin: str
    rule: str
    detail: str = ""


class Removals:
    """Writes the list as it grows and keeps counts and the first examples of each rule."""

    def __init__(self, folder: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}
        self._file = open(folder / NAME, "w", encoding="utf-8", newline="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def write(self, removed: Removed) -> None:
        row = {"origin": removed.origin, "rule": removed.rule, "detail": removed.detail}
        self._file.write(json.dumps(row, sort_keys=True, ensure_ascii=True) + "\n")
        self.counts[removed.rule] += 1
        shown = self.examples.setdefault(removed.rule, [])
        if len(shown) < EXAMPLES:
            shown.append(f"{removed.origin}: {removed.detail}" if removed.detail else removed.origin)

    def as_counts(self) -> dict[str, int]:
        return {f"removed: {rule}": n for rule, n in sorted(self.counts.items())}

    def as_facts(self) -> dict[str, Any]:
        return {"removed examples": self.examples}

    def summary(self) -> str:
        """The rules by how often they struck, each with its first example."""
        return "; ".join(f"{n} × {rule} (first: {self.examples[rule][0]})" for rule, n in self.counts.most_common(3))
