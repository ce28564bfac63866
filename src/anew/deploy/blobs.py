"""Files kept once each, by the SHA-256 of their content: blobs/ab/ab12…

A blob is copied to a temporary file, hashed and checked, synced, then renamed: it is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from anew.data.files import sha256_file, sync_folder
from anew.deploy.intake import Offer, check_content
from anew.errors import Refused

PIECE = 1 << 20
DIGEST = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """The blobs of a store. A file is known by `{"sha256": …, "bytes": …}`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, value: Mapping[str, Any]) -> Path:
        digest: str = value["sha256"]
        return self.root / digest[:2] / digest

    def put(self, name: str, offer: Offer, check: Callable[[str, Path], object] = check_content) -> dict[str, Any]:
        """Take in a file that is called `name`. An existing blob is written anew, which mends it should it be damaged.
        Refused when `check` finds that the content is not what the name says, or longer than its source says."""
        self.root.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(".partial", dir=self.root)
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(handle, "wb") as target, offer.open() as origin:
                while piece := origin.read(PIECE):
                    size += len(piece)
                    if size > offer.size:
                        raise Refused(f"{name}: longer than its source says")
                    digest.update(piece)
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
            check(name, Path(partial))
            os.chmod(partial, 0o444)
            value = {"sha256": digest.hexdigest(), "bytes": size}
            path = self.path(value)
            path.parent.mkdir(exist_ok=True)
            os.replace(partial, path)
            for folder in (path.parent, self.root):
                sync_folder(folder)
        finally:
            Path(partial).unlink(missing_ok=True)
        return value

    def read(self, value: Mapping[str, Any]) -> bytes | None:
        """A blob's bytes, None when they are not what they were."""
        path = self.path(value)
        content = path.read_bytes() if path.is_file() else b""
        return content if hashlib.sha256(content).hexdigest() == value["sha256"] else None

    def fault(self, value: Mapping[str, Any], digest_of: Callable[[Path], str] = sha256_file) -> str | None:
        """What is wrong with a blob, None when its bytes are what they were."""
        path = self.path(value)
        if not path.is_file():
            return "missing"
        if path.stat().st_size != value["bytes"]:
            return f"{path.stat().st_size:,} bytes instead of {value['bytes']:,}"
        return None if digest_of(path) == value["sha256"] else "its content has changed"


def is_file_value(value: Any) -> bool:
    """Whether a manifest's value names a blob, and nothing outside the store."""
    return (
        isinstance(value, dict)
        and isinstance(digest := value.get("sha256"), str)
        and DIGEST.fullmatch(digest) is not None
        and isinstance(size := value.get("bytes"), int)
        and size >= 0
    )
