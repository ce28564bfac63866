"""A stored model adapted to a user's conversations, answers or preferences: the five stages of a run of its own kind.

In: a recipe with [adapt] and a model to start from. Out: an adapter (or, at rank 0, a whole model), which learnt by the
same loop as any model: what learns is an objective around the start.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from anew import registry
from anew.artifact import Artifact, Origin
from anew.codecs.conversations import ANSWER, Conversation, Message, answered, loads
from anew.codecs.turns import Turns
from anew.contract import Codec, Model, Spec
from anew.data.loader import Loader
from anew.data.records import Record
from anew.data.shards import Shards, write_shards
from anew.deploy.lookup import digest_of, locate, open_model, shortened
from anew.errors import DataError, RecipeError
from anew.models.around import Around
from anew.models.autoregressive.family import Autoregressive
from anew.models.autoregressive.objective import Objective
from anew.models.autoregressive.policy import GroupPolicy
from anew.models.layers.frozen import freeze
from anew.models.layers.lora import adapt
from anew.recipe import START, Adapt, Part, Recipe, parse, read, settings_of
from anew.recipes.encode import Codecs
from anew.recipes.parts import Part as Learner
from anew.recipes.parts import fit, fix_steps
from anew.recipes.pipeline import Run
from anew.recipes.resolve import refuse_size, resolve, seed_for
from anew.train.build import twin
from anew.validate.rewards import Rule


@dataclass(frozen=True)
class Adapted(Learner):
    """A part that begins as a stored model. `rivals`: what its rows are preferred to."""

    make: Callable[[], Model] | None = None
    context: int | None = None
    rivals: Shards | None = None

    def model(self, spec: Spec) -> Model:
        assert self.make is not None
        return self.make()

    def loader(self, shards: Shards, split: str) -> Loader | None:
        if not shards.count(split):
            return None
        seed = seed_for(self.seed, f"{self.stage} {split} order")
        return Loader(shards, split, self.train.batch, seed, self.context, self.rivals)


class Adaptation(Run):
    """A run that adapts a model."""

    def resolved(self, recipe: Recipe) -> Recipe:
        """The recipe with the codec and the network of its start."""
        if recipe.start is None:
            what = f"{recipe.name} adapts a model that is there already: say which"
            raise RecipeError(what, next_command=f"anew run {recipe.name} --data DATA --from MODEL")
        place = locate(recipe.start) / "recipe.toml"
        start, asked = parse(read(place), str(place)), settings(recipe)
        own = [part for part in (recipe.codec, recipe.model) if part.name != START or part.settings]
        if own:
            what = f"{recipe.name} takes codec and model from {recipe.start}: leave {own[0].name} and its settings out"
            raise RecipeError(what, next_command="anew recipe show chat-tune")
        self.refuse_start(recipe.start, start)
        if not (self.folder / "resolved.toml").is_file():
            refuse_size(recipe, start)
        parts: dict[str, Any] = {"codec": start.codec, "model": start.model, "size": start.size, "adapt": asked}
        if "sample" not in recipe.model_fields_set:
            parts["sample"] = start.sample
        return resolve(recipe.model_copy(update=parts))

    @staticmethod
    def refuse_start(ref: str, start: Recipe) -> None:
        """RecipeError for a model that conversations teach nothing."""
        if start.codec.learned is not None or start.modality not in ("text", "code", "chat"):
            what = f"{ref} makes {start.modality}: only what writes text can be adapted to conversations"
            raise RecipeError(what, next_command="anew models list")

    @property
    def how(self) -> Adapt:
        assert self.recipe.adapt is not None
        return self.recipe.adapt

    @cached_property
    def start(self) -> Artifact:
        assert self.recipe.start is not None
        start = open_model(self.recipe.start)
        hold(start.model, self.how)
        return start

    @cached_property
    def codecs(self) -> Codecs:
        return Codecs(Turns(inner=self.start.codec), self.start.codec, None)

    # -------------------------------------------------------------------------------------------- the stages

    def train(self) -> None:
        """Stage 3: the conversations encoded, the objective around the start trained; the adapter."""
        self.warn_if_busy()
        shards = self.shards("shards", "chosen")
        rivals = self.shards("shards-rejected", "rejected") if self.kind.compares else None
        part = Adapted(
            "train", self.how.objective.name, {}, self.recipe.train, self.folder / "train",
            seed_for(self.recipe.seed, "train"), self.objective, self.how.context, rivals,
        )  # fmt: skip
        train = fix_steps(part, shards, self.seconds, self.show_samples)
        self.record(train=train)
        model = fit(replace(part, train=train), shards, self.report, sampler=self.show_samples)
        assert isinstance(model, Around)
        self.result.paths["model"] = self.folder / "model"
        self.adapted(model).save(self.folder / "model")

    def shards(self, folder: str, which: str) -> Shards:
        """The conversations with their answer, or with the one of a preference."""
        codec = self.codecs.codec

        def decode(record: Record) -> list[Message]:
            return checked(loads(str(record.value)), which, self.kind.compares, record.origin)

        write_shards(
            self.encoder.records, codec, None, decode, self.folder / folder, self.report,
            inputs={"clean": self.encoder.cleaned.digest, "which": which},
        )  # fmt: skip
        return Shards(self.folder / folder)

    # -------------------------------------------------------------------------------------------- what learns

    @property
    def kind(self) -> type[Around]:
        kind: type[Around] = registry.find("objectives", self.how.objective.name)
        return kind

    def objective(self) -> Around:
        """The objective around the start before it has learnt, the same at every call."""
        policy, before = self.policies()
        if not isinstance(policy, Autoregressive):
            what = f"{shortened(self.recipe.start or '')} does not write from left to right, and cannot be adapted"
            raise RecipeError(what, next_command="anew models list")
        return around(self.recipe, policy, before, self.start.codec).train()

    def policies(self) -> tuple[Model, Any]:
        """What learns, as the start is; and where every weight of it learns, what it was."""
        policy, before = twin(self.start.model.requires_grad_(not self.how.rank)), None
        if self.how.rank:
            rng = torch.Generator().manual_seed(seed_for(self.recipe.seed, "adapter weights"))
            adapt(policy, self.how.layers, self.how.rank, self.how.alpha, rng)
        else:
            before = copy.deepcopy(policy)
            policy.requires_grad_(True)
        return policy, before

    def adapted(self, objective: Around) -> Artifact:
        """What the run made so far, over the model that it started from."""
        assert self.recipe.start is not None
        base = None
        if self.how.rank:
            scale = self.how.alpha / self.how.rank
            base = Origin(self.recipe.start, digest_of(self.recipe.start), scale, self.how.frozen)
        return Artifact(self.recipe, objective.policy, self.start.codec, self.start.label, base)

    def show_samples(self, model: Model, step: int) -> None:
        """Answers to the first held-out questions while it learns."""
        from anew.recipes.evaluate.chats import answers, shown

        assert isinstance(model, Objective)
        folder = self.folder / "train" / "samples"
        folder.mkdir(parents=True, exist_ok=True)
        asked = self.encoder.draw("validation", 3)
        artifact = Artifact(self.recipe, model.policy, self.start.codec, self.start.label)
        questions = [self.encoder.decode(record)[:-1] for record in asked]
        said = answers(artifact, questions, self.recipe.seed)
        (folder / f"step-{step:08}.txt").write_text("\n\n".join(map(shown, questions, said)), "utf-8", "replace")


def around(recipe: Recipe, policy: Autoregressive, start: Autoregressive | None, codec: Codec) -> Objective:
    """The recipe's objective around a policy, with the reward that it needs."""
    assert recipe.adapt is not None
    objective, asked = recipe.adapt.objective, recipe.adapt.reward
    made: Objective = registry.find("objectives", objective.name)(policy, start, **objective.settings)
    if isinstance(made, GroupPolicy):
        assert asked is not None
        rule: Rule = registry.find("rewards", asked.name)(**asked.settings)
        made.reward = lambda answer, expected: rule(*codec.decode([answer, expected]))
    return made


