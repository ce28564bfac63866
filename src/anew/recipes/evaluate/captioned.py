"""The questions asked of a model that draws what a caption says, and of a scorer: do pictures show what was said?

In: a run's data, a scorer and, of a model that draws, its artifact. Out: evidence. Every figure of samples stands
beside the same of real held-out pictures and of captions that belong to others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
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
from anew.errors import RecipeError
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence
from anew.recipes.readers import judges, learn
from anew.recipes.resolve import seed_for
from anew.validate.agreement import Known, Reading, accuracy, apart, listed, phrase, readings, retrieval
from anew.validate.metric import Unmeasured
from anew.validate.plots import sheet
from anew.validate.report import Figure, Text
from anew.validate.verdict import Comparison

Picture = NDArray[np.uint8]
CAPTIONS = 200  # among which a picture's own is looked for
EACH = 8  # samples of a pair of facts
MOST_PAIRS = 100  # of two kinds of fact; of more, so many from all over them
QUESTIONS, MOST_KINDS = 3, 12  # twos of kinds that are asked for, and kinds among which they are sought
Read = Callable[[Sequence[Picture]], list[tuple[str, ...]]]


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Of a scorer: what it finds again of real held-out pictures."""
    found = Evidence()
    report(Progress("validate", 0, 1, "retrieval"))
    Said(None, encoder, Scorer.of(artifact), found, report, artifact.recipe.name).questions()
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
    report: Report
    judge: str = "a scorer trained on the training split alone"

    def questions(self) -> None:
        self.retrieval()
        self.facts()

    # -------------------------------------------------------------------------------------------- captions

    def retrieval(self) -> None:
        """Whether a picture's caption is found among held-out ones that say other things."""
        records = self.encoder.draw("test", 10 * CAPTIONS)
        said = [caption_of(record, self.scorer.captions) or "" for record in records]
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
        """Whether what training never shows together is right in both, for those two kinds of fact of which most was
        held out."""
        training, held_out = ([facts for facts, _ in self.told[split]] for split in ("train", "test"))
        kinds = sorted({kind for facts in training for kind in facts if kind.isascii() and kind.isidentifier()})
        found: list[tuple[int, Known, list[tuple[str, ...]]]] = []
        for two in combinations(kinds[:MOST_KINDS], 2):
            known = Known.of_training(two, training)
            if pairs := known.unseen(held_out):
                found.append((-len(pairs), known, pairs))
        for _, known, pairs in sorted(found, key=lambda one: (one[0], one[1].kinds))[:QUESTIONS]:
            words = phrase(known, self.told["train"])
            if words is not None:
                self.ask(known, words, [pairs[i] for i in spread(len(pairs), MOST_PAIRS)])

    def ask(self, known: Known, words: str, pairs: Sequence[tuple[str, ...]]) -> None:
        name, wanted, held_out = f"unseen_{'_'.join(known.kinds)}", set(pairs), list[tuple[tuple[str, ...], Picture]]()
        for record in self.encoder.records("test"):
            if (own := known.of(record.facts)) in wanted and (self.artifact is None or judges(record)):
                held_out.append((own, self.encoder.decode(record)))
        read, by = self.by_captions(known, words) if self.artifact is None else self.by_classifiers(known)
        made, real = list[Reading](), readings([own for own, _ in held_out], read([picture for _, picture in held_out]))
        self.tell_facts(known, real, f"{name}_real", by)
        if self.artifact is not None:
            each = [pair for pair in pairs for _ in range(EACH)]
            made = readings(each, read(self.draw([words.format(*pair) for pair in each], 1)))
            self.tell_facts(known, made, f"{name}_samples", by)
            self.found.headline.append(f"{name}_samples")
        content = listed(known.kinds, made, real)
        self.found.files[f"{name.replace('_', '-')}.txt"] = content.encode()
        title = f"Every {' and '.join(known.kinds)} that training never shows together"
        self.found.texts.append(Text(title, content, f"read by {by}", section="quality"))

    def tell_facts(self, known: Known, found: Sequence[Reading], what: str, by: str) -> None:
        better = self.artifact is None or what.endswith("samples")
        self.found.metrics += accuracy(found, known.kinds, what, by, self.rng, self.draws, better)

    def by_classifiers(self, known: Known) -> tuple[Read, str]:
        """Each kind by a classifier of its own, which learns now or has learnt before."""
        readers = learn(self.encoder, known, min(self.scorer.codec.spec.shape[1:]), self.report)

        def read(pictures: Sequence[Picture]) -> list[tuple[str, ...]]:
            return list(zip(*(reader.read(pictures) for reader in readers), strict=True))

        return read, "classifiers, one for each kind of fact, that the real items judge and did not teach"

    def by_captions(self, known: Known, words: str) -> tuple[Read, str]:
        """All kinds at once: of everything that could be said the nearest to the picture."""
        answers = known.answers

        def read(pictures: Sequence[Picture]) -> list[tuple[str, ...]]:
            told = self.compare([words.format(*answer) for answer in answers], pictures)
            return [answers[int(best)] for best in told.argmax(1)]

        return read, f"{self.judge}, told {words!r} of {len(answers):,} pairs"

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


def caption_of(record: Record, codec: Any) -> str | None:
    """One of the record's captions that can be asked for, which its hash chooses."""
    able = [caption for caption in record.captions if can_be_asked(caption, codec)]
    return able[int(record.hash[:8], 16) % len(able)] if able else None


def can_be_asked(caption: str, codec: Any) -> bool:
    """Whether it says something, and no more than is read."""
    try:
        codec.check([caption])
    except RecipeError:
        return False
    return True


def spread(n: int, most: int) -> list[int]:
    """Up to `most` of `n` places, from all over them."""
    return [int(place) for place in np.unique(np.linspace(0, n - 1, min(n, most)).astype(int))]


__all__ = ["Said", "caption_of", "examine"]
