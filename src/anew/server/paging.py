"""Lists in pages, as OpenAI's clients walk through them: what comes after the last one seen.

In: whose rows, and where to go on. Out: {"object": "list", "data", "first_id", "last_id", "has_more"}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Path, Query
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from anew.server.errors import Problem

ID = r"^[A-Za-z0-9_-]{1,100}$"  # of anything that is listed
Id = Annotated[str, Path(pattern=ID)]
After = Annotated[str | None, Query(description="The id behind which to go on.", pattern=ID)]


class Row(Protocol):
    number: Any
    id: Any


R = TypeVar("R", bound=Row)


def page(
    session: Session, kind: type[R], rows: Select[Any], after: str | None, limit: int, *, oldest: bool = False
) -> tuple[list[R], bool]:
    """`limit` of the rows behind the one called `after`, and whether there are more. Problem: there is no such one."""
    number: InstrumentedAttribute[int] = kind.number
    if after is not None:
        seen = session.scalar(rows.where(kind.id == after))
        if seen is None:
            raise Problem(400, f"after: nothing here is called {after!r}", param="after", code="invalid_value")
        rows = rows.where(number > seen.number if oldest else number < seen.number)
    found = list(session.scalars(rows.order_by(number if oldest else number.desc()).limit(limit + 1)))
    return found[:limit], len(found) > limit


def one_of(session: Session, kind: type[R], rows: Select[Any], id: str, *, change: bool = False) -> R | None:
    """The one of the rows that is called so. `change`: nobody else changes it meanwhile."""
    wanted = rows.where(kind.id == id)
    found: R | None = session.scalar(wanted.with_for_update() if change else wanted)
    return found


def listed(data: list[dict[str, Any]], more: bool) -> dict[str, Any]:
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"object": "list", "data": data, "first_id": first, "last_id": last, "has_more": more}


def told_page(found: tuple[list[R], bool], told: Callable[[R], dict[str, Any]]) -> dict[str, Any]:
    return listed([told(row) for row in found[0]], found[1])
