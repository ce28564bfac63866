"""What a recipe would take on this machine, before anything is kept of it: weighed and timed on a part of its data.

In: a recipe. Out: for each of its parts that learns, parameters, memory, time and disk (`train.forecast`). The codecs
are fitted to the first records alone and a learned codec stays as it begins, so that sizes which the data decide (a
vocabulary, the number of labels) are those of that part.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from anew.contract import Model
from anew.data.home import home
from anew.data.memory import free_bytes
from anew.data.progress import Report, silent
from anew.data.shards import Shards
from anew.errors import RecipeError
from anew.recipe import Recipe, Train
from anew.recipes.parts import Part
from anew.recipes.pipeline import Run
from anew.train.budget import measure, most, with_steps
from anew.train.forecast import TIME_SECONDS, Forecast, forecast

LOOKED_AT = 2000  # records
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Foreseen:
    """`parts`: of the codec, the judge and the model, those that learn; they learn one after the other. `records` that
    were looked at. `free_bytes`: of memory, now."""

    parts: dict[str, Forecast]
    records: int
    free_bytes: int

    @property
    def seconds(self) -> float:
        return sum(part.seconds for part in self.parts.values())

    @property
    def memory_bytes(self) -> int:
        return max(part.memory_bytes for part in self.parts.values())

    @property
    def disk_bytes(self) -> int:
        return sum(part.disk_bytes for part in self.parts.values())


def foresee(recipe: Recipe, report: Report = silent) -> Foreseen:
    """RecipeError: a recipe that starts from a model, whose forecast its run tells. Refused: more than the machine."""
    if recipe.adapt is not None or recipe.rests:
        does = "adapts" if recipe.adapt is not None else "learns from"
        what = f"{recipe.name} {does} a stored model; its run tells the forecast before it trains"
        raise RecipeError(what, next_command=f"anew run {recipe.name}")
    if not recipe.data.source:
        what = f"{recipe.name} brings no data of its own"
        raise RecipeError(what, next_command=f"anew recipe forecast {recipe.name} --data.source FOLDER")
    few = recipe.data.model_copy(update={"limit": min(recipe.data.limit or LOOKED_AT, LOOKED_AT)})
    home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".forecast-", dir=home()) as folder:
        trial = recipe.model_copy(update={"data": few, "words": None})  # which cost nothing once learning begins
        return Trial(trial, Path(folder) / "run", report).foresee()


class Trial(Run):
    """A run that weighs what it would train."""

    def foresee(self) -> Foreseen:
        self.collect()
        self.clean()
        self.parts: dict[str, Forecast] = {}
        recipe = self.recipe
        shards = self.encoder.shards(self.codecs)
        judge = self.timed_judge
        if judge is not None and self.codecs.label is not None:
            part = self.part("judge", judge.name, judge.settings, self.dialled(judge.train), "judge/train")
            minutes = judge.train.minutes
            plain = self.encoder.plain_shards(self.codecs.plain, self.codecs.label)
            self.weigh(part, plain, None if minutes is None else 60 * minutes)
        part = self.part("train", recipe.model.name, recipe.model.settings, recipe.train, "train")
        self.weigh(part, shards, self.seconds)
        return Foreseen(self.parts, sum(self.encoder.cleaned.counts.get(s, 0) for s in SPLITS), free_bytes())

    def learn_codec(self, shards: Shards) -> Model:
        """The codec's model as it begins."""
        learned = self.recipe.codec.learned
        assert learned is not None
        part = self.part("codec", learned.name, learned.settings, self.dialled(learned.train), "codec/train")
        self.weigh(part, shards, self.codec_seconds)
        return part.model(shards.spec).eval()

    def weigh(self, part: Part, shards: Shards, seconds: float | None) -> None:
        loader = part.loader(shards, "train")
        if loader is None or (seconds is None and part.train.steps is None):
            raise RecipeError(f"how long is {part.stage} to train?", next_command="the same with --train.minutes 5")
        settings: Train = part.train
        if settings.steps is None:
            assert seconds is not None
            costs = measure(part.model(shards.spec), settings, loader, TIME_SECONDS, part.folder)
            steps = most(lambda n: costs.seconds(n, with_steps(settings, n, None)) <= seconds)
            settings = with_steps(settings, steps, None)
        self.parts[part.stage] = forecast(part.model(shards.spec), settings, loader, part.folder)
