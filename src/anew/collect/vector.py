"""Vector drawings (SVG) to pictures, without harm: nothing outside of the drawing is read, size and time are bounded.

In: the bytes of an SVG file. Out: a PNG, RGBA, that fits into a square; or why there is none. Letters are not drawn:
the fonts of a machine would make its pictures another machine's.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.etree import ElementTree

from anew.errors import DataError

MOST_BYTES = 2 << 20
MOST_ELEMENTS = 20_000
DEEPEST = 100
SECONDS = 5.0
FORBIDDEN = {"image", "feImage", "script", "foreignObject", "style"}  # `style` where it imports
LINKS = ("href", "{http://www.w3.org/1999/xlink}href")
PROCESS = Path(__file__).with_name("vector_process.py")


class NotDrawn(ValueError):
    """The drawing is not one, or not to be drawn."""


def harmless(svg: bytes) -> tuple[str, ElementTree.Element]:
    """The drawing without anything that leads out of it, and its root. NotDrawn when it is no SVG or larger than need
    be. Entities that lead out are not followed by expat, and those within only as far as its bound."""
    if len(svg) > MOST_BYTES:
        raise NotDrawn(f"more than {MOST_BYTES:,} bytes")
    try:
        root = ElementTree.fromstring(svg)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotDrawn(f"not XML: {error}") from None
    if local(root) != "svg":
        raise NotDrawn(f"not a drawing: its root is <{local(root)[:20]}>")
    level, count = [root], 0
    for _ in range(DEEPEST):
        level = [child for element in level for child in without_links(element)]
        count += len(level)
        if count > MOST_ELEMENTS:
            raise NotDrawn(f"more than {MOST_ELEMENTS:,} elements")
        if not level:
            return ElementTree.tostring(root, "unicode"), root
    raise NotDrawn(f"nested deeper than {DEEPEST} elements")


def without_links(element: ElementTree.Element) -> list[ElementTree.Element]:
    """The children that stay; a link that stays leads to another part of the drawing."""
    for link in LINKS:
        if not element.get(link, "#").startswith("#"):
            del element.attrib[link]
    for child in list(element):
        if local(child) in FORBIDDEN and (local(child) != "style" or "@import" in (child.text or "")):
            element.remove(child)
    return list(element)


def local(element: ElementTree.Element) -> str:
    """The name without its namespace; "" of a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


class Renderer:
    """Draws one after another in a process that is ended, and begun anew, where one takes too long."""

    def __init__(self, side: int, seconds: float = SECONDS) -> None:
        self.side, self.seconds = side, seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def draw(self, svg: str) -> bytes:
        """PNG, RGBA, its longer side as asked for. NotDrawn where it is no drawing, or takes too long."""
        content = svg.encode("utf-8", "replace")
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        timer = threading.Timer(self.seconds, process.kill)
        timer.start()
        try:
            process.stdin.write(struct.pack(">II", self.side, len(content)) + content)
            process.stdin.flush()
            head = process.stdout.read(4)
            made = process.stdout.read(struct.unpack(">I", head)[0]) if len(head) == 4 else b""
        except BrokenPipeError:
            head = made = b""
        finally:
            timer.cancel()
        if len(head) < 4:
            self._end()
            raise NotDrawn(f"not drawn within {self.seconds:g} seconds and the memory that it may take")
        if not made:
            raise NotDrawn("no drawing that can be read")
        return made

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(PROCESS)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None


def render(svg: bytes, renderer: Renderer) -> bytes:
    """One drawing of a known data set. DataError where it cannot be drawn."""
    try:
        return renderer.draw(harmless(svg)[0])
    except NotDrawn as error:
        raise DataError(f"a drawing of the set cannot be made: {error}", next_command="anew doctor") from None
