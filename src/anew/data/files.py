"""Writing files and folders so that a crash leaves the old one or the new one, never half of one; and their hashes."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from anew.errors import DiskFull

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # a disk, a quota, a limit of a file's size


def write_atomic(path: Path, content: bytes) -> None:
    """Put `content` at `path`: written beside it, synced, then renamed over it. OSError as from any write."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that takes the place of `path` when the block ends well and vanishes when it does not.

    What killed processes left of earlier attempts is removed first; one that is still at it is let be, and the last to
    end stays. DiskFull: it takes no more.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}."
    partial, old = (path.with_name(f"{prefix}{os.getpid()}.{what}") for what in ("partial", "old"))
    for left in path.parent.iterdir():
        pid, _, what = left.name.removeprefix(prefix).partition(".")
        ours = left.name.startswith(prefix) and what in ("partial", "old") and pid.isdecimal()
        if ours and (int(pid) == os.getpid() or not is_alive(int(pid))):
            shutil.rmtree(left, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        for file in partial.rglob("*"):
            sync(file)
        sync_folder(partial)
        swap(partial, path, old)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise DiskFull(f"{path}: the disk is full", next_command=f"df -h {path.parent}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    sync_folder(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def swap(made: Path, path: Path, old: Path, attempts: int = 5) -> None:
    """Put the folder `made` at `path`, and what was there at `old`. Another process may be at the same."""
    for attempt in range(attempts):
        try:
            with suppress(FileNotFoundError):
                os.replace(path, old)
            os.replace(made, path)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or attempt == attempts - 1:
                raise
            shutil.rmtree(old, ignore_errors=True)


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs here; False where that cannot be asked without harm."""
    if os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def sync(path: Path) -> None:
    """Make the file's or folder's content survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Make the folder's entries survive a power cut, where the platform can open a folder (Windows cannot)."""
    if os.name != "nt":
        sync(path)


def sha256_file(path: Path) -> str:
    """The file's SHA-256 in hexadecimal, read in pieces."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
