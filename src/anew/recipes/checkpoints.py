"""A checkpoint of a run as a model to draw from, so that what was learnt when can be looked at side by side.

In: a name, a folder, or a checkpoint's folder, RUN/train/checkpoints/step-00000300. Out: an open model.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from torch import nn

from anew.artifact import Artifact, load_artifact, mapped_tensors
from anew.deploy.lookup import open_model
from anew.errors import NotFound
from anew.train.checkpoint import NAME, is_whole

AVERAGE, WEIGHTS = "average.safetensors", "model.safetensors"


def open_any(ref: str | Path) -> Artifact:
    """A model as `open_model` finds it, or a checkpoint's: with averaged weights where the run keeps an average, as
    its own model has. NotFound: damaged, or the run has not come to its model yet."""
    place = Path(ref)
    step = NAME.fullmatch(place.name)
    if step is None or not place.is_dir():
        return open_model(ref)
    model = place.absolute().parents[2] / "model"
    if not is_whole(place) or not model.is_dir():
        raise NotFound(f"{ref}: no whole checkpoint of a run with a model", next_command="anew runs list")

    def fill(network: nn.Module) -> None:
        network.load_state_dict(mapped_tensors(place / WEIGHTS) | mapped_tensors(place / AVERAGE))

    made = load_artifact(model, fill)
    return replace(made, recipe=made.recipe.model_copy(update={"name": f"{made.recipe.name}-step-{int(step[1])}"}))


__all__ = ["open_any"]
