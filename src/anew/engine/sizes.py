"""The size of pictures, where a model can be asked for it.

In: a model, and "64x48" or (width, height) in pixels. Out: the same weights as a model of pictures of that size.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from anew.artifact import Artifact
from anew.contract import Unsupported
from anew.errors import RecipeError

MOST_PIXELS = 2048 * 2048  # of one picture; memory grows with its square
FORM = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


def of_size(artifact: Artifact, size: Any) -> Artifact:
    """The model for pictures of `size`; itself for None. RecipeError: it makes others alone."""
    if size is None:
        return artifact
    wide, high = sides(size)
    canvas: Any = artifact.codec
    if not hasattr(canvas, "resized"):
        grid = artifact.plain.spec.shape if artifact.recipe.modality == "image" else ()
        if tuple(grid[1:]) == (high, wide):
            return artifact
        what = f"{grid[2]}x{grid[1]} alone" if len(grid) == 3 else "nothing that has a size in pixels"
        raise RecipeError(f"size: {artifact.recipe.name} makes {what}", next_command="leave the size out")
    if wide * high > MOST_PIXELS:
        raise RecipeError(f"size: {wide}x{high} are more than {MOST_PIXELS:,} pixels", next_command="--size 512x512")
    try:
        codec, network = canvas.resized(high, wide), artifact.model
        assert hasattr(network, "resized")
        return replace(artifact, codec=codec, model=network.resized(codec.spec.shape[1:]))
    except Unsupported as why:
        raise RecipeError(f"{artifact.recipe.name}: {why}", next_command="--size 512x512") from None


def asked_for(artifact: Artifact) -> bool:
    """Whether the model can be asked for a size."""
    return hasattr(artifact.codec, "resized")


def own_size(artifact: Artifact) -> str:
    """WIDTHxHEIGHT of the pictures that the model makes as it stands."""
    high, wide = artifact.plain.spec.shape[1:]
    return f"{wide}x{high}"


def sides(size: Any) -> tuple[int, int]:
    """Width and height in pixels."""
    found = FORM.fullmatch(size) if isinstance(size, str) else None
    pair = found.groups() if found else size
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(0 < int(one) < 100_000 for one in pair):
        raise RecipeError(f"size: {str(size)[:40]} is not WIDTHxHEIGHT in pixels", next_command="--size 512x512")
    return int(pair[0]), int(pair[1])


__all__ = ["asked_for", "of_size", "own_size", "sides"]
