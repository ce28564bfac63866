"""What a Debian package installs: the tar inside of its ar archive (deb(5)), read where it lies."""

from __future__ import annotations

import io
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from anew.errors import DataError

MAGIC = b"!<arch>\n"
HEADER = 60  # bytes of a member's: name 16, times and owners 32, size 10, two to end it
LARGEST = 512 << 20


@contextmanager
def data_of(package: Path) -> Iterator[BinaryIO]:
    """The package's data.tar, unpacked in a stream (xz) or as it is. DataError when it is no package."""
    with open(package, "rb") as file:
        damaged = DataError(f"{package.name}: not a Debian package", next_command="anew data list")
        if file.read(len(MAGIC)) != MAGIC:
            raise damaged
        while len(header := file.read(HEADER)) == HEADER:
            name, size = header[:16].decode("ascii", "replace").strip().rstrip("/"), header[48:58].strip()
            if not size.isdigit() or int(size) > LARGEST:
                raise damaged
            if name.startswith("data.tar"):
                content = io.BytesIO(file.read(int(size)))
                yield cast(BinaryIO, lzma.open(content)) if name.endswith(".xz") else content
                return
            file.seek(int(size) + int(size) % 2, io.SEEK_CUR)
        raise damaged
