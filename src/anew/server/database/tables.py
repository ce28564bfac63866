"""The tables. Times are seconds since 1970; a tenant is whom a row belongs to, and nobody else sees it."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Seconds = BigInteger


class Table(DeclarativeBase):
    """What all tables have in common: a place in one schema."""


class Named(Table):
    """The one row that tells this database from any other, drawn when it was made. A copy of it bears the same."""

    __tablename__ = "named"

    id: Mapped[str] = mapped_column(primary_key=True)


class Key(Table):
    """An API key. `digest`: SHA-256 of its secret part, which is kept nowhere; `scopes`: names with blanks between."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    name: Mapped[str]
    tenant: Mapped[str] = mapped_column(index=True)
    scopes: Mapped[str]
    created_at: Mapped[int] = mapped_column(Seconds)
    expires_at: Mapped[int | None] = mapped_column(Seconds)
    revoked_at: Mapped[int | None] = mapped_column(Seconds)
    requests_per_minute: Mapped[int | None]
    tokens_per_day: Mapped[int | None] = mapped_column(BigInteger)
