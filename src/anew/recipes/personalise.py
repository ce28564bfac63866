"""A model that draws what words say, taught a subject or a style from a few pictures: the stages of such a run.

In: pictures in a folder, with captions or without, and a model to start from. Out: an adapter. Half of the rows it
learns from are the pictures, each bent a little anew, under captions that say the subject's name. The others are to be
drawn as before: pictures that the start learnt from, where its run's folder is at hand, or else its own samples of
prompts made of words that it knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from anew.artifact import Artifact
from anew.codecs.caption import PAD, Caption, plainly
from anew.codecs.image import Image, Picture, write_image
from anew.collect.recolour import COLOURS, main_fill, name_of, repaint
from anew.contract import Model
from anew.data import manifest
from anew.data.progress import silent
from anew.data.records import Record
from anew.data.shards import Shards, write_shards
from anew.deploy.lookup import digest_of, locate, shortened
from anew.engine.generate import generate
from anew.errors import RecipeError, nearest
from anew.models.around import Around
from anew.models.diffusion.family import Diffusion
from anew.models.diffusion.networked import Networked
from anew.models.diffusion.student import Student
from anew.models.diffusion.subject import Subject
from anew.models.layers.warp import warp
from anew.recipe import Recipe
from anew.recipes.adapt import Adaptation
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.resolve import refuse_borrowed, seed_for

SHIFT, TURN, ZOOM = 0.06, 8.0, 0.12  # how far pictures are bent: a share of the side, degrees, a share
FINER = 4  # times the side of the grid: pictures are bent so large
REPAINTED, WHITE = 0.5, 250  # share of a drawing's rows; values from which on all channels are paper
LEAST_SHARE, LEAST_AREA, PAPER = 0.5, 0.03, 0.8  # of a main fill, and of the edges, for a drawing to be repainted
MOST_WORDS = 3  # of a prompt made up
SHOWN = 16
FEW = 5  # pictures; a note tells of fewer


class Personalisation(Adaptation):
    """A run that teaches a model a subject."""

    def resolved(self, recipe: Recipe) -> Recipe:
        """RecipeError, before anything is read, where the subject has no name."""
        if recipe.start is not None and recipe.name == "personalise" and not (recipe.adapt and recipe.adapt.subject):
            what = "what is the subject to be called?"
            raise RecipeError(what, next_command="the same with --name zorp, a word that the model does not know yet")
        return super().resolved(recipe)

    @staticmethod
    def refuse_start(ref: str, start: Recipe) -> None:
        """RecipeError for a model that draws no pictures, or does not learn."""
        if start.modality != "image":
            what = f"{ref} makes {start.modality}: only what draws pictures can be taught from them"
            raise RecipeError(what, next_command="anew models list")
        refuse_borrowed(ref, start)

    @cached_property
    def start(self) -> Artifact:
        """RecipeError for one that is told no words, or learns from a teacher."""
        start = super().start
        if not isinstance(start.label, Caption) or not isinstance(start.model, Networked):
            what = f"{self.recipe.start} is not told in words what to draw"
            raise RecipeError(what, next_command="anew run text-to-image --data FOLDER, for a model that is")
        if isinstance(start.model, Student):
            what = f"{shortened(self.recipe.start or '')} is a student, and learns from its teacher alone"
            teacher, _, _ = (start.recipe.start or "TEACHER").partition("@")  # which another store has by that name
            raise RecipeError(f"{what}: teach the teacher", next_command=f"the same with --from {teacher}")
        return start

    @cached_property
    def codecs(self) -> Codecs:
        return Codecs(self.start.codec, self.start.plain, self.start.label)

    @cached_property
    def name(self) -> str:
        """The words that stand for what the pictures show. RecipeError where they say nothing, or too much."""
        said = self.how.subject or self.recipe.name
        self.captions.check([said])
        return said

    @property
    def captions(self) -> Caption:
        assert isinstance(self.start.label, Caption)
        return self.start.label

    @cached_property
    def name_K(self) -> Tensor:
        """The name's tokens."""
        row_L = self.captions.encode([self.name])[0]
        return row_L[row_L != PAD]

    # -------------------------------------------------------------------------------------------- what it learns from

    def shards(self, folder: str, which: str) -> Shards:
        """The pictures and as many others, encoded."""
        beside = self.beside
        made_of = "samples" if beside is None else str(beside.cleaned.digest)
        start = digest_of(self.recipe.start or "")
        inputs = {"clean": self.encoder.cleaned.digest, "start": start, "others": f"{self.how.others} of {made_of}"}
        write_shards(
            self.rows, self.codecs.codec, self.codecs.label, self.encoder.decode, self.folder / folder, self.report,
            inputs=inputs | {"name": self.name, "repaint": " ".join(self.hues)}, spec=self.start.model.spec,
            seed=seed_for(self.recipe.seed, "augmentation"),
        )  # fmt: skip
        return Shards(self.folder / folder)

    def rows(self, split: str) -> Iterator[Record]:
        """As many rows of the subject as others, to a whole number of turns."""
        if split != "train":
            return
        own = [replace(record, captions=self.said(record)) for record in self.encoder.records("train")]
        if len(own) < FEW:
            self.note(f"a subject is learnt best from {FEW} to 20 pictures, and not from {len(own)}")
        unknown = [colour for colour in self.how.repaint if colour not in COLOURS]
        if unknown:
            what = f"adapt.repaint: no colour is called {unknown[0]!r}{nearest(unknown[0], COLOURS)}"
            raise RecipeError(what, next_command=f"some of {', '.join(COLOURS)}")
        others = self.others()
        rng = torch.Generator().manual_seed(seed_for(self.recipe.seed, "augmentation"))
        yield from own
        for _ in range(round(len(others) / len(own)) - 1):
            bent = self.bent([self.encoder.decode(record) for record in own], rng)
            for one, picture in zip(own, bent, strict=True):
                yield self.painted(one, picture, rng)
        yield from others

    def said(self, record: Record) -> tuple[str, ...]:
        """A picture's captions, each with the name in front unless it says it."""
        named = plainly(self.name) + " "
        told = [one if named in plainly(one) + " " else f"{self.name}, {one}" for one in record.captions]
        return tuple(told) or (self.name,)

    def bent(self, pictures: Sequence[Picture], rng: torch.Generator) -> list[Picture]:
        """The pictures, each moved, turned and scaled a little, larger than the model's."""
        plain = self.codecs.plain
        assert isinstance(plain, Image)
        finer = Image.restore({}, plain.state() | {"side": FINER * plain.high, "width": FINER * plain.wide})
        x_BCHW = finer.encode(list(pictures))
        return finer.decode(warp(x_BCHW, rng, shift=SHIFT * finer.high, turn=TURN, zoom=ZOOM))

    def painted(self, record: Record, picture: Picture, rng: torch.Generator) -> Record:
        """The picture as a row. A drawing whose captions say no colour is repainted half of the time, and tells its
        colour with the name: what a word of the caption accounts for is no part of the subject."""
        captions, clear = record.captions, cut_out(picture)
        coloured = any(set(plainly(one).split()) & COLOURS.keys() for one in captions)
        fill = main_fill(clear) if self.hues and not coloured and on_paper(clear) else None
        if fill is not None and fill.share >= LEAST_SHARE and fill.area >= LEAST_AREA:
            turn, place = torch.rand(2, generator=rng).tolist()
            hue = name_of(fill.colour)
            if turn < REPAINTED:
                hue, captions = self.hues[int(place * len(self.hues))], ()
                picture = repaint(clear, fill, hue)[..., : picture.shape[2]]
            if hue in self.hues:
                captions = (*captions, *(one for said in record.captions for one in self.in_colour(said, hue)))
        return Record.of(write_image(picture), None, record.origin, record.licence, captions=captions)

    def in_colour(self, caption: str, hue: str) -> list[str]:
        """The caption with the colour at the name, and behind it where it is the name alone."""
        there = re.compile(re.escape(self.name), re.IGNORECASE)
        first = there.sub(lambda found: f"{hue} {found[0]}", caption, count=1)
        return [f"{caption}, {hue}", first] if caption == self.name else [first]

    @cached_property
    def hues(self) -> list[str]:
        """The colours to repaint in whose word is a symbol that the captions know."""
        known = {whole(piece) for piece in self.captions.pairs.pieces()}
        return [colour for colour in self.how.repaint if colour in known]

    # -------------------------------------------------------------------------------------------- what is to stay

    @cached_property
    def beside(self) -> Encoder | None:
        """The data that the start learnt from, where its run's folder is at hand."""
        folder = locate(self.recipe.start or "").parent
        if manifest.load(folder / "clean") is None:
            return None
        return Encoder(folder, self.start.recipe, silent, self.start)

    def others(self) -> list[Record]:
        """Pictures under prompts that are not the subject's."""
        if self.beside is not None:
            found = [record for record in self.beside.draw("train", self.how.others) if record.captions]
            if found:
                return found
        seed = seed_for(self.recipe.seed, "other prompts")
        prompts = made_up(self.captions, self.how.others, np.random.default_rng(seed))
        drawn = generate(self.start, len(prompts), seed, label=prompts, guidance=1.0).samples
        return [
            Record.of(write_image(picture), None, "drawn", None, captions=(prompt,))
            for picture, prompt in zip(drawn, prompts, strict=True)
        ]

    # -------------------------------------------------------------------------------------------- what learns

    def objective(self) -> Around:
        """The objective around the start before it has learnt, the same at every call."""
        policy, before = self.policies()
        assert isinstance(policy, Diffusion)
        made = Subject(policy, before, **self.how.objective.settings)
        made.name_K = self.name_K
        return made.train()

    def show_samples(self, model: Model, step: int) -> None:
        """The subject while it is learnt, from the same seeds each time."""
        assert isinstance(model, Around)
        folder = self.folder / "train" / "samples"
        folder.mkdir(parents=True, exist_ok=True)
        artifact = replace(self.start, recipe=self.recipe, model=model.policy)
        generate(artifact, SHOWN, self.recipe.seed, self.name).save(folder / f"step-{step:08}.png")


