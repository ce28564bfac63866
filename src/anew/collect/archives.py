"""What lies inside a ZIP or a tar (plain, gzip, bzip2, xz), read in place: nothing is ever unpacked onto the disk.

A member is refused when its name leads out of the archive, when it is no file, or when it is encrypted; an archive
when it is damaged or expands beyond reason. Members of a tar are open only until the next one is asked for.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from anew.data.removals import Removed

BOMB_RATIO = 200  # real text and tables shrink by far less
BOMB_BYTES = 64 << 20  # below this much content nobody is harmed


@dataclass(frozen=True)
class Member:
    name: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


def members(path: Path, name: str, skipped: Counter[str]) -> Iterator[Member | Removed]:
    """The files of an archive: a ZIP's sorted by name, a tar's in its own order, since it can only be streamed."""
    try:
        if zipfile.is_zipfile(path):
            yield from zip_members(path, name, skipped)
        else:
            yield from tar_members(path, name, skipped)
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, ValueError, NotImplementedError) as error:
        yield Removed(name, "damaged archive", str(error) or type(error).__name__)
    except zlib_errors() as error:
        yield Removed(name, "damaged archive", str(error))


def zlib_errors() -> tuple[type[Exception], ...]:
    import lzma
    import zlib

    return (zlib.error, lzma.LZMAError)


def zip_members(path: Path, name: str, skipped: Counter[str]) -> Iterator[Member | Removed]:
    with zipfile.ZipFile(path) as archive:
        files = sorted((i for i in archive.infolist() if not i.is_dir()), key=lambda i: i.filename)
        if is_bomb(sum(i.file_size for i in files), path.stat().st_size):
            yield Removed(name, "bomb", f"the archive expands more than {BOMB_RATIO}-fold")
            return
        for info in files:
            origin = f"{name}!{info.filename}"
            if wrong := wrong_name(info.filename):
                yield Removed(origin, "unsafe name", wrong)
            elif is_hidden(info.filename):
                skipped["hidden"] += 1
            elif (info.external_attr >> 16) & 0o170000 == 0o120000:
                yield Removed(origin, "link", "a link in an archive is not followed")
            elif info.flag_bits & 1:
                yield Removed(origin, "encrypted", "no password is known; unpack the archive yourself")
            elif is_bomb(info.file_size, info.compress_size):
                yield Removed(origin, "bomb", f"expands more than {BOMB_RATIO}-fold")
            else:
                yield Member(info.filename, info.file_size, cast(Callable[[], BinaryIO], partial(archive.open, info)))


def tar_members(path: Path, name: str, skipped: Counter[str]) -> Iterator[Member | Removed]:
    packed, unpacked = path.stat().st_size, 0
    with tarfile.open(path, "r|*") as archive:
        while (info := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # it would remember every member that it has passed
            unpacked += info.size
            origin = f"{name}!{info.name}"
            if is_bomb(unpacked, packed):
                yield Removed(name, "bomb", f"the archive expands more than {BOMB_RATIO}-fold")
                return
            if wrong := wrong_name(info.name):
                yield Removed(origin, "unsafe name", wrong)
            elif info.isdir():
                continue
            elif is_hidden(info.name):
                skipped["hidden"] += 1
            elif not info.isfile():
                yield Removed(origin, "link" if info.issym() or info.islnk() else "special file", "not a plain file")
            elif (file := archive.extractfile(info)) is not None:
                yield Member(info.name, info.size, partial(closing, cast(BinaryIO, file)))


def wrong_name(name: str) -> str | None:
    """Why a member's name is not taken at its word, if it is not."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (len(name) > 1 and name[1] == ":"):
        return "the name leads out of the archive"
    return None


def is_hidden(name: str) -> bool:
    return any(part.startswith(".") and part != "." or part in ("__MACOSX", "__pycache__") for part in name.split("/"))


def is_bomb(unpacked: int, packed: int) -> bool:
    return unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * max(packed, 1)
