"""A picture continued beyond its edges; what it holds comes out bit-equal.

In: a model, a picture of any size and how many pixels are to be added on each side. Out: larger pictures. A model that
can be asked for the canvas's size makes it at once. Any other looks through a window of its own size, which goes over
the canvas from where most is known to where least is, each time making the part anew that is not known yet; so a
picture should show things as large as the model's own do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anew.artifact import Artifact
from anew.codecs.image import Picture
from anew.engine.edit import Mask, asked_of, digest_of, edited, grid_of, mend
from anew.engine.generate import Generated, Watch, seeds_for
from anew.engine.settings import Edit
from anew.engine.sizes import MOST_PIXELS, of_size
from anew.errors import RecipeError

MOST_WINDOWS = 256
Margins = Sequence[int]  # left, top, right, bottom
Place = tuple[int, int]  # a window's first row and column
Cut = tuple[slice, slice]


def outpaint(
    artifact: Artifact,
    picture: Picture,
    margins: Margins,
    n: int = 1,
    seed: int = 0,
    label: str | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Generated:
    """`n` ways to go on beyond the picture by `margins` pixels at its left, top, right and bottom. RecipeError: margins
    that are none, or a canvas that is too large."""
    unknown = beyond(artifact, picture.shape, margins)
    if "size" in options:
        raise RecipeError("size: that of the picture and its margins", next_command="leave the size out")
    high, wide = unknown.shape
    if hasattr(artifact.codec, "resized"):
        artifact = of_size(artifact, (wide, high))
    held = grid_of(artifact).channelled(picture)
    left, top, right, bottom = checked(margins)
    canvas = np.pad(held, ((top, bottom), (left, right), (0, 0)), "edge")
    seeds, asked = seeds_for(n, seed), asked_of(artifact, n, label)
    going = Continued(artifact, seeds, asked, options, watch or (lambda share, decode: None))
    made = going.whole(canvas, unknown)
    how = Edit(kind="outpainting", picture=digest_of(held), margins=[left, top, right, bottom])
    return replace(made, how=edited(made, how))


@dataclass(frozen=True)
class Continued:
    """Samples of one canvas, a seed each."""

    artifact: Artifact
    seeds: Sequence[int]
    asked: Sequence[str | None] | None
    options: Mapping[str, Any]
    watch: Watch

    def whole(self, canvas: Picture, unknown: Mask) -> Generated:
        """With nothing unknown; each window sees what the ones before it made. Later windows' seeds follow from a
        sample's own and from where they are."""
        _, high, wide = grid_of(self.artifact).spec.shape
        side, first = (high, wide), None
        canvases, missing, places = [canvas] * len(self.seeds), unknown.copy(), [*order_of(unknown, side)]
        for done, place in enumerate(places):
            at, inner = cut(place, side, canvas.shape)
            view = Looking(canvases, at, inner, self.watch, done, len(places))
            windows = [framed(one[at], inner, side) for one in canvases]
            hidden = framed(missing[at], inner, side)[:, :, None]
            seeds = [seed_at(seed, place) for seed in self.seeds] if done else self.seeds
            made = mend(self.artifact, windows, hidden, seeds, self.asked, view, self.options)
            first = first or made
            canvases, missing[at] = view.pasted(made.samples), False
        assert first is not None
        return replace(first, samples=canvases)


@dataclass(frozen=True)
class Looking:
    """A `Watch` of one window, which shows the canvases."""

    canvases: Sequence[Picture]
    at: Cut
    inner: Cut
    watch: Watch
    done: int
    of: int

    def __call__(self, share: float, decode: Callable[[], list[Picture]]) -> None:
        self.watch((self.done + share) / self.of, lambda: self.pasted(decode()))

    def pasted(self, windows: Sequence[Picture]) -> list[Picture]:
        made = [canvas.copy() for canvas in self.canvases]
        for canvas, window in zip(made, windows, strict=True):
            canvas[self.at] = window[self.inner]
        return made