def cut_out(picture: Picture) -> Picture:
    """(H, W, 4): white is seen through, where nothing else is said."""
    if picture.shape[2] == 4:
        return picture
    alpha = np.where((picture >= WHITE).all(-1), 0, 255).astype(np.uint8)
    return np.dstack([*np.broadcast_to(picture, (*picture.shape[:2], 3)).transpose(2, 0, 1), alpha])


def on_paper(picture: Picture) -> bool:
    """Whether nearly nothing is drawn along the edges of (H, W, 4): a drawing, and no photograph."""
    alpha = picture[..., 3]
    edges = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    return bool((edges == 0).mean() >= PAPER)


def made_up(captions: Caption, n: int, rng: np.random.Generator) -> list[str]:
    """Prompts of one to three words that are symbols of the captions and no beginnings of others, drawn by chance."""
    words = sorted({word for piece in captions.pairs.pieces() if (word := whole(piece))})
    known = [word for word, after in zip(words, [*words[1:], ""], strict=True) if not after.startswith(word)]
    if not known:
        return []
    return [" ".join(rng.choice(known, int(rng.integers(1, MOST_WORDS + 1)))) for _ in range(n)]


def whole(piece: bytes) -> str:
    """The word that a symbol is, or ""."""
    text = piece.decode("utf-8", "ignore")
    return text.strip() if text.startswith(" ") and len(text) > 2 and text.strip().isalpha() else ""


__all__ = ["Personalisation", "made_up"]
