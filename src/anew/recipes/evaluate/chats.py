"""The questions asked of an adapted model: has it learnt its task, what has it forgotten, what does it answer now.

All are asked of the same held-out items twice, before and after.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from anew import registry
from anew.artifact import Artifact
from anew.clean import clean
from anew.codecs.conversations import Message, answered, asked, loads
from anew.codecs.turns import Turns
from anew.collect import collect
from anew.contract import Batch, Model
from anew.data.progress import Report, silent
from anew.data.records import Record, read_records
from anew.deploy.lookup import locate
from anew.engine.generate import generate
from anew.engine.text_files import utf8
from anew.errors import DataError, NotFound
from anew.models.autoregressive.family import Autoregressive
from anew.models.autoregressive.policy import GroupPolicy
from anew.recipe import Clean, Data, Recipe, parse, read
from anew.recipes.adapt import around, hold
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence, put
from anew.recipes.evaluate.texts import DOCUMENTS
from anew.recipes.resolve import seed_for
from anew.validate.answers import answer_nats, batches, change, preference, rewarded
from anew.validate.interval import bootstrap, ratio_of_sums
from anew.validate.likelihood import Likelihood, likelihood
from anew.validate.metric import Metric, Unmeasured
from anew.validate.report import Text
from anew.validate.verdict import Comparison

LENGTH = 200  # tokens of an answer, where the recipe does not say
SHOWN = 3  # answers in the report
NEVER = (
    "No answer was worth anything, before or after: from such a reward nothing is learnt. Teach it by answers first "
    "(anew run chat-tune)."
)


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Every question that the data allow."""
    exam = Exam(artifact, encoder, codecs)
    how = artifact.recipe.adapt
    assert how is not None
    kind = registry.find("objectives", how.objective.name)
    task = exam.preference if kind.compares else exam.reward if kind.judges else exam.task
    questions = (task, exam.forgetting, exam.show)
    put(questions, exam.found, report)
    exam.found.limits.append("Answers are likely words, not checked facts.")
    exam.found.limits.append("Whether its answers repeat those that it learnt from was not measured.")
    return exam.found


