"""/v1/anew/latents: where samples lie in a model's latent space, what lies at a place, ways, directions and a map; and
/v1/anew/neighbours, the training items nearest to a sample."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

import torch
from fastapi import Request
from pydantic import Field
from torch import Tensor

from anew.codecs.image import Picture, contact_sheet, read_image, write_image
from anew.codecs.origin import MADE
from anew.codecs.show import thumbnail_map, write_gif
from anew.codecs.table import RowCodec
from anew.engine.edit import grid_of
from anew.engine.embed import Embedder
from anew.engine.generate import labels_for
from anew.engine.latent import Plane, Space, direction, space_of, walk
from anew.engine.served import Served
from anew.server import learnt
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.endpoints.own.routing import own_router
from anew.server.endpoints.own.runs import own_machine
from anew.server.errors import Problem
from anew.server.opening import opened
from anew.server.wire.drawing import cell
from anew.server.wire.own import ModelName, Own, Seed, Short, Text, Told
from anew.server.working import Leave, alone

placing = own_router("/latents", needs("generate"), ADMITTED)
seeing = own_router("/latents", needs("generate"), own_machine, ADMITTED)
routers = (placing, seeing)
MOST, FRAMES = 64, 64
T = TypeVar("T")
Encoded = Annotated[str, Field(max_length=32 << 20, description="A picture's file in base64.")]
Numbers = Annotated[list[float], Field(min_length=1, max_length=1 << 20)]
Label = Short | None


class Placing(Own):
    """`space`: the model's own, or its learned codec's, where there are both."""

    model: ModelName
    space: Literal["model", "codec"] = "model"


class Encode(Placing):
    """One of `pictures`, `rows` and `texts`. `labels`: of pictures, one each, of a model that knows some."""

    pictures: Annotated[list[Encoded], Field(max_length=MOST)] = []
    rows: Annotated[list[dict[str, Any]], Field(max_length=1000)] = []
    texts: Annotated[list[Text], Field(max_length=MOST)] = []
    labels: Annotated[list[Label], Field(max_length=1000)] | None = None


class Decode(Placing):
    latents: Annotated[list[Numbers], Field(min_length=1, max_length=MOST)]
    labels: Annotated[list[Label], Field(max_length=MOST)] | None = None


class Way(Placing):
    """`ends`: seeds or pictures; `frames` from each to the next, both counted; `walk`: back to where it began."""

    ends: Annotated[list[Seed | Encoded], Field(min_length=2, max_length=8)]
    frames: Annotated[int, Field(ge=2, le=FRAMES)] = 12
    walk: bool = False
    label: Label = None


class Direction(Placing):
    """From one label's pictures to another's. `start`: a seed or a picture that is moved by each of the `shares`."""

    towards: Short
    away: Short
    data: Short | None = None
    n: Annotated[int, Field(ge=2, le=5000)] = 1000
    start: Seed | Encoded | None = None
    shares: Annotated[list[float], Field(max_length=MOST)] = [0.0, 0.5, 1.0, 1.5]


class Map(Own):
    model: ModelName
    space: Literal["model", "codec"] = "codec"
    data: Short | None = None
    n: Annotated[int, Field(ge=3, le=5000)] = 1000


class Latents(Told):
    """`latents`: a list of numbers each, of the `shape`. `space`: "states" where they are a language model's."""

    object: Literal["latents"] = "latents"
    space: str
    shape: list[int]
    latents: list[list[float]]


class Decoded(Told):
    """`b64_png` of pictures, `rows` of a table."""

    b64_png: list[str] = []
    rows: list[dict[str, Any]] = []


class Walked(Told):
    """Each picture, all as the strip and the GIF that `anew interpolate` writes."""

    space: str
    b64_png: list[str]
    strip_b64_png: str
    b64_gif: str


class Directed(Told):
    space: str
    shape: list[int]
    direction: list[float]
    length: float
    b64_png: list[str]


class Mapped(Told):
    """`places`: two numbers each; `variance`: the share of it that they show. The place (a, b) is the latent `mean` +
    a · `axes[0]` + b · `axes[1]`, of the `shape`: what `/decode` takes."""

    space: str
    shape: list[int]
    mean: list[float]
    axes: list[list[float]]
    places: list[tuple[float, float]]
    labels: list[str | None]
    origins: list[str]
    variance: float
    b64_png: str


