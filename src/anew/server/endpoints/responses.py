"""/v1/responses: a conversation in, its next items out; kept, so that the next request goes on from there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from anew.server.access import Asker, needs
from anew.server.admission import ADMITTED
from anew.server.conversing import conversed
from anew.server.database import responses as kept
from anew.server.database.connect import Database
from anew.server.errors import Problem, problem_of
from anew.server.opening import opened
from anew.server.responding import Event, Responding
from anew.server.streaming import events, headers_of, unless_left
from anew.server.wire.responses import ResponsesRequest, turns_of

router = APIRouter(dependencies=[needs("generate")])
MOST_LISTED = 100


@router.post("/v1/responses", response_model=None, dependencies=[ADMITTED])
async def respond(asked: ResponsesRequest, request: Request, response: Response, who: Asker) -> Any:
    sent, items = await asyncio.to_thread(looked_up, request.app.state.database, asked, who.tenant)
    turns, offer, told = turns_of(items, asked.instructions), asked.offer(), asked.told
    served = await opened(request, asked.model)
    begun = await asyncio.to_thread(
        conversed, served, asked, turns, offer,
        most=asked.max_output_tokens, logprobs=told, field="input", cut=asked.truncation == "auto",
    )  # fmt: skip
    responding = Responding(asked, begun)
    growing = grown(responding, sent, request.app.state.database, who.tenant)
    if asked.stream:
        await begun.growth.begin()
        return events(growing, headers_of(asked), typed=True, done=None)
    response.headers.update(headers_of(asked))

    async def last() -> dict[str, Any]:
        await begun.growth.begin()
        async for event in growing:
            found = event
        if responding.why is not None:
            raise responding.why
        return dict(found["response"])

    return await unless_left(request, last())


def looked_up(
    database: Database, asked: ResponsesRequest, tenant: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The items that were sent, with what they refer to, and with all that went before."""
    with database.reading() as session:
        sent = [resolved(session, tenant, item, f"input[{i}]") for i, item in enumerate(asked.sent())]
        previous = asked.previous_response_id
        return sent, [*(kept.before(session, tenant, previous) if previous else ()), *sent]


def resolved(session: Session, tenant: str, item: dict[str, Any], place: str) -> dict[str, Any]:
    return kept.referred(session, tenant, item["id"], place) if item["type"] == "item_reference" else item


async def grown(
    responding: Responding, sent: Sequence[dict[str, Any]], database: Database, tenant: str
) -> AsyncIterator[Event]:
    """Its events. What is to be kept is on the disk before the last is told."""

    def keep() -> None:
        with database.writing() as session:
            kept.keep(session, tenant, responding.body, sent)

    try:
        async for event in responding.events():
            yield event
        if responding.asked.store:
            await asyncio.to_thread(keep)
        yield responding.last()
    except Exception as error:
        yield responding.failed(problem_of(error))


@router.get("/v1/responses/{id}")
def response(id: str, request: Request, who: Asker, stream: bool = False) -> dict[str, Any]:
    if stream:
        what = "stream: a response that is there already is told at once"
        raise Problem(400, what, param="stream", code="unsupported_parameter")
    with request.app.state.database.reading() as session:
        return kept.found(session, who.tenant, id).body


@router.delete("/v1/responses/{id}")
def forget(id: str, request: Request, who: Asker) -> dict[str, Any]:
    with request.app.state.database.writing() as session:
        kept.forget(session, who.tenant, id)
    return {"id": id, "object": "response", "deleted": True}


@router.post("/v1/responses/{id}/cancel")
def cancel(id: str, request: Request, who: Asker) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        status = kept.found(session, who.tenant, id).body["status"]
    raise Problem(400, f"only what is under way in the background can be cancelled; {id} is {status}")


@router.get("/v1/responses/{id}/input_items")
def input_items(
    id: str,
    request: Request,
    who: Asker,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 20,
    order: Literal["asc", "desc"] = "desc",
    after: str | None = None,
) -> dict[str, Any]:
    """What it was asked with, a page at a time; `after`: the id of the last item of the page before."""
    with request.app.state.database.reading() as session:
        kept.found(session, who.tenant, id)
        items = kept.items(session, id, made=False)
    items = items[::-1] if order == "desc" else items
    ids = [item["id"] for item in items]
    if after is not None and after not in ids:
        raise Problem(400, f"after: no item has the id {after!r}", param="after", code="invalid_value")
    rest = items[ids.index(after) + 1 :] if after is not None else items
    page = rest[:limit]
    first, last = (page[0]["id"], page[-1]["id"]) if page else (None, None)
    return {"object": "list", "data": page, "first_id": first, "last_id": last, "has_more": len(rest) > limit}
