"""From the file of a picture, a sound or a piece of music back to the request that made it, and to the sample again.

In: the bytes of a file, and what is to be otherwise. Out: an `Order` on the same weights, wherever the store has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from anew.artifact import NOTED, Artifact, over
from anew.codecs.image import Picture
from anew.codecs.sound import Sound
from anew.deploy import starters
from anew.deploy.lookup import open_model
from anew.deploy.store import Store
from anew.engine.edit import Mask
from anew.engine.generate import Generated, label_names
from anew.engine.order import Axis, Order, only_pictures
from anew.engine.settings import DIALS, Crossed, Over, Settings, made_by
from anew.engine.sizes import asked_for, own_size
from anew.engine.sound_edit import Span
from anew.errors import DataError, NotFound, RecipeError, Refused

FIELDS = ("n", "seed", "prompt", "label", "strength")  # of an order, beside sampling options
WEIGHTS = "model.safetensors"
BEGUN = {  # what has to be given again
    "inpainting": "--inpaint PICTURE --mask MASK", "outpainting": "--outpaint PICTURE",
    "style": "--start PICTURE --style EXAMPLE",
}  # fmt: skip


def told_by(content: bytes, origin: str) -> Settings:
    """DataError: the file says nothing, or nothing that can be honoured."""
    found = made_by(content, origin)
    if found is None:
        raise DataError(f"{origin}: does not say how it was made", next_command="anew generate MODEL --out FILE.png")
    return found


def maker_of(told: Settings, origin: str, store: Store | None = None) -> Artifact:
    """The model with the same weights, whatever its name is now, under the same adapters. NotFound: nothing has its
    name; Refused: what has it has other weights by now."""
    store = store or Store()
    if told.weights is None:
        if told.model is None:
            raise NotFound(f"{origin}: names no model", next_command=f"anew generate MODEL --like {origin}")
        return open_model(told.model, store)
    verb = "generate" if told.score is None else "compose"
    model = open_model(with_weights(told.weights, str(told.model), origin, store, verb), store)
    for one in told.adapters:
        model = over(model, store.folder(with_weights(one.weights, one.name, origin, store)), one.weight)
    return model


def with_weights(weights: str, name: str, origin: str, store: Store, verb: str = "generate") -> str:
    """NAME@ID of a stored model, older versions too; first of all one of that name. A starter that the store has not
    is put there. `verb`: of the command line, that made the file."""
    entries = sorted(store.list(), key=lambda entry: entry.name != name)
    for ref in (f"{entry.name}@{version}" for entry in entries for version in entry.versions):
        if store.show(ref).files.get(WEIGHTS, {}).get("sha256") == weights:
            return ref
    starter = starters.take_by(weights, name, store)
    if starter is not None:
        return f"{starter.name}@{starter.id}"
    what = f"{origin}: made by {name} with the weights {weights[:12]}…, which are not in the store"
    known = any(entry.name == name for entry in entries)
    kind, way = (
        (Refused, f"anew {verb} {name} --like {origin}") if known else (NotFound, f"anew {verb} MODEL --like {origin}")
    )
    raise kind(what, next_command=way)


def order_of(
    told: Settings,
    artifact: Artifact,
    origin: str,
    changes: Mapping[str, Any],
    start: Picture | Sound | None = None,
    mask: Mask | Span | None = None,
    margins: Sequence[float] | None = None,
    style: Picture | None = None,
    share: float | None = None,
) -> Order:
    """The request again, with `changes` (n, seed, prompt, label, strength and sampling options) laid over it.
    RecipeError where it began from a picture, and none is given."""
    if artifact.recipe.modality not in NOTED:
        only_pictures(artifact, "--like")
    if told.score is not None:
        what = f"{origin} is a piece of music of which something was asked"
        raise RecipeError(what, next_command=f"anew compose --like {origin}")
    if told.edit is not None and told.edit.kind == "enlargement":
        what = f"{origin} is another picture enlarged, which it does not hold"
        raise RecipeError(what, next_command=f"anew upscale {told.model} PICTURE --times {told.edit.times}")
    if told.edit is not None and (start is None or (told.edit.kind == "style" and style is None)):
        what, flags = f"{origin} is a {told.edit.kind} of a picture that it does not hold", "--start PICTURE"
        flags = BEGUN.get(told.edit.kind, flags)
        raise RecipeError(what, next_command=f"the same with {flags}")
    given = {name: value for name, value in changes.items() if value is not None}
    asked = {name: given.pop(name) for name in FIELDS if name in given}
    n = asked.get("n", told.n)
    labels = None if told.labels is None else [told.labels[i % len(told.labels)] for i in range(n)]
    prompt = told.prompt
    if told.weights is None and prompt in label_names(artifact):  # another tool's; a label is all that is understood
        labels, prompt = [prompt] * n, None
    strength = None if told.edit is None else told.edit.strength
    if mask is None and told.edit is not None and told.edit.gap is not None:
        mask = (told.edit.gap[0], told.edit.gap[1])
    margins = margins or (None if told.edit is None else told.edit.margins)
    share = told.edit.share if share is None and told.edit is not None else share
    size = {} if margins is not None else size_of(told, artifact, origin)
    base = Order(
        artifact,
        n,
        told.seed if told.seeds is None or n != told.n else told.seeds,
        prompt,
        labels,
        {**size, **options_of(told, artifact), **given},
        start,
        strength,
        mask,
        margins,
        style,
        share,
    )
    made = replace(base, **(({"label": None} if "prompt" in asked else {}) | asked))
    if start is not None and mask is None and margins is None and made.strength is None:
        raise RecipeError("--start needs --strength, from 0 (as it is) to 1 (forgotten)")
    return made


def options_of(told: Settings, artifact: Artifact) -> dict[str, Any]:
    """The sampling options, of which another model than the file's takes those that it knows; its steps and its solver
    are its own, where it does not have the file's solver."""
    if told.weights in (None, artifact.weights):
        return told.options
    solver = told.options.get("solver")
    own = {"steps", "solver"} if solver is not None and solver not in artifact.model.solvers else set()
    known = {field.name for field in fields(artifact.model.options)} - own
    known |= set(DIALS if artifact.recipe.modality == "audio" else ())
    return {name: value for name, value in told.options.items() if name in known}