def space_for(served: Served, asked: Placing | Map, labels: str = "", rows: bool = False) -> Space:
    """The one that is asked for; `labels`: the field that holds some, `rows`: whether a table's are placed. Problem: it
    is not there, or knows no labels."""
    artifact = served.artifact
    if rows and isinstance(artifact.codec, RowCodec) and artifact.model.latent_shape is not None:
        where = Space(artifact, "model", tuple(artifact.model.latent_shape))
    else:
        grid_of(artifact)
        where = space_of(artifact, asked.space)
    if asked.given("space") and where.which != asked.space:
        what = f"space: {served.name} has that of its {where.which} alone"
        raise Problem(400, what, param="space", code="unsupported_parameter")
    if where.which == "codec" and labels and asked.given(labels):
        what = f"{labels}: the space of {served.name}'s codec knows none"
        raise Problem(400, what, param=labels, code="unsupported_parameter")
    return where


def picture_of(encoded: str, param: str) -> Picture:
    try:
        return read_image(base64.b64decode(encoded, validate=True), param, alpha=True)
    except (binascii.Error, ValueError):
        raise Problem(400, f"{param}: not base64", param=param, code="invalid_image") from None


def png(picture: Picture) -> str:
    return base64.b64encode(write_image(picture, MADE)).decode()


async def locked(request: Request, model: str, work: Callable[[Served, Leave], T]) -> T:
    """Work on a model that nothing else is done with meanwhile."""
    served = await opened(request, model)

    def plain(leave: Leave) -> T:
        with torch.no_grad():
            return work(served, leave)

    return await alone(request, served, plain)


@placing.post("/encode")
async def encode(asked: Encode, request: Request) -> Latents:
    given = {name: len(getattr(asked, name)) for name in ("pictures", "rows", "texts") if getattr(asked, name)}
    if len(given) != 1:
        raise Problem(400, "one of pictures, rows and texts says what to place", param="pictures", code="invalid_value")
    (count,) = given.values()
    if asked.labels is not None and len(asked.labels) != count:
        raise Problem(400, f"labels: {len(asked.labels)} for {count}", param="labels", code="invalid_value")
    for name in asked.given("labels", "space") if asked.texts else ():
        raise Problem(400, f"{name}: not of texts", param=name, code="unsupported_parameter")
    return await locked(request, asked.model, lambda served, leave: placed(served, asked, leave))


def placed(served: Served, asked: Encode, leave: Leave) -> Latents:
    if asked.texts:
        values = Embedder.of(served.artifact).embed(asked.texts, report=lambda progress: leave.check()).values
        return Latents(space="states", shape=list(values.shape[1:]), latents=values.tolist())
    where = space_for(served, asked, "labels", rows=True)
    tabular = isinstance(served.artifact.codec, RowCodec)
    if bool(asked.rows) != tabular:
        what = f"{served.name} makes {served.artifact.recipe.modality}, and places that alone"
        raise Problem(400, what, param="rows" if asked.rows else "pictures", code="unsupported_parameter")
    pictures = [picture_of(one, f"pictures[{i}]") for i, one in enumerate(asked.pictures)]
    given: Sequence[Any] = asked.rows if tabular else pictures
    labels_for(served.artifact, len(given), asked.labels)  # refuses one that is none
    return latents(where, where.encode(given, asked.labels))


def latents(where: Space, z_BZ: Tensor) -> Latents:
    return Latents(space=where.which, shape=list(where.shape), latents=z_BZ.flatten(1).double().tolist())


@placing.post("/decode")
async def decode(asked: Decode, request: Request) -> Decoded:
    """The samples at places, without chance."""

    def work(served: Served, leave: Leave) -> Decoded:
        where = space_for(served, asked, "labels", rows=True)
        labels_for(served.artifact, len(asked.latents), asked.labels)
        made: Any = where.decode(tensor_of(where, asked.latents, "latents"), asked.labels)
        if isinstance(served.artifact.codec, RowCodec):
            return Decoded(rows=[{name: cell(value) for name, value in row.items()} for row in made])
        return Decoded(b64_png=[png(one) for one in made])

    return await locked(request, asked.model, work)