def beyond(artifact: Artifact, shape: Sequence[int], margins: Margins) -> Mask:
    """(H, W): of the canvas around a picture of that shape (H, W, …), what is unknown. RecipeError: margins that are
    none, a canvas that is too large."""
    left, top, right, bottom = checked(margins)
    grid_of(artifact)
    high, wide = shape[0] + top + bottom, shape[1] + left + right
    if high * wide > MOST_PIXELS:
        raise RecipeError(f"margins: {wide} × {high} are more than {MOST_PIXELS:,} pixels")
    unknown = np.ones((high, wide), bool)
    unknown[top : top + shape[0], left : left + shape[1]] = False
    return unknown


def windows(artifact: Artifact, unknown: Mask) -> int:
    """In how many a canvas is made. RecipeError: too many."""
    _, high, wide = grid_of(artifact).spec.shape
    return 1 if hasattr(artifact.codec, "resized") else len([*order_of(unknown, (high, wide))])


def checked(margins: Margins) -> tuple[int, int, int, int]:
    """RecipeError: not four whole numbers of which one is more than 0."""
    found = [one for one in margins if isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= 100_000]
    if len(found) != 4 or len(list(margins)) != 4 or not any(found):
        what = "margins are pixels to the left, top, right and bottom, one of them more than 0"
        raise RecipeError(what, next_command="--margins 8,8,8,8")
    return found[0], found[1], found[2], found[3]


def order_of(unknown: Mask, side: tuple[int, int]) -> Iterator[Place]:
    """The windows, half a window apart, that together show all that is unknown: each time the one of which least is
    unknown, but something. RecipeError: too many."""
    places = [(y, x) for y in steps(unknown.shape[0], side[0]) for x in steps(unknown.shape[1], side[1])]
    left, fewest = unknown.copy(), unknown.sum() / (side[0] * side[1])
    for _ in range(MOST_WINDOWS if fewest <= MOST_WINDOWS else 0):
        open_ = {place: count for place in places if (count := window(left, place, side).sum())}
        if not open_:
            return
        least = min(open_, key=lambda place: (open_[place], place))
        yield least
        window(left, least, side)[:] = False
        places = [*open_]
    what = f"margins: a canvas of {unknown.shape[1]} × {unknown.shape[0]} takes more than {MOST_WINDOWS} windows"
    raise RecipeError(f"{what} of {side[1]} × {side[0]}", next_command="a smaller picture, or smaller margins")


def steps(length: int, side: int) -> list[int]:
    """Where windows begin along an axis: the last one ends with it."""
    if length <= side:
        return [0]
    return sorted({*range(0, length - side, max(side // 2, 1)), length - side})


def window(values: Mask, place: Place, side: tuple[int, int]) -> Mask:
    return values[place[0] : place[0] + side[0], place[1] : place[1] + side[1]]


def cut(place: Place, side: tuple[int, int], shape: tuple[int, ...]) -> tuple[Cut, Cut]:
    """What of the canvas a window shows, and where in the window that lies: in the middle, where it shows more."""
    ends = [min(at + wide, whole) for at, wide, whole in zip(place, side, shape[:2], strict=True)]
    gaps = [(wide - (end - first)) // 2 for first, end, wide in zip(place, ends, side, strict=True)]
    inner = [slice(gap, gap + end - first) for gap, first, end in zip(gaps, place, ends, strict=True)]
    return (slice(place[0], ends[0]), slice(place[1], ends[1])), (inner[0], inner[1])


def framed(view: NDArray[Any], inner: Cut, side: tuple[int, int]) -> NDArray[Any]:
    """A picture or a mask in a window of `side`: outside the canvas it goes on as at its edge, and is unknown."""
    around = [(one.start, wide - one.stop) for one, wide in zip(inner, side, strict=True)]
    if view.ndim == 2:
        return np.pad(view, around, constant_values=True)
    return np.pad(view, (*around, (0, 0)), "edge")


def seed_at(seed: int, place: Place) -> int:
    """Of a later window: it follows from the sample's own and from where it is."""
    told = hashlib.sha256(f"{seed}/{place[0]}/{place[1]}".encode()).digest()
    return int.from_bytes(told[:8], "big") % 2**63


__all__ = ["Margins", "outpaint"]
