"""/v1/images: new pictures, ways between prompts, and what is made of a picture: a part of it anew, more beyond its
edges, itself enlarged or varied; whole or while they are made."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from anew.artifact import Artifact
from anew.codecs.image import Picture
from anew.engine.blend import between, way_of
from anew.engine.enlarge import Upscaler
from anew.engine.order import Order
from anew.engine.pool import Listed, Pool
from anew.engine.served import Served
from anew.engine.verbs import Verb, verb_of
from anew.errors import NotFound, RecipeError, Refused
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.errors import Problem, problem_of
from anew.server.forms import described
from anew.server.given_pictures import Given, edited, varied
from anew.server.making import Work
from anew.server.opening import opened
from anew.server.wire.own import answered
from anew.server.wire.pictures import EditRequest, GenerationRequest, PictureRequest, VariationRequest
from anew.server.wire.shapes import PictureEvent, Pictures, streamed
from anew.server.wire.wanted import (
    FRAMES,
    canvas_of,
    ends_of,
    enlarging,
    judged,
    named,
    refuse,
    starting,
    wanted,
)
from anew.server.wording import worded

router = APIRouter(dependencies=[needs("generate"), ADMITTED])
PICTURES = answered(Pictures, **streamed(PictureEvent))
FIRST = {  # who makes one, by what it is to do
    "make": "no model that draws pictures is in the store; anew run digits makes one",
    "enlarge": "no model that enlarges pictures is in the store; anew run super-resolution --data FOLDER makes one",
}


@router.post("/v1/images/generations", **PICTURES)
async def generations(asked: GenerationRequest, request: Request, response: Response) -> Any:
    served = await model_of(request, asked)
    scorer = await scorer_of(request, asked.scorer)
    work = await asyncio.to_thread(new, served, asked, scorer)
    return await work.answer(request, response)


@router.post("/v1/images/edits", **PICTURES, openapi_extra=described(EditRequest, "image", "mask", "style"))
async def edits(given: Annotated[Given[EditRequest], Depends(edited)], request: Request, response: Response) -> Any:
    asked, picture, style = given.asked, await given.picture(), await given.style()
    served = await model_of(request, asked, "enlarge" if asked.times else "make")
    if verb_of(served.artifact.model) == "enlarge":
        why = f"{served.name} enlarges what it is given, and nothing else"
        refuse({field: (why, given.has(field)) for field in ("mask", "style")})
        work = await asyncio.to_thread(enlarged, served, asked, picture)
        return await work.answer(request, response)
    why = f"{served.name} does not enlarge pictures; anew run super-resolution makes one that does"
    refuse({"times": (why, asked.times)})
    starting(served)
    begun: dict[str, Any] = {"start": picture, "strength": asked.strength, "margins": asked.margins}
    begun |= {"style": style, "share": asked.style_share}
    if asked.strength is None and asked.margins is None:
        begun["mask"] = await given.unknown()
    work = await asyncio.to_thread(ordered, served, asked, "image_edit", begun)
    return await work.answer(request, response)


@router.post("/v1/images/variations", **PICTURES, openapi_extra=described(VariationRequest, "image", "style"))
async def variations(
    given: Annotated[Given[VariationRequest], Depends(varied)], request: Request, response: Response
) -> Any:
    asked, picture, style = given.asked, await given.picture(), await given.style()
    served = await model_of(request, asked)
    starting(served)
    begun = {"start": picture, "strength": asked.strength, "style": style, "share": asked.style_share}
    work = await asyncio.to_thread(ordered, served, asked, "image_variation", begun)
    return await work.answer(request, response)


# ------------------------------------------------------------------------------------------------ what is made


def new(served: Served, asked: GenerationRequest, scorer: Artifact | None) -> Work:
    """Pictures from nothing, the best of several, or a way."""
    artifact = served.artifact if scorer is None else replace(served.artifact, scorer=scorer)
    want, each = wanted(served, asked), numbers(served)
    if asked.towards is not None:
        ends, frames = ends_of(served, asked, want.label), asked.frames or FRAMES
        many = len(way_of(len(ends), frames, asked.walk))
        return Work(
            served, asked, want,
            lambda watch: between(artifact, ends, frames, asked.first, asked.walk, watch=watch, **want.options),
            "image_generation", many, each,
        )  # fmt: skip
    if asked.best_of is not None:
        judged(asked, artifact, want.label)
        want.options["best_of"] = asked.best_of
    order = Order(artifact, asked.n, asked.first, None, want.label, want.options)
    return Work(served, asked, want, order.draw, "image_generation", asked.n, each * (asked.best_of or 1))


def ordered(served: Served, asked: PictureRequest, kind: str, begun: dict[str, Any]) -> Work:
    """Pictures that begin from one, as an `Order` is told of it."""
    canvas, times = None, 1
    if (margins := begun.get("margins")) is not None:
        canvas, times = canvas_of(served, begun["start"], margins)
    want = wanted(served, asked, canvas)
    order = Order(served.artifact, asked.n, asked.first, None, want.label, want.options, **begun)
    each, read = numbers(served), 1 if begun["style"] is None else 2
    return Work(served, asked, want, order.draw, kind, asked.n, each * times, each * read)


def enlarged(served: Served, asked: EditRequest, picture: Picture) -> Work:
    times, want = enlarging(served, asked, picture)
    upscaler = Upscaler.of(served.artifact)
    return Work(
        served, asked, want,
        lambda watch: upscaler.upscale(picture, times, lambda share: watch(share, list)),
        "image_edit", 1, picture.size * times**2, picture.size,
    )  # fmt: skip


def numbers(served: Served) -> int:
    """That the model draws for a picture."""
    return math.prod(served.artifact.model.spec.shape)


# ------------------------------------------------------------------------------------------------ by which model


async def model_of(request: Request, asked: PictureRequest, does: Verb = "make") -> Served:
    """The model that is named, or the one for this that the prompt says something to and that was put into the store
    last."""
    pool: Pool = request.app.state.pool
    name = (await asyncio.to_thread(chosen, pool, asked, does)).name
    served = await opened(request, name)
    if served.artifact.recipe.modality != "image":
        what = f"model: {name} makes {served.artifact.recipe.modality}, no pictures"
        raise Problem(400, what, param="model", code="unsupported_parameter")
    verb = verb_of(served.artifact.model)
    if verb not in ("make", "encode") and not (verb == "enlarge" and isinstance(asked, EditRequest)):
        raise Problem(400, worded(idle(name, verb)), param="model", code="unsupported_parameter")
    return served


def chosen(pool: Pool, asked: PictureRequest, does: Verb = "make") -> Listed:
    """Problem: a model that is listed as one of something else is not even opened."""
    name = asked.model
    if name is None:
        pictures = [one for one in pool.listed() if one.modality == "image" and one.does == does]
        if not pictures:
            raise Problem(404, FIRST[does], param="model", code="model_not_found")
        return max(pictures, key=lambda one: (hears(one, asked), one.created, one.name))
    one = pool.find(name)
    if one.modality not in ("image", ""):
        what = f"model: {name} makes {one.modality}, no pictures"
        raise Problem(400, what, param="model", code="unsupported_parameter")
    return one


def hears(one: Listed, asked: PictureRequest) -> bool:
    """Whether the model is told anything by what is asked."""
    if asked.class_ is not None:
        return str(asked.class_) in one.labels
    return (one.captions and bool(asked.prompt.strip())) or named(asked.prompt, one.labels) is not None


def idle(name: str, verb: Verb | None) -> RecipeError:
    """Why a model draws nothing, and what it is for."""
    if verb == "score":
        way = f"anew generate MODEL PROMPT --best-of 8 --scorer {name}, over HTTP best_of and scorer"
        return RecipeError(f"model: {name} scores pictures and draws none", next_command=way)
    if verb == "enlarge":
        way = f"anew upscale {name} FILE.png, over HTTP /v1/images/edits with image and times"
        return RecipeError(f"model: {name} enlarges the picture that it is given, and draws none", next_command=way)
    return RecipeError(f"model: {name} is a part of other models and draws nothing", next_command="anew models list")


async def scorer_of(request: Request, name: str | None) -> Artifact | None:
    """The model that is to judge. Problem: none of that name, or an encoder of texts."""
    try:
        return None if name is None else (await opened(request, name)).artifact
    except (NotFound, Refused) as why:
        problem = problem_of(why)
        raise Problem(problem.status, problem.message, param="scorer", code=problem.code) from None
