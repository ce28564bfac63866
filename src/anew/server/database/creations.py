"""What was made and kept: a row for each, its content in a file that the digest names."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from anew.server.database.tables import Seconds, Table


class Creation(Table):
    """`request`: as JSON, the address and the body that make it again, seed included; `searched`: prompt, model and
    title in small letters."""

    __tablename__ = "creations"
    __table_args__ = (Index("creations_newest", "tenant", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    model: Mapped[str]
    modality: Mapped[str]
    title: Mapped[str]
    prompt: Mapped[str] = mapped_column(Text)
    searched: Mapped[str] = mapped_column(Text)
    request: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str]
    digest: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(Seconds)
    favourite: Mapped[bool] = mapped_column(Boolean)
    deleted_at: Mapped[int | None] = mapped_column(Seconds)
