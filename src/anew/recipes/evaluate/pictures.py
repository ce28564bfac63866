"""The questions asked of a model of pictures, whatever it learns of them: fidelity, label agreement, originality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from anew.artifact import Artifact
from anew.blocks import in_blocks
from anew.contract import Model, Unsupported
from anew.data.progress import Progress, Report
from anew.engine.agreement import Scorer
from anew.engine.generate import generate, label_names, reads_captions
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence
from anew.recipes.evaluate.captioned import Said, caption_of
from anew.recipes.resolve import seed_for
from anew.validate.diversity import diversity
from anew.validate.fidelity import Draw, agreement, distances
from anew.validate.likelihood import bits_per_code, bits_per_dimension
from anew.validate.metric import Metric, Unmeasured
from anew.validate.originality import LEAST, copies_of_few, near_copies
from anew.validate.plots import pairs, sheet
from anew.validate.reconstruction import reconstruction
from anew.validate.report import Figure
from anew.validate.verdict import Comparison

Picture = NDArray[np.uint8]
ROWS = 64
SHOWN = 100
FEW = 5000  # training items whose distances from each other are all looked at
SCORED = 64  # held-out pictures whose likelihood is worked out


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Every question that the data and the judge allow."""
    found = Evidence()
    ask(Exam(artifact, encoder, codecs, judge, found, report))
    found.limits += [
        "A small model of small pictures, judged on what was held out of this data set and on nothing else.",
        "A Fréchet distance in this feature space compares with others on this page only.",
    ]
    return found


def ask(exam: Exam) -> None:
    """Put every question to it."""
    report = exam.report
    agreement = exam.captions if exam.captioned else exam.agreement
    questions = (exam.show, exam.fidelity, exam.diversity, agreement, exam.likelihood, exam.originality)
    for done, question in enumerate(questions):
        report(Progress("validate", done, len(questions), question.__name__))
        question()
    report(Progress("validate", len(questions), len(questions), "done"))


