"""The questions asked of a model of a table: columns, pairs, whole rows, copies, use, and what was declared of it."""

from __future__ import annotations

import csv
import io

import numpy as np
import torch

from anew.artifact import Artifact
from anew.codecs.table import TableRow
from anew.contract import Model
from anew.data.progress import Report
from anew.engine.generate import generate, label_names, options_for
from anew.engine.rows import row_codec, sample
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence, put
from anew.recipes.resolve import seed_for
from anew.validate.interval import clopper_pearson
from anew.validate.metric import Metric, Unmeasured
from anew.validate.originality import near_copies
from anew.validate.report import Figure, Text
from anew.validate.table_plots import correlation_maps, histograms
from anew.validate.tables import Frame, exact_copies, likeness, target_of, told_apart, useful
from anew.validate.verdict import Comparison

TRAINING = 10_000  # training rows that shapes and trends are compared with
SHOWN = 12


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Every question that the data allow."""
    exam = Exam(artifact, encoder)
    questions = (exam.show, exam.likeness, exam.constraints, exam.copies, exam.near_copies, exam.told_apart, exam.use)
    put(questions, exam.found, report)
    exam.found.limits += [
        "Synthetic rows are drawn from what a small model learnt: no single one is a fact about anybody or anything.",
        "Rows that are not copies can still tell something of those learnt from; no privacy is claimed here.",
    ]
    for name, reason in exam.codec.left.items():
        exam.found.limits.append(f"The column {name!r} was left out: {reason}.")
    return exam.found


class Exam:
    """One model under examination: real rows, synthetic ones, and what was found of them."""

    def __init__(self, artifact: Artifact, encoder: Encoder) -> None:
        self.artifact, self.encoder, self.found = artifact, encoder, Evidence()
        self.codec = row_codec(artifact)
        self.settings, self.seed = artifact.recipe.validation, seed_for(artifact.recipe.seed, "validation")
        self.rng = np.random.default_rng(self.seed)
        n = self.settings.samples
        held_out = encoder.draw("test", n)
        self.tested = len(held_out)
        if self.tested < n:
            held_out += encoder.draw("validation", n - self.tested)
        self.held_out = [self.codec.typed(encoder.decode(record)) for record in held_out]
        records = encoder.draw("train", TRAINING)
        self.training = [self.codec.typed(encoder.decode(record)) for record in records]
        names, labels = label_names(artifact), None
        if names:
            labels = [record.label if record.label in names else None for record in records]
            labels = [labels[i] for i in self.rng.integers(0, len(labels), n)]
        self.samples: list[TableRow] = generate(artifact, n, self.seed, label=labels).samples
        self.real = Frame.of(self.codec.columns, self.training)
        self.apart = Frame.of(self.codec.columns, self.held_out) if self.held_out else self.real
        self.made = Frame.of(self.codec.columns, self.samples)

    # -------------------------------------------------------------------------------------------- the questions

    def show(self) -> None:
        """Rows for people, and all of them as a file."""
        self.found.files["samples.csv"] = as_csv(self.samples)
        text = as_csv(self.samples[:SHOWN]).decode()
        self.found.texts.append(Text(f"The first {SHOWN} rows", text, f"of seed {self.seed}, none left out"))
        text = as_csv(self.held_out[:SHOWN]).decode()
        self.found.texts.append(Text("Real rows, to compare", text, "held out from learning"))

    def likeness(self) -> None:
        """Columns by themselves and in pairs, beside real rows and shuffled columns."""
        if not self.held_out:
            raise Unmeasured("no rows were held out")
        found = likeness(self.real, self.apart, self.made, self.rng, min(100, self.settings.bootstrap))
        self.found.metrics += found.metrics
        self.found.headline += ["column_shapes", "pair_trends"]
        worst = int(np.nanargmin(found.shapes_K))
        told = f"The column furthest off is {self.codec.columns[worst].name!r}, at {found.shapes_K[worst]:.3f}."
        others = {"column_shapes_redrawn": "training rows re-drawn"}
        self.found.comparisons.append(Comparison("Column shapes", "column_shapes", others, told))
        others = {"pair_trends_redrawn": "training rows re-drawn", "pair_trends_independent": "shuffled columns"}
        caption = "How alike pairs of columns go together, in the mean over all pairs."
        self.found.comparisons.append(Comparison("Pair trends", "pair_trends", others, caption))
        self.pictures()

    def pictures(self) -> None:
        alt = "Small histograms, one a column, real beside synthetic rows."
        caption = f"Shares of {len(self.real):,} training rows and {len(self.made):,} synthetic ones."
        self.found.figures.append(Figure("Columns", caption, histograms(self.real, self.made), alt))
        maps = correlation_maps(self.real, self.made)
        if maps is not None:
            alt = "Two heat maps of correlations, real and synthetic."
            self.found.figures.append(Figure("Correlations", "Of the numbers, pair by pair.", maps, alt))

    def constraints(self) -> None:
        """How often output breaks what was declared, which is never, and how often the model alone would."""
        constraints = self.codec.constraints
        if not constraints:
            return
        broken = sum(constraints.broken(row) for row in self.samples)
        n = len(self.samples)
        low, high = clopper_pearson(broken, n)
        note = f"rows given out that break {constraints}"
        metric = Metric("constraints_broken", broken / n, low, high, n, "share", "exact", "lower", note)
        rngs = [torch.Generator().manual_seed(self.seed + i) for i in range(min(n, 500))]
        raw = sample(self.artifact, rngs, None, options_for(self.artifact, {}))
        share = sum(constraints.broken(row) for row in raw) / len(raw)
        note = "rows as the model draws them, before they are checked"
        self.found.metrics += [
            metric,
            Metric("constraints_broken_unchecked", share, n=len(raw), unit="share", note=note),
        ]

    def copies(self) -> None:
        """Rows that are training rows."""
        every = [self.codec.typed(self.encoder.decode(record)) for record in self.encoder.records("train")]
        self.found.metrics += exact_copies(every, self.held_out or self.training, self.samples)
        self.found.headline.append("exact_copies")

    def near_copies(self) -> None:
        """Rows nearer to a training row than real rows are, in the space of the codec's vectors."""
        made, real, known = (self.codec.vectors(rows) for rows in (self.samples, self.held_out, self.training))
        found = near_copies(made, known, real, self.rng, "the columns' quantiles and categories")
        self.found.metrics += found.metrics
        self.found.headline.append("near_copies")
        pairs = [row for i in found.closest(5) for row in (self.samples[i], self.training[found.nearest[i]])]
        note = "Five synthetic rows, each followed by the training row it is nearest to for how near rows lie there."
        text = as_csv(pairs).decode()
        self.found.texts.append(Text("The rows nearest to copies", text, note, section="originality"))

    def told_apart(self) -> None:
        """Whether a classifier can tell synthetic from real rows."""
        self.found.metrics += told_apart(self.real, self.apart, self.made, self.rng)
        self.found.headline.append("two_sample_auc")

    def use(self) -> None:
        """What can be learnt from synthetic rows, beside real ones."""
        target = target_of(self.codec.columns, self.artifact.recipe.data.label)
        self.found.metrics += useful(target, self.real, self.apart, self.made, self.rng)
        caption = f"Predicting {self.codec.columns[target].name!r} on held-out real rows."
        others = {"train_on_real": "learnt from real rows"}
        self.found.comparisons.append(Comparison("Train on synthetic", "train_on_synthetic", others, caption))


def as_csv(rows: list[TableRow]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(["" if value is None else value for value in row.values()] for row in rows)
    return text.getvalue().encode("utf-8", "replace")
