"""The contents of files, on the disk under their ids: there whole, or not at all.

In: bytes as they come. Out: a file under its id, its length and its SHA-256. A row of the database says what a content
is; it is written last, so that no row is without its content. A content without a row is swept away.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from anew.data.files import is_alive, sync, sync_folder
from anew.errors import Damaged
from anew.server.errors import Problem

LARGEST = 512 << 20
GRACE = 60.0  # seconds in which a content may be without a row: it is being written
LONGEST = 86_400.0  # seconds after which nobody writes on; in a container a server has its predecessor's number
PARTIAL = re.compile(r"\.([0-9]+)\.partial$")  # by the number of the process that writes it


class Incoming:
    """A content that comes in. Problem: it is too long. OSError: as from any write, where the disk is full, say."""

    def __init__(self, path: Path, largest: int) -> None:
        self.path, self.largest, self.size, self.digest = path, largest, 0, hashlib.sha256()
        self.partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self.file = open(self.partial, "xb")

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self.largest:
            raise Problem(413, f"file: more than {self.largest:,} bytes, which is the most for a file", param="file")
        self.digest.update(piece)
        self.file.write(piece)

    def keep(self) -> None:
        """All of it is here. What is kept and gets no row is swept away: a row may be written just when we give up."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        os.replace(self.partial, self.path)
        sync_folder(self.path.parent)

    def drop(self) -> None:
        """What was not kept goes."""
        with suppress(OSError):  # what is buffered may not fit
            self.file.close()
        self.partial.unlink(missing_ok=True)


class Contents:
    """`largest`: bytes that one may have."""

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        self.folder, self.largest = folder, largest

    def path(self, id: str) -> Path:
        assert id.isascii() and id.replace("-", "").isalnum(), id
        return self.folder / id

    @contextmanager
    def incoming(self, id: str) -> Iterator[Incoming]:
        """To be written into, then kept; what was not kept in the block is gone after it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = Incoming(self.path(id), self.largest)
        try:
            yield made
        finally:
            made.drop()

    def there(self, id: str) -> Path:
        """Where it lies. Damaged: somebody took it away behind the server's back."""
        path = self.path(id)
        if not path.is_file():
            raise Damaged(f"the content of {id} is not on the server's disk any more")
        return path

    def take(self, id: str, source: Path) -> tuple[int, str]:
        """A file that is on the disk already as a content: its length and its SHA-256."""
        self.folder.mkdir(parents=True, exist_ok=True)
        put(source, self.path(id))
        with open(source, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return source.stat().st_size, digest

    def drop(self, id: str) -> None:
        self.path(id).unlink(missing_ok=True)

    def sweep(self, known: Callable[[], set[str]]) -> int:
        """Remove what no row knows: left by killed processes, or by rows that went. How many went."""
        if not self.folder.is_dir():
            return 0
        found = list(self.folder.iterdir())
        ids, gone = known(), 0  # asked after the look: what came since is not looked at
        for path in found:
            if path.name not in ids and path.is_file() and is_left(path):
                path.unlink(missing_ok=True)
                gone += 1
        return gone


def is_left(path: Path) -> bool:
    """Whether nobody is at it any more."""
    writing = PARTIAL.search(path.name)
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return False
    if writing is not None:
        return age > LONGEST or not is_alive(int(writing[1]))
    return age > GRACE


def put(source: Path, target: Path) -> None:
    """The file under a further name, without a copy where the disk can do that. OSError: it is gone, the disk full."""
    target.unlink(missing_ok=True)
    os.utime(source)  # it has no row yet, and is swept when it looks old
    try:
        os.link(source, target)
    except OSError:
        try:
            shutil.copyfile(source, target)
        except OSError:
            target.unlink(missing_ok=True)
            raise
    sync(target)
    sync_folder(target.parent)
