"""Pictures that come with requests: uploads, data: URIs and, where the server may fetch them, URLs.

In: what a client sent, which may be anything. Out: uint8 arrays, or a refusal that names the field.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
from fastapi import Request
from numpy.typing import NDArray

from anew.codecs.image import Picture, read_clear, read_image
from anew.errors import DataError
from anew.server.errors import Problem
from anew.server.fetching import SECONDS, fetch
from anew.server.forms import Body, read_body
from anew.server.wire.pictures import EditRequest, PictureRequest, VariationRequest
from anew.server.wire.wanted import refuse

MOST_BYTES = 20 << 20  # of one picture's file
MOST_BODY = 64 << 20  # of a request, in which a file may stand in base64
MOST_PIXELS = 4096 * 4096
MASK = "transparent where it is to be made anew"
R = TypeVar("R", bound=PictureRequest)


@dataclass(frozen=True)
class Given(Generic[R]):
    """A request with its pictures. `fetching`: the threads that follow URLs, None where none are followed."""

    asked: R
    body: Body
    fetching: Executor | None

    def has(self, field: str) -> bool:
        return bool(self.body.files.get(field))

    async def picture(self) -> Picture:
        """The one that is to be changed. Problem: none, several, or none that can be read."""
        return await self._read("image" if "image" in self.body.files else "images", "image")

    async def style(self) -> Picture | None:
        """The one whose style it is to take on. Problem: as of `picture`, but for none."""
        return await self._read("style", "style") if self.has("style") else None

    async def unknown(self) -> NDArray[np.bool_]:
        """(H, W): what is to be made anew, where the mask or else the picture itself is transparent."""
        has_mask = self.has("mask")
        field = "mask" if has_mask else "image" if "image" in self.body.files else "images"
        place, content = await self._content(field, "mask")
        clear: NDArray[np.bool_] = await asyncio.to_thread(read, read_clear, content, place)
        if not clear.any():
            what = f"mask: a picture, {MASK}" if not has_mask else f"mask: nothing in it is transparent; {MASK}"
            raise Problem(400, what, param="mask", code="invalid_image" if has_mask else "missing_required_parameter")
        return clear

    def refuse_what_excludes_itself(self) -> None:
        """Problem: files and fields that no picture can honour together."""
        fields = ("strength", "margins", "style_share")
        strength, margins, share = (getattr(self.asked, name, None) is not None for name in fields)
        mask, style = self.has("mask"), self.has("style")
        kept = "of a picture without a mask; what a mask leaves out stays as it is"
        refuse({
            "strength": (kept, strength and mask),
            "margins": ("of a picture that stays as it is, without mask or strength", margins and (mask or strength)),
            "style": ("is taken on with some strength, such as 0.3", style and not strength),
            "style_share": ("of a style, which is missing", share and not style),
        })  # fmt: skip

    async def _read(self, field: str, named: str) -> Picture:
        place, content = await self._content(field, named)
        picture: Picture = await asyncio.to_thread(read, partial(read_image, alpha=True), content, place)
        return picture

    async def _content(self, field: str, named: str) -> tuple[str, bytes]:
        """The field's path and its only file."""
        found = self.body.files.get(field, [])
        if not found:
            raise Problem(400, f"{named}: is missing", param=named, code="missing_required_parameter")
        if len(found) > 1:
            what = f"{field}[1]: one picture at a time"
            raise Problem(400, what, param=f"{field}[1]", code="unsupported_parameter")
        return await content_of(found[0], field, self.fetching)


async def edited(request: Request) -> Given[EditRequest]:
    return await given(request, EditRequest, ("image", "images", "mask", "style"), ("margins",))


async def varied(request: Request) -> Given[VariationRequest]:
    return await given(request, VariationRequest, ("image", "images", "style"))


async def given(request: Request, shape: type[R], files: tuple[str, ...], lists: tuple[str, ...] = ()) -> Given[R]:
    """`files`, `lists`: fields that hold pictures, and several values. Problem: what excludes itself."""
    body = await read_body(request, files, lists, MOST_BODY)
    if {"image", "images"} <= set(body.files):
        raise Problem(400, "images: image says it already", param="images", code="unsupported_parameter")
    made = Given(body.as_(shape), body, request.app.state.fetching)
    made.refuse_what_excludes_itself()
    return made


async def content_of(source: Any, place: str, fetching: Executor | None) -> tuple[str, bytes]:
    """Where it was given, and the bytes of its file."""
    if isinstance(source, dict) and isinstance(source.get("image_url"), (str, dict)):
        inner = source["image_url"]
        source, place = inner.get("url") if isinstance(inner, dict) else inner, f"{place}.image_url"
    if isinstance(source, str):
        source = await from_url(source, place, fetching)
    if not isinstance(source, bytes):
        what = f"{place}: a file, or {{'image_url': a data: URI}}"
        raise Problem(400, what, param=place, code="invalid_image")
    if len(source) > MOST_BYTES:
        raise Problem(400, f"{place}: more than {MOST_BYTES:,} bytes", param=place, code="invalid_image")
    return place, source


async def from_url(url: str, place: str, fetching: Executor | None) -> bytes:
    """What a data: URI holds or, if the server may fetch it, what lies at an address."""
    scheme, _, rest = url.partition(":")
    if scheme.lower() == "data":
        head, _, encoded = rest.partition(",")
        try:
            if not head.lower().endswith(";base64"):
                raise binascii.Error("not ;base64")
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            what = f"{place}: not data:image/png;base64,… in clean base64"
            raise Problem(400, what, param=place, code="invalid_image") from None
    if scheme.lower() not in ("http", "https"):
        what = f"{place}: a file, or a data: URI with the picture in base64"
        raise Problem(400, what, param=place, code="invalid_image")
    if fetching is None:
        what = f"{place}: this server follows no URLs (anew serve --allow-urls); send a data: URI"
        raise Problem(400, what, param=place, code="unsupported_parameter")
    try:
        work = asyncio.get_running_loop().run_in_executor(fetching, fetch, url, MOST_BYTES)
        return await asyncio.wait_for(work, SECONDS + 1)  # a name's look-up, too
    except (DataError, TimeoutError) as error:
        why = error.message if isinstance(error, DataError) else "the URL gave no answer in time"
        raise Problem(400, f"{place}: {why}", param=place, code="invalid_image") from None


def read(reading: Any, content: bytes, place: str) -> Any:
    """Problem: no picture, a damaged one, too many pixels."""
    try:
        return reading(content, place, MOST_PIXELS)
    except DataError as error:
        raise Problem(400, error.message, param=place, code="invalid_image") from None
