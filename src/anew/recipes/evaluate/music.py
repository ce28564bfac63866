"""The questions asked of a model of scores: likelihood on quarters, rules of voices, wishes kept, copies.

Figures of generated pieces stand beside those of held-out ones, by the same detectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from torch import Tensor

from anew.artifact import Artifact
from anew.codecs.events import Events, asked_of
from anew.codecs.key import detect_key
from anew.codecs.midi import write_midi
from anew.codecs.outline import Outline, beneath, pitched
from anew.codecs.score import Key, Score
from anew.codecs.score_grid import TEMPI, tempo_band
from anew.codecs.voices import Chord
from anew.contract import Model
from anew.data.progress import Report
from anew.engine.composing import Wish, compose, compose_each, events_of, ranges_of
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence, put
from anew.recipes.evaluate.heard import clips, played
from anew.recipes.resolve import seed_for
from anew.validate.grammatical import token_nats
from anew.validate.harmony import bigram_nats, bridge_nats
from anew.validate.interval import bootstrap, clopper_pearson, ratio_of_sums
from anew.validate.metric import Metric, MetricKind, Unmeasured
from anew.validate.music import copied, out_of_range, rates
from anew.validate.report import Figure
from anew.validate.verdict import Comparison

SHOWN = 4
MOST = 10_000  # training pieces that others are compared with
QUARTER = "nats per quarter"
TOLD = "with key, metre, length and end, which the pitches alone would not pay for"
GAP = 8  # quarters
COMPARED = 400  # held-out or training pieces that rules are counted in


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Every question that the data allow."""
    exam = Exam(artifact, encoder)
    questions = (
        exam.likelihood,
        exam.harmony,
        exam.gap,
        exam.draw,
        exam.rules,
        exam.wishes,
        exam.originality,
        exam.show,
    )
    put(questions, exam.found, report)
    exam.found.limits += [
        "Rules are counted by detectors that know no intention: the corpus's own rates stand beside.",
        "The key detector hears one key a piece, and errs in pieces that change theirs.",
    ]
    return exam.found


