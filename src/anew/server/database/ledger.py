"""Tables that only grow: what administrators did, and what keys have spent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from anew.server.database.tables import Seconds, Table


class Audit(Table):
    """One act. `digest`: SHA-256 of all the rest, `previous` among it: the digest of the row before. Triggers of the
    database let nobody change or delete a row."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(Seconds)
    tenant: Mapped[str]
    key: Mapped[str | None]
    act: Mapped[str]
    object: Mapped[str]
    details: Mapped[str] = mapped_column(Text)
    previous: Mapped[str]
    digest: Mapped[str]


class AuditEnd(Table):
    """The one row that says where the log ends: who writes takes it first, so that two writers keep one chain, and
    rows that are missing at the end are noticed."""

    __tablename__ = "audit_end"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str]


class Usage(Table):
    """Tokens that a key has spent on a day (days since 1970, UTC)."""

    __tablename__ = "usage"

    key: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tokens: Mapped[int] = mapped_column(BigInteger)
