"""/v1/anew/neighbours: the training items nearest to a sample, as evidence for or against its being a copy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import Request
from pydantic import Field

from anew.codecs.image import Image
from anew.engine.served import Served
from anew.server import learnt
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.endpoints.own.latents import Encoded, picture_of, png
from anew.server.endpoints.own.routing import own_router
from anew.server.endpoints.own.runs import own_machine
from anew.server.errors import Problem
from anew.server.opening import opened
from anew.server.wire.own import ModelName, Own, Text, Told
from anew.server.working import Leave, apart
from anew.validate.originality import nearest_items
from anew.validate.profiles import LONGEST, MOST, passages, profiles
from anew.validate.verbatim import LIMIT, as_characters, longest_matches, smallest_hashes, span_of

router = own_router("", needs("read"), own_machine, ADMITTED)
routers = (router,)
PICTURES = 50_000  # training pictures compared at most, from all over


class Suspects(Own):
    """One of `texts` and `pictures`, as the model made them."""

    model: ModelName
    texts: Annotated[list[Annotated[Text, Field(min_length=1)]], Field(max_length=16)] = []
    pictures: Annotated[list[Encoded], Field(max_length=16)] = []
    k: Annotated[int, Field(ge=1, le=20)] = 5


class Near(Told):
    """`distance`: of pictures the root of the mean square over their values of 0 to 255; of texts between profiles of
    their n-grams, from 0, the same, to 1.41, none in common."""

    distance: float
    text: str | None = None
    b64_png: str | None = None
    label: str | None = None
    origin: str = ""


class Span(Told):
    """The longest stretch of a text that stands in the training text word for word."""

    start: int
    length: int
    text: str


class Neighbours(Told):
    nearest: list[Near]
    copied: Span | None = None


class Found(Told):
    """A list for each sample. `compared`: training items or passages; `whole`: whether those are all."""

    object: Literal["neighbours"] = "neighbours"
    data: list[Neighbours]
    compared: int
    whole: bool


@router.post("/neighbours")
async def neighbours(asked: Suspects, request: Request) -> Found:
    """The nearest items among those that the model learnt from, where its run is still on this machine."""
    if bool(asked.texts) == bool(asked.pictures):
        raise Problem(400, "texts or pictures, one of them", param="texts", code="invalid_value")
    served = await opened(request, asked.model)
    find = of_texts if asked.texts else of_pictures
    return await apart(request, lambda leave: find(served, leave, asked))


def of_texts(served: Served, leave: Leave, asked: Suspects) -> Found:
    """Passages as long as the samples commonly are, so that like is compared with like."""
    if served.artifact.recipe.modality not in ("text", "code"):
        what = f"{served.name} makes {served.artifact.recipe.modality}, and learnt from no texts"
        raise Problem(400, what, param="texts", code="unsupported_parameter")
    length = int(np.median([len(text[:LONGEST]) for text in asked.texts]))
    known, total = smallest_hashes(watched(leave, served), min(LIMIT, MOST * max(length // 2, 1)))
    cut = passages(known, length)
    leave.check()
    distances, indices = nearest_items(
        profiles([t[:LONGEST] for t in asked.texts]), profiles(cut), min(asked.k, len(cut))
    )
    leave.check()
    matches = longest_matches(asked.texts, known, as_characters)
    found = []
    for i, text in enumerate(asked.texts):
        near = [Near(distance=float(d), text=cut[n]) for d, n in zip(distances[i], indices[i], strict=True)]
        span = span_of(i, text, matches[i])
        copied = Span(start=span.start, length=span.length, text=span.text)
        found.append(Neighbours(nearest=near, copied=copied))
    return Found(data=found, compared=len(cut), whole=sum(map(len, known)) == total)


def watched(leave: Leave, served: Served) -> Any:
    for record in learnt.texts(served):
        leave.check()
        yield str(record.value)


def of_pictures(served: Served, leave: Leave, asked: Suspects) -> Found:
    """Both as the model's grid holds them."""
    plain = served.artifact.plain
    if not isinstance(plain, Image):
        what = f"{served.name} makes {served.artifact.recipe.modality}, and learnt from no pictures"
        raise Problem(400, what, param="pictures", code="unsupported_parameter")
    given = [plain.canonical(picture_of(one, f"pictures[{i}]")) for i, one in enumerate(asked.pictures)]
    items = learnt.items(served, PICTURES + 1)
    whole, items = len(items) <= PICTURES, items[:PICTURES]
    leave.check()
    known = np.stack([plain.canonical(item.value) for item in items])
    distances, indices = nearest_items(flat(given), known.reshape(len(known), -1), min(asked.k, len(items)))
    scale = math.sqrt(plain.size(given[0]))
    found = []
    for row, which in zip(distances, indices, strict=True):
        some = [(float(d) / scale, items[n]) for d, n in zip(row, which, strict=True)]
        near = [
            Near(distance=d, b64_png=png(plain.canonical(item.value)), label=item.label, origin=item.origin)
            for d, item in some
        ]
        found.append(Neighbours(nearest=near))
    return Found(data=found, compared=len(items), whole=whole)


def flat(pictures: Sequence[Any]) -> Any:
    return np.stack(pictures).reshape(len(pictures), -1).astype(np.float32)
