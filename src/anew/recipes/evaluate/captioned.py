"""The questions asked of a model that draws what a caption says, and of a scorer: do pictures show what was said?

In: a run's data, a scorer and, of a model that draws, its artifact. Out: evidence. Every figure of samples stands
beside the same of real held-out pictures and of captions that belong to others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anew.artifact import Artifact
from anew.codecs.caption import plainly
from anew.contract import Model
from anew.data.progress import Progress, Report
from anew.data.records import Record, read_batches
from anew.engine.agreement import Scorer
from anew.engine.generate import generate
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence
from anew.recipes.resolve import seed_for
from anew.validate.agreement import (
    Question,
    accuracy,
    apart,
    listed,
    question,
    readings,
    retrieval,
    unseen,
    values_of,
)
from anew.validate.metric import Unmeasured
from anew.validate.plots import sheet
from anew.validate.report import Figure, Text
from anew.validate.verdict import Comparison

Picture = NDArray[np.uint8]
CAPTIONS = 200  # among which a picture's own is looked for
EACH = 8  # samples of a pair of facts
MOST_PAIRS = 100  # of two kinds of fact; of more, so many from all over them
MOST_ANSWERS = 20_000


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Of a scorer: what it finds again of real held-out pictures."""
    found = Evidence()
    report(Progress("validate", 0, 1, "retrieval"))
    Said(None, encoder, Scorer.of(artifact), found, artifact.recipe.name).questions()
    report(Progress("validate", 1, 1, "done"))
    found.limits.append(
        "It knows the sort of pictures that it learnt from, in words that their captions use, and no other."
    )
    return found


