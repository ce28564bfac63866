"""The errors that people see: what happened, why, and what to type next. Anything else that escapes is a defect."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AnewError(Exception):
    """An error with a way out. `next_command` is one line that a person can type; `exit_code` is the CLI's."""

    exit_code = 1

    def __init__(self, message: str, *, next_command: str | None = None) -> None:
        super().__init__(message)
        self.message, self.next_command = message, next_command

    def __str__(self) -> str:
        return self.message if self.next_command is None else f"{self.message}\n  try: {self.next_command}"


class RecipeError(AnewError):
    """A recipe, an override or an option is not valid."""

    exit_code = 2


class DataError(AnewError):
    """The data cannot be used; the message names the file and, where there is one, the line."""

    exit_code = 3


class NotFound(AnewError):
    """No model, run, recipe or data set has that name."""

    exit_code = 4


class Refused(AnewError):
    """The machine, a limit or a gate says no, with the reason."""

    exit_code = 5


class DiskFull(Refused):
    """The disk, a quota or a limit takes no more bytes; nothing half-written stays."""


class Damaged(AnewError):
    """A file that anew wrote is incomplete or changed."""

    exit_code = 6


class Interrupted(AnewError):
    """Stopped on request, with everything saved; `next_command` resumes."""

    exit_code = 130


def nearest(name: str, known: Iterable[str]) -> str:
    """' (did you mean X?)', or nothing when no known name is near."""
    close = difflib.get_close_matches(name, list(known), 1, 0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""
