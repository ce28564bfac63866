"""A batch's folder: its requests, a line each, and what became of those that are done.

In: input.jsonl. Out: output.jsonl and errors.jsonl, a line on the disk as soon as it is answered: a server that was
killed goes on with the lines that have none. What is no request fails alone; two of one name fail the batch.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INPUT, OUTPUT, ERRORS = "input.jsonl", "output.jsonl", "errors.jsonl"
MOST_LINES = 50_000
LONGEST = 32 << 20  # bytes of a line
FIELDS = {"custom_id", "method", "url", "body"}


@dataclass(frozen=True)
class Line:
    """A line by its number, from 1. `fault`: why it is no request; then its body is empty."""

    number: int
    custom_id: str | None
    body: dict[str, Any]
    fault: str | None = None


class Lines:
    """The lines of the batch called `id`, all of them requests for `endpoint`."""

    def __init__(self, folder: Path, id: str, endpoint: str) -> None:
        self.folder, self.id, self.endpoint = folder, id, endpoint
        self.done: dict[str, set[int]] = {OUTPUT: set(), ERRORS: set()}  # by file, the numbers of the lines in it
        self.writing, self.closed = threading.Lock(), False

    def __iter__(self) -> Iterator[Line]:
        return self._lines()

    def _lines(self, but: Callable[[int], bool] = lambda number: False) -> Iterator[Line]:
        """Those whose number is not one of `but`, which are not parsed. Once all is closed there are no more."""
        with open(self.folder / INPUT, "rb") as file:
            number = 0
            while not self.closed and (row := file.readline(LONGEST + 1)):
                number += 1
                if too_long := len(row) > LONGEST:
                    while row and not row.endswith(b"\n"):
                        row = file.readline(LONGEST)
                if but(number):
                    continue
                if too_long:
                    yield Line(number, None, {}, f"more than {LONGEST:,} bytes")
                elif row.strip():
                    yield self._line(number, row)

    def _line(self, number: int, row: bytes) -> Line:
        try:
            values = json.loads(row)
        except (ValueError, RecursionError) as error:
            return Line(number, None, {}, f"not JSON: {error}")
        if not isinstance(values, dict):
            return Line(number, None, {}, "not a JSON object")
        given = values.get("custom_id")
        name = given if isinstance(given, str) and given else None
        fault = self._fault(values, name)
        return Line(number, name, {} if fault else values["body"], fault)

    def _fault(self, values: dict[str, Any], name: str | None) -> str | None:
        if name is None:
            return "custom_id: a text that no other line has is missing"
        if unknown := sorted(values.keys() - FIELDS):
            return f"{unknown[0][:100]}: no such field"
        if values.get("method") != "POST":
            return "method: is not POST"
        if values.get("url") != self.endpoint:
            return f"url: is not the batch's endpoint, {self.endpoint}"
        body = values.get("body")
        if not isinstance(body, dict):
            return "body: not a JSON object"
        return "body.stream: a batch answers in one piece" if body.get("stream") else None

    def check(self) -> tuple[int, list[dict[str, Any]]]:
        """How many lines there are, and what forbids the batch as a whole."""
        seen, errors, count = dict[str, int](), list[dict[str, Any]](), 0
        for line in self:
            count += 1
            if line.custom_id is not None and line.custom_id in seen:
                what = f"line {line.number}: custom_id {line.custom_id[:100]!r} is that of line {seen[line.custom_id]}"
                errors.append(fault_of("duplicate_custom_id", what, "custom_id", line.number))
            elif line.custom_id is not None:
                seen[line.custom_id] = line.number
            if count > MOST_LINES:
                errors.append(fault_of("too_many_lines", f"more than {MOST_LINES:,} lines", None, line.number))
            if len(errors) >= 20:
                break
        if not count:
            errors.append(fault_of("empty_file", "the file holds no request", None, None))
        return count, errors

    # -------------------------------------------------------------------------------------------- what is done

    @property
    def rest(self) -> Iterator[Line]:
        """The lines of which nothing became yet."""
        return self._lines(self.is_done)

    def is_done(self, number: int) -> bool:
        return any(number in numbers for numbers in self.done.values())

    def recall(self) -> None:
        """Find what is done on the disk. From a damaged line on, such as the half one of a killed process, it goes."""
        with self.writing:
            if not self.closed:
                self.done = {name: set(self._numbers(self.folder / name)) for name in (OUTPUT, ERRORS)}

    def _numbers(self, path: Path) -> Iterator[int]:
        if not path.exists():
            return
        with open(path, "rb+") as file:
            whole = 0
            for row in file:
                try:
                    number = int(json.loads(row)["id"].rpartition("_")[2]) if row.endswith(b"\n") else 0
                except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
                    number = 0
                if not number:
                    break
                whole += len(row)
                yield number
            file.truncate(whole)

    def write(self, name: str, line: Line, response: dict[str, Any] | None, fault: dict[str, str] | None) -> None:
        """What became of a line, on the disk when this returns. Once it is said it stays."""
        row = {"id": f"batch_req_{self.id.removeprefix('batch_')}_{line.number}", "custom_id": line.custom_id}
        content = json.dumps(row | {"response": response, "error": fault}, separators=(",", ":")).encode() + b"\n"
        with self.writing:
            if self.closed or self.is_done(line.number):
                return
            with open(self.folder / name, "ab", buffering=0) as file:
                before = file.tell()
                try:
                    if file.write(content) != len(content):
                        raise OSError(errno.ENOSPC, "the disk took a part of a line")
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(before)
                    raise
            self.done[name].add(line.number)

    def give_up(self, fault: dict[str, str]) -> None:
        """The rest ends with this."""
        for line in self.rest:
            self.write(ERRORS, line, None, fault)

    def close(self) -> None:
        """Nothing more is read or written."""
        with self.writing:
            self.closed = True


def fault_of(code: str, message: str, param: str | None, line: int | None) -> dict[str, Any]:
    return {"code": code, "message": message, "param": param, "line": line}
