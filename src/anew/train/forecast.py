"""What a run will take, told before it starts: parameters, memory, time and disk; Refused where the machine cannot."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from anew.contract import Model
from anew.data.loader import Loader
from anew.data.progress import duration, size
from anew.errors import Refused
from anew.recipe import Train
from anew.train.budget import Sampler, measure
from anew.train.checkpoint import KEPT, weights_of
from anew.train.memory import needed_bytes

TIME_SECONDS = 0.5  # spent on timing steps
LINE_BYTES = 200  # of the journal, a step


@dataclass(frozen=True)
class Forecast:
    """`learning` of the `parameters` change. `memory_bytes`: the most that the process holds at once. `seconds` by the
    settings' clock."""

    parameters: int
    learning: int
    memory_bytes: int
    seconds: float
    disk_bytes: int
    steps: int

    def line(self) -> str:
        """One line for a person."""
        few = self.learning < self.parameters
        parameters = f"{self.learning:,} of " * few + f"{self.parameters:,} parameters" + " learn" * few
        return (
            f"{parameters} · {size(self.memory_bytes)} of memory · "
            f"{duration(self.seconds)} for {self.steps:,} steps · {size(self.disk_bytes)} of disk"
        )


def forecast(
    model: Model, settings: Train, loader: Loader, folder: Path | None = None, sampler: Sampler | None = None
) -> Forecast:
    """Weigh and time a few steps of a throw-away copy. `folder`: where the run will write.

    Refused, with the reason, when memory or the folder's disk do not hold it.
    """
    if settings.steps is None:
        raise ValueError("the number of steps is fixed before a forecast")
    memory = needed_bytes(model, settings, loader)
    costs = measure(model, settings, loader, TIME_SECONDS, folder, sampler)
    weights = sum(value.nbytes for value in weights_of(model).values())
    disk = (KEPT + 1) * costs.checkpoint_bytes + 2 * weights + LINE_BYTES * settings.steps
    if folder is not None and disk > (free := shutil.disk_usage(nearest_existing(folder)).free):
        raise Refused(
            f"training writes up to {size(disk)} to {folder}, and {size(free)} are free there",
            next_command="anew run RECIPE --out a-folder-on-another-disk",
        )
    parameters = sum(p.numel() for p in model.parameters())
    learning = sum(p.numel() for phase in model.phases() for p in phase.parameters())
    return Forecast(parameters, learning, memory, costs.seconds(settings.steps, settings), disk, settings.steps)


def nearest_existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
