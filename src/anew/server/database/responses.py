"""What was answered at /v1/responses: each response, and the items that it was asked with and made.

A response goes on from another; its conversation is all of that one's and its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from anew.server.database.tables import Seconds, Table
from anew.server.errors import Problem

MOST_BEFORE = 1000  # responses of one conversation

Item = dict[str, Any]


class Response(Table):
    """`body`: as it is answered."""

    __tablename__ = "responses"

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[int] = mapped_column(Seconds)
    previous_id: Mapped[str | None]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class ResponseItem(Table):
    """`made`: by the model; otherwise it was sent. `position`: from 0, what was sent before what was made."""

    __tablename__ = "response_items"

    response_id: Mapped[str] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(index=True)
    made: Mapped[bool]
    body: Mapped[Item] = mapped_column(JSON)


def keep(session: Session, tenant: str, body: dict[str, Any], sent: Sequence[Item]) -> None:
    """A response with what it was asked with."""
    previous, made = body["previous_response_id"], body["output"]
    session.add(Response(id=body["id"], tenant=tenant, created_at=body["created_at"], previous_id=previous, body=body))
    session.flush()
    for position, item in enumerate([*sent, *made]):
        of = {"made": position >= len(sent), "body": item}
        session.add(ResponseItem(response_id=body["id"], position=position, id=item["id"], **of))


def found(session: Session, tenant: str, id: str, *, field: str | None = None) -> Response:
    """Problem 404: the tenant has none of this id. `field`: where the id stands in a request."""
    one = session.get(Response, id) if id.isprintable() else None  # what no database takes is in none
    if one is None or one.tenant != tenant:
        code = "previous_response_not_found" if field else "not_found"
        raise Problem(404, f"no response has the id {id!r}; it was not stored, or deleted", param=field, code=code)
    return one


def forget(session: Session, tenant: str, id: str) -> None:
    found(session, tenant, id)
    session.execute(delete(ResponseItem).where(ResponseItem.response_id == id))
    session.execute(delete(Response).where(Response.id == id))


def items(session: Session, id: str, *, made: bool | None = None) -> list[Item]:
    """Those of a response, in order."""
    asked = select(ResponseItem).where(ResponseItem.response_id == id).order_by(ResponseItem.position)
    return [one.body for one in session.scalars(asked) if made in (None, one.made)]


def before(session: Session, tenant: str, id: str) -> list[Item]:
    """All items of the conversation up to and with this response. Problem 404: one of its responses is gone."""
    chain = list[str]()
    at: str | None = id
    while at is not None:
        chain.append(at)
        at = found(session, tenant, at, field="previous_response_id").previous_id
        if len(chain) > MOST_BEFORE:
            what = f"previous_response_id: a conversation of more than {MOST_BEFORE:,} responses"
            raise Problem(400, what, param="previous_response_id", code="context_length_exceeded")
    return [item for one in reversed(chain) for item in items(session, one)]


def referred(session: Session, tenant: str, id: str, place: str) -> Item:
    """The item with this id. Problem 404: none of the tenant's responses has it."""
    asked = select(ResponseItem).join(Response, Response.id == ResponseItem.response_id)
    one = session.scalars(asked.where(ResponseItem.id == id, Response.tenant == tenant).limit(1)).first()
    if one is None:
        raise Problem(404, f"{place}: no stored item has the id {id!r}", param=f"{place}.id", code="not_found")
    return one.body