class Exam:
    """One adapted model and its start under examination: held-out conversations and what was found."""

    def __init__(self, artifact: Artifact, encoder: Encoder, codecs: Codecs) -> None:
        assert encoder.start is not None
        self.artifact, self.encoder, self.codec, self.found = artifact, encoder, codecs.codec, Evidence()
        assert artifact.recipe.adapt is not None
        hold(artifact.model, artifact.recipe.adapt)  # as its start is
        if artifact.recipe.adapt.frozen == "int8":
            self.found.limits.append("Learnt and judged over its base in eight bits; it runs over floats as well.")
        self.before = replace(artifact, model=encoder.start.model, base=None)
        self.settings, self.seed = artifact.recipe.validation, seed_for(artifact.recipe.seed, "validation")
        self.rng = np.random.default_rng(self.seed)
        split = "test" if encoder.cleaned.counts.get("test") else "validation"
        self.records = encoder.draw(split, self.settings.max_units, lambda record: len(record.value))
        self.held_out = [encoder.decode(record) for record in self.records]
        if self.held_out and split != "test":
            self.found.limits.append("No test split: judged on the validation split, by which the weights were chosen.")

    def task(self) -> None:
        """What the held-out answers cost, before and after."""
        before, _ = answer_nats(self.before.model, self.codec, self.held_out)
        after, tokens = answer_nats(self.artifact.model, self.codec, self.held_out)
        weights, draws = tokens.astype(float), self.settings.bootstrap
        self.found.metrics += change("answer_nats", before, after, weights, self.rng, "nats a token", draws)
        self.found.items = {"nats_of_tokens": torch.from_numpy(np.stack([before, after, weights], 1))}
        self.found.headline += ["answer_nats", "answer_nats_change"]
        caption = "Negative log-likelihood of held-out answers, a token; what is asked does not count."
        others = {"answer_nats_before": "before"}
        self.found.comparisons.append(Comparison("Nats a token of held-out answers", "answer_nats", others, caption))

    def preference(self) -> None:
        """How far chosen answers are ahead of rejected ones, before and after, and whether they stayed likely."""
        rejected = [answered(loads(str(record.value)), "rejected") for record in self.records]
        models = self.before.model, self.artifact.model
        chosen = [answer_nats(model, self.codec, self.held_out) for model in models]
        others = [answer_nats(model, self.codec, rejected)[0] for model in models]
        tokens = chosen[0][1].astype(float)
        pairs = (chosen[0][0], chosen[1][0]), (others[0], others[1])
        self.found.metrics += preference(*pairs, tokens, self.rng, self.settings.bootstrap)
        self.found.items = {"nats_of_tokens": torch.from_numpy(np.stack([*pairs[0], tokens], 1))}
        self.found.headline += ["margin_gain", "chosen_change", "preferred"]
        caption = "Log-likelihood of held-out chosen answers above that of rejected ones, in nats."
        self.found.comparisons.append(Comparison("Margin", "margin", {"margin_before": "before"}, caption))
        caption = "The share of held-out pairs of which the chosen answer is the likelier one."
        ahead = {"preferred_before": "before"}
        self.found.comparisons.append(Comparison("Pairs with the chosen answer ahead", "preferred", ahead, caption))

    def reward(self) -> None:
        """What one answer to each held-out question is worth, before and after, and how far the model has gone."""
        asked = self.held_out[: self.settings.samples]
        if not asked:
            raise Unmeasured("nothing was held out")
        found, gone, said = [], list[torch.Tensor](), list[str]()
        for artifact in (self.before, self.artifact):
            policy = artifact.model
            assert isinstance(policy, Autoregressive)
            objective = around(self.artifact.recipe, policy, None, artifact.codec)
            assert isinstance(objective, GroupPolicy)
            rng, worth = torch.Generator().manual_seed(self.seed), list[float]()
            for batch in batches(self.codec, asked, policy.context):
                written = objective.write(batch, rng, 1)
                worth += objective.rewards(written, batch, 1).tolist()
                if artifact is self.artifact:
                    gone.append(self.distance(written))
                    said += artifact.codec.decode([answer for _, answer in objective.parts(written)])
            found.append(np.array(worth))
        self.found.metrics += rewarded(found[0], found[1], self.rng, self.settings.bootstrap)
        each = torch.cat(gone).numpy()
        low, high = bootstrap(each, ratio_of_sums, self.rng, self.settings.bootstrap)
        note = "of the answers written now, from the start"
        kl = Metric("kl_to_start", ratio_of_sums(each), low, high, len(each), "nats a token", "estimate", "lower", note)
        self.found.metrics.append(kl)
        self.found.headline += ["reward_gain", "reward", "kl_to_start"]
        caption = "Mean reward of one answer to each held-out question."
        self.found.comparisons.append(Comparison("Reward", "reward", {"reward_before": "before"}, caption))
        if not (found[0].any() or found[1].any()):
            self.found.limits.append(NEVER)
        worst = int(found[1].argmin())
        note = f"Of {len(said)} held-out questions, the first whose answer was worth least, {found[1][worst]:g}."
        self.worst(asked[worst], said[worst], note)

    def distance(self, written: Batch) -> torch.Tensor:
        """(N, 2): ln π/π₀ of each answer, whose mean is the divergence, and its tokens."""
        rng = torch.Generator().manual_seed(self.seed)
        now, then = (model.score(written, rng) for model in (self.artifact.model, self.before.model))
        assert written.counts is not None
        return torch.stack([then - now, written.counts.sum(1).double()], 1)

    def forgetting(self) -> None:
        """What text that the model could write before costs it now."""
        how = self.artifact.recipe.adapt
        texts = list(self.named(how.keep) if how is not None and how.keep else self.own_held_out())
        before, after = (self.bits(model, texts) for model in (self.before.model, self.artifact.model))
        bits, draws = 1 / math.log(2), self.settings.bootstrap
        units = after.units.astype(float)
        self.found.metrics += change(
            "kept_text", before.nats * bits, after.nats * bits, units, self.rng, "bits a byte", draws
        )
        self.found.headline.append("kept_text_change")
        caption = "Bits per byte of text that the model could write before it was adapted: higher is forgetting."
        others = {"kept_text_before": "before"}
        self.found.comparisons.append(Comparison("Bits a byte of other text", "kept_text", others, caption))

    def bits(self, model: Model, texts: Sequence[str]) -> Likelihood:
        assert isinstance(self.codec, Turns)
        rng = torch.Generator().manual_seed(self.seed)
        return likelihood(model, self.codec.inner, texts, rng, max_units=self.settings.max_units)

    def named(self, source: str) -> Iterator[str]:
        """The text that a person does not want forgotten."""
        folder = self.encoder.folder / "keep" / "collect"
        collect(Data(source=source), "text", folder)
        return (self.cut(record) for record in read_records(folder))

    def cut(self, record: Record) -> str:
        """A document, or as much of it that no few long ones decide alone."""
        return str(record.value)[: max(1, self.settings.max_units // DOCUMENTS)]

    def own_held_out(self) -> Iterator[str]:
        """What the start's own evidence held out, made again from its source. Unmeasured where that is not the same."""
        assert self.encoder.start is not None
        start, folder = first_of(self.encoder.start.recipe), self.encoder.folder / "keep"
        way_out = "name some with adapt.keep"
        if not start.data.source or start.modality == "chat":
            raise Unmeasured(f"the start says nothing of text that it held out; {way_out}")
        try:
            collect(start.data, start.modality, folder / "collect")
            made = clean(Clean(**start.clean.model_dump()), start.modality, folder / "collect", folder / "clean")
        except DataError as why:
            raise Unmeasured(f"the data of the start are gone ({why.message}); {way_out}") from None
        if start.machine is not None and start.machine.data not in ("", made.digest):
            raise Unmeasured(f"the data of the start have changed; {way_out}")
        split, whole = "test" if made.counts.get("test") else "validation", Encoder(folder, start, silent)
        return map(self.cut, whole.draw(split, self.settings.max_units, lambda record: len(self.cut(record))))

    def show(self) -> None:
        """Answers to held-out questions, before and after, and the one that it finds hardest to give."""
        questions = [asked(sample)[0] for sample in self.held_out]
        if not questions:
            raise Unmeasured("nothing was held out")
        first = questions[:SHOWN]
        now, then = answers(self.artifact, first, self.seed), answers(self.before, first, self.seed)
        for number, (question, one, other) in enumerate(zip(first, now, then, strict=True), 1):
            told = f"{shown(question, one)}\n\nBefore:\n{other}"
            self.found.texts.append(Text(f"Answer {number}", told, f"seed {self.seed}"))
        items = self.found.items.get("nats_of_tokens")
        if items is not None:
            worst = int((items[:, 1] / items[:, 2].clamp(min=1)).argmax())
            (said,) = answers(self.artifact, [questions[worst]], self.seed)
            note = f"Of {len(questions)} held-out answers, the one that costs the model most nats a token."
            self.worst(self.held_out[worst], said, note)
        self.found.texts.sort(key=lambda text: text.worst)  # it comes last
        rule = "\n\n" + "─" * 40 + "\n\n"
        self.found.files["samples.txt"] = utf8(rule.join(map(shown, first, now)))

    def worst(self, sample: Sequence[Message], said: str, note: str) -> None:
        """An answer that shows the model at its worst, beside the one held out."""
        question, expected = asked(sample)
        told = f"{shown(question, said)}\n\nHeld out:\n{expected}"
        self.found.texts.append(Text("The worst answer", told, note, worst=True))


def first_of(recipe: Recipe) -> Recipe:
    """The recipe of the model that all adapting began with."""
    while recipe.modality == "chat" and recipe.start is not None:
        try:
            place = locate(recipe.start) / "recipe.toml"
        except NotFound:
            break
        recipe = parse(read(place), str(place))
    return recipe


def answers(artifact: Artifact, questions: Sequence[Sequence[Message]], seed: int) -> list[str]:
    """One answer a question, each of the same seed."""
    length = artifact.recipe.sample.max_new or LENGTH
    return [generate(artifact, 1, seed, list(question), max_new=length).samples[0] for question in questions]


def shown(question: Sequence[Message], answer: str) -> str:
    """A question with its answer, for people."""
    turns = [f"{turn['role'].capitalize()}:\n{turn['content']}" for turn in question]
    return "\n\n".join([*turns, f"Answer:\n{answer}"])
