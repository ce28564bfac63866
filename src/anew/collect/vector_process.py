"""Draws SVG in a process of its own, which its parent may end: run as a script, never imported.

In: on standard input, for each drawing its side, its length (4 bytes each, big-endian) and its UTF-8. Out: for each a
PNG after its length, no bytes where it cannot be drawn.
"""

from __future__ import annotations

import struct
import sys

import resvg_py

MOST_MEMORY = 1 << 30  # bytes of address space


def bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such bound; the time is bounded there too
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def serve() -> None:
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(8):
        side, length = struct.unpack(">II", head)
        try:
            made = resvg_py.svg_to_bytes(
                svg_string=source.read(length).decode(), width=side, height=side, dpi=96, skip_system_fonts=True
            )
        except Exception:  # whatever the renderer finds wrong, the drawing is none
            made = b""
        sink.write(struct.pack(">I", len(made)) + made)
        sink.flush()


if __name__ == "__main__":
    bound_memory()
    serve()
