"""/v1/anew/creations: what was made and kept, each tenant's own. Once it was answered for, it survives a kill."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, defer

from anew.server import kept
from anew.server.access import Asker, Who, needs
from anew.server.database.connect import Database
from anew.server.database.creations import Creation
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.inside import Answer, ask
from anew.server.makers import ASKED, GIVEN, Content, binary, content_of, known, prompt_of, seeded, text
from anew.server.streaming import unless_left
from anew.server.wire.own import Own, Text

reading = own_router("/creations", needs("read"))
changing = own_router("/creations", needs("generate"))
routers = (reading, changing)
Page = Annotated[int, Query(ge=1, le=100, description="At most so many.")]
DEADLINE = "x-anew-deadline"
MOST_REQUEST = 256 << 10  # bytes of the JSON of a request that is kept
MOST_GIVEN = 8 << 20  # of one that holds pictures, a sound or a score
NAMED = re.compile(r"creation-[0-9a-f]{24}")
SEALED = {"content-security-policy": "sandbox; default-src 'none'", "cache-control": "private"}


class MadeBy(Own):
    """The request that made it: an address of this server, its body, and which of several it is."""

    address: Annotated[str, Field(max_length=100)]
    body: dict[str, Any]
    index: Annotated[int, Field(ge=0, le=127)] = 0


class Keep(Own):
    """What is to be kept. Without content it is made now, by the request."""

    request: MadeBy
    content: Text | None = None
    content_b64: Annotated[str, Field(max_length=96 << 20)] | None = None
    title: Annotated[str, Field(max_length=200)] = ""
    favourite: bool = False


class Change(Own):
    favourite: bool | None = None
    title: Annotated[str, Field(max_length=200)] | None = None


class Listed(BaseModel):
    """As it stands in a list, which leaves out by which request it was made."""

    object: Literal["creation"] = "creation"
    id: str
    model: str
    modality: str
    title: str
    prompt: str
    media_type: str
    bytes: int
    sha256: str
    created_at: int
    favourite: bool
    deleted_at: int | None


class Kept(Listed):
    request: dict[str, Any]


class KeptList(BaseModel):
    object: Literal["list"] = "list"
    data: list[Listed]
    has_more: bool


class Replayed(BaseModel):
    """`same`: whether the bytes are those that were kept. `model_changed`: whether the name stands for other weights
    by now."""

    id: str
    same: bool
    sha256: str
    bytes: int
    model_changed: bool


def fields_of(row: Creation) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in Listed.model_fields if name not in ("object", "sha256")}
    return fields | {"sha256": row.digest}


def told(row: Creation) -> Kept:
    return Kept(**fields_of(row), request=json.loads(row.request))


def storable(words: str) -> str:
    """What every database takes: no zero, no half of a surrogate pair."""
    return words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def content_of_row(request: Request, row: Creation) -> bytes:
    return kept.get(folder_of(request), row.digest)


def folder_of(request: Request) -> Path:
    folder: Path = request.app.state.workshop.folder
    return folder


def database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


def found(session: Session, who: Who, id: str) -> Creation:
    """The tenant's own. Problem: there is none."""
    row = session.get(Creation, id) if NAMED.fullmatch(id) else None
    if row is None or row.tenant != who.tenant:
        raise Problem(404, f"no creation {id!r}", param="id", code="not_found")
    return row


# ------------------------------------------------------------------------------------------------ keeping


@changing.post("", status_code=201)
async def keep(asked: Keep, who: Asker, request: Request, response: Response) -> Kept:
    """Keep a result that there is, or make one and keep it."""
    given, body = checked(asked), dict(asked.request.body)
    model = await asyncio.to_thread(request.app.state.pool.find, body["model"])
    if given is None:
        answer = await made_now(request, who, asked.request.address, body)
        given = content_of(asked.request.address, answer, asked.request.index)
        if "seed" not in body and "x-anew-seed" in answer.headers:
            body["seed"] = int(answer.headers["x-anew-seed"])
        if (ignored := answer.headers.get("x-anew-ignored")) is not None:
            response.headers["x-anew-ignored"] = ", ".join(f"request.body.{one}" for one in ignored.split(", "))
    is_sound = given.media_type.startswith("audio/") and model.modality != "music"  # a voice's model says nothing of it
    modality = "audio" if is_sound else model.modality
    stored = {"address": asked.request.address, "body": body, "index": asked.request.index, "model_id": model.id}
    prompt = storable(prompt_of(body))
    title = storable(asked.title) or " ".join(prompt.split())[:80] or model.name
    row = Creation(
        id=f"creation-{secrets.token_hex(12)}", tenant=who.tenant, model=model.name, modality=modality, title=title,
        prompt=prompt, searched=f"{title}\n{model.name}\n{prompt}".lower(), request=json.dumps(stored),
        media_type=given.media_type, bytes=len(given.data), created_at=int(time.time()), favourite=asked.favourite,
    )  # fmt: skip
    await asyncio.to_thread(store, database(request), folder_of(request), row, given)
    return told(row)


async def made_now(request: Request, who: Who, address: str, body: dict[str, Any]) -> Answer:
    """The server's own answer, until the client leaves or its deadline is there. Problem: what it would be told."""
    headers = {DEADLINE: request.headers[DEADLINE]} if DEADLINE in request.headers else {}
    asking = ask(request.app, address, json.dumps(body).encode(), state={"who": who}, headers=headers)
    answer: Answer = await unless_left(request, asking)
    if answer.status >= 400:
        told, again = answer.json["error"], answer.headers.get("retry-after")
        after = None if again is None else int(again)
        raise Problem(answer.status, told["message"], param=told["param"], code=told["code"], after=after)
    return answer