class Exam:
    """One model under examination."""

    def __init__(self, artifact: Artifact, encoder: Encoder) -> None:
        self.artifact, self.encoder, self.found = artifact, encoder, Evidence()
        self.codec: Events = events_of(artifact)
        self.settings, self.seed = artifact.recipe.validation, seed_for(artifact.recipe.seed, "validation")
        self.rng = np.random.default_rng(self.seed)
        self.split = "test" if encoder.cleaned.counts.get("test") else "validation"
        self.held_out = [encoder.decode(record) for record in encoder.draw(self.split, COMPARED)]
        if self.split != "test":
            self.found.limits.append("No test split: judged on the validation split, by which the weights were chosen.")
        self.pieces: list[Score] = []
        self.outline = Outline(self.codec)

    @cached_property
    def training(self) -> list[Score]:
        return [self.encoder.decode(record) for record in self.encoder.draw("train", MOST)]

    @cached_property
    def outlined(self) -> list[Tensor]:
        """Nats of each word of the held-out pieces' outlines."""
        return list(token_nats(self.artifact.model, self.outline, self.held_out, self.codec.allowed))

    def likelihood(self) -> None:
        """Nats a quarter of the pitches sounding on it, summed over voices: the nats of the outline's words bound them
        from above, since key, metre, bars and the end are told as well. Of the pitches alone, given these; and nats a
        note of whole scores. The first word, which of the two is told, is the question's."""
        nats = token_nats(self.artifact.model, self.codec, self.held_out, self.codec.allowed)
        sizes = [self.codec.size(score) for score in self.held_out]
        self.measured("nats_per_note", [float(one[1:].sum()) for one in nats], sizes, "nats per note", "bound", TOLD)
        if not self.codec.outlines:
            self.found.headline += ["nats_per_note"]
            raise Unmeasured("no outlines were learnt, by which quarters are judged; of whole scores, nats_per_note is")
        quarters = [self.outline.size(score) for score in self.held_out]
        whole = [float(one[1:].sum()) for one in self.outlined]  # an outline is what was asked for
        self.measured("nats_per_step", whole, quarters, QUARTER, "bound", TOLD)
        masks = [pitched(self.codec, self.outline.encode([score])[0]) for score in self.held_out]
        given = [float(one[:-1][mask].sum()) for one, mask in zip(self.outlined, masks, strict=True)]
        self.measured("nats_per_step_given", given, quarters, QUARTER, "exact", "given key, metre, length and upbeat")
        self.found.headline += ["nats_per_step"]

    def measured(
        self, name: str, nats: Sequence[float], sizes: Sequence[int], unit: str, kind: MetricKind, note: str
    ) -> None:
        """Nats of all pieces over their sizes."""
        pairs = np.stack([np.asarray(nats), np.asarray(sizes)], 1)
        low, high = bootstrap(pairs, ratio_of_sums, self.rng, self.settings.bootstrap)
        self.found.metrics.append(Metric(name, ratio_of_sums(pairs), low, high, len(pairs), unit, kind, "lower", note))

    def harmony(self) -> None:
        """Nats a quarter of the voices beneath a held-out melody, given the melody up to there, key and bars; beside
        tables that know a voice's last pitch, and the melody's pitch as well."""
        told = [i for i, score in enumerate(self.held_out) if len(score.parts) > 1]
        known = [self.chords(score) for score in self.training if len(score.parts) > 1]
        if not told or not known or not self.codec.outlines:
            raise Unmeasured("pieces of one voice have no harmony, and without outlines none is told")
        nats = [
            float(self.outlined[i][:-1][beneath(self.codec, self.outline.encode([self.held_out[i]])[0])].sum())
            for i in told
        ]
        own = [self.chords(self.held_out[i]) for i in told]
        steps = [len(piece) for piece in own]
        for name, found in (
            ("harmony_nats_per_step", nats),
            ("harmony_bigram_nats_per_step", bigram_nats(known, own)),
            ("harmony_table_nats_per_step", bigram_nats(known, own, above=True)),
        ):
            self.measured(name, found, steps, QUARTER, "exact", "of the voices beneath the first, given it")
        others = {"harmony_bigram_nats_per_step": "bigrams", "harmony_table_nats_per_step": "bigrams with the melody"}
        caption = "Nats a quarter of the voices beneath a held-out melody, given it."
        self.found.comparisons.append(Comparison("Harmonising", "harmony_nats_per_step", others, caption))

    def gap(self) -> None:
        """Nats a quarter of two bars' worth in the middle of a held-out piece, given what stands before; beside bigrams
        of each voice that know what stands after as well."""
        known = [self.chords(score) for score in self.training]
        nats, told, bounds = list[float](), list[list[Chord]](), list[range]()
        for score, one in zip(self.held_out, self.outlined if self.codec.outlines else [], strict=False):
            chords, begin = self.chords(score), (self.outline.size(score) - GAP) // 2
            if begin > 0:
                sounding = one[:-1][pitched(self.codec, self.outline.encode([score])[0])]
                voices = len(chords[0])
                nats.append(float(sounding[begin * voices : (begin + GAP) * voices].sum()))
                told.append(chords)
                bounds.append(range(begin, begin + GAP))
        if not told:
            raise Unmeasured(f"no outlines were learnt, or no held-out piece has more than {GAP} quarters")
        for name, found in (
            ("gap_nats_per_step", nats),
            ("gap_bigram_nats_per_step", bridge_nats(known, told, bounds)),
        ):
            self.measured(name, found, [GAP] * len(found), QUARTER, "exact", f"of {GAP} quarters in the middle")
        others = {"gap_bigram_nats_per_step": "bigrams that know what follows"}
        caption = f"Nats a quarter of {GAP} quarters amid a held-out piece; the model is not told what follows."
        self.found.comparisons.append(Comparison("Filling in", "gap_nats_per_step", others, caption))

    def chords(self, score: Score) -> list[Chord]:
        """What an outline tells, as told from the key."""
        words = self.codec.words.read(self.codec.outline([score])[0])
        pitches = [None if word[0] == "rest" else int(word[1]) for word in words if word[0] in ("pitch", "rest")]
        voices = sum(word[0] == "program" for word in words)
        return [tuple(pitches[i : i + voices]) for i in range(0, len(pitches), voices)]

    def draw(self) -> None:
        """Pieces as the model writes them, nothing asked for."""
        self.pieces = compose(self.artifact, self.settings.samples, self.seed)

    def rules(self) -> None:
        """Keys, parallels, crossings, phrase ends, beside those of held-out pieces."""
        ours, theirs = (rates(s, e, self.rng, self.settings.bootstrap) for s, e in
                        ((self.pieces, ""), (self.held_out, "_held_out")))  # fmt: skip
        self.found.metrics += ours + theirs
        free = compose(self.artifact, len(self.pieces), self.seed, Wish(strict=False))
        drawn = {metric.name: metric for metric in rates(free, "_unchecked", self.rng, self.settings.bootstrap)}
        for name in ("parallels_unchecked", "key_kept_unchecked"):
            if (alone := drawn.get(name)) is not None:
                self.found.metrics.append(replace(alone, note=f"{alone.note}, as the model draws them alone"))
        self.found.headline += ["key_kept", "parallels"]
        known = {metric.name for metric in theirs}
        for metric in ours:
            if f"{metric.name}_held_out" in known:
                title = metric.name.replace("_", " ").capitalize()
                others = {f"{metric.name}_held_out": "held-out pieces"}
                self.found.comparisons.append(Comparison(title, metric.name, others, metric.note.capitalize() + "."))
        beyond = np.array([out_of_range(p, self.ranges(p)) for p in self.pieces], dtype=float)
        note = "notes beyond what training pieces have in the voice"
        self.found.metrics.append(Metric("out_of_range", ratio_of_sums(beyond), n=len(beyond), unit="share", note=note))

    def ranges(self, score: Score) -> list[tuple[int, int]]:
        asked = replace(asked_of(score), key=None)
        return ranges_of(self.codec, asked)

    def wishes(self) -> None:
        """Whether a piece is what was asked of it: key as the detector hears it, metre, tempo, bars."""
        rng = np.random.default_rng(self.seed)
        asked = [self.wish(rng) for _ in range(self.settings.samples)]
        pieces = compose_each(self.artifact, asked, range(self.seed + 1000, self.seed + 1000 + len(asked)))
        kept = [keeping(wish, piece) for wish, piece in zip(asked, pieces, strict=True)]
        for name in kept[0]:
            count = sum(one[name] for one in kept)
            low, high = clopper_pearson(count, len(kept))
            note = "of pieces of a key, a metre, a tempo and a length that were drawn at random"
            self.found.metrics.append(
                Metric(f"asked_{name}_kept", count / len(kept), low, high, len(kept), "share", "exact", "higher", note)
            )
        self.found.headline += ["asked_all_kept"]

    def wish(self, rng: np.random.Generator) -> Wish:
        """A metre, a mode and a style that some training piece has, in any key, of any tempo, 6 to 24 bars long."""
        known = [asked for asked, _ in self.codec.prefixes]
        like = known[int(rng.integers(len(known)))]
        key = Key.of(int(rng.integers(12)), like.key.mode if like.key else "major")
        tempo = float(TEMPI[int(rng.integers(len(TEMPI)))])
        return Wish(key, None, like.metre, int(rng.integers(6, 25)), tempo, like.style or None)

    def originality(self) -> None:
        """The longest run of notes copied from a training piece, in any key, beside that of held-out pieces."""
        training = self.training
        note = "notes of a part in the same steps and rhythm as in a training piece, in any key"
        for name, pieces in (("", self.pieces), ("_held_out", self.held_out)):
            found = copied(pieces, training).longest
            n = len(found)
            self.found.metrics += [
                Metric(f"longest_copied_run{name}", found.max(), n=n, unit="notes", kind="exact", note=note),
                Metric(f"copied_run_median{name}", float(np.median(found)), n=n, unit="notes", kind="exact", note=note),
            ]
        planted = int(copied([training[0].transposed(planted_by(training[0]))], training).longest[0])
        whole = max(len(training[0].of_part(number)) for number in range(len(training[0].parts)))
        self.found.metrics.append(
            Metric(
                "planted_copy_found",
                planted,
                n=1,
                unit="notes",
                note="a training piece in another key",
                passed=planted >= whole,
            )
        )
        self.found.headline += ["longest_copied_run"]

    def show(self) -> None:
        """Pieces for people: files, piano rolls, and the pieces as an organ plays them."""
        from anew.codecs.image import write_image
        from anew.codecs.score_picture import piano_roll

        for i, piece in enumerate(self.pieces[:SHOWN]):
            self.found.files[f"piece-{i + 1}.mid"] = write_midi(piece)
            if piece.notes:
                alt = f"Piano roll of a generated piece, {piece.bars} bars in {piece.key}."
                caption = f"{piece.metre}, {piece.key}, seed {self.seed + i}; a colour a voice, red ticks fermatas."
                content = write_image(piano_roll(piece))
                self.found.figures.append(Figure(f"Piece {i + 1}", caption, content, alt, "samples"))
        titles = [f"{piece.metre}, {piece.key}" for piece in self.pieces[:SHOWN] if piece.notes]
        self.found.clips += clips(played(self.pieces[:SHOWN]), titles)


def keeping(wish: Wish, piece: Score) -> dict[str, bool]:
    """Which of the wishes a piece keeps, and whether all."""
    assert wish.tempo is not None
    kept = {
        "key": bool(piece.notes) and detect_key(piece) == wish.key,
        "metre": (piece.metre.beats, piece.metre.unit) == wish.metre and len(piece.metres) == 1,
        "tempo": tempo_band(piece.tempo) == tempo_band(wish.tempo),
        "bars": piece.bars == wish.bars,
    }
    return {**kept, "all": all(kept.values())}


def planted_by(score: Score) -> int:
    """By how much a piece can be moved: up a tone, or down where that is too high."""
    return 2 if all(note.pitch + 2 < 128 for note in score.notes) else -2
