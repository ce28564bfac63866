"""How a long stage tells whoever waits how far it is. The stages call a `Report`; the command line draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`done` of `total` (None: not known) in the stage's own unit, which `note` names."""

    stage: str
    done: float
    total: float | None = None
    note: str = ""


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """A report that nobody reads."""