def checked(asked: Keep) -> Content | None:
    """The content that was given. Problem: a request that makes nothing which can be kept, or not again."""
    made = asked.request
    if not known(made.address):
        what = f"request.address: nothing that is kept is made at {made.address!r}"
        raise Problem(400, what, param="request.address", code="invalid_value")
    if not isinstance(made.body.get("model"), str):
        what = "request.body.model: the name of the model that makes it"
        raise Problem(400, what, param="request.body.model", code="missing_required_parameter")
    most = MOST_GIVEN if made.address in GIVEN else MOST_REQUEST
    if len(json.dumps(made.body)) > most:
        what = f"request.body: more than {most:,} bytes are not kept"
        raise Problem(400, what, param="request.body", code="invalid_value")
    made.body |= ASKED.get(made.address, {})
    if made.body.get("stream"):
        what = "request.body.stream: it is made again whole, so leave it out"
        raise Problem(400, what, param="request.body.stream", code="unsupported_parameter")
    if asked.content is not None and asked.content_b64 is not None:
        raise Problem(400, "content or content_b64, not both", param="content_b64", code="invalid_value")
    if asked.content is None and asked.content_b64 is None:
        return None
    if seeded(made.address) and "seed" not in made.body:
        what = "request.body.seed: without it nothing is made again; the header x-anew-seed told it"
        raise Problem(400, what, param="request.body.seed", code="missing_required_parameter")
    return text(asked.content) if asked.content is not None else binary(str(asked.content_b64))


def store(database: Database, folder: Path, row: Creation, content: Content) -> None:
    """The file first, then the row that names it."""
    row.digest = kept.put(folder, content.data)
    with database.writing() as session:
        session.add(row)


@changing.post("/{id}/replay")
async def replay(id: str, who: Asker, request: Request) -> Replayed:
    """Make it anew and say whether the bytes are the same."""
    row = await asyncio.to_thread(row_of, database(request), who, id)
    made = json.loads(row.request)
    model = await asyncio.to_thread(request.app.state.pool.find, row.model)
    again = content_of(made["address"], await made_now(request, who, made["address"], made["body"]), made["index"])
    before = await asyncio.to_thread(content_of_row, request, row)
    digest = await asyncio.to_thread(lambda: sha256(again.data).hexdigest())
    return Replayed(
        id=id,
        same=again.data == before,
        sha256=digest,
        bytes=len(again.data),
        model_changed=model.id != made["model_id"],
    )


def row_of(database: Database, who: Who, id: str) -> Creation:
    with database.reading() as session:
        return found(session, who, id)


# ------------------------------------------------------------------------------------------------ looking and sorting


@reading.get("")
def listed(
    who: Asker,
    request: Request,
    q: Annotated[str, Query(max_length=200, description="Words of the prompt, the title or the model's name.")] = "",
    model: str = "",
    modality: str = "",
    favourite: bool | None = None,
    deleted: bool = False,
    limit: Page = 20,
    after: Annotated[str, Query(description="The id of the last one of the page before.")] = "",
) -> KeptList:
    """The newest first; those that were deleted only where they are asked for."""
    asked: Select[Any] = select(Creation).where(Creation.tenant == who.tenant)
    asked = asked.where(Creation.deleted_at.is_not(None) if deleted else Creation.deleted_at.is_(None))
    for word in storable(q).lower().split():
        asked = asked.where(Creation.searched.contains(word, autoescape=True))
    if model:
        asked = asked.where(Creation.model == storable(model))
    if modality:
        asked = asked.where(Creation.modality == storable(modality))
    if favourite is not None:
        asked = asked.where(Creation.favourite.is_(favourite))
    with database(request).reading() as session:
        if after:
            last = found(session, who, after)
            same = and_(Creation.created_at == last.created_at, Creation.id < last.id)
            asked = asked.where(or_(Creation.created_at < last.created_at, same))
        newest = asked.order_by(Creation.created_at.desc(), Creation.id.desc()).limit(limit + 1)
        newest = newest.options(defer(Creation.request), defer(Creation.searched))
        rows = list(session.scalars(newest))
    return KeptList(data=[Listed(**fields_of(row)) for row in rows[:limit]], has_more=len(rows) > limit)


@reading.get("/{id}")
def one(id: str, who: Asker, request: Request) -> Kept:
    return told(row_of(database(request), who, id))


@reading.get("/{id}/content", response_class=Response)
def content(id: str, who: Asker, request: Request) -> Response:
    """The thing itself."""
    row = row_of(database(request), who, id)
    return Response(
        content_of_row(request, row), media_type=row.media_type, headers=SEALED | {"etag": f'"{row.digest}"'}
    )


@changing.patch("/{id}")
def change(id: str, asked: Change, who: Asker, request: Request) -> Kept:
    """Mark it as a favourite or not, or name it."""
    with database(request).writing() as session:
        row = found(session, who, id)
        if asked.favourite is not None:
            row.favourite = asked.favourite
        if asked.title is not None:
            row.title = storable(asked.title)
            row.searched = f"{row.title}\n{row.model}\n{row.prompt}".lower()
    return told(row)


@changing.delete("/{id}")
def delete(id: str, who: Asker, request: Request) -> Kept:
    """Put it away; `restore` brings it back."""
    return put_away(id, who, request, int(time.time()))


@changing.post("/{id}/restore")
def restore(id: str, who: Asker, request: Request) -> Kept:
    return put_away(id, who, request, None)


def put_away(id: str, who: Who, request: Request, at: int | None) -> Kept:
    with database(request).writing() as session:
        row = found(session, who, id)
        row.deleted_at = (row.deleted_at or at) if at is not None else None
    return told(row)
