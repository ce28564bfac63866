"""The five stages of a run, in one folder: collect, clean, train, validate, deploy.

A recipe and a folder come in; a `Result` goes out. Each stage reads what the one before wrote and does nothing when
nothing is new. A learned codec and a judge are trained here, by the same loop as the model, each a run of its own in
a folder of its own, since neither `codecs/` nor `validate/` trains.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from anew import registry
from anew.artifact import Artifact, put, resolved_toml
from anew.clean import clean
from anew.codecs.caption import Caption
from anew.collect import collect
from anew.contract import Codec, Model, Unsupported
from anew.data import manifest
from anew.data.home import home
from anew.data.manifest import fingerprint_of
from anew.data.progress import Progress, Report, silent
from anew.data.shards import Shards
from anew.deploy.lookup import open_model, pinned, shortened
from anew.engine.agreement import scores
from anew.errors import DataError, RecipeError, Refused
from anew.recipe import BENDS, DIALS, Judge, Learned, Recipe, Sample, Train, parse, read, settings_of
from anew.recipes.agreed import agreed, refuse_others, travelling
from anew.recipes.coder import taken_over
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.parts import Part, fit, fix_steps
from anew.recipes.resolve import differences, resolve, seed_for, unmoved, written_out
from anew.recipes.words import begun, encoder_called
from anew.train.checkpoint import found
from anew.train.device import cores

BUSY = 1.5  # load a core, above what the run itself makes of it
LABELS, CAPTIONS = "classifier", "contrastive"  # judges, by what they read
STAGES = ("collect", "clean", "train", "validate", "deploy")


@dataclass
class Result:
    """What a run came to: figures by name, the paths of what was made, lines for a person."""

    folder: Path
    figures: dict[str, float | None] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    name: str | None = None  # in the model store, once deployed


def run(recipe: Recipe, folder: Path, report: Report = silent, *, until: str | None = None) -> Result:
    """Run the recipe's stages in `folder`, up to `until`. What an earlier call finished is not done again."""
    if until not in (None, *STAGES):
        raise ValueError(f"no stage is called {until!r}")
    try:
        work = kind_of(recipe)(recipe, folder, report)
        for stage in STAGES:
            getattr(work, stage)()
            if stage == until:
                break
    except Unsupported as why:
        raise RecipeError(f"{recipe.name}: {why}", next_command=f"anew recipe show {recipe.name}") from None
    return work.result


def kind_of(recipe: Recipe) -> type[Run]:
    """How a recipe is run: by learning a model from data or from another model, or by adapting one."""
    if recipe.adapt is not None and recipe.modality == "image":
        from anew.recipes.personalise import Personalisation

        return Personalisation
    if recipe.adapt is not None:
        from anew.recipes.adapt import Adaptation

        return Adaptation
    if hasattr(registry.find("models", recipe.model.name), "learn_from"):
        from anew.recipes.distil import Distillation

        return Distillation
    return Run


def default_folder(recipe: Recipe) -> Path:
    """ANEW_HOME/runs/NAME-ID: the same request for the same data is the same run, and goes on where it was."""
    source = Path(recipe.data.source).expanduser()
    place = str(source.resolve()) if source.exists() else ""
    asked = fingerprint_of(place=place, recipe=recipe.model_dump(mode="json"))
    return home() / "runs" / f"{recipe.name}-{asked[:8]}"


def claim(recipe: Recipe, folder: Path) -> None:
    """Refused where the folder holds another recipe's run, or something else."""
    asked = folder / "recipe.toml"
    if asked.is_file():
        found = differences(parse(read(asked), str(asked)), recipe)
        if found:
            key, there, here = found[0]
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            what = f"{folder} holds another run: {key} is {there} there, {here} here{more}"
            raise Refused(what, next_command=f"anew run {folder}, to go on with it, or another --out")
    elif folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty and not a run", next_command="choose another --out")


def encoding(recipe: Recipe) -> list[object]:
    """What a recipe's codec is made of, but for how it was trained; what it was not yet asked has its default."""
    learned = recipe.codec.learned
    parts = [written_out("codecs", recipe.codec, recipe, "codec")]
    parts += [] if learned is None else [written_out("models", learned, recipe, "codec.learned")]
    taught = {*BENDS, "mirror"}
    return [(part.name, {key: value for key, value in part.settings.items() if key not in taught}) for part in parts]


def still(learned: Learned) -> Learned:
    """The same, with nothing bent or copied."""
    settings = {key: 0.0 if key in BENDS else value for key, value in learned.settings.items()}
    declared = {name: getattr(learned, name) for name in type(learned).model_fields}
    return Learned(**declared | {"copies": 1}, **settings)


