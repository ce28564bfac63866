"""API keys: how they are made, what of them is kept, and how they are taken back.

In: what a new key may do. Out: its row and its secret, which is told once. The database keeps the SHA-256 of the secret
alone; of 256 random bits nothing can be guessed, so that no slower hash is needed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from anew.errors import NotFound, RecipeError, nearest
from anew.server.audit import record
from anew.server.database.ledger import Usage
from anew.server.database.tables import Key
from anew.server.who import SCOPES, Who

USUAL = tuple(scope for scope in SCOPES if scope != "admin")
NAME = re.compile(r"\w[\w .@+-]{0,63}")
FORM = re.compile(r"sk-anew-([0-9a-f]{12})-([0-9a-f]{64})")
UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
DAY = UNITS["d"]
MOST_REQUESTS, MOST_TOKENS = 100_000, 10**15


class Wrong(RecipeError):
    """What was asked of a key cannot be; `param` names the field."""

    def __init__(self, param: str, what: str) -> None:
        super().__init__(f"{param}: {what}")
        self.param = param


def create(
    session: Session, who: Who, name: str, *, scopes: Sequence[str] = USUAL, tenant: str | None = None,
    expires: str | None = None, requests_per_minute: int | None = None, tokens_per_day: int | None = None,
) -> tuple[Key, str]:  # fmt: skip
    """A new key and how it is spelled, which nobody can tell again. `tenant`: whose objects it sees, `name`'s by
    default; `expires`: after how long, `30d`."""
    for field, given in (("name", name), ("tenant", tenant)):
        if given is not None and not NAME.fullmatch(given):
            raise Wrong(field, "letters, digits, blanks and . @ + - _, at most 64, a letter or digit first")
    for scope in scopes:
        if scope not in SCOPES:
            raise Wrong("scopes", f"{', '.join(SCOPES)}; not {scope!r}{nearest(scope, SCOPES)}")
    if not scopes:
        raise Wrong("scopes", "one at least: " + ", ".join(SCOPES))
    now, id, secret = int(time.time()), secrets.token_hex(6), secrets.token_hex(32)
    key = Key(
        id=id, digest=digest_of(secret), name=name, tenant=tenant or name,
        scopes=" ".join(scope for scope in SCOPES if scope in scopes), created_at=now,
        expires_at=None if expires is None else now + seconds_of(expires), revoked_at=None,
        requests_per_minute=within("requests_per_minute", requests_per_minute, MOST_REQUESTS),
        tokens_per_day=within("tokens_per_day", tokens_per_day, MOST_TOKENS),
    )  # fmt: skip
    session.add(key)
    record(session, who, "key.created", id, **{k: v for k, v in told(key).items() if k not in ("id", "object")})
    return key, f"sk-anew-{id}-{secret}"


def revoke(session: Session, who: Who, id: str) -> Key:
    """From now on nobody enters with it. NotFound for an id that no key has; a second time changes nothing."""
    key = session.get(Key, id, with_for_update=True)
    if key is None:
        raise NotFound(f"no key has the id {id!r}", next_command="anew keys list")
    if key.revoked_at is None:
        key.revoked_at = int(time.time())
        record(session, who, "key.revoked", id, name=key.name, tenant=key.tenant)
    return key


def all_keys(session: Session) -> Sequence[Key]:
    return session.scalars(select(Key).order_by(Key.created_at, Key.id)).all()


def today() -> int:
    """The day in UTC, counted from 1970."""
    return int(time.time() // DAY)


def spent_today(session: Session) -> dict[str, int]:
    """Tokens by the id of the key that spent them."""
    return {one.key: one.tokens for one in session.scalars(select(Usage).where(Usage.day == today()))}


class Known(NamedTuple):
    """What there is to know of a key at the door."""

    id: str
    digest: str
    tenant: str
    scopes: str
    expires_at: int | None
    revoked_at: int | None
    requests_per_minute: int | None
    tokens_per_day: int | None


def known(session: Session) -> dict[str, Known]:
    """All keys by their id."""
    return {row[0]: Known(*row) for row in session.execute(select(*(getattr(Key, name) for name in Known._fields)))}


def state_of(key: Key | Known, now: float | None = None) -> str:
    """`active`, `expired` or `revoked`."""
    if key.revoked_at is not None:
        return "revoked"
    expired = key.expires_at is not None and key.expires_at <= (time.time() if now is None else now)
    return "expired" if expired else "active"


def told(key: Key) -> dict[str, Any]:
    """A key as people and clients see it, without what it is recognised by."""
    return {
        "id": key.id, "object": "anew.key", "name": key.name, "tenant": key.tenant, "scopes": key.scopes.split(),
        "state": state_of(key), "created_at": key.created_at, "expires_at": key.expires_at,
        "revoked_at": key.revoked_at, "requests_per_minute": key.requests_per_minute,
        "tokens_per_day": key.tokens_per_day,
    }  # fmt: skip


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def seconds_of(period: str) -> int:
    """`45m`, `12h`, `30d`, `8w`, `1y`."""
    found = re.fullmatch(r"([0-9]{1,5})([mhdwy])", period)
    if not found or int(found[1]) == 0:
        raise Wrong("expires", f"45m, 12h, 30d, 8w or 1y; not {period!r}")
    return int(found[1]) * UNITS[found[2]]


def within(field: str, value: int | None, most: int) -> int | None:
    if value is not None and not 1 <= value <= most:
        raise Wrong(field, f"1 to {most:,}")
    return value
