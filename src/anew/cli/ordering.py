"""Pictures as `anew generate` is asked for them beyond a plain draw: like a file, crossed over settings, as a film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anew.errors import DataError, RecipeError

if TYPE_CHECKING:
    from numpy import bool_
    from numpy.typing import NDArray

    from anew.codecs.image import Picture
    from anew.engine.order import Axis, Order

    Given = tuple[Picture | None, NDArray[bool_] | None]

MOST_BYTES = 256 << 20  # of a picture's file
HELP = "anew generate --help"


def check_order(others: Mapping[str, Any], xy: Sequence[str] | None, moving: bool, like: Path | None) -> None:
    """Refuse what does not go together with pictures made like another, crossed, or moving."""
    what = "--like" if like is not None else "--xy" if xy else "--out FILE.gif"
    for flag, value in others.items():
        if value is not None and value is not False:
            raise RecipeError(f"{what} is of pictures, and excludes {flag}", next_command=HELP)
    if xy and moving:
        raise RecipeError("a grid does not move: --xy excludes --out FILE.gif", next_command="--out FILE.png")


def given_pictures(start: Path | None, inpaint: Path | None, mask: Path | None) -> Given:
    """The picture to begin from, and where it is to be made anew."""
    from anew.codecs.image import read_image

    source = start or inpaint
    picture = None if source is None else read_image(read_file(source), str(source), alpha=True)
    return picture, None if mask is None else read_image(read_file(mask), str(mask)).mean(2) >= 128


def read_file(path: Path) -> bytes:
    """DataError: more than a picture's file has."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DataError(f"{path}: more than {MOST_BYTES:,} bytes")
    return content


def ordered(
    model: str | None, adapters: Sequence[tuple[str, float]], like: Path | None, xy: Sequence[str] | None,
    changes: Mapping[str, Any], given: Given,
) -> tuple[Order, list[Axis]]:  # fmt: skip
    """The request, and the axes that it is crossed over; none without --xy, unless the file is a grid."""
    from anew.deploy.lookup import open_adapted
    from anew.engine.order import Axis, Order
    from anew.recipes.checkpoints import open_any
    from anew.recipes.remake import axes_of, maker_of, order_of, told_by

    axes: list[Axis] = []
    if like is None:
        if model is None:
            raise RecipeError("anew generate takes the name of a model", next_command="anew models list")
        fields = {name: changes[name] for name in ("prompt", "label", "strength")}
        options = {name: value for name, value in changes.items() if name not in ("n", "seed", *fields)}
        picture, mask = given
        order = Order(
            open_adapted(model, adapters), changes["n"] or 1, changes["seed"] or 0, **fields, options=options,
            start=picture, mask=mask,
        )  # fmt: skip
    else:
        told = told_by(read_file(like), str(like))
        if model is None and adapters:
            raise RecipeError(
                "--adapter lies over a model that is named", next_command=f"anew generate MODEL --like {like}"
            )
        artifact = maker_of(told, str(like)) if model is None else open_adapted(model, adapters)
        order = order_of(told, artifact, str(like), changes, *given)
        axes = [] if xy else axes_of(told, str(like))
    return order, axes or [Axis.read(one, open_any) for one in xy or []]