@dataclass
class Said:
    """`artifact`: the model that draws, where one is examined; else the scorer itself is."""

    artifact: Artifact | None
    encoder: Encoder
    scorer: Scorer
    found: Evidence
    judge: str = "a scorer trained on the training split alone"

    def questions(self) -> None:
        self.retrieval()
        self.facts()

    # -------------------------------------------------------------------------------------------- captions

    def retrieval(self) -> None:
        """Whether a picture's caption is found among held-out ones that say other things."""
        records = [record for record in self.encoder.draw("test", 10 * CAPTIONS) if record.captions]
        said = [caption_of(record) for record in records]
        chosen = apart(said, plainly, CAPTIONS)
        captions = [said[place] for place in chosen]
        own = np.arange(len(captions))
        try:
            real = self.compare(captions, [self.encoder.decode(records[place]) for place in chosen])
            made = None if self.artifact is None else self.compare(captions, drawn := self.draw(captions, 0))
            self.tell("real", real, own, made is None)
            if made is not None:
                self.tell("samples", made, own, True)
                self.show_worst(captions, drawn, made)
            self.tell("shuffled", real if made is None else made, np.roll(own, 1), False)
        except Unmeasured as why:
            self.found.unmeasured["recall_at_5"] = str(why)
            return
        ours, others = ("real", {}) if made is None else ("samples", {"recall_at_5_real": "real pictures"})
        others = others | {"recall_at_5_shuffled": "other pictures' captions"}
        caption = f"The share whose own caption is among the nearest five of {len(captions)}, by {self.judge}."
        self.found.comparisons.append(Comparison("Captions found again", f"recall_at_5_{ours}", others, caption))
        self.found.headline.insert(0, f"recall_at_5_{ours}")

    def compare(self, captions: Sequence[str], pictures: Sequence[Picture]) -> NDArray[np.float64]:
        return self.scorer.agreements(pictures, captions).double().numpy()

    def tell(self, what: str, similarity: NDArray[np.float64], own: NDArray[np.int64], better: bool) -> None:
        self.found.metrics += retrieval(similarity, own, what, self.judge, self.rng, self.draws, better)

    def show_worst(self, captions: Sequence[str], pictures: Sequence[Picture], similarity: NDArray[np.float64]) -> None:
        """The samples that agree least with what was asked for."""
        worst = similarity.diagonal().argsort()[:10].tolist()
        content, told = sheet([pictures[i] for i in worst], 10), ", ".join(captions[i] for i in worst)
        caption = f"Of {len(captions)} samples, those that agree least with what was asked for: {told}."
        self.found.figures.append(Figure("The worst samples", caption, content, f"Ten bad samples: {told}.", "samples"))

    # -------------------------------------------------------------------------------------------- facts

    def facts(self) -> None:
        """Whether what training never shows together is right in both, for every two kinds of fact."""
        kinds = sorted({kind for facts, _ in self.told["train"] for kind in facts})
        for two in combinations(kinds, 2):
            training, held_out = ([facts for facts, _ in self.told[split]] for split in ("train", "test"))
            pairs = sorted(unseen(two, training, held_out))
            asked = question(two, self.told["train"])
            if pairs and asked is not None:
                self.ask(asked, [pairs[i] for i in spread(len(pairs), MOST_PAIRS)])

    def ask(self, asked: Question, pairs: Sequence[tuple[str, ...]]) -> None:
        name = "_".join(asked.kinds)
        if prod(len(values) for values in asked.values) > MOST_ANSWERS:
            self.found.unmeasured[f"unseen_{name}"] = f"over {MOST_ANSWERS:,} pairs to choose from"
            return
        answers = [asked.caption(answer) for answer in asked.answers]
        wanted, known = set(pairs), list[tuple[tuple[str, ...], Picture]]()
        for record in self.encoder.records("test"):
            if (own := values_of(asked.kinds, record.facts)) in wanted:
                known.append((own, self.encoder.decode(record)))
        real = readings(asked, [own for own, _ in known], self.compare(answers, [picture for _, picture in known]))
        self.found.metrics += accuracy(
            real, asked.kinds, f"unseen_{name}_real", self.judge, self.rng, self.draws, self.artifact is None
        )
        made = real
        if self.artifact is not None:
            each = [pair for pair in pairs for _ in range(EACH)]
            drawn = self.draw([asked.caption(pair) for pair in each], 1)
            made = readings(asked, each, self.compare(answers, drawn))
            self.found.metrics += accuracy(
                made, asked.kinds, f"unseen_{name}_samples", self.judge, self.rng, self.draws, True
            )
            self.found.headline.append(f"unseen_{name}_samples")
        title = f"Every pair of {' and '.join(asked.kinds)} that training never shows together"
        content = listed(asked.kinds, made, real)
        self.found.files[f"unseen-{name}.txt"] = content.encode()
        self.found.texts.append(Text(title, content, f"read by {self.judge}", section="quality"))

    # -------------------------------------------------------------------------------------------- what they need

    def draw(self, captions: Sequence[str], turn: int) -> list[Picture]:
        assert self.artifact is not None
        seed = self.seed + turn * 1_000_003
        drawn: list[Picture] = generate(self.artifact, len(captions), seed, label=list(captions)).samples
        return drawn

    @cached_property
    def told(self) -> dict[str, list[tuple[Mapping[str, str], Sequence[str]]]]:
        """Facts and captions of each split's records, without their pictures."""
        made: dict[str, list[Any]] = {"train": [], "validation": [], "test": []}
        for batch in read_batches(self.encoder.folder / "clean", ("facts", "captions", "split")):
            columns = (batch[name].to_pylist() for name in ("facts", "captions", "split"))
            for facts, captions, split in zip(*columns, strict=True):
                made[split].append((json.loads(facts), captions))
        return made

    @property
    def draws(self) -> int:
        return self.encoder.recipe.validation.bootstrap

    @property
    def seed(self) -> int:
        return seed_for(self.encoder.recipe.seed, "captions")

    @cached_property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)


def caption_of(record: Record) -> str:
    """One of the record's captions, which its hash chooses."""
    return record.captions[int(record.hash[:8], 16) % len(record.captions)]


def spread(n: int, most: int) -> list[int]:
    """Up to `most` of `n` places, from all over them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(int)).tolist()


__all__ = ["Said", "caption_of", "examine"]
