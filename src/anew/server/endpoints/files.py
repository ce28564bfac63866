"""/v1/files: contents of which jobs and batches are made, and those that come out of them."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import ValidationError
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from anew.server.access import Asker, needs
from anew.server.contents import Contents, Incoming
from anew.server.database.connect import Database
from anew.server.database.work import File
from anew.server.errors import Problem
from anew.server.form import Form
from anew.server.paging import ID, After, Id, page, told_page
from anew.server.streaming import ignored_of
from anew.server.wire.files import FORM, NewFile, told

router = APIRouter(dependencies=[needs("files")])


@router.post("/v1/files", openapi_extra=FORM)
async def upload(request: Request, response: Response, who: Asker) -> dict[str, Any]:
    contents: Contents = request.app.state.contents
    id = f"file-{secrets.token_hex(12)}"
    with contents.incoming(id) as incoming:
        form = Form(request.headers.get("content-type", ""), incoming.write)
        await form.read(request)
        asked = validated(form)
        row = await asyncio.to_thread(keep, request.app.state.database, incoming, asked, id, form.filename, who.tenant)
    response.headers.update(ignored_of(asked))
    return told(row)


def validated(form: Form) -> NewFile:
    try:
        asked = NewFile.of(form.fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    if not form.has_file:
        raise Problem(400, "file: there is none in the form", param="file", code="missing_required_parameter")
    return asked


def keep(database: Database, incoming: Incoming, asked: NewFile, id: str, name: str, tenant: str) -> File:
    """The content on the disk, then its row; in one thread, which goes on when nobody waits for it any more."""
    incoming.keep()
    now, digest = int(time.time()), incoming.digest.hexdigest()
    ends = None if asked.expires_after is None else now + asked.expires_after.seconds
    row = File(
        id=id, created_at=now, tenant=tenant, filename=name, purpose=asked.purpose, bytes=incoming.size, sha256=digest,
        expires_at=ends,
    )  # fmt: skip
    try:
        with database.writing() as session:
            session.add(row)
    except BaseException:
        incoming.path.unlink(missing_ok=True)
        raise
    return row


def files_of(tenant: str) -> Select[Any]:
    """Those that have not expired."""
    return select(File).where(File.tenant == tenant, or_(File.expires_at.is_(None), File.expires_at > time.time()))


def find(session: Session, id: str, tenant: str, param: str | None = None) -> File:
    """Problem: they have no such file; as a request's field `param` it is that field which is wrong."""
    row: File | None = session.scalar(files_of(tenant).where(File.id == id))
    if row is None:
        raise Problem(404 if param is None else 400, f"no file is called {id!r}", param=param, code="file_not_found")
    return row


@router.get("/v1/files")
def files(
    request: Request,
    who: Asker,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    order: Literal["asc", "desc"] = "desc",
    purpose: Annotated[str | None, Query(pattern=ID)] = None,
) -> dict[str, Any]:
    rows = files_of(who.tenant)
    if purpose is not None:
        rows = rows.where(File.purpose == purpose)
    with request.app.state.database.reading() as session:
        return told_page(page(session, File, rows, after, limit, oldest=order == "asc"), told)


@router.get("/v1/files/{id}")
def file(id: Id, request: Request, who: Asker) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        return told(find(session, id, who.tenant))


@router.get("/v1/files/{id}/content", response_class=FileResponse)
def content(id: Id, request: Request, who: Asker) -> FileResponse:
    with request.app.state.database.reading() as session:
        row = find(session, id, who.tenant)
    path = request.app.state.contents.there(row.id)
    return FileResponse(path, media_type="application/octet-stream", filename=row.filename)


@router.delete("/v1/files/{id}")
def remove(id: Id, request: Request, who: Asker) -> dict[str, Any]:
    with request.app.state.database.writing() as session:
        session.delete(find(session, id, who.tenant))
    request.app.state.contents.drop(id)
    return {"id": id, "object": "file", "deleted": True}
