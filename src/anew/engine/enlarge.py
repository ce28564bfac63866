"""Pictures made 2 or 4 times as large, by a model that learnt to.

In: an artifact whose model enlarges grids, and pictures of any size: grey, in colour, with transparency. Out: pictures
of the same kind. A large picture goes through in tiles that overlap by as much as the network sees, so that there is
no seam.

B batch · C channels · H, W height and width
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from anew.artifact import Artifact
from anew.codecs.image import Picture, in_colour, straight
from anew.codecs.origin import MENDED
from anew.codecs.picture_files import MOST_PIXELS
from anew.contract import Options
from anew.engine.edit import digest_of, grid_of
from anew.engine.generated import Generated
from anew.engine.settings import Edit, settings_of
from anew.errors import RecipeError

TILE = 128  # pixels a side of what goes through at once, without what it overlaps by
FACTORS = (2, 4)
Watch = Callable[[float], None]


def enlarges(model: Any) -> bool:
    """Whether a model makes grids finer."""
    return hasattr(model, "enlarge") and hasattr(model, "reach")


def upscale(artifact: Artifact, picture: Picture, times: int = 2, watch: Watch | None = None) -> Generated:
    """The picture, uint8 (H, W, 1), (H, W, 3) or (H, W, 4), `times` as high and wide, as one sample. RecipeError: the
    model does not enlarge, or not so much."""
    return Upscaler.of(artifact).upscale(picture, times, watch)


@dataclass(frozen=True)
class Upscaler:
    """An artifact whose model enlarges. `artifact.codec` tells what its grids hold."""

    artifact: Artifact

    @classmethod
    def of(cls, artifact: Artifact) -> Upscaler:
        """RecipeError for a model that does not enlarge."""
        if not enlarges(artifact.model):
            what = f"{artifact.recipe.name} does not enlarge pictures"
            raise RecipeError(what, next_command="anew run super-resolution --data FOLDER")
        grid_of(artifact)
        return cls(artifact)

    def upscale(self, picture: Picture, times: int, watch: Watch | None = None) -> Generated:
        """See `upscale`."""
        high, wide = picture.shape[:2]
        if times not in FACTORS:
            raise RecipeError(f"a picture is made 2 or 4 times as large, not {times}", next_command="--times 2")
        if high * wide * times**2 > MOST_PIXELS:
            what = f"{wide} × {high} pixels {times} times as large are more than {MOST_PIXELS:,}"
            raise RecipeError(what, next_command="--times 2" if times > 2 else "a smaller picture")
        made = self.enlarged(picture, times, watch or (lambda share: None))
        how = settings_of(self.artifact, None, 0, [None], Options(), {})
        edit = Edit(kind="enlargement", picture=digest_of(picture), times=times)
        if how is not None:
            how = how.model_copy(update={"edit": edit, "labels": None, "options": {}})
        name = self.artifact.recipe.name
        return Generated([made], [0], [None], "image", Options(), name, source=MENDED, how=how)

    def enlarged(self, picture: Picture, times: int, watch: Watch) -> Picture:
        """What is transparent is enlarged as it looks on white, and alpha as a picture of its own."""
        channels = self.artifact.model.spec.shape[0]
        alpha = picture[:, :, 3:] if picture.shape[2] == 4 else None
        planes = [*stacks(picture, channels)]
        made = []
        for i, stack in enumerate(planes):
            made.append(self.through(stack, times, lambda share, i=i: watch((i + share) / len(planes))))
        if channels == 4:
            colour, clear = in_colour(made[0]), made[0][:, :, 3:]
        else:
            colour, clear = made[0] if channels == 3 else np.concatenate(made[:3], 2), made[-1]
        if alpha is None:
            return lessened(colour, picture)
        clear = bounded(clear.mean(2, keepdims=True), alpha, times)
        grid = torch.from_numpy(np.concatenate([colour, clear], 2).astype(np.float32)).permute(2, 0, 1)
        whole = straight(grid).round().clamp(0, 255).to(torch.uint8)
        return np.ascontiguousarray(whole.permute(1, 2, 0).numpy())

    @torch.no_grad()
    def through(self, stack: Picture, times: int, watch: Watch) -> Picture:
        """(times · H, times · W, C) of (H, W, C), tile by tile."""
        model: Any = self.artifact.model
        codec: Any = self.artifact.codec
        high, wide, channels = stack.shape
        made = np.empty((high * times, wide * times, channels), np.uint8)
        places = [(y, x) for y in range(0, high, TILE) for x in range(0, wide, TILE)]
        for done, (y, x) in enumerate(places):
            rows, above = around(y, high, model.reach)
            columns, before = around(x, wide, model.reach)
            grid_1CHW: Tensor = model.enlarge(codec.scaled(stack[None, rows, columns]), times)
            (tile,) = codec.decode(grid_1CHW)
            own = tile[above * times : (above + TILE) * times, before * times : (before + TILE) * times]
            fitting = own[: (high - y) * times, : (wide - x) * times]
            made[y * times : y * times + fitting.shape[0], x * times : x * times + fitting.shape[1]] = fitting
            watch((done + 1) / len(places))
        return made


def around(begin: int, length: int, reach: int) -> tuple[slice, int]:
    """The tile from `begin` on with its surroundings, and how many cells of these lie before it."""
    first = max(begin - reach, 0)
    return slice(first, min(begin + TILE + reach, length)), begin - first


def stacks(picture: Picture, channels: int) -> Iterator[Picture]:
    """A picture on white, and its alpha, as pictures of so many channels; of four the picture itself."""
    colour, clear = in_colour(picture), picture[:, :, 3:] if picture.shape[2] == 4 else None
    if channels == 4:
        opaque = np.full((*colour.shape[:2], 1), 255, np.uint8)
        yield picture if clear is not None else np.concatenate([colour, opaque], 2)
        return
    parts = [colour] if channels == 3 else [colour[:, :, i : i + 1] for i in range(3)]
    yield from [*parts, *([] if clear is None else [clear.repeat(channels, 2)])]


def lessened(colour: Picture, picture: Picture) -> Picture:
    """A grey picture is grey again."""
    if picture.shape[2] > 1:
        return colour
    grey: Picture = colour.mean(2, keepdims=True).round().astype(np.uint8)
    return grey


def bounded(values: NDArray[np.float64], coarse: Picture, times: int) -> NDArray[np.float64]:
    """No more and no less than in the coarse picture about there, so that what is clear, or opaque, stays so."""
    near = torch.from_numpy(coarse.astype(np.float32)).permute(2, 0, 1)[None]
    most, least = (s * F.max_pool2d(s * near, 3, 1, 1)[0].permute(1, 2, 0).numpy() for s in (1, -1))
    ends: Sequence[Any] = [one.repeat(times, 0).repeat(times, 1) for one in (least, most)]
    return np.clip(values, *ends)


__all__ = ["FACTORS", "Upscaler", "enlarges", "upscale"]
