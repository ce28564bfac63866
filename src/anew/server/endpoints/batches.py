"""/v1/batches: many requests out of a file, answered when there is room, each as if it were asked alone."""

from __future__ import annotations

import secrets
import shutil
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from anew.server.access import Asker, needs
from anew.server.audit import record
from anew.server.contents import put
from anew.server.database.work import Batch
from anew.server.endpoints.files import find as find_file
from anew.server.errors import Problem
from anew.server.paging import After, Id, one_of, page, told_page
from anew.server.streaming import ignored_of
from anew.server.wire.batches import NewBatch, told
from anew.server.work.lines import INPUT

router = APIRouter(dependencies=[needs("generate")])


@router.post("/v1/batches")
def create(asked: NewBatch, request: Request, response: Response, who: Asker) -> dict[str, Any]:
    state, id, now = request.app.state, f"batch_{secrets.token_hex(12)}", int(time.time())
    with state.database.reading() as session:
        file = find_file(session, asked.input_file_id, who.tenant, "input_file_id")
    if file.purpose != "batch":
        what = f"input_file_id: {file.id} was uploaded for {file.purpose!r}, and this takes purpose 'batch'"
        raise Problem(400, what, param="input_file_id", code="invalid_value")
    kept = None if asked.output_expires_after is None else asked.output_expires_after.seconds
    batch = Batch(
        id=id, created_at=now, tenant=who.tenant, key=who.key, status="validating", endpoint=asked.endpoint,
        input_file=file.id, window=asked.completion_window, expires_at=now + asked.seconds, keep_seconds=kept,
        labels=asked.metadata, times={}, counts={},
    )  # fmt: skip
    folder = state.workshop.batches / id
    try:
        folder.mkdir(parents=True)
        put(state.contents.there(file.id), folder / INPUT)  # which stays when the file is deleted meanwhile
        with state.database.writing() as session:
            session.add(batch)
            record(session, who, "batch.created", id, endpoint=asked.endpoint, input_file=file.id)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    response.headers.update(ignored_of(asked))
    return told(batch)


def batches_of(tenant: str) -> Select[Any]:
    return select(Batch).where(Batch.tenant == tenant)


def find(session: Session, id: str, tenant: str, *, change: bool = False) -> Batch:
    """`change`: nobody else changes it meanwhile."""
    batch = one_of(session, Batch, batches_of(tenant), id, change=change)
    if batch is None:
        raise Problem(404, f"no batch is called {id!r}", param="batch_id", code="batch_not_found")
    return batch


@router.get("/v1/batches")
def batches(
    request: Request, who: Asker, after: After = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        return told_page(page(session, Batch, batches_of(who.tenant), after, limit), told)


@router.get("/v1/batches/{id}")
def batch(id: Id, request: Request, who: Asker) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        return told(find(session, id, who.tenant))


@router.post("/v1/batches/{id}/cancel")
def cancel(id: Id, request: Request, who: Asker) -> dict[str, Any]:
    """What is answered by then is kept, and to be had as ever."""
    with request.app.state.database.writing() as session:
        row = find(session, id, who.tenant, change=True)
        if row.status in ("validating", "in_progress"):
            row.status, row.times = "cancelling", {**row.times, "cancelling_at": int(time.time())}
            record(session, who, "batch.cancelled", id)
        elif row.status not in ("cancelling", "cancelled"):
            raise Problem(400, f"{id} is {row.status}, and cannot be cancelled", code="invalid_status")
    return told(row)
