"""Judges of single facts: for each kind of fact a classifier, learnt from the training pictures that bear it.

In: a run's encoder and the kinds that are asked for together. Out: readers, each trained by the one loop in a folder of
its own. Each learns its kind alone, so that it can read what training never shows together. Of the items that show what
training never does, a reader learns two in three, since a thing in another style looks like no other; it is itself
judged by the third.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from anew.blocks import in_blocks
from anew.codecs.image import Image
from anew.codecs.label import Label
from anew.contract import CondSpec
from anew.data.manifest import canonical
from anew.data.progress import Report
from anew.data.records import Record
from anew.data.shards import Shards, write_shards
from anew.data.split import place
from anew.recipe import Train
from anew.recipes.encode import Encoder
from anew.recipes.parts import Part, fit
from anew.recipes.resolve import seed_for
from anew.validate.agreement import Known

SIDE = 32  # pixels that a reader looks at, at most
EPOCHS, FEWEST, MOST = 20, 60, 400  # steps
BATCH = 128
JUDGED = 1 / 3  # of the test records
SETTINGS = {"width": 48, "blocks": 1, "features": 96}


@dataclass(frozen=True)
class Reader:
    """Reads one kind of fact off pictures."""

    kind: str
    names: Sequence[str]
    codec: Image
    model: Any

    @torch.no_grad()
    def read(self, pictures: Sequence[NDArray[np.uint8]]) -> list[str]:
        logits_PK = in_blocks(self.model.logits, 64)(self.codec.encode(list(pictures)))
        return [self.names[int(place)] for place in logits_PK.argmax(1)]


def learn(encoder: Encoder, known: Known, side: int, report: Report) -> list[Reader]:
    """A reader for each of the kinds, of pictures of up to `side` pixels. They learn from the records that bear all
    of the kinds, those apart that judge them."""
    codec = Image(size=min(side, SIDE))
    codec.fit(encoder.decode(record) for record in bearing(encoder, "train", known))
    return [learn_one(encoder, known, which, codec, report) for which in range(len(known.kinds))]


def learn_one(encoder: Encoder, known: Known, which: int, codec: Image, report: Report) -> Reader:
    kind, recipe = known.kinds[which], encoder.recipe
    names = Label()
    names.fit(known.values[which])
    folder = encoder.folder / "judge" / f"{kind}-of-{'-'.join(known.kinds)}"

    def labelled(split: str) -> Iterator[Record]:
        return (replace(record, label=record.facts[kind]) for record in bearing(encoder, split, known))

    write_shards(
        labelled, codec, names, encoder.decode, folder / "shards", report,
        inputs={"clean": encoder.cleaned.digest, "kind": kind, "judged": f"{JUDGED:.3f}"},
        spec=replace(codec.spec, cond=CondSpec(classes=names.spec.vocab)),
    )  # fmt: skip
    shards, own = Shards(folder / "shards"), recipe.train
    rows = min(BATCH, shards.count("train"))
    steps = min(MOST, max(FEWEST, math.ceil(EPOCHS * shards.count("train") / rows)))
    train = Train(
        steps=steps,
        batch=rows,
        optimiser="muon",
        lr=2e-3,
        ema=0.98,
        warmup=0.05,
        threads=own.threads,
        device=own.device,
    )
    part = Part(
        f"judge of {kind}", "classifier", SETTINGS, train, folder / "train", seed_for(recipe.seed, f"judge of {kind}")
    )
    return Reader(kind, names.state()["names"], codec, fit(part, shards, report))


def bearing(encoder: Encoder, split: str, known: Known) -> Iterator[Record]:
    """The split's records of which every kind is known; to learn from, those of test as well that judge no reader."""
    for record in encoder.records(split):
        if known.of(record.facts) is not None:
            yield record
    if split == "train":
        yield from (record for record in bearing(encoder, "test", known) if not judges(record))


def judges(record: Record) -> bool:
    """Whether a test record is one that no reader learns from."""
    return place(canonical(["judges", record.hash])) < JUDGED


__all__ = ["Reader", "judges", "learn"]
