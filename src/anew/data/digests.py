"""SHA-256 of files that are opened often, each read once for as long as it stays as it was.

In: paths. Out: hashes. Beside a hash stand the file's size and time of change as they were before it was read, by the
file's number on its disk; while they hold it is not read again. That notices whoever writes to the file or puts another
in its place. It does not notice a disk that loses bits by itself, nor who sets a file's clock back on purpose.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from anew.data.files import sha256_file, write_atomic
from anew.data.home import home

MOST = 4096  # files remembered
SETTLED = 2.0  # seconds that a file has to be older than: coarser clocks tell two changes of it apart no more


class Digests:
    """Hashes kept in `file`, by default under ANEW_HOME; where it cannot be written every file is read every time."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or home() / "digests.json"

    def of(self, path: Path) -> str:
        """The file's SHA-256 in hexadecimal. OSError as from any reading."""
        seen, now = path.stat(), time.time()
        key, stamp = f"{seen.st_dev}/{seen.st_ino}", [seen.st_size, seen.st_mtime_ns]
        known = self._known()
        if isinstance(found := known.get(key), list) and found[:2] == stamp and isinstance(found[-1], str):
            return found[-1]
        digest = sha256_file(path)
        if now - seen.st_mtime > SETTLED:
            kept = {k: v for k, v in [*known.items()][-MOST + 1 :] if k != key} | {key: [*stamp, digest]}
            with suppress(OSError):
                self.file.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(self.file, json.dumps(kept, indent=0).encode())
        return digest

    def _known(self) -> dict[str, Any]:
        try:
            known = json.loads(self.file.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return known if isinstance(known, dict) else {}