def hold(model: Model, how: Adapt) -> None:
    """The model's weights in what the recipe holds them in while an adapter learns."""
    if how.frozen == "int8":
        freeze(model)


def settings(recipe: Recipe) -> Adapt:
    """[adapt] with every setting of its objective and its reward written out."""
    how = recipe.adapt
    assert how is not None
    if (registry.find("objectives", how.objective.name).family == "diffusion") != (recipe.modality == "image"):
        what = f"adapt.objective.name: {how.objective.name} is not learnt from data of modality {recipe.modality}"
        raise RecipeError(what, next_command="anew recipe show personalise, or anew recipe show chat-tune")
    if how.frozen == "int8" and not how.rank:
        what = "adapt.frozen: with rank 0 every weight learns, and none is held in eight bits"
        raise RecipeError(what, next_command="the same with --adapt.rank 8")
    kind = registry.find("objectives", how.objective.name)
    if kind.judges != (how.reward is not None):
        what = f"{how.objective.name} learns {'from a reward' if kind.judges else 'without one'}: adapt.reward"
        way_out = f"--adapt.reward.name {' or '.join(registry.names('rewards'))}" if kind.judges else "leave it out"
        raise RecipeError(what, next_command=way_out)
    changes: dict[str, Part] = {}
    for key, parts in (("objective", "objectives"), ("reward", "rewards")):
        named: Part | None = getattr(how, key)
        if named is not None:
            made = settings_of(registry.find(parts, named.name), named.settings, recipe.size, f"adapt.{key}")
            changes[key] = named.model_copy(update=made)
    return how.model_copy(update=changes)


def checked(found: Conversation, which: str, compares: bool, origin: str) -> list[Message]:
    """The conversation as it is learnt from; DataError where the objective needs another kind."""
    messages = answered(found, which)
    if compares and which not in found:
        what = f"{origin}: no chosen and rejected answer, which preferences are learnt from"
        raise DataError(what, next_command="anew run chat-tune, which learns from one answer each")
    if messages[-1]["role"] != ANSWER:
        raise DataError(f"{origin}: the conversation ends without an answer", next_command="anew clean --help")
    return messages


__all__ = ["Adaptation"]
