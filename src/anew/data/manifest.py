"""What a stage read and wrote, by hash: how a stage knows that it has nothing to do, and an output its origins."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from anew.data.files import write_atomic
from anew.errors import Damaged

NAME = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """`inputs` name -> digest of what was read, `files` name -> SHA-256 of what was written, `facts` anything JSON."""

    stage: str
    fingerprint: str
    inputs: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of what was written: what the next stage's `inputs` name. The settings are no part of it, so that one
        that comes later, and changes nothing, leaves what was made of the same data as it is."""
        return fingerprint_of(stage=self.stage, counts=self.counts, files=self.files, facts=self.facts)


def canonical(value: Any) -> bytes:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def fingerprint_of(**values: Any) -> str:
    """SHA-256 of named JSON values: the settings and inputs that a stage's result depends on."""
    return hashlib.sha256(canonical(values)).hexdigest()


def write(folder: Path, manifest: Manifest) -> None:
    text = json.dumps(asdict(manifest), sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomic(folder / NAME, (text + "\n").encode())


def load(folder: Path) -> Manifest | None:
    """The folder's manifest, or None where there is none. Damaged when it cannot be read."""
    path = folder / NAME
    try:
        return Manifest(**json.loads(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError):
        raise Damaged(f"{path}: not a manifest", next_command=f"rm -r {folder}, then run the stage again") from None


def load_current(folder: Path, fingerprint: str) -> Manifest | None:
    """The manifest of a folder that already holds what a stage with this fingerprint would make, else None."""
    try:
        manifest = load(folder)
    except Damaged:
        return None
    if manifest is None or manifest.fingerprint != fingerprint:
        return None
    return manifest if all((folder / name).is_file() for name in manifest.files) else None


def is_current(folder: Path, fingerprint: str) -> bool:
    return load_current(folder, fingerprint) is not None
