"""Taking in a model's files from a stranger's folder or zip: what may come in, and what is refused and why.

In comes a path; out come the files offered, by relative name, none of them opened yet. Nothing offered is trusted:
not a name, a size, a link or a content. What would run code on loading (a pickle) never enters.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from safetensors import SafetensorError, safe_open

from anew.errors import DataError, NotFound, Refused

MOST_FILES = 200
MOST_HEADER = 16 << 20  # bytes of a safetensors header; a million tensors' names fit
# safetensors: the disk's
MOST_BYTES = {".json": 64 << 20, ".toml": 1 << 20, ".md": 4 << 20, ".png": 16 << 20, ".mp3": 4 << 20}
MOST_SIDE = 16_384  # pixels of a card's picture
NEEDED = ("config.json", "model.safetensors", "recipe.toml")
PICKLES = {".bin", ".ckpt", ".joblib", ".npy", ".npz", ".pickle", ".pkl", ".pt", ".pth", ".t7"}
PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # of a path: rules out "..", "/", drives, controls, hidden files
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True)
class Offer:
    """A file on offer: `size` is what its source says, `open` gives its bytes."""

    size: int
    open: Callable[[], IO[bytes]]


@contextmanager
def offers_of(source: Path) -> Iterator[dict[str, Offer]]:
    """The files that a folder or a zip offers, by relative name. Refused names the one that may not come in."""
    if source.is_dir():
        yield checked(folder_offers(source), source)
    elif source.is_file():
        try:
            with zipfile.ZipFile(source) as archive:
                yield checked(zip_offers(archive, source), source)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, zlib.error) as error:
            raise DataError(
                f"{source}: not a whole zip: {error}", next_command="anew models import FOLDER-OR-ZIP"
            ) from None
    else:
        raise NotFound(f"{source}: no such folder or zip", next_command="anew models import FOLDER-OR-ZIP")


def folder_offers(folder: Path) -> Iterator[tuple[str, Offer]]:
    """Regular files only; a link could lead out of the folder, a device or a pipe could never end."""
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        if not stat.S_ISREG(mode):
            raise Refused(f"{path}: a model holds plain files only, no links, pipes or devices")
        yield path.relative_to(folder).as_posix(), Offer(path.lstat().st_size, lambda path=path: open_plain(path))  # type: ignore[misc]


def zip_offers(archive: zipfile.ZipFile, source: Path) -> Iterator[tuple[str, Offer]]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    tops = {info.filename.split("/")[0] for info in infos}
    names = {info.filename for info in infos}
    inside = f"{min(tops)}/" if len(tops) == 1 and "config.json" not in names else ""  # a zipped folder
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.flag_bits & 1:
            raise Refused(
                f"{source}: {info.filename!r} is a link, a device or encrypted; a model holds plain files only"
            )
        yield info.filename.removeprefix(inside), Offer(info.file_size, lambda info=info: archive.open(info))  # type: ignore[misc]


def checked(offers: Iterator[tuple[str, Offer]], source: Path) -> dict[str, Offer]:
    """The offers with every name looked at; what a model needs must be there."""
    made: dict[str, Offer] = {}
    for name, offer in offers:
        check_name(name, str(source))
        if name.lower() in (known.lower() for known in made):
            raise Refused(f"{source}: {name!r} is there twice")
        made[name] = offer
        if len(made) > MOST_FILES:
            raise Refused(f"{source}: more than {MOST_FILES} files, which no model has")
    missing = [name for name in NEEDED if name not in made]
    if missing:
        raise DataError(f"{source}: not a model: {', '.join(missing)} missing", next_command="anew models list")
    return made


def check_name(name: str, source: str) -> None:
    """Refused unless the relative name stays inside and its suffix is one that a model's files have."""
    parts = name.split("/")
    if len(parts) > 4 or not all(PART.fullmatch(part) for part in parts):
        raise Refused(f"{source}: {name!r} is not a file name inside a model")
    suffix = Path(name).suffix.lower()
    if suffix in PICKLES:
        raise Refused(f"{source}: {name!r} is a pickle, which runs code when it is loaded; safetensors do not")
    if suffix != ".safetensors" and suffix not in MOST_BYTES:
        raise Refused(
            f"{source}: {name!r} is no part of a model, which holds JSON, TOML, Markdown, PNG, MP3 and safetensors"
        )


def open_plain(path: Path) -> IO[bytes]:
    """Open a file without following a link or waiting for a pipe that was put there meanwhile."""
    handle = os.open(path, os.O_RDONLY | NO_FOLLOW)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refused(f"{path}: not a plain file")
    return os.fdopen(handle, "rb")


# ------------------------------------------------------------------------------------------------ contents


def check_content(name: str, path: Path) -> None:
    """Refused unless the file at `path` is what `name`'s suffix says. Reads no tensor."""
    check: Mapping[str, Callable[[Path], object]] = {
        ".safetensors": check_safetensors,
        ".json": lambda p: json.loads(p.read_text("utf-8")),
        ".toml": lambda p: tomllib.loads(p.read_text("utf-8")),
        ".md": lambda p: p.read_text("utf-8"),
        ".png": check_png,
        ".mp3": check_mp3,
    }
    suffix = Path(name).suffix.lower()
    size = path.stat().st_size
    if size > MOST_BYTES.get(suffix, size):
        raise Refused(f"{name}: {size:,} bytes are more than a model's {suffix} file has")
    try:
        check[suffix](path)
    except (ValueError, RecursionError, SafetensorError) as error:
        raise Refused(f"{name}: not a valid {suffix} file: {str(error)[:200]}") from None


def check_safetensors(path: Path) -> None:
    """The header's length is bounded before anything reads it; the library checks that its offsets fit the file."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
    if length > min(MOST_HEADER, path.stat().st_size):
        raise ValueError(f"a header of {length:,} bytes")
    with safe_open(path, framework="numpy"):
        pass


def check_png(path: Path) -> None:
    """The signature and a bounded size; whoever shows the picture decodes it with a bound of their own."""
    with open(path, "rb") as file:
        head = file.read(24)
    sides = [int.from_bytes(head[i : i + 4], "big") for i in (16, 20)]
    if len(head) < 24 or not head.startswith(b"\x89PNG\r\n\x1a\n") or not all(0 < s <= MOST_SIDE for s in sides):
        raise ValueError("no PNG, or one too large")


def check_mp3(path: Path) -> None:
    """That it begins with notes (ID3) or with a frame; whoever plays the sound decodes it with a bound of their own."""
    with open(path, "rb") as file:
        head = file.read(3)
    if head != b"ID3" and not (len(head) == 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
        raise ValueError("no MP3")