class Exam:
    """One model under examination: held-out pictures, samples and a feature space, each made once."""

    def __init__(
        self,
        artifact: Artifact,
        encoder: Encoder,
        codecs: Codecs,
        judge: Model | None,
        found: Evidence,
        report: Report,
    ) -> None:
        self.report = report
        self.artifact, self.encoder, self.codecs, self.judge, self.found = artifact, encoder, codecs, judge, found
        self.settings, self.seed = artifact.recipe.validation, seed_for(artifact.recipe.seed, "validation")
        self.rng = np.random.default_rng(self.seed)
        held_out = encoder.draw("test", most := 2 * self.settings.samples)
        self.tested = len(held_out)
        if self.tested < most:
            held_out += encoder.draw("validation", most - self.tested)
        self.real = self.canonical([encoder.decode(record) for record in held_out])
        plain = encoder.plain_shards(codecs.plain, codecs.label if judge is not None else None)
        self.training = np.load(plain.folder / "train.grid.npy", mmap_mode="r")
        self.names, self.captioned = label_names(artifact), reads_captions(artifact)
        self.real_labels = [record.label if record.label in self.names else None for record in held_out]
        n, asked = self.settings.samples, self.names
        if self.captioned:
            assert artifact.label is not None
            asked = self.real_labels = [caption_of(record, artifact.label) for record in held_out]
        self.labels = [asked[i % len(asked)] for i in range(n)] if asked else [None] * n
        self.samples: list[Picture] = generate(artifact, n, self.seed, label=self.labels if asked else None).samples
        self.drawn: tuple[NDArray[np.int64], list[Picture]] | None = None  # the first re-draw, and its places

    def canonical(self, pictures: Sequence[Picture]) -> list[Picture]:
        """The pictures as the codec's grid holds them."""
        plain = self.codecs.plain
        return [
            p
            for start in range(0, len(pictures), ROWS)
            for p in plain.decode(plain.encode(pictures[start : start + ROWS]))
        ]

    def grid(self, pictures: Sequence[Picture]) -> torch.Tensor:
        encoded = self.codecs.plain.encode(list(pictures))
        assert isinstance(encoded, torch.Tensor)
        return encoded

    # -------------------------------------------------------------------------------------------- the questions

    def show(self) -> None:
        """Samples for people, and the worst one by the judge's word."""
        content = self.sheet(self.samples[:SHOWN], self.labels)
        self.found.files["samples.png"] = content
        order = f", the classes {', '.join(self.names[:10])} in turn" if self.names else ""
        order = ", of held-out captions" if self.captioned else order
        caption = f"The first {min(SHOWN, len(self.samples))} samples of seed {self.seed}, none left out{order}."
        self.found.figures.append(Figure("Samples", caption, content, f"Contact sheet of samples{order}.", "samples"))
        if self.judge is None or not self.names:
            return
        p_NK = self.logits(self.samples).softmax(-1)
        asked = torch.tensor([self.names.index(label) for label in self.labels if label is not None])
        trust = p_NK[torch.arange(len(asked)), asked]
        worst = trust.argsort()[:10].tolist()
        content = self.sheet([self.samples[i] for i in worst], [self.labels[i] for i in worst])
        told = ", ".join(f"{self.labels[i]} read as {self.names[int(p_NK[i].argmax())]}" for i in worst)
        caption = f"Of {len(asked)} samples, those that the judge is least sure to be what was asked for: {told}."
        self.found.figures.append(Figure("The worst samples", caption, content, f"Ten bad samples: {told}.", "samples"))

    def fidelity(self) -> None:
        """Fréchet distances of samples and reconstructions beside real pictures and blurred ones."""
        if len(self.real) < 16:
            self.found.unmeasured["frechet_samples"] = f"only {len(self.real)} held-out {self.what}"
            return
        space, features = self.feature_space
        rebuilt = self.reconstructions()
        draws = {"samples": self.draw_samples}
        if rebuilt is not None:
            draws["reconstructions"] = lambda places, redraw: [rebuilt[i] for i in places]
        draws |= self.rulers()
        redraws = self.settings.redraws
        self.found.metrics += distances(self.real, draws, features, space, self.rng, redraws, self.worse())
        names = {
            m.name: m.name.removeprefix("frechet_").replace("_", " ") for m in self.found.metrics if "frechet" in m.name
        }
        others = {name: label for name, label in names.items() if name != "frechet_samples"}
        caption = (
            f"Distance to held-out {self.what} in one feature space: of samples, real {self.what}, reconstructions, "
            f"{self.ladder}. {self.tested} of them are of the test split, {len(self.real) - self.tested} of the "
            "validation split."
        )
        self.found.comparisons.append(Comparison("Fréchet distance", "frechet_samples", others, caption))
        self.found.headline.append("frechet_samples")
        if rebuilt is not None:
            self.found.metrics += self.kept(rebuilt)
            self.found.headline.append(self.found.metrics[-2].name)
            content = self.pairs(self.real[:20], rebuilt[:20])
            caption = f"Held-out {self.what} (above) and what the autoencoder keeps of them (below)."
            self.found.figures.append(Figure("Reconstructions", caption, content, "Each above its reconstruction."))

    def diversity(self) -> None:
        """Precision and recall, density and coverage, of the first re-draw's samples against the other half."""
        if self.drawn is None:
            self.found.unmeasured["coverage"] = f"too few held-out {self.what}"
            return
        (places, samples), (space, features) = self.drawn, self.feature_space
        rest = np.setdiff1d(np.arange(len(self.real)), places)
        real, ruler = (features([self.real[i] for i in half]) for half in (rest, places))
        kinds = [None if self.captioned else self.real_labels[i] for i in places]
        made, draws = features(samples), self.settings.bootstrap
        self.found.items = {name: torch.from_numpy(rows).float() for name, rows in (("real", real), ("made", made))}
        try:
            self.found.metrics += diversity(real, made, ruler, kinds, space, self.rng, draws)
        except Unmeasured as why:
            self.found.unmeasured["coverage"] = str(why)

    def agreement(self) -> None:
        """Whether samples show the class asked for, as the judge reads them, and how well it reads real ones."""
        if self.judge is None or not self.names:
            self.found.unmeasured["label_agreement"] = "the data have no labels"
            return
        asked = np.array([self.names.index(label) for label in self.labels if label is not None])
        read = self.logits(self.samples).argmax(-1).numpy()
        known = [i for i in range(self.tested) if self.real_labels[i] is not None]
        true = np.array([self.names.index(str(self.real_labels[i])) for i in known])
        seen = self.logits([self.real[i] for i in known]).argmax(-1).numpy() if known else true
        judge = f"a {type(self.judge).__name__.lower()} trained on the training split alone"
        self.found.metrics.append(agreement(asked, read, "label_agreement", judge))
        if known:
            self.found.metrics.append(agreement(true, seen, "judge_accuracy", f"{judge}, on the test split"))
        self.found.headline.insert(0, "label_agreement")

    def captions(self) -> None:
        """Whether samples show what was said, where the judge can read that."""
        scorer = None if self.judge is None else Scorer.judging(self.judge, self.codecs.plain, self.codecs.label)
        if scorer is None:
            self.found.unmeasured["recall_at_5"] = 'no judge reads captions; [judge] name = "contrastive" does'
            return
        Said(self.artifact, self.encoder, scorer, self.found, self.report).questions()

    def likelihood(self) -> None:
        """Bits a dimension of held-out pictures, where the model is one of pictures themselves; bits a code where it is
        one of codes."""
        known = [i for i in range(self.tested) if not self.names or self.real_labels[i] is not None][:SCORED]
        labels = [self.names.index(str(self.real_labels[i])) for i in known] if self.names else None
        pictures, model, codec = [self.real[i] for i in known], self.artifact.model, self.codecs.codec
        if not known or (codec is not self.codecs.plain and codec.kind == "grid"):  # nats of a latent are its own
            return
        rng, draws = torch.Generator().manual_seed(self.seed), self.settings.bootstrap
        try:
            if codec.kind == "tokens":
                made = bits_per_code(model, codec, pictures, rng, self.rng, labels=labels, draws=draws)
                self.found.metrics.append(made)
                return
            self.found.metrics.append(
                bits_per_dimension(model, codec, pictures, codec.deviation, rng, self.rng, labels=labels, draws=draws)
            )
        except (Unmeasured, Unsupported) as why:
            self.found.unmeasured["likelihood"] = str(why)

    def originality(self) -> None:
        """Near-copies of training pictures, and the pairs nearest to being so."""
        drawn, held_out = (self.grid(items).numpy() for items in (self.samples, self.real))
        try:
            if len(held_out) < LEAST and len(self.training) <= FEW:
                found = copies_of_few(
                    drawn, np.array(self.training), self.space, "copies_of_few", f"training {self.what}"
                )
            else:
                found = near_copies(drawn, self.training, held_out, self.rng, self.space)
        except Unmeasured as why:
            self.found.unmeasured["near_copies"] = str(why)
            return
        self.found.metrics += found.metrics
        self.found.headline.append(found.metrics[0].name)
        closest = found.closest(10)
        nearest = self.codecs.plain.decode(torch.from_numpy(np.array(self.training[found.nearest[closest]])))
        content = self.pairs([self.samples[i] for i in closest], nearest)
        caption = "The ten samples nearest to being copies (above), each over its nearest training picture (below)."
        alt = "Ten samples above their nearest training pictures."
        self.found.figures.append(Figure("Nearest training pictures", caption, content, alt, "originality"))

    # -------------------------------------------------------------------------------------------- of pictures alone

    what, ladder, space = "pictures", "blur", "pixels"

    def sheet(self, samples: Sequence[Any], labels: Sequence[str | None]) -> bytes:
        return sheet(samples, 10)

    def pairs(self, above: Sequence[Any], below: Sequence[Any]) -> bytes:
        return pairs(above, below)

    def rulers(self) -> dict[str, Draw]:
        """Further ways to make samples, beside which a distance is told."""
        return {}

    def worse(self) -> dict[str, Callable[[Any], Any]] | None:
        """How real ones are damaged step by step; None: blurred."""
        return None

    def kept(self, rebuilt: Sequence[Any]) -> list[Metric]:
        """How near reconstructions are, the figure for the headline last but one."""
        return reconstruction(self.real, rebuilt, self.rng, self.settings.bootstrap)

    # -------------------------------------------------------------------------------------------- what they need

    def draw_samples(self, places: NDArray[np.int64], redraw: int) -> list[Picture]:
        """As many samples as places, with the same labels as the real pictures there."""
        labels = [self.real_labels[i] for i in places] if self.names or self.captioned else None
        made = generate(self.artifact, len(places), self.seed + (redraw + 1) * 1_000_003, label=labels)
        if self.drawn is None:
            self.drawn = (places, made.samples)
        return made.samples

    @torch.no_grad()
    def reconstructions(self) -> list[Picture] | None:
        """What a learned codec keeps of the held-out pictures, or the model itself where it encodes, told nothing."""
        plain, codec, model = self.codecs.plain, self.codecs.codec, self.artifact.model
        blocks = (self.real[i : i + ROWS] for i in range(0, len(self.real), ROWS))
        if codec is not plain:
            return [p for some in blocks for p in codec.decode(codec.encode(some))]
        if model.encodes != "grid" or self.artifact.label is not None:
            return None
        coder: Any = model
        return [p for some in blocks for p in plain.decode(coder.decode(coder.encode(plain.encode(some))[0]))]

    @cached_property
    def feature_space(self) -> tuple[str, Callable[[Sequence[Picture]], NDArray[np.float64]]]:
        """The judge's, or without labels the principal components of the training pictures."""
        if self.judge is not None:
            return "the judge", lambda pictures: self.judged("features", pictures).double().numpy()
        spread = np.linspace(0, len(self.training) - 1, min(len(self.training), 5000)).astype(int)
        rows = np.array(self.training[spread], np.float32).reshape(len(spread), -1)
        mean = rows.mean(0)
        _, _, axes = np.linalg.svd(rows - mean, full_matrices=False)
        axes = axes[:64]
        name = f"the first {len(axes)} principal components of the training {self.space}"
        return name, lambda p: ((self.grid(p).flatten(1).numpy() - mean) @ axes.T).astype(np.float64)

    def logits(self, pictures: Sequence[Picture]) -> torch.Tensor:
        return self.judged("logits", pictures)

    @torch.no_grad()
    def judged(self, verb: str, pictures: Sequence[Picture]) -> torch.Tensor:
        answer: Any = in_blocks(getattr(self.judge, verb), ROWS)(self.grid(pictures))
        assert isinstance(answer, torch.Tensor)
        return answer
