"""Bodies that come as forms with files or as JSON, read within bounds before anything is made of them.

In: a request. Out: its fields, and the content of its files.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from anew.server.errors import Problem
from anew.server.wire.fields import Wire

FORM = "multipart/form-data"
MOST_PARTS = 64  # fields, and as many files
OBJECT = TypeAdapter(dict[str, Any])
W = TypeVar("W", bound=Wire)


@dataclass(frozen=True)
class Body:
    """`files`: by field, each the content of an upload, or what stands for one: a string or an object. `strict`: values
    have their types already; those of a form are strings."""

    fields: dict[str, Any]
    files: dict[str, list[Any]] = field(default_factory=dict)
    strict: bool = True

    def as_(self, shape: type[W]) -> W:
        """RequestValidationError: a field that is not as it has to be."""
        try:
            return shape.model_validate(self.fields, strict=self.strict)
        except ValidationError as error:
            raise RequestValidationError(error.errors()) from None


async def read_body(request: Request, files: Collection[str], lists: Collection[str], most: int) -> Body:
    """`files`: fields that hold some, in a form several of one name or as NAME[]; `lists`: fields that hold several
    values. `most`: bytes of all. Problem: too large, no JSON, no form, a field that comes twice."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return body_of_json(b"".join([piece async for piece in counted(request, most)]), files)
    if kind == FORM:
        return await body_of_form(request, files, lists, most)
    raise Problem(415, f"content-type: multipart/form-data or application/json, not {kind[:100] or 'none'}")


async def counted(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body's pieces. Problem, as soon as they are more than `most` bytes."""
    read = 0
    async for piece in request.stream():
        read += len(piece)
        if read > most:
            raise Problem(413, f"the body has more than {most:,} bytes")
        yield piece


def body_of_json(content: bytes, files: Collection[str]) -> Body:
    try:
        given = OBJECT.validate_json(content)
    except ValidationError as error:
        raise Problem(400, f"the body: {error.errors()[0]['msg']}", code="invalid_value") from None
    found = {name: given.pop(name) for name in files if name in given}
    several = {name: one if isinstance(one, list) else [one] for name, one in found.items() if one is not None}
    return Body(given, several)


async def body_of_form(request: Request, files: Collection[str], lists: Collection[str], most: int) -> Body:
    bounds: dict[str, Any] = {"max_files": MOST_PARTS, "max_fields": MOST_PARTS, "max_part_size": most}
    try:
        form = await MultiPartParser(request.headers, counted(request, most), **bounds).parse()  # type: ignore[arg-type]
    except MultiPartException as error:
        raise Problem(400, f"the form cannot be read: {error.message}", code="invalid_value") from None
    except (KeyError, ValueError) as error:
        raise Problem(400, "the form cannot be read", code="invalid_value") from error
    body = Body({}, strict=False)
    try:
        for name, value in form.multi_items():
            await put(body, name.removesuffix("[]"), value, files, lists)
    finally:
        await form.close()
    return body


async def put(body: Body, name: str, value: UploadFile | str, files: Collection[str], lists: Collection[str]) -> None:
    """One part of a form, where it belongs."""
    if name in files:
        body.files.setdefault(name, []).append(await value.read() if isinstance(value, UploadFile) else value)
    elif isinstance(value, UploadFile):
        raise Problem(400, f"{name}: not a file", param=name, code="invalid_value")
    elif name in lists:
        body.fields.setdefault(name, []).append(value)
    elif name in body.fields:
        raise Problem(400, f"{name}: comes twice", param=name, code="invalid_value")
    else:
        body.fields[name] = value


def described(shape: type[Wire], *files: str, url: bool = True) -> dict[str, Any]:
    """What the OpenAPI document says of such a body, the first of its `files` needed. `url`: it may come as JSON with
    URLs in place of the files."""
    schema = shape.model_json_schema()
    address = {"type": "object", "properties": {"image_url": {"type": "string"}}, "required": ["image_url"]}
    kinds: dict[str, Any] = {FORM: {"type": "string", "format": "binary"}}
    kinds |= {"application/json": {"anyOf": [{"type": "string"}, address]}} if url else {}
    content = {}
    for kind, file in kinds.items():
        own = {"properties": {**schema["properties"], **dict.fromkeys(files, file)}}
        content[kind] = {"schema": schema | own | {"required": [*schema.get("required", []), files[0]]}}
    return {"requestBody": {"required": True, "content": content}}


def taking_forms(routers: Iterable[APIRouter]) -> list[re.Pattern[str]]:
    """The paths of endpoints that take files, by what their document says."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    return [route.path_regex for route in routes if FORM in bodies_of(route)]


def bodies_of(route: APIRoute) -> set[str]:
    """The content types of the bodies that an endpoint takes."""
    told = (route.openapi_extra or {}).get("requestBody", {}).get("content", {})
    return {*told, getattr(route.body_field and route.body_field.field_info, "media_type", "")}
