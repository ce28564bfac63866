"""What lies on the disk beside the rows of creations: their contents, each once by its SHA-256; and how it goes again.

In: bytes, and the folder of a database's own files. Out: a digest. The row that names a content is written last, so
that none is without it; a content without a row is swept away.
"""

from __future__ import annotations

import shutil
import time
from io import BytesIO
from pathlib import Path

from sqlalchemy import delete, select

from anew.deploy.blobs import Blobs
from anew.deploy.intake import Offer
from anew.errors import Damaged
from anew.server.database.connect import Database
from anew.server.database.creations import Creation

CONTENTS, EXPORTS = "creations", "exports"
RESTORED = 30 * 86_400  # seconds in which what was deleted can be brought back
GRACE = 3600  # seconds in which a content may be without a row, and a zip be on its way


def put(folder: Path, content: bytes) -> str:
    """The digest of a content, which is on the disk when this returns."""
    offer = Offer(len(content), lambda: BytesIO(content))
    digest: str = Blobs(folder / CONTENTS).put("content", offer, lambda name, path: None)["sha256"]
    return digest


def get(folder: Path, digest: str) -> bytes:
    """Damaged: it is not there any more, or has changed."""
    content = Blobs(folder / CONTENTS).read({"sha256": digest})
    if content is None:
        raise Damaged(f"the content {digest[:12]} is damaged or gone")
    return content


def sweep(database: Database, folder: Path) -> None:
    """Remove creations that were deleted long ago, contents that no row names, and zips that killed servers left."""
    now = time.time()
    with database.writing() as session:
        session.execute(delete(Creation).where(Creation.deleted_at < now - RESTORED))
    found = [path for path in (folder / CONTENTS).rglob("*") if path.is_file()]
    with database.reading() as session:  # after the look: what came since is not looked at
        named = set(session.scalars(select(Creation.digest)))
    for path in found:
        if path.name not in named and past(path, now):
            path.unlink(missing_ok=True)
    for path in (folder / EXPORTS).glob("*"):
        if past(path, now):
            shutil.rmtree(path, ignore_errors=True)


def past(path: Path, now: float) -> bool:
    """Whether nobody is at it any more."""
    try:
        return now - path.stat().st_mtime > GRACE
    except FileNotFoundError:
        return False