def size_of(told: Settings, artifact: Artifact, origin: str) -> dict[str, str]:
    """The size as an option, of a model that can be asked for it. RecipeError for one that makes others."""
    if told.size is not None and artifact.recipe.modality != "image":
        raise RecipeError(f"{origin} is a picture, and {artifact.recipe.name} makes {artifact.recipe.modality}")
    if told.size is None or told.size == own_size(artifact):
        return {}
    if not asked_for(artifact):
        raise RecipeError(f"{origin}: Size is {told.size}, and {artifact.recipe.name} makes {own_size(artifact)}")
    return {"size": told.size}


def axes_of(told: Settings, origin: str) -> list[Axis]:
    """The axes that the picture was crossed over; none of a picture by itself."""
    return [
        Axis.of(one.axis, models_of(told, one, origin), [str(name) for name in one.values])
        if one.weights
        else Axis.of(one.axis, one.values)
        for one in told.xy or []
    ]


def models_of(told: Settings, axis: Crossed, origin: str) -> list[Artifact]:
    """DataError: not as many weights, or adapters, as names."""
    weights = axis.weights or []
    laid: list[list[Over]] = axis.adapters or [[]] * len(weights)
    if not len(axis.values) == len(weights) == len(laid):
        raise DataError(f"{origin}: its note names {len(axis.values)} models, and weights of {len(weights)}")
    return [
        maker_of(told.model_copy(update={"model": str(name), "weights": digest, "adapters": over}), origin)
        for name, digest, over in zip(axis.values, weights, laid, strict=True)
    ]


def again(
    content: bytes,
    origin: str = "picture",
    model: str | Path | Artifact | None = None,
    *,
    start: Picture | Sound | None = None,
    mask: Mask | Span | None = None,
    margins: Sequence[float] | None = None,
    style: Picture | None = None,
    **changes: Any,
) -> Generated:
    """What the file holds, made again: the same bytes when it is saved, but for the `changes`. `model` in place of the
    one that made it; `start`, `mask`, `margins`, `style`: what it began from. Errors as of
    `told_by`, `maker_of` and `order_of`."""
    told = told_by(content, origin)
    if model is None:
        artifact = maker_of(told, origin)
    else:
        artifact = model if isinstance(model, Artifact) else open_model(model)
    order = order_of(told, artifact, origin, changes, start, mask, margins, style)
    axes = axes_of(told, origin)
    return order.cross(axes) if axes else order.draw()


__all__ = ["again", "axes_of", "maker_of", "order_of", "told_by"]
