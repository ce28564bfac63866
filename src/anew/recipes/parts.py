"""A part of a run that learns: a model, a learned codec or a judge. Each is trained by the one loop in its own folder.

In: the part's name and settings, encoded data, seconds or steps. Out: the model with the weights that were kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from anew.contract import Model, Spec
from anew.data import manifest
from anew.data.loader import Loader
from anew.data.progress import Progress, Report
from anew.data.shards import Shards
from anew.errors import RecipeError
from anew.recipe import Train
from anew.recipes.resolve import seed_for
from anew.train.budget import fit_into
from anew.train.build import build_model, start_from
from anew.train.checkpoint import put_weights
from anew.train.forecast import forecast
from anew.train.loop import WEIGHTS, Diagnosed, Event, Finished, Tick, Trainer, Validated
from anew.validate.report import WATCHED

Sampler = Callable[[Model, int], None]


@dataclass(frozen=True)
class Part:
    """What learns: `stage` names it to people, `name` in the registry; `folder` is the run of its own."""

    stage: str
    name: str
    settings: Mapping[str, Any]
    train: Train
    folder: Path
    seed: int

    def model(self, spec: Spec) -> Model:
        """The part before it has learnt, the same at every call."""
        return build_model(self.name, spec, self.settings, seed_for(self.seed, f"{self.stage} weights"))

    def loader(self, shards: Shards, split: str) -> Loader | None:
        if not shards.count(split):
            return None
        return Loader(shards, split, self.train.batch, seed_for(self.seed, f"{self.stage} {split} order"))


def fix_steps(part: Part, shards: Shards, seconds: float | None, sampler: Sampler | None = None) -> Train:
    """The part's settings with its steps: those given, those that the epochs take, or as many as fit into the seconds,
    measured once."""
    if part.train.steps is not None:
        return part.train
    loader = part.loader(shards, "train")
    if part.train.epochs is not None and loader is not None:
        steps = max(1, math.ceil(part.train.epochs * loader.items / part.train.batch))
        return part.train.model_copy(update={"steps": steps, "epochs": None})
    if seconds is None:
        what = f"how long is {part.stage} to train? Neither steps nor epochs nor minutes are given"
        raise RecipeError(what, next_command="the same with --train.minutes 5")
    assert loader is not None
    return fit_into(part.model(shards.spec), part.train, loader, seconds, part.folder, sampler)


def fit(
    part: Part,
    shards: Shards,
    report: Report,
    *,
    weights: Mapping[str, Tensor] | None = None,
    source: str = "",
    sampler: Sampler | None = None,
) -> Model:
    """Train the part to the end, from where it stopped; the model with the weights that were kept.

    `weights` and `source`: those to go on from, and where they come from.
    """
    model = part.model(shards.spec)
    if manifest.load(part.folder) is None:
        if weights is not None:
            start_from(model, weights, source)
        loader = part.loader(shards, "train")
        assert loader is not None
        steps = part.train.steps
        report(Progress(part.stage, 0, steps, forecast(model, part.train, loader, part.folder, sampler).line()))
        trainer = Trainer(model, part.train, loader, part.loader(shards, "validation"), part.folder, part.seed, sampler)
        held_out, said = "", set[str]()
        for event in trainer.run():
            held_out = f" · held out {event.loss:.4f}" if isinstance(event, Validated) else held_out
            if isinstance(event, Diagnosed) and event.what not in said:
                report(Progress("note", 0, None, f"{part.stage}, step {event.step}: {event.what}"))
                said.add(event.what)
            if isinstance(event, Finished) and event.reason == "patience":
                best = f"the weights of step {trainer.progress.best_step:,}, which did best, are kept"
                kept = best if part.train.keep == "best" else "the last weights are kept"
                what = f"stopped at step {event.step:,} of {steps:,}, as the held-out loss fell no more; {kept}"
                report(Progress("note", 0, None, f"{part.stage}: {what}"))
            if isinstance(event, Finished) and event.reason == "enough":
                what = f"stopped at step {event.step:,} of {steps:,}, as was wished; what it has learnt is kept"
                report(Progress("note", 0, None, f"{part.stage}: {what}"))
            tell(part.stage, event, held_out, report)
    put_weights(model, load_file(part.folder / WEIGHTS))
    return model.eval()


def tell(stage: str, event: Event, held_out: str, report: Report) -> None:
    if isinstance(event, Tick):
        seen = "".join(f" · {key.replace('_', ' ')} {event.stats[key]:.3f}" for key in WATCHED if key in event.stats)
        what = f"loss {event.loss:.4f}{seen}{held_out} · {event.per_second:,.0f}/s"
        report(Progress(stage, event.step, event.steps, what))
