"""A model that learns from a stored one what that one draws: the five stages of a run with the teacher's codecs.

In: a recipe whose model has the verb `learn_from`, and the model to start from. Out: a model that needs its teacher no
more. What the recipe leaves open of data, cleaning, network and judge is the teacher's, whose scorer it takes along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from anew import registry
from anew.contract import Model, Spec
from anew.deploy.lookup import locate
from anew.errors import RecipeError
from anew.models.diffusion.edm import EDM
from anew.recipe import START, Recipe, Section, keywords, parse, read
from anew.recipes.parts import Part
from anew.recipes.pipeline import Run
from anew.recipes.resolve import refuse_borrowed, refuse_size, resolve

SHAPE = ("width", "depth", "backbone", "patch")  # settings that a network's weights depend on


@dataclass(frozen=True)
class Pupil(Part):
    """A part that learns from what `teacher` gives."""

    teacher: Callable[[], Model] | None = None

    def model(self, spec: Spec) -> Model:
        assert self.teacher is not None
        made = super().model(spec)
        made.learn_from(self.teacher())  # type: ignore[operator]
        return made


class Distillation(Run):
    """A run that teaches a model what another one draws."""

    def resolved(self, recipe: Recipe) -> Recipe:
        """The recipe with what it leaves open as the teacher has it; once that is settled the teacher may go."""
        settled = self.folder / "resolved.toml"
        if settled.is_file():
            return resolve(parse(read(settled), str(settled)))
        if recipe.start is None:
            what = f"{recipe.name} learns from a model that is there already: say which"
            raise RecipeError(what, next_command=f"anew run {recipe.name} --from MODEL")
        place = locate(recipe.start) / "recipe.toml"
        teacher = parse(read(place), str(place))
        refuse_borrowed(recipe.start, teacher)
        if not recipe.rests:
            return resolve(recipe)
        if recipe.codec != type(recipe.codec)(name=START):
            what = f"{recipe.name} takes its codec from {recipe.start}: leave the settings of [codec] out"
            raise RecipeError(what, next_command=f"anew run {recipe.name} --from {recipe.start}")
        refuse_size(recipe, teacher)
        known = keywords(registry.find("models", recipe.model.name))
        shape = {key: teacher.model.settings[key] for key in SHAPE if key in known and key in teacher.model.settings}
        if "scales" in known:
            shape["scales"] = issubclass(registry.find("models", teacher.model.name), EDM)
        taken: dict[str, Any] = {
            "modality": teacher.modality, "size": teacher.size, "codec": teacher.codec,
            "judge": recipe.judge or teacher.judge,
            "data": over(teacher.data, recipe.data), "clean": over(teacher.clean, recipe.clean),
            "model": type(recipe.model)(**{"name": recipe.model.name} | shape | recipe.model.settings),
        }  # fmt: skip
        if "guidance" not in recipe.sample.model_fields_set:
            taken["sample"] = recipe.sample.model_copy(update={"guidance": teacher.sample.guidance})
        return resolve(recipe.model_copy(update=taken))

    def learner(self) -> Part:
        part = super().learner()
        return Pupil(**vars(part), teacher=self.teacher)

    def teacher(self) -> Model:
        assert self.start is not None
        return self.start.model

    @property
    def weights(self) -> Mapping[str, Tensor] | None:
        """What the student has of its teacher's it took when it began to learn from it."""
        return None

    def train(self) -> None:
        super().train()
        assert self.start is not None
        if self.start.scorer is not None:
            self.start.scorer.save(self.folder / "model" / "scorer")

    def judge(self) -> Model:
        """The teacher's own judge, where it carries it, so that both are judged alike."""
        assert self.start is not None
        return super().judge() if self.start.scorer is None else self.start.scorer.model


def over(given: Section, asked: Section) -> Section:
    """The one's values, but for those that the other one sets."""
    return given.model_copy(update={key: getattr(asked, key) for key in asked.model_fields_set})


__all__ = ["Distillation"]
