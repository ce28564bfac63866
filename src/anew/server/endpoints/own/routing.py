"""Routers under /v1/anew: none of them ignores a parameter."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from fastapi import APIRouter, Depends, Request

from anew.server.errors import Problem


def own_router(prefix: str, *dependencies: Any) -> APIRouter:
    return APIRouter(prefix=f"/v1/anew{prefix}", dependencies=[*dependencies, Depends(declared_queries)])


def refuse_others(given: Iterable[str], known: Collection[str], what: str) -> None:
    """Problem: a name that is not known."""
    for name in given:
        if name not in known:
            there = f"; it knows {', '.join(sorted(known))}" if known else ""
            raise Problem(400, f"{name}: no {what} of this address{there}", param=name, code="unsupported_parameter")


def declared_queries(request: Request) -> None:
    """Problem: a query parameter that the endpoint does not know."""
    route: Any = request.scope["route"]
    refuse_others(request.query_params, {field.alias for field in route.dependant.query_params}, "parameter")


async def declared_fields(request: Request) -> None:
    """The same for the fields of a form."""
    route: Any = request.scope["route"]
    refuse_others(await request.form(), {field.alias for field in route.dependant.body_params}, "field")


FORM: Any = Depends(declared_fields)
