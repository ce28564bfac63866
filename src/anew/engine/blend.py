"""The way between prompts: one noise, drawn under a condition that goes from one to the next.

In: a model and what the ends are called by, captions or labels. Out: a picture or sound a step, the ends as they are
drawn alone from that seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from anew.artifact import Artifact
from anew.contract import Unsupported
from anew.engine.edit import plain_of
from anew.engine.generate import (
    Generated,
    Watch,
    condition_for,
    label_names,
    labels_for,
    options_for,
    reads_captions,
)
from anew.engine.sizes import of_size
from anew.errors import RecipeError
from anew.samplers.guidance import Blended

MOST_FRAMES = 1000


@torch.no_grad()
def between(
    artifact: Artifact,
    ends: Sequence[str],
    frames: int = 8,
    seed: int = 0,
    walk: bool = False,
    watch: Watch | None = None,
    **options: Any,
) -> Generated:
    """From end to end, `frames` from each to the next, both counted; `walk`: back to the first. Its `frames` show the
    way, so that it can be saved as a .gif. `size` is as in `generate`. RecipeError: fewer than two ends, or a model
    that is told nothing."""
    artifact = of_size(artifact, options.pop("size", None))
    asked = labels_for(artifact, len(ends), list(ends))
    check(artifact, ends, frames)
    stops = [*asked, *asked[:1]] if walk else asked
    way = way_of(len(ends), frames, walk)
    first, second = (condition_for(artifact, [stops[i + after] for i, _ in way]) for after in (0, 1))
    assert first is not None and second is not None
    cond: Any = Blended(first, second, torch.tensor([share for _, share in way]))
    chosen = options_for(artifact, options)
    rngs = [torch.Generator().manual_seed(seed) for _ in way]
    try:
        for last in artifact.model.eval().sample(rngs, cond, None, chosen):
            if watch is not None:
                watch(last.progress, partial(artifact.codec.decode, last.data))
    except Unsupported as why:
        raise RecipeError(f"{artifact.recipe.name}: {why}", next_command="anew interpolate --help") from None
    made, modality = artifact.codec.decode(last.data), artifact.recipe.modality
    frames = [[one] for one in (made[:-1] if walk else made)] if modality == "image" else []
    names = [stops[i + round(share)] for i, share in way]
    return Generated(made, [seed] * len(way), names, modality, chosen, artifact.recipe.name, frames=frames)


def way_of(ends: int, frames: int, walk: bool) -> list[tuple[int, float]]:
    """Each picture's place: after which end, and how far from there to the next."""
    legs = ends - 1 + walk
    way = [(i, step / (frames - 1)) for i in range(legs) for step in range(frames - 1)]
    return [*way, (legs - 1, 1.0)]


def check(artifact: Artifact, ends: Sequence[str], frames: int) -> None:
    """RecipeError where there is no way."""
    plain_of(artifact)
    name = artifact.recipe.name
    if not (reads_captions(artifact) or label_names(artifact)):
        raise RecipeError(
            f"{name} is told nothing that there could be a way between", next_command="ends that are seeds"
        )
    if not hasattr(artifact.model, "velocity"):
        raise RecipeError(f"{name} does not follow a velocity that could be mixed", next_command="ends that are seeds")
    if len(ends) < 2 or frames < 2 or len(ends) * frames > MOST_FRAMES:
        raise RecipeError(f"a way has two ends or more, and two frames or more, {MOST_FRAMES} in all")


__all__ = ["between"]