class Run:
    """A run under way: its folder, its resolved recipe, and a method a stage."""

    def __init__(self, recipe: Recipe, folder: Path, report: Report) -> None:
        self.folder, self.report, self.result = folder, report, Result(folder)
        here = self.resolved(recipe)
        folder.mkdir(parents=True, exist_ok=True)
        asked, resolved = folder / "recipe.toml", folder / "resolved.toml"
        if not asked.is_file():
            put(asked, resolved_toml(recipe, only_set=recipe.rests).encode())  # what it leaves open stays so
        self.recipe = parse(read(resolved), str(resolved)) if resolved.is_file() else here
        self.compare_machines(recipe, here)
        if recipe.machine is None and recipe.size != Recipe.model_fields["size"].default and (stay := unmoved(recipe)):
            self.note(f"size {recipe.size} does not move {', '.join(stay)}, which the recipe names")
        if self.recipe.words is not None and not resolved.is_file():
            encoder_called(self.recipe.words)
        stored = {"start": self.recipe.start, "words": self.recipe.words}
        self.record(**{key: pinned(ref) for key, ref in stored.items() if ref is not None})
        torch.set_num_threads(self.recipe.train.threads)

    def resolved(self, recipe: Recipe) -> Recipe:
        return resolve(taken_over(recipe, self.folder))

    def compare_machines(self, asked: Recipe, here: Recipe) -> None:
        """Say when the bits may differ from those of the machine that the recipe was resolved on."""
        now, then = here.machine, self.recipe.machine if asked.machine is None else asked.machine
        assert now is not None and then is not None
        for name in ("processor", "torch", "anew"):
            if getattr(now, name) != getattr(then, name):
                note = f"{name} is {getattr(now, name)} here and was {getattr(then, name)}: the bits may differ"
                self.note(note)

    def warn_if_busy(self) -> None:
        """Steps are counted once, by what the machine can do just then."""
        load, own = os.getloadavg()[0], cores()
        if self.recipe.train.minutes is not None and load > BUSY * own:
            what = f"this machine is busy (load {load:.1f} on {own} cores): fewer steps than usual fit in"
            self.note(f"{what}, and they are fixed once timed")

    def note(self, text: str) -> None:
        self.report(Progress("note", 0, None, text))

    def record(self, **changes: object) -> None:
        """Write the resolved recipe with what has been settled since."""
        self.recipe = self.recipe.model_copy(update=changes)
        put(self.folder / "resolved.toml", resolved_toml(self.recipe).encode())

    # -------------------------------------------------------------------------------------------- the stages

    def collect(self) -> None:
        """Stage 1: the source's records. A run that has begun to train does without its source."""
        agreed(self.recipe)
        try:
            made = collect(self.recipe.data, self.recipe.modality, self.folder / "collect", self.report)
        except DataError as why:
            if not (self.folder / "train").exists():
                raise
            self.note(f"{why.message}; going on with what was collected")
            return
        skipped = [f"{n} {kind.removeprefix('skipped: ')}" for kind, n in made.counts.items() if "skipped: " in kind]
        if skipped:
            self.note(f"skipped: {', '.join(skipped)}")

    def clean(self) -> None:
        """Stage 2: the records that are fit to learn from, each in its split."""
        source, folder = self.folder / "collect", self.folder / "clean"
        refuse_others(self.recipe, source)
        made = clean(self.recipe.clean, self.recipe.modality, source, folder, self.report)
        machine = self.recipe.machine
        assert machine is not None
        if machine.data not in ("", made.digest):
            if (self.folder / "train").exists() or (self.folder / "codec" / "train").exists():
                raise Refused(
                    f"the data are not those that {self.folder} learnt from, and a run keeps to its data",
                    next_command=f"anew run {self.folder / 'recipe.toml'} --out NEW",
                )
            self.note("the data are not those that the recipe was resolved with: the bits will differ")
        self.record(machine=machine.model_copy(update={"data": made.digest}))
        learned, count = self.recipe.codec.learned, made.counts.get("train", 0)
        if learned is not None and learned.enough is not None and count >= learned.enough and learned != still(learned):
            what = "are enough to learn from as they are, none bent or copied: see codec.learned.enough"
            self.note(f"{count:,} training samples {what}")
            self.record(codec=self.recipe.codec.model_copy(update={"learned": still(learned)}))

    def train(self) -> None:
        """Stage 3: the codec, the encoded data, the model; the artifact."""
        self.warn_if_busy()
        if self.codecs.label is None and self.recipe.sample.guidance != 1:
            what = (
                f"sample.guidance {self.recipe.sample.guidance:g}: the data have no labels to be guided by, or captions"
            )
            raise RecipeError(what, next_command="the same with --sample.guidance 1")
        shards = self.encoder.shards(self.codecs)
        part = self.learner()
        draws = registry.find("models", self.recipe.model.name).streams is not None
        sampler = self.show_samples if draws else None
        train = fix_steps(part, shards, self.seconds, sampler)
        self.record(train=train, judge=self.timed_judge)
        model = fit(
            replace(part, train=train), shards, self.report,
            weights=self.weights or self.beginning(part, shards), source=self.recipe.start or "", sampler=sampler,
        )  # fmt: skip
        self.result.paths["model"] = self.folder / "model"
        consent = travelling(self.recipe, self.start)
        made = Artifact(self.recipe, model, self.codecs.codec, self.codecs.label, consent=consent)
        made.save(self.folder / "model")

    def validate(self) -> None:
        """Stage 4: what the model is worth, measured; the report."""
        from anew.recipes.evaluate import evaluate

        judge = None if self.recipe.judge is None or self.codecs.label is None else self.judge()
        if judge is not None and scores(judge):
            self.scorer(judge).save(self.folder / "model" / "scorer")
        evaluate(self.folder, self.recipe, self.encoder, self.codecs, judge, self.result, self.report)

    def deploy(self) -> None:
        """Stage 5: the card, and the model in the store."""
        from anew.deploy import deploy

        name = self.recipe.deploy.name or self.recipe.name
        deploy(self.folder, name)
        self.result.paths["card"] = self.folder / "model" / "card.md"
        self.result.name = name

    # -------------------------------------------------------------------------------------------- what they share

    @cached_property
    def start(self) -> Artifact | None:
        """The model that the recipe goes on from. Once trained, a run needs it no more: its own has the same codecs."""
        if self.recipe.start is None:
            return None
        trained = manifest.load(self.folder / "train") is not None and (self.folder / "model" / "config.json").is_file()
        start = open_model(self.folder / "model" if trained else self.recipe.start)
        if encoding(start.recipe) != encoding(self.recipe):
            ref = shortened(self.recipe.start)
            what = f"{ref} encodes its data otherwise than this recipe: [codec] has to be the same"
            raise RecipeError(what, next_command=f"anew models show {ref}")
        return start

    @cached_property
    def encoder(self) -> Encoder:
        return Encoder(self.folder, self.recipe, self.report, self.start)

    @cached_property
    def codecs(self) -> Codecs:
        made = self.encoder.codecs(self.learn_codec)
        if getattr(registry.find("models", self.recipe.model.name), "first_stage", False):  # told nothing
            made = replace(made, label=None)
        self.suit_judge(made.label)
        return made

    def suit_judge(self, label: Codec | None) -> None:
        """A judge of labels cannot read captions: in its place comes one that can, trained as it would have been."""
        judge = self.recipe.judge
        if label is None or label.modality != "caption" or judge is None or judge.name != LABELS:
            return
        settings = settings_of(registry.find("models", CAPTIONS), {}, self.recipe.size, "judge")
        self.record(judge=Judge(name=CAPTIONS, share=judge.share, train=judge.train, **settings))
        self.note(f"the data bear captions, which [judge] {LABELS} cannot read: {CAPTIONS} judges in its place")

    @property
    def seconds(self) -> float | None:
        """The model's share of the time dial."""
        minutes, learned = self.recipe.train.minutes, self.recipe.codec.learned
        there = self.recipe.start or self.recipe.codec.start
        taken = 0.0 if learned is None or there else learned.share
        if minutes is None:
            return None
        judged = self.timed_judge
        if judged is not None and judged != self.recipe.judge and self.codecs.label is not None:
            taken += judged.share
        return 60 * minutes * (1 - taken)

    @property
    def timed_judge(self) -> Judge | None:
        """The judge with its share of the time dial written out, where it has no dial of its own."""
        judge, minutes = self.recipe.judge, self.recipe.train.minutes
        if judge is None or minutes is None or any(getattr(judge.train, dial) is not None for dial in DIALS):
            return judge
        train = judge.train.model_copy(update={"minutes": minutes * judge.share})
        return judge.model_copy(update={"train": train})

    def learner(self) -> Part:
        """The recipe's model, as a part that learns."""
        return self.part("train", self.recipe.model.name, self.recipe.model.settings, self.recipe.train, "train")

    @property
    def weights(self) -> Mapping[str, Tensor] | None:
        """Those that the model goes on from, whole."""
        return None if self.start is None else self.start.model.state_dict()

    def beginning(self, part: Part, shards: Shards) -> Mapping[str, Tensor] | None:
        """Those that a model begins with that is told of words; once it has begun to learn it has its own."""
        captions, learnt = self.codecs.label, part.folder
        if self.recipe.words is None or manifest.load(learnt) is not None or found(learnt / "checkpoints"):
            return None
        assert isinstance(captions, Caption)
        return begun(part.model(shards.spec), captions, self.encoder.said, encoder_called(self.recipe.words))

    def part(self, stage: str, name: str, settings: dict[str, object], train: Train, folder: str) -> Part:
        return Part(stage, name, settings, train, self.folder / folder, seed_for(self.recipe.seed, stage))

    def dialled(self, train: Train) -> Train:
        """A codec's or a judge's settings; one without a dial of its own takes the model's steps or epochs."""
        if any(getattr(train, dial) is not None for dial in DIALS):
            return train
        return train.model_copy(update={"steps": self.recipe.train.steps, "epochs": self.recipe.train.epochs})

    @property
    def codec_seconds(self) -> float | None:
        """What a learned codec may take: its own minutes, or its share of the model's."""
        learned = self.recipe.codec.learned
        assert learned is not None
        if learned.train.minutes is not None:
            return 60 * learned.train.minutes
        minutes = self.recipe.train.minutes
        return None if minutes is None else 60 * minutes * learned.share

    def learn_codec(self, shards: Shards) -> Model:
        """The learned codec's model, trained on the plain codec's shards."""
        learned = self.recipe.codec.learned
        assert learned is not None
        part = self.part("codec", learned.name, learned.settings, self.dialled(learned.train), "codec/train")
        train = fix_steps(part, shards, self.codec_seconds)
        codec = self.recipe.codec.model_copy(update={"learned": learned.model_copy(update={"train": train})})
        self.record(codec=codec)
        return fit(replace(part, train=train), shards, self.report)

    def judge(self) -> Model:
        """The judge, trained on the training split alone."""
        judge = self.timed_judge
        assert judge is not None
        shards = self.encoder.plain_shards(self.codecs.plain, self.codecs.label)
        part = self.part("judge", judge.name, judge.settings, self.dialled(judge.train), "judge/train")
        minutes = judge.train.minutes
        train = fix_steps(part, shards, None if minutes is None else 60 * minutes)
        self.record(judge=judge.model_copy(update={"train": train}))
        return fit(replace(part, train=train), shards, self.report)

    def scorer(self, judge: Model) -> Artifact:
        """The judge as an artifact of its own, for the model to carry."""
        assert self.recipe.judge is not None
        part = type(self.recipe.model)(name=self.recipe.judge.name, **self.recipe.judge.settings)
        plain = self.recipe.codec.model_copy(update={"learned": None})
        changes = {"model": part, "codec": plain, "judge": None, "sample": Sample(), "train": self.recipe.judge.train}
        return Artifact(self.recipe.model_copy(update=changes), judge, self.codecs.plain, self.codecs.label)

    @cached_property
    def consent(self) -> bytes:  # as it was at first: recordings are many, and samples are shown often
        return travelling(self.recipe, self.start)

    def show_samples(self, model: Model, step: int) -> None:
        """Samples while it learns, from the same seeds each time."""
        from anew.engine.generate import generate

        artifact = Artifact(self.recipe, model, self.codecs.codec, self.codecs.label, consent=self.consent)
        folder = self.folder / "train" / "samples"
        folder.mkdir(parents=True, exist_ok=True)
        if self.recipe.modality in ("image", "audio"):
            shown = 40 if self.recipe.modality == "image" else 12
            generate(artifact, shown, self.recipe.seed).save(folder / f"step-{step:08}.png")
        elif self.recipe.modality == "music":
            from anew.engine.composing import compose
            from anew.engine.score_saving import save_scores

            made = compose(artifact, 1, self.recipe.seed)
            save_scores(made, folder / f"step-{step:08}.mid", [{}], [self.recipe.seed])
        elif self.recipe.modality == "table":
            generate(artifact, 20, self.recipe.seed, unchecked=True).save(folder / f"step-{step:08}.csv")
        else:
            generate(artifact, 1, self.recipe.seed, max_new=400).save(folder / f"step-{step:08}.txt")
