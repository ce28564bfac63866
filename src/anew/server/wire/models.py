"""/v1/models: how a model is told of, down to what a form for it needs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from anew.server.wire.own import Told

Dial = Annotated[
    dict[str, Any],
    Field(
        description="A JSON Schema: type, minimum and maximum, enum; `default`: what it is where it is left out; "
        "`usual`: what the model's own recipe has, where that is another; `unit`."
    ),
]


class About(Told):
    """What it is and can do. `does`: make, encode, enlarge, score, speak, hear, or null of a part of other models.
    `context`: tokens that a text may have. `params`: numbers in its weights' file. `trained_here`: whether anew trained
    it and measured it, rather than took it in from elsewhere. `licence`: of its weights, as far as they tell.
    `address`: where it is asked; `options`: what may be asked there, by the request's fields. `labels`: what it can be
    asked for by name, of a voice its speakers; `captions`: whether it is told in words instead. `sizes`: of its
    pictures; `any_size`: whether it makes others too. `chats`: whether it has turns of its own; `fills`: whether it
    sees what stands behind a gap; `speaks`: whether it is a voice. `latents`: whether its samples have places in a
    space; `varies`, `inpaints`: whether it begins from a sample, and makes a part of one anew."""

    modality: str
    does: str | None = None
    bytes: int | None = None
    id: str | None = None
    context: int | None = None
    params: int | None = None
    trained_here: bool = False
    licence: str | None = None
    address: str | None = None
    labels: list[str] = []
    captions: bool = False
    sizes: list[str] = []
    any_size: bool = False
    chats: bool = False
    fills: bool = False
    speaks: bool = False
    latents: bool = False
    varies: bool = False
    inpaints: bool = False
    options: dict[str, Dial] = {}


class ModelTold(Told):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "anew"
    anew: About


class ModelList(Told):
    object: Literal["list"] = "list"
    data: list[ModelTold]
