"""From cleaned records to what a model learns from: codecs fitted, a learned codec trained, shards written.

In: a run's folder with its cleaned records. Out: the codecs and the shards; both are found again when nothing is new.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

from anew import registry
from anew.artifact import Artifact, codec_of, load_codec, save_codec
from anew.codecs.caption import Caption, plainly
from anew.codecs.conversations import answered, loads
from anew.codecs.mirror import mirrors
from anew.codecs.score import Score
from anew.codecs.spoken.transcript import WHO
from anew.contract import Codec, CondSpec, Model
from anew.data import manifest
from anew.data.files import atomic_folder
from anew.data.manifest import Manifest, fingerprint_of
from anew.data.progress import Progress, Report
from anew.data.records import COLUMNS, Record, read_batches, read_records
from anew.data.shards import Shards, write_shards
from anew.deploy.lookup import open_model
from anew.errors import DataError, RecipeError
from anew.recipe import Recipe
from anew.recipes.coder import coder_of
from anew.recipes.resolve import seed_for
from anew.recipes.words import encoder_called, synonyms

MOST_CLASSES = 1000  # more labels than this name items rather than classes
LearnCodec = Callable[[Shards], Model]


@dataclass(frozen=True)
class Codecs:
    """`codec` makes what the model sees; `plain` is the one without a learned part: the same where there is none.
    `label`: what the condition is made by, of labels or of captions."""

    codec: Codec
    plain: Codec
    label: Codec | None


class Mirrored(Record):
    """A picture that is decoded left to right."""

    __slots__ = ()


class Encoder:
    """One run's encoding. `learn` trains the learned codec on the plain one's shards."""

    def __init__(self, folder: Path, recipe: Recipe, report: Report, start: Artifact | None = None) -> None:
        self.folder, self.recipe, self.report, self.start = folder, recipe, report, start
        cleaned = manifest.load(folder / "clean")
        if cleaned is None:
            raise DataError(f"{folder}: nothing cleaned to learn from", next_command=f"anew clean {folder}")
        self.cleaned = cleaned

    # -------------------------------------------------------------------------------------------- records

    def records(self, split: str) -> Iterator[Record]:
        """The records of a split; among those to learn from, where that was asked for, each mirrored as well."""
        for record in read_records(self.folder / "clean", split):
            if self.several and record.label is not None:
                record = replace(record, captions=tuple(said_by(record.label, one) for one in record.captions))
            yield record
            if self.recipe.data.mirror and split == "train" and mirrors(record.captions):
                yield Mirrored(*(getattr(record, name) for name in COLUMNS))

    @property
    def made_of(self) -> dict[str, str]:
        """What the training records come from, by digest."""
        return {"clean": self.cleaned.digest} | ({"mirror": "yes"} if self.recipe.data.mirror else {})

    def captions(self, split: str) -> Iterator[str]:
        """Every caption of a split; nothing else of the records is read."""
        columns = ("captions", "split", "label")
        for batch in read_batches(self.folder / "clean", columns):
            for captions, own, label in zip(*(batch[name].to_pylist() for name in columns), strict=True):
                who = label if self.several else None
                yield from (said_by(who, one) for one in captions) if own == split else ()

    @cached_property
    def several(self) -> bool:
        """Whether what is said is said by several speakers: those whom labels tell apart."""
        if not self.recipe.data.spoken:
            return False
        found = (batch["label"].unique().to_pylist() for batch in read_batches(self.folder / "clean", ("label",)))
        return len({label for labels in found for label in labels} - {None}) > 1

    @property
    def said(self) -> set[str]:
        """The words of the training captions."""
        return {word for caption in self.captions("train") for word in plainly(caption).split()}

    def draw(self, split: str, most: int, size: Callable[[Record], int] = lambda record: 1) -> list[Record]:
        """Records of a split until their sizes come to `most`, in the order of their hashes: taken from all over the
        data, where the first ones would be those of the first folder or label."""
        kept: list[tuple[int, int, Record]] = []  # a heap, the greatest hash on top
        total = 0
        for place, record in enumerate(self.records(split)):
            heappush(kept, (-int(record.hash, 16), place, record))
            total += size(record)
            while total - size(kept[0][2]) >= most:
                total -= size(heappop(kept)[2])
        return [record for _, _, record in sorted(kept, key=lambda one: (-one[0], one[1]))]

    def samples(self, split: str) -> Iterator[Any]:
        return map(self.decode, self.records(split))

    def decode(self, record: Record) -> Any:
        """The codec's sample of a record."""
        if self.recipe.modality == "table":
            return json.loads(record.value)
        if self.recipe.modality == "chat":
            return answered(loads(str(record.value)))
        if self.recipe.modality == "audio":
            from anew.codecs.sound_files import read_sound

            assert isinstance(record.value, bytes)
            return read_sound(record.value, record.origin)
        if self.recipe.modality == "music":
            return Score.loads(str(record.value))
        if self.recipe.modality != "image":
            return record.value
        from anew.codecs.image import read_image

        assert isinstance(record.value, bytes)
        picture = read_image(record.value, record.origin, alpha=self.alpha)
        return picture[:, ::-1].copy() if isinstance(record, Mirrored) else picture

    @property
    def alpha(self) -> bool:
        """Whether pictures come with their transparency: where the codec may keep it."""
        if self.start is not None:
            return self.start.plain.spec.shape[0] == 4
        settings = self.recipe.codec.settings
        return bool(settings.get("alpha")) or settings.get("channels") == 4

    # -------------------------------------------------------------------------------------------- codecs

    def codecs(self, learn: LearnCodec) -> Codecs:
        """The fitted codecs; those of the model that the run goes on from, where it does. A codec that is taken over
        keeps its grids and its network, and measures its latent on these data."""
        label = self._label()
        if self.start is not None:
            return Codecs(self.start.codec, self.start.plain, self.start.label)
        name, settings = self.recipe.codec.name, self.recipe.codec.settings

        given = self.recipe.codec.start
        made_of = self.made_of | ({} if given is None else {"start": given})

        def fit_plain() -> Codec:
            joins = hasattr(registry.find("codecs", name), "join")
            if given is not None and not joins:
                return self.taken_over.plain
            codec: Codec = registry.find("codecs", name)(**settings)
            codec.fit(self._counted("fit the codec"))
            if given is not None:
                codec.join(self.taken_over.model, self.taken_over.recipe.model.settings)  # type: ignore[attr-defined]
            return codec

        plain = self._kept("plain", name, settings, made_of, fit_plain)
        learned = self.recipe.codec.learned
        if learned is None:
            return Codecs(plain, plain, label)

        around = codec_of(self.recipe)["name"]

        def fit_learned() -> Codec:
            model = learn(self.plain_shards(plain, None)) if given is None else coder_of(self.taken_over)
            codec: Codec = registry.find("codecs", around)(
                inner=plain, inner_settings=settings,
                model=model, model_name=learned.name, model_settings=learned.settings,
            )  # fmt: skip
            codec.fit(self.samples("train"))
            return codec

        # without its dials: they become steps when it is trained, and the recipe is another one after that
        part = learned.model_dump(mode="json", exclude={"train": {"minutes", "steps", "epochs", "validate_every"}})
        made_of = made_of | {"learned": fingerprint_of(part=part, over=settings)}
        return Codecs(self._kept(around, around, {}, made_of, fit_learned), plain, label)

    @cached_property
    def taken_over(self) -> Artifact:
        """The model whose codec is taken over."""
        assert self.recipe.codec.start is not None
        return open_model(self.recipe.codec.start)

    def _label(self) -> Codec | None:
        """The codec of the captions, or else of the labels, where the training records bear some."""
        if any(True for _ in self.captions("train")):
            return self._captions()
        if self.recipe.words is not None:
            raise RecipeError("words: the data bear no captions to read", next_command="the same without words")
        names = set[str]()
        for batch in read_batches(self.folder / "clean", ("label", "split")):
            columns = zip(batch["label"].to_pylist(), batch["split"].to_pylist(), strict=True)
            names |= {label for label, split in columns if label is not None and split == "train"}
            if len(names) > MOST_CLASSES:
                self.report(Progress("note", 0, None, f"over {MOST_CLASSES} labels: they name items, not classes"))
                return None
        if len(names) < 2:
            return None
        label: Codec = registry.find("codecs", "label")()
        label.fit(sorted(names))
        return label

    def _captions(self) -> Codec:
        if self.recipe.data.spoken:
            return self._transcripts()

        def fit() -> Codec:
            codec = Caption()
            codec.fit(self.captions("train"))
            if self.recipe.words is not None:
                codec.alike = synonyms(encoder_called(self.recipe.words), self.said, self.report)
                what = f"{len(codec.alike):,} words that no caption says are read as the nearest of those that one says"
                self.report(Progress("note", 0, None, what))
            return codec

        inputs = {"clean": self.cleaned.digest} | ({"words": self.recipe.words} if self.recipe.words else {})
        return self._kept("caption", "caption", {}, inputs, fit)

    def _transcripts(self) -> Codec:
        def fit() -> Codec:
            codec: Any = registry.find("codecs", "transcript")()
            codec.fit(self.captions("train"))
            return codec

        return self._kept("transcript", "transcript", {}, {"clean": self.cleaned.digest}, fit)

    def _kept(self, where: str, name: str, settings: Any, inputs: dict[str, str], fit: Callable[[], Codec]) -> Codec:
        """The codec that lies in the run's folder, or a fitted one, which lies there afterwards."""
        place = self.folder / "codec" / where
        fingerprint = fingerprint_of(name=name, settings=settings, inputs=inputs)
        if not manifest.is_current(place, fingerprint):
            codec = fit()
            with atomic_folder(place) as partial:
                save_codec(codec, partial)
                manifest.write(partial, Manifest("codec", fingerprint, inputs))
        return load_codec(name, settings, place)

    def _counted(self, what: str) -> Iterator[Any]:
        total = None if self.recipe.data.mirror else self.cleaned.counts.get("train")
        for done, sample in enumerate(self.samples("train")):
            if done % 100 == 0:
                self.report(Progress("codec", done, total, what))
            yield sample

    # -------------------------------------------------------------------------------------------- shards

    def shards(self, codecs: Codecs) -> Shards:
        """What the recipe's model learns from."""
        learned = self.recipe.codec.learned
        copies = 1 if learned is None else learned.copies
        return self._write(self.folder / "shards", codecs.codec, codecs.label, copies)

    def plain_shards(self, plain: Codec, label: Codec | None) -> Shards:
        """What a learned codec or a judge learns from: the samples as the plain codec encodes them."""
        return self._write(self.folder / ("codec" if label is None else "judge") / "shards", plain, label)

    def _write(self, folder: Path, codec: Codec, label: Codec | None, copies: int = 1) -> Shards:
        cond = None if label is None else carried_by(label)
        fim = getattr(codec, "fim", 0.0)
        own = getattr(codec, "copies", 1)
        changed: Any = codec.encode if copies > 1 else getattr(codec, "rearrange", None) if fim or own > 1 else None
        write_shards(
            self.records, codec, label, self.decode, folder, self.report,
            inputs=self.made_of | ({"fim": str(fim)} if fim else {}),
            spec=replace(codec.spec, cond=cond),
            copies=max(copies, own),
            augment=changed,
            seed=seed_for(self.recipe.seed, "augmentation"),
        )  # fmt: skip
        made = Shards(folder)
        if said := cut_captions(made):
            self.report(Progress("note", 0, None, said))
        return made


def said_by(speaker: str | None, text: str) -> str:
    """As a codec of transcripts reads it."""
    return text if speaker is None else speaker + WHO + text


def cut_captions(shards: Shards) -> str:
    """How many training captions are longer than what is read of one, as a sentence; "" where none is."""
    cut, cond = shards.manifest.counts.get("train_cut", 0), shards.spec.cond
    if not cut or cond is None or cond.tokens is None:
        return ""
    return f"{cut:,} training captions are longer than {cond.tokens[0]} tokens: the beginning of each is learnt"


def carried_by(label: Codec) -> CondSpec:
    """What the data carry whose condition this codec makes."""
    if label.modality == "caption":
        return CondSpec(tokens=(label.spec.shape[0], label.spec.vocab))
    return CondSpec(classes=label.spec.vocab)
