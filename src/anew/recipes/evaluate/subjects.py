"""The questions asked of a model that was taught a subject: is it drawn, is it copied, and what became of the rest.

All are asked twice, of the model before and after, from the same seeds. In: the run's pictures, its artifact and the
start's. Out: evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from anew.artifact import Artifact
from anew.codecs.image import Picture
from anew.contract import Model
from anew.data.progress import Report
from anew.engine.agreement import Scorer
from anew.engine.generate import generate
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence, put
from anew.recipes.personalise import made_up
from anew.recipes.resolve import seed_for
from anew.validate.fidelity import frechet
from anew.validate.interval import bootstrap
from anew.validate.metric import Metric
from anew.validate.originality import copies_of_few
from anew.validate.plots import pairs, sheet
from anew.validate.report import Figure
from anew.validate.verdict import Comparison

SHOWN = 20
Floats = NDArray[np.float64]


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Every question that the pictures and the start's scorer allow."""
    exam = Exam(artifact, encoder, codecs)
    questions = (exam.show, exam.nearness, exam.copies, exam.others)
    put(questions, exam.found, report)
    exam.found.limits += [
        "Judged on the pictures that it learnt from: none were held out, since there are few.",
        "Other prompts are those of one scorer and one set of words; what it forgot beyond them was not measured.",
    ]
    return exam.found


class Exam:
    """One taught model and its start: the pictures, and samples of the subject's name from both."""

    def __init__(self, artifact: Artifact, encoder: Encoder, codecs: Codecs) -> None:
        how = artifact.recipe.adapt
        assert how is not None and encoder.start is not None
        self.artifact, self.found, self.plain = artifact, Evidence(), codecs.plain
        self.before = replace(artifact, model=encoder.start.model, base=None, laid=())
        self.scored = encoder.start
        self.settings, self.seed = artifact.recipe.validation, seed_for(artifact.recipe.seed, "validation")
        self.rng, self.name = np.random.default_rng(self.seed), how.subject or artifact.recipe.name
        pictures = [encoder.decode(record) for record in encoder.records("train")]
        self.pictures: list[Picture] = self.plain.decode(self.plain.encode(pictures))
        self.made = self.draw(self.artifact, [self.name] * self.settings.samples)
        self.made_before = self.draw(self.before, [self.name] * self.settings.samples)

    def draw(self, artifact: Artifact, prompts: Sequence[str]) -> list[Picture]:
        return generate(artifact, len(prompts), self.seed, label=list(prompts)).samples

    def show(self) -> None:
        """The first samples after, over those before from the same seeds."""
        self.found.files["samples.png"] = sheet(self.made[:100], 10)
        content = pairs(self.made[:SHOWN], self.made_before[:SHOWN])
        told = f"{self.name!r} of seed {self.seed}, after (above) and before (below)."
        self.found.figures.append(Figure("Samples", told, content, f"Samples of {told}", "samples"))

    def nearness(self) -> None:
        """The cosine of each sample and each picture in the scorer's space, before and after."""
        scorer = Scorer.of(self.scored)
        own_PD = scorer.of_pictures(self.pictures)
        after, before = (
            (scorer.of_pictures(made) @ own_PD.T).mean(1).double().numpy() for made in (self.made, self.made_before)
        )
        among = (own_PD @ own_PD.T).double().numpy()
        among = among[~np.eye(len(among), dtype=bool)] if len(among) > 1 else np.ones(1)
        note = f"mean cosine to the {len(self.pictures)} pictures, as {scorer.name} sees them"
        for name, values, better in (("nearness", after, "higher"), ("nearness_before", before, None)):
            low, high = bootstrap(values, None, self.rng, self.settings.bootstrap)
            self.found.metrics.append(
                Metric(name, values.mean(), low, high, len(values), "", "estimate", better, note)  # type: ignore[arg-type]
            )
        low, high = bootstrap(after - before, None, self.rng, self.settings.bootstrap)
        self.found.metrics += [
            Metric("nearness_change", (after - before).mean(), low, high, len(after), "", "estimate", "higher", note),
            Metric("nearness_of_pictures", among.mean(), n=len(self.pictures), kind="estimate", note=note),
        ]
        others = {"nearness_before": "before", "nearness_of_pictures": "the pictures to each other"}
        self.found.comparisons.append(Comparison("Nearness to the subject", "nearness", others, note))
        self.found.headline.insert(0, "nearness")

    def copies(self) -> None:
        """Samples that are nearer to one of the pictures than any two pictures are to each other."""
        own, made = (self.rows(pictures) for pictures in (self.pictures, self.made))
        found = copies_of_few(made, own, "pixels", "copies_of_pictures", "pictures")
        self.found.metrics += found.metrics
        closest = found.closest(10)
        content = pairs([self.made[i] for i in closest], [self.pictures[int(found.nearest[i])] for i in closest])
        told = "The ten samples nearest to being copies (above), each over the picture that it is nearest to (below)."
        self.found.figures.append(Figure("Nearest pictures", told, content, told, "originality"))

    def rows(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        encoded = self.plain.encode(list(pictures))
        return np.asarray(encoded, np.float32).reshape(len(pictures), -1)

    def others(self) -> None:
        """How well other prompts are followed, before and after, and how far their samples have gone."""
        scorer, label = Scorer.of(self.scored), self.artifact.label
        n = self.settings.samples
        prompts = made_up(label, n, self.rng)  # type: ignore[arg-type]
        wanted = scorer.of_captions(prompts)
        after, before = (scorer.of_pictures(self.draw(one, prompts)) for one in (self.artifact, self.before))
        again = scorer.of_pictures(generate(self.before, n, self.seed + n, label=prompts).samples)
        gained = ((after - before) * wanted).sum(1).double().numpy()
        low, high = bootstrap(gained, None, self.rng, self.settings.bootstrap)
        note = f"cosine of {n} samples and their prompts, after less before, as {scorer.name} sees it"
        self.found.metrics.append(Metric("others_change", gained.mean(), low, high, n, "", "estimate", "higher", note))
        moved, chance = (frechet(one.double().numpy(), again.double().numpy()) for one in (after, before))
        note = f"Fréchet distance to what was drawn before for the same {n} prompts from other seeds"
        self.found.metrics += [
            Metric("others_frechet", moved, n=n, kind="estimate", better="lower", note=note),
            Metric("others_frechet_before", chance, n=n, kind="estimate", note=f"{note}, of the model before"),
        ]
        others = {"others_frechet_before": "before"}
        self.found.comparisons.append(Comparison("Other prompts", "others_frechet", others, note))


__all__ = ["examine"]
