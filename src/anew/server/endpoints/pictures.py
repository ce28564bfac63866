"""/v1/images: new pictures, ones of which a part is made anew, and variations of one; whole or while they are made."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from anew.codecs.image import Picture
from anew.engine.edit import inpaint, vary
from anew.engine.generate import generate
from anew.engine.pool import Listed, Pool
from anew.engine.served import Served
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.errors import Problem
from anew.server.forms import described
from anew.server.given_pictures import Given, edited, varied
from anew.server.making import Work
from anew.server.opening import opened
from anew.server.wire.pictures import EditRequest, PictureRequest, VariationRequest, Wanted, starting, wanted

router = APIRouter(dependencies=[needs("generate"), ADMITTED])


@router.post("/v1/images/generations", response_model=None)
async def generations(asked: PictureRequest, request: Request, response: Response) -> Any:
    served = await model_of(request, asked)
    want = await asyncio.to_thread(wanted, served, asked)
    work = Work(
        served, asked, want,
        lambda watch: generate(
            served.artifact, asked.n, asked.first, None, want.label, watch=watch, **want.options
        ),
    )  # fmt: skip
    return await work.answer(request, response)


@router.post("/v1/images/edits", response_model=None, openapi_extra=described(EditRequest, "image", "mask"))
async def edits(given: Annotated[Given[EditRequest], Depends(edited)], request: Request, response: Response) -> Any:
    asked, picture = given.asked, await given.picture()
    if asked.strength is not None:
        given.refuse_a_mask()
    mask = await given.unknown() if asked.strength is None else None
    served = await model_of(request, asked)
    starting(served)
    want = await asyncio.to_thread(wanted, served, asked)
    if mask is None:
        return await varying(served, asked, want, picture, asked.strength or 0.0).answer(request, response)
    work = Work(
        served, asked, want,
        lambda watch: inpaint(
            served.artifact, picture, mask, asked.n, asked.first, want.label, watch=watch, **want.options
        ),
        "image_edit", 1,
    )  # fmt: skip
    return await work.answer(request, response)


@router.post("/v1/images/variations", response_model=None, openapi_extra=described(VariationRequest, "image"))
async def variations(
    given: Annotated[Given[VariationRequest], Depends(varied)], request: Request, response: Response
) -> Any:
    asked, picture = given.asked, await given.picture()
    served = await model_of(request, asked)
    starting(served)
    want = await asyncio.to_thread(wanted, served, asked)
    return await varying(served, asked, want, picture, asked.strength).answer(request, response)


def varying(served: Served, asked: PictureRequest, want: Wanted, picture: Picture, strength: float) -> Work:
    """A whole picture made anew; events about an edit are called so."""
    kind = "image_edit" if isinstance(asked, EditRequest) else "image_variation"
    return Work(
        served, asked, want,
        lambda watch: vary(
            served.artifact, picture, strength, asked.n, asked.first, want.label, watch=watch, **want.options
        ),
        kind, 1,
    )  # fmt: skip


async def model_of(request: Request, asked: PictureRequest) -> Served:
    """The model that is named, or the picture model that was put into the store last."""
    pool: Pool = request.app.state.pool
    name = (await asyncio.to_thread(chosen, pool, asked.model)).name
    served = await opened(request, name)
    if served.artifact.recipe.modality != "image":
        what = f"model: {name} makes {served.artifact.recipe.modality}, no pictures"
        raise Problem(400, what, param="model", code="unsupported_parameter")
    return served


def chosen(pool: Pool, name: str | None) -> Listed:
    """Problem: a model that is listed as one of something else is not even opened."""
    if name is None:
        pictures = [one for one in pool.listed() if one.modality == "image"]
        if not pictures:
            what = "no model of pictures is in the store; anew run digits makes one"
            raise Problem(404, what, param="model", code="model_not_found")
        return max(pictures, key=lambda one: (one.created, one.name))
    one = pool.find(name)
    if one.modality not in ("image", ""):
        what = f"model: {name} makes {one.modality}, no pictures"
        raise Problem(400, what, param="model", code="unsupported_parameter")
    return one
