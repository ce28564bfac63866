"""Files of the server's own, each kept once by the SHA-256 of its content: ab/ab12…

In: bytes. Out: their digest. A file is there whole or not at all, and has survived a power cut when `put` returns.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from anew.data.files import sync_folder
from anew.errors import Damaged

DIGEST = re.compile(r"[0-9a-f]{64}")


class ByDigest:
    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        assert DIGEST.fullmatch(digest)
        return self.root / digest[:2] / digest

    @staticmethod
    def digest(content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()

    def put(self, content: bytes) -> str:
        digest = self.digest(content)
        folder = self.path(digest).parent
        folder.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(".partial", dir=self.root)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.path(digest))
        finally:
            Path(partial).unlink(missing_ok=True)
        for place in (folder, self.root):
            sync_folder(place)
        return digest

    def get(self, digest: str) -> bytes:
        """Damaged: it is not there any more, or has changed."""
        path = self.path(digest)
        content = path.read_bytes() if path.is_file() else b""
        if self.digest(content) != digest:
            raise Damaged(f"the file {digest[:12]} is damaged or gone")
        return content
