"""What is kept of models in eight bits, under ANEW_HOME/int8: what the files are called, whose they are, which may go.

    ab12…-2.safetensors          a model's weights, or          ab12…-2.json   the figure by which it was refused
    ab12…-2.2.9.0.safetensors    the same as this version of torch lays them out
    ab12….folders                the folders that were started by it, one a line

In: the folder of a model. Out: the digest that it is kept under, paths, what was freed.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path

import torch

from anew.data.digests import Digests
from anew.data.files import is_alive
from anew.data.home import home

FORM = 2  # of the kept weights
DIGEST = "[0-9a-f]{64}"
KEPT = re.compile(rf"({DIGEST})(?:-(\d+))?\..+")
PARTIAL = re.compile(rf"\.{DIGEST}.*\.(\d+)\.partial")


def digest_of(folder: Path) -> str:
    """The hash of the model's settings and weights. The store names a folder by the hash of all that it holds, which
    saves reading it."""
    weights = folder.name if named_by_hash(folder) else Digests().of(folder / "model.safetensors")
    return hashlib.sha256((folder / "config.json").read_bytes() + weights.encode()).hexdigest()


def named_by_hash(folder: Path) -> bool:
    return folder.parent.name == "folders" and re.fullmatch(DIGEST, folder.name) is not None


def place() -> Path:
    return home() / "int8"


def kept_at(digest: str) -> Path:
    """Where the quantised form of the model with this digest is kept."""
    return place() / f"{digest}-{FORM}.safetensors"


def laid_at(digest: str) -> Path:
    """Where its weights are kept as this torch's oneDNN lays them out."""
    return kept_at(digest).with_suffix(f".{torch.__version__}.safetensors")


def refused_at(digest: str) -> Path:
    """Where the figure is kept by which it was refused."""
    return kept_at(digest).with_suffix(".json")


# ------------------------------------------------------------------------------------------------ whose they are


def claim(digest: str, folder: Path) -> None:
    """Remember that this folder is started by what is kept under the digest."""
    if folder.absolute() not in claimed(digest):
        with suppress(OSError):
            place().mkdir(parents=True, exist_ok=True)
            with open(claims_at(digest), "ab") as file:
                file.write(os.fsencode(folder.absolute()) + b"\n")


def claimed(digest: str) -> list[Path]:
    """The folders that were; none where nobody has said so."""
    try:
        return [Path(os.fsdecode(line)) for line in claims_at(digest).read_bytes().split(b"\n") if line]
    except OSError:
        return []


def claims_at(digest: str) -> Path:
    return place() / f"{digest}.folders"


def is_source(folder: Path, digest: str) -> bool:
    """Whether the folder is still the one that this was made from, or may be. The store lays a folder out when it is
    asked for: what counts is whether it has the model."""
    if named_by_hash(folder):
        return (folder.parents[1] / "manifests" / f"{folder.name}.json").is_file()
    try:
        return digest_of(folder) == digest
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # a disk that does not answer
        return True


# ------------------------------------------------------------------------------------------------ what may go


def free() -> tuple[int, int]:
    """Free what no start will read: of models that are gone, of earlier forms, of other versions of torch, what killed
    writers left. Bytes freed, and bytes that stay since nobody knows whose they are."""
    freed = unknown = 0
    for path in sorted(place().glob("*")) if place().is_dir() else []:
        size, mine = path.stat().st_size, KEPT.fullmatch(path.name)
        if is_stale(path):
            path.unlink(missing_ok=True)
            freed += size
        elif mine is not None and not claimed(mine[1]):
            unknown += size
    return freed, unknown


def is_stale(path: Path) -> bool:
    left, kept = PARTIAL.fullmatch(path.name), KEPT.fullmatch(path.name)
    if left is not None:
        return not is_alive(int(left[1]))
    if kept is None:
        return False
    digest, form = kept.groups()
    read = [claims_at(digest), kept_at(digest), laid_at(digest), refused_at(digest)]
    if path not in read and int(form or 0) <= FORM:
        return True
    folders = claimed(digest)
    return bool(folders) and not any(is_source(folder, digest) for folder in folders)
