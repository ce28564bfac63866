"""A few-step student beside its teacher and beside a diffusers pipeline of equal parameters, in one run.

    anew run emoji && anew run few-steps --from emoji
    python benchmarks/few_steps.py few-steps-ID [--teacher MODEL] [--threads 2] [--pictures 480] [--no-peer]

*speed*: pictures a second from captions to pixels, decoder included, by one, two and four calls of the student and by
the teacher's own steps; and by a StableDiffusionPipeline whose U-Net, decoder and latent are as large, 50 steps under
guidance, its captions' states given and its weights random. Rounds in turns, the median of them.

*distance*: the Fréchet distance of the student's and of the teacher's pictures, both drawn for the same held-out
captions from the same seeds, to the held-out pictures, in the features of the judge that they carry; of one half of the
held-out pictures to the other; and how well pictures agree with their captions, a mean cosine. The student's distance
over the teacher's has a 95 % interval: captions and held-out pictures drawn anew with replacement, the same for both.

One line of JSON a part, and a last one with all of them; exit code 1 when a promise is missed by the student's own
number of steps: 300 pictures a second, 1.15 times the distance, the interval's upper end 1.25.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from anew.artifact import Artifact
from anew.codecs.image import read_image
from anew.data.records import read_records
from anew.deploy.lookup import open_model
from anew.deploy.runs import find_run
from anew.engine.agreement import Scorer
from anew.engine.generate import generate
from anew.recipes.evaluate.captioned import caption_of
from anew.validate.fidelity import frechet
from peer.pipelines import parameters, pipeline

PER_SECOND, RATIO, HIGH = 300.0, 1.15, 1.25
CALLS, ROUNDS, AT_ONCE, SEED, DRAWS = (1, 2, 4), 5, 256, 7, 400
PEER_STEPS, PEER_AT_ONCE, PEER_ROUNDS = 50, 16, 2
Maker = Callable[[int], Sequence[Any]]  # seed -> pictures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="the student's run")
    parser.add_argument("--teacher", help="default: the model that the student was started from")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pictures", type=int, default=480)
    parser.add_argument("--no-peer", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    folder = find_run(asked.run)
    student = open_model(folder)
    teacher = open_model(asked.teacher or student.recipe.start or "")
    records = sorted(read_records(folder / "clean", "test"), key=lambda record: record.hash)
    scorer = Scorer.of(student)
    said = [caption for record in records if (caption := caption_of(record, scorer.captions))][: asked.pictures]
    real = [read_image(bytes(record.value), record.origin) for record in records]
    found: dict[str, Any] = {"threads": asked.threads}
    found["distance"] = distances(student, teacher, scorer, said, real)
    print(json.dumps({"distance": found["distance"]}, sort_keys=True), flush=True)
    found["speed"] = speed(student, teacher, said, not asked.no_peer)
    print(json.dumps({"speed": found["speed"]}, sort_keys=True), flush=True)
    own = f"student, {getattr(student.model, 'steps', 2)} calls"
    told = found["distance"][own]
    kept = {
        "pictures_per_second": found["speed"]["pictures_per_second"][own] >= PER_SECOND,
        "distance": told["over_teacher"] <= RATIO,
        "distance_at_most": told["high"] <= HIGH,
    }
    print(json.dumps({"kept": all(kept.values()), "promises_kept": kept} | found, sort_keys=True))
    return 0 if all(kept.values()) else 1


def speed(student: Artifact, teacher: Artifact, said: Sequence[str], peer: bool) -> dict[str, Any]:
    """Pictures a second of each, the median of rounds in turns, and how large they are."""
    captions = [said[i % len(said)] for i in range(AT_ONCE)]
    makers: dict[str, Maker] = {f"student, {n} calls": drawer(student, captions, steps=n) for n in CALLS}
    makers[name_of(teacher)] = drawer(teacher, captions)
    sizes = {"student": parameters(student), "teacher": parameters(teacher)}
    if peer:
        makers[f"diffusers, {PEER_STEPS} steps"], sizes["diffusers"] = pipeline(student, PEER_STEPS, PEER_AT_ONCE)
    taken: dict[str, list[float]] = {name: [] for name in makers}
    for turn in range(-1, ROUNDS):  # the first one warms up
        for name, make in makers.items():
            if name.startswith("diffusers") and not 0 <= turn < PEER_ROUNDS:
                continue
            begun = time.perf_counter()
            made = len(make(SEED + turn))
            if turn >= 0:
                taken[name].append(made / (time.perf_counter() - begun))
    rates = {name: round(statistics.median(found), 1) for name, found in taken.items()}
    return {"pictures_per_second": rates, "parameters": sizes}


def drawer(artifact: Artifact, captions: Sequence[str], **options: Any) -> Maker:
    return lambda seed: generate(artifact, len(captions), seed, label=list(captions), **options).samples


def name_of(teacher: Artifact) -> str:
    return f"teacher, {getattr(teacher.model, 'steps', None)} steps"


def distances(
    student: Artifact, teacher: Artifact, scorer: Scorer, said: Sequence[str], real: Sequence[Any]
) -> dict[str, Any]:
    """Of the teacher, of the student by each number of calls, and of the real halves."""

    def features(pictures: Sequence[Any]) -> Any:
        return scorer.of_pictures(pictures).double().numpy()

    known, shown, asked = (
        features(real),
        features(drawer(teacher, said)(SEED)),
        scorer.of_captions(said).double().numpy(),
    )
    half = np.random.default_rng(SEED).permutation(len(known))
    found: dict[str, Any] = {
        "captions": len(said), "held_out": len(real),
        "real": {"frechet": frechet(known[half[::2]], known[half[1::2]])},
        name_of(teacher): {"frechet": frechet(shown, known), "agreement": float((shown * asked).sum(1).mean())},
    }  # fmt: skip
    for steps in CALLS:
        made = features(drawer(student, said, steps=steps)(SEED))
        rng, ratios = np.random.default_rng(SEED), list[float]()
        for _ in range(DRAWS):
            i, j = rng.integers(0, len(said), len(said)), rng.integers(0, len(known), len(known))
            ratios.append(frechet(made[i], known[j]) / frechet(shown[i], known[j]))
        low, high = np.quantile(ratios, [0.025, 0.975]).tolist()
        own = frechet(made, known)
        found[f"student, {steps} calls"] = {
            "frechet": own, "agreement": float((made * asked).sum(1).mean()),
            "over_teacher": own / frechet(shown, known), "low": low, "high": high,
        }  # fmt: skip
    return found


if __name__ == "__main__":
    sys.exit(main())