def tensor_of(where: Space, rows: Sequence[Sequence[float]], param: str) -> Tensor:
    size = torch.Size(where.shape).numel()
    for i, row in enumerate(rows):
        if len(row) != size:
            what = f"{param}[{i}]: {len(row)} numbers; the space has {size}"
            raise Problem(400, what, param=f"{param}[{i}]", code="invalid_value")
    return torch.tensor(rows, dtype=torch.float32).view(-1, *where.shape)


@placing.post("/interpolate")
async def interpolate(asked: Way, request: Request) -> Walked:
    """The way between pictures or seeds along a sphere, as `anew interpolate` goes."""

    def work(served: Served, leave: Leave) -> Walked:
        where = space_for(served, asked, "label")
        labels_for(served.artifact, 1, asked.label)
        stops = [stop(where, one, asked.label, f"ends[{i}]") for i, one in enumerate(asked.ends)]
        z_FZ = walk(stops + stops[:1] * asked.walk, asked.frames)
        leave.check()
        made = where.decode(z_FZ, [asked.label] * len(z_FZ))
        columns = asked.frames - (len(stops) > 2 or asked.walk)
        gif = write_gif(made[:-1] if asked.walk else made, MADE, hold=1 if asked.walk else 5)
        return Walked(
            space=where.which, b64_png=[png(one) for one in made], strip_b64_png=png(contact_sheet(made, columns)),
            b64_gif=base64.b64encode(gif).decode(),
        )  # fmt: skip

    return await locked(request, asked.model, work)


def stop(where: Space, end: int | str, label: str | None, param: str) -> Tensor:
    if isinstance(end, int):
        return where.at_seed(end)[0]
    return where.encode([picture_of(end, param)], [label])[0]


@seeing.post("/directions")
async def directions(asked: Direction, request: Request) -> Directed:
    """What turns one label's pictures into another's: the way between the means of their places."""
    if asked.start is None and asked.given("shares"):
        raise Problem(400, "shares: of the way from a start", param="shares", code="missing_required_parameter")

    def work(served: Served, leave: Leave) -> Directed:
        where = space_for(served, asked)
        found = learnt.items(served, asked.n, asked.data)
        labels = [one.label for one in found]
        z_NZ = where.encode([one.value for one in found], labels if where.which == "model" else None)
        turn_Z = direction(z_NZ, labels, asked.towards, asked.away)
        start_Z = None if asked.start is None else stop(where, asked.start, asked.away, "start")
        shares = [] if start_Z is None else asked.shares
        moved = [start_Z + share * turn_Z for share in shares if start_Z is not None]
        made = where.decode(torch.stack(moved), [asked.away] * len(moved)) if moved else []
        return Directed(
            space=where.which, shape=list(where.shape), direction=turn_Z.flatten().double().tolist(),
            length=float(turn_Z.norm()), b64_png=[png(one) for one in made],
        )  # fmt: skip

    return await locked(request, asked.model, work)


@seeing.post("/map")
async def draw_map(asked: Map, request: Request) -> Mapped:
    """Pictures at their places on a flat map, as `anew map` draws it: of what the model learnt from, or a data set."""

    def work(served: Served, leave: Leave) -> Mapped:
        where = space_for(served, asked)
        found = learnt.items(served, asked.n, asked.data)
        pictures, labels = [one.value for one in found], [one.label for one in found]
        leave.check()
        z_NZ = where.encode(pictures)
        plane = Plane.of(z_NZ, labels)
        flat_N2, share = plane.places(z_NZ)
        title = f"{served.name}: {len(found):,} pictures in the latent space of its {where.which}, "
        title += f"two axes with {share:.0%} of the variance"
        drawn = write_image(thumbnail_map(flat_N2.numpy(), pictures, labels, title))
        return Mapped(
            space=where.which, shape=list(where.shape), mean=plane.mean_Z.tolist(), axes=plane.axes_2Z.tolist(),
            places=[(x, y) for x, y in flat_N2.tolist()], labels=labels, origins=[one.origin for one in found],
            variance=share, b64_png=base64.b64encode(drawn).decode(),
        )  # fmt: skip

    return await locked(request, asked.model, work)
