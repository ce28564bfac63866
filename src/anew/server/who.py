"""Who asks: a tenant, what it may do, and the key that it came with."""

from __future__ import annotations

from dataclasses import dataclass

SCOPES = ("read", "generate", "files", "train", "admin")
LOCAL = "local"  # the tenant of a server without keys, of its command line, and of `--api-key`
MASTER = "--api-key"  # stands for the id of the key that a server was started with, which is in no database


@dataclass(frozen=True)
class Who:
    """`tenant`: whose files, jobs and responses they see; `key`: the id of the key they came with, None without one."""

    tenant: str = LOCAL
    scopes: frozenset[str] = frozenset(SCOPES)
    key: str | None = None
