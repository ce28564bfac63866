"""The questions asked of a model of texts: likelihood beside baselines, samples, copied spans."""

from __future__ import annotations

import numpy as np
import torch

from anew.artifact import Artifact
from anew.contract import Model
from anew.data.progress import Report
from anew.engine.generate import generate, label_names
from anew.engine.text_files import utf8
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence, put
from anew.recipes.resolve import seed_for
from anew.validate.baselines import baselines
from anew.validate.likelihood import bits_per_unit, likelihood
from anew.validate.profiles import near_copied_texts
from anew.validate.report import Text
from anew.validate.verbatim import copied_spans
from anew.validate.verdict import Comparison

DOCUMENTS = 16  # at least so many are judged, where there are as many
LENGTH = 400  # tokens of a sample, where the recipe does not say


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Every question that the data allow."""
    exam = Exam(artifact, encoder)
    put((exam.likelihood, exam.baselines, exam.show, exam.originality), exam.found, report)
    exam.found.limits += [
        "A small model: it has learnt the look of its training text, not facts, and what it says may be false.",
        "Bits per byte compare models on the same held-out text only.",
    ]
    return exam.found


class Exam:
    """One model under examination: held-out texts, samples and what was found of them."""

    def __init__(self, artifact: Artifact, encoder: Encoder) -> None:
        self.artifact, self.encoder, self.found = artifact, encoder, Evidence()
        self.settings, self.seed = artifact.recipe.validation, seed_for(artifact.recipe.seed, "validation")
        self.rng = np.random.default_rng(self.seed)
        self.split = "test" if encoder.cleaned.counts.get("test") else "validation"
        most = max(1, self.settings.max_units // DOCUMENTS)  # of a document, so that no few long ones decide alone
        records = encoder.draw(self.split, self.settings.max_units, lambda record: min(len(record.value), most))
        self.held_out = [encoder.decode(record)[:most] for record in records]
        self.held_out_labels = [record.label for record in records]
        if records and self.split != "test":
            self.found.limits.append("No test split: judged on the validation split, by which the weights were chosen.")
        self.samples: list[str] = []

    def likelihood(self) -> None:
        """Bits per byte and nats per character of the held-out texts."""
        names, labels = label_names(self.artifact), None
        if names:
            labels = [names.index(label) if label in names else None for label in self.held_out_labels]
        rng = torch.Generator().manual_seed(self.seed)
        found = likelihood(self.artifact.model, self.artifact.codec, self.held_out, rng, labels=labels)
        self.found.metrics += bits_per_unit(found, self.rng, self.settings.bootstrap)
        pairs = np.stack([found.nats / np.log(2), found.units], 1)[found.units > 0]
        self.found.items = {"bits_of_units": torch.from_numpy(pairs)}
        self.found.headline += ["bits_per_byte", "nats_per_character"]

    def baselines(self) -> None:
        """What knows no network, on the same texts."""
        if not self.settings.baselines:
            return
        made = baselines(self.encoder.samples("train"), self.held_out, self.rng, draws=self.settings.bootstrap)
        self.found.metrics += made
        others = {m.name: m.name.removesuffix("_bits_per_byte").replace("ngram_6", "6-gram") for m in made}
        caption = "Bits per byte of the same held-out text; the n-grams and compressors have read the training text."
        self.found.comparisons.append(Comparison("Bits per byte", "bits_per_byte", others, caption))

    def show(self) -> None:
        """Samples for people, and the worst one: the text that costs the model itself most bits a byte."""
        artifact = self.artifact
        length = artifact.recipe.sample.max_new or LENGTH
        self.samples = generate(artifact, self.settings.samples, self.seed, max_new=length).samples
        rule = "\n\n" + "─" * 40 + "\n\n"
        self.found.files["samples.txt"] = utf8(rule.join(self.samples[:20]))
        for i, text in enumerate(self.samples[:3]):
            self.found.texts.append(Text(f"Sample {i + 1}", text, f"seed {self.seed + i}"))
        written = [text for text in self.samples if text]
        if not written or artifact.model.score_kind is None:
            return
        rng = torch.Generator().manual_seed(self.seed)
        costs = likelihood(artifact.model, artifact.codec, written, rng)
        worst = int((costs.nats / costs.units).argmax())
        note = f"Of {len(written)} samples, the one that costs the model itself the most bits a byte."
        self.found.texts.append(Text("The worst sample", written[worst], note, worst=True))

    def originality(self) -> None:
        """Passages copied from the training text, and whole texts that are nearly copies."""
        self.spans()
        found, neighbours = near_copied_texts(self.samples, self.encoder.samples("train"), self.held_out, self.rng)
        self.found.metrics += found.metrics
        for near in neighbours[:1]:
            both = f"{near.text}\n\n{'─' * 20} the nearest training passage {'─' * 20}\n\n{near.passage}"
            note = "Of all samples, the one that is nearest to a training passage for how near such passages are."
            self.found.texts.append(Text("The sample nearest to a copy", both, note, section="originality"))

    def spans(self) -> None:
        found = copied_spans(self.samples, self.encoder.samples("train"), self.held_out, self.rng)
        self.found.metrics += found.metrics
        self.found.headline.append("longest_copied_span")
        if found.spans and found.spans[0].text:
            note = (
                f"The longest passage that a sample shares with the training text: {found.spans[0].length} characters."
            )
            self.found.texts.append(Text("The longest copied span", found.spans[0].text, note, section="originality"))
