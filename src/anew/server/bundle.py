"""The studio as it was built: every file of `static/`, read once, ready to be sent.

In: a folder. Out: for each address a body, the same in gzip where that is smaller, and how long it may be kept. What is
not in the folder has no address: no path of a request is ever looked up on the disk.
"""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
KINDS = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8", ".png": "image/png",
}  # fmt: skip
HASHED = re.compile(r"-[\w-]{8}\.\w+$")  # names that change with what they hold
FOR_EVER, ASKED_EACH_TIME = "public, max-age=31536000, immutable", "no-cache"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@dataclass(frozen=True)
class Piece:
    """`packed`: the body in gzip, where that is smaller."""

    body: bytes
    packed: bytes | None
    kind: str
    keeping: str
    tag: str

    def headers(self, *, packed: bool) -> dict[str, str]:
        told = {
            "content-security-policy": POLICY, "cache-control": self.keeping, "vary": "accept-encoding",
            "etag": f'"{self.tag}{"-gzip" if packed else ""}"',
        }  # fmt: skip
        return told | ({"content-encoding": "gzip"} if packed else {})


@functools.cache
def pieces(folder: Path = FOLDER) -> Mapping[str, Piece]:
    """By address: `/` is index.html."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in KINDS:
            name = f"/{path.relative_to(folder).as_posix()}"
            found["/" if name == "/index.html" else name] = piece(path.name, path.read_bytes())
    return found


def piece(name: str, body: bytes) -> Piece:
    packed = gzip.compress(body, 9, mtime=0)
    keeping = FOR_EVER if HASHED.search(name) else ASKED_EACH_TIME
    kind = KINDS[Path(name).suffix]
    return Piece(body, packed if len(packed) < len(body) else None, kind, keeping, sha256(body).hexdigest()[:24])


def takes_gzip(accepted: str) -> bool:
    """Whether an `accept-encoding` has room for it: named, or meant by `*`, and not with a weight of 0."""
    weights = dict[str, float]()
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        try:
            weights[name.strip()] = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[name.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0
