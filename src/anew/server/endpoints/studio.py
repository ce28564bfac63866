"""/ and /assets: the studio, for whoever comes with a browser. It is the same for all and tells of no model: what it
shows it asks for, with a key where one is needed."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from anew.server.bundle import Piece, pieces, takes_gzip
from anew.server.errors import Problem

router = APIRouter()
READ = ["GET", "HEAD"]


@router.api_route("/", methods=READ, include_in_schema=False)
def shell(request: Request) -> Response:
    return sent(request, "/")


@router.api_route("/assets/{name:path}", methods=READ, include_in_schema=False)
def asset(request: Request, name: str) -> Response:
    return sent(request, f"/assets/{name}")


def sent(request: Request, address: str) -> Response:
    """A piece of the studio, or 304 to who has it. Problem: there is none at this address."""
    found: Piece | None = pieces().get(address)
    if found is None:
        raise Problem(404, f"{address} is no part of the studio; it begins at /")
    packed = found.packed if takes_gzip(request.headers.get("accept-encoding", "")) else None
    headers = found.headers(packed=packed is not None)
    if has_it(request.headers.get("if-none-match", ""), found.tag):
        headers.pop("content-encoding", None)  # all others: what a 304 says of its policy replaces what was kept
        return Response(status_code=304, headers=headers)
    return Response(found.body if packed is None else packed, headers=headers, media_type=found.kind)


def has_it(tags: str, tag: str) -> bool:
    """Whether an `if-none-match` names it, packed or not."""
    named = {one.strip().removeprefix("W/").strip('"').removesuffix("-gzip") for one in tags.split(",")}
    return bool(named & {tag, "*"})
