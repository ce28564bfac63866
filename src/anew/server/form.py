"""A form with one file (RFC 7578), read as it comes: fields are kept, the file goes on to whoever takes it.

In: a request. Out: its fields, and the file's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from anew.server.errors import Problem

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_FIELDS, LONGEST_FIELD, LONGEST_NAME = 32, 4096, 255


class Form:
    """`fields`: by name; `filename`: of the file, once its part has begun. `take` gets the file's bytes."""

    def __init__(self, content_type: str, take: Callable[[bytes], None]) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise Problem(415, "a file is sent as multipart/form-data, with the fields `file` and `purpose`")
        self.take, self.fields, self.filename, self.ended = take, dict[str, str](), "", False
        self._header, self._value, self._headers = b"", b"", dict[str, bytes]()
        self._name, self._content, self._is_file, self._files = "", b"", False, 0
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin, "on_header_field": self._header_field, "on_header_value": self._header_value,
            "on_header_end": self._header_end, "on_headers_finished": self._headers_finished,
            "on_part_data": self._data, "on_part_end": self._end, "on_end": self._finish,
        }  # fmt: skip
        try:
            self.parser = MultipartParser(options[b"boundary"], callbacks)
        except FormParserError as error:
            raise Problem(400, f"the form is damaged: {error}") from None

    @property
    def has_file(self) -> bool:
        return self._files == 1

    async def read(self, request: Request) -> None:
        """Read the request to its end. Problem: it is no such form, or ends too early."""
        try:
            async for piece in request.stream():
                await asyncio.to_thread(self.parser.write, piece)
        except FormParserError as error:
            raise Problem(400, f"the form is damaged: {error}") from None
        except ClientDisconnect:
            raise Problem(499, "the client has left") from None
        if not self.ended:
            raise Problem(400, "the form ends before its last boundary")

    def _begin(self) -> None:
        self._headers, self._content, self._is_file = {}, b"", False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value
        self._header = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_file = b"filename" in options
        if not self._is_file:
            return
        self._files += 1
        if self._name != "file" or self._files > 1:
            raise Problem(400, f"one file is taken, in the field 'file', and not {self._name[:100]!r}", param="file")
        self.filename = plain_name(options[b"filename"].decode("utf-8", "replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self.take(data[start:end])
            return
        self._content += data[start:end]
        if len(self._content) > LONGEST_FIELD:
            name = self._name[:100]
            raise Problem(400, f"{name}: more than {LONGEST_FIELD} bytes", param=name, code="invalid_value")

    def _end(self) -> None:
        if self._is_file:
            return
        if self._name in self.fields:
            name = self._name[:100]
            raise Problem(400, f"{name}: comes twice", param=name, code="invalid_value")
        self.fields[self._name] = self._content.decode("utf-8", "replace")
        if len(self.fields) > MOST_FIELDS:
            raise Problem(400, f"more than {MOST_FIELDS} fields")

    def _finish(self) -> None:
        self.ended = True


def plain_name(given: str) -> str:
    """A file's name, which is never a path."""
    name = PurePosixPath(given.replace("\\", "/")).name
    return "".join(c if c.isprintable() else "_" for c in name)[-LONGEST_NAME:] or "file"
