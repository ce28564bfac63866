"""Pictures and sounds as `anew generate` is asked for them beyond a plain draw: like a file, begun from one, crossed
over settings, as a film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anew.errors import DataError, RecipeError

if TYPE_CHECKING:
    from anew.engine.order import Axis, Order

HELP = "anew generate --help"
BEGINNINGS = ("start", "inpaint", "outpaint")


def check_order(others: Mapping[str, Any], given: Mapping[str, Any], xy: Sequence[str] | None, moving: bool) -> None:
    """Refuse what does not go together with what is made like another, crossed, moving, or begun from something."""
    flags = {"--like": given["like"] is not None, "--xy": bool(xy), "--out FILE.gif": moving}
    flags |= {f"--{name}": given[name] is not None for name in BEGINNINGS}
    what = next((flag for flag, holds in flags.items() if holds), None)
    for flag, value in others.items() if what else ():
        if value is not None and value is not False:
            raise RecipeError(f"{what} is of pictures and sounds, and excludes {flag}", next_command=HELP)
    if xy and moving:
        raise RecipeError("a grid does not move: --xy excludes --out FILE.gif", next_command="--out FILE.png")


def check_pictures(given: Mapping[str, Any]) -> None:
    """Refuse dials that do not belong together, of those that `anew generate` was given."""
    begun = [name for name in BEGINNINGS if given[name] is not None]
    strength, like = given["strength"] is not None or "strength" in given["crossed"], given["like"] is not None
    wrong = {
        f"{' and '.join(f'--{name}' for name in begun)} exclude each other": len(begun) > 1,
        "--strength belongs to --start": strength and "start" not in begun,
        "--start needs --strength, from 0 (as it is) to 1 (forgotten)": "start" in begun and not (strength or like),
        "--inpaint and --mask belong together": ("inpaint" in begun) != (given["mask"] is not None),
        "--style belongs to --start": given["style"] is not None and "start" not in begun,
        "--style-share belongs to --style": given["share"] is not None and given["style"] is None,
        "--margins belongs to --outpaint": given["margins"] is not None and "outpaint" not in begun,
        "--outpaint needs --margins, pixels to the left, top, right and bottom such as 8,8,8,8, of a sound seconds "
        "before and after it such as 0,0.5": "outpaint" in begun and given["margins"] is None and not like,
    }
    for what, holds in wrong.items():
        if holds:
            raise RecipeError(what, next_command=HELP)


def given_pictures(given: Mapping[str, Any]) -> dict[str, Any]:
    """The picture or sound to begin from and what is to be made of it, as an `Order` has them."""
    from anew.codecs.image import read_image
    from anew.codecs.picture_files import read_file
    from anew.codecs.sound import Sound

    check_pictures(given)
    source, mask = given["start"] or given["inpaint"] or given["outpaint"], given["mask"]
    start, style = (None if path is None else whole(path) for path in (source, given["style"]))
    if isinstance(start, Sound):
        mask = None if mask is None else numbers("mask", str(mask).replace("-", ","), float, "0.3-0.6")
        margins = None if given["margins"] is None else numbers("margins", given["margins"], float, "0,0.5")
    else:
        mask = None if mask is None else read_image(read_file(mask), str(mask)).mean(2) >= 128
        margins = None if given["margins"] is None else numbers("margins", given["margins"], int, "8,8,8,8")
    return {"start": start, "style": style, "share": given["share"], "mask": mask, "margins": margins}


def whole(path: Path) -> Any:
    """The picture, with its transparency, or the sound that the file holds."""
    from anew.codecs.image import read_image
    from anew.codecs.picture_files import begins_one, read_file
    from anew.codecs.sound_files import NAMES, is_known, read_sound

    content = read_file(path)
    if is_known(content):
        return read_sound(content, str(path))
    try:
        return read_image(content, str(path), alpha=True)
    except DataError as why:
        if begins_one(content):
            raise
        raise DataError(f"{why.message}, nor a {NAMES} sound", next_command=why.next_command) from None


def numbers(name: str, text: str, kind: type[float], like: str) -> Any:
    """`8,8,0,8`, or of a sound `0.3,0.6`, in as many parts as `like` has."""
    try:
        found = tuple(kind(one) for one in text.split(","))
        if len(found) == len(like.replace("-", ",").split(",")):
            return found
    except ValueError:
        pass
    count = "four numbers" if kind is int else "two numbers of seconds"
    raise RecipeError(f"--{name}: {text[:40]!r} are not {count}", next_command=f"--{name} {like}") from None


def ordered(
    model: str | None, adapters: Sequence[tuple[str, float]], like: Path | None, xy: Sequence[str] | None,
    changes: Mapping[str, Any], given: Mapping[str, Any],
) -> tuple[Order, list[Axis]]:  # fmt: skip
    """The request, and the axes that it is crossed over; none without --xy, unless the file is a grid."""
    from anew.codecs.picture_files import read_file
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
        order = Order(
            open_adapted(model, adapters), changes["n"] or 1, changes["seed"] or 0, **fields, options=options, **given
        )
    else:
        told = told_by(read_file(like), str(like))
        if model is None and adapters:
            raise RecipeError(
                "--adapter lies over a model that is named", next_command=f"anew generate MODEL --like {like}"
            )
        artifact = maker_of(told, str(like)) if model is None else open_adapted(model, adapters)
        order = order_of(told, artifact, str(like), changes, **given)
        axes = [] if xy else axes_of(told, str(like))
    axes = axes or [Axis.read(one, open_any) for one in xy or []]
    if adapters and any(axis.name == "model" for axis in axes):
        what = "--adapter lies over one model, and --xy model draws from others"
        raise RecipeError(what, next_command=f"--xy model={model},{adapters[0][0]}, an adapter by its own name")
    return order, axes
