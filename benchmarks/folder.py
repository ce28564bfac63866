"""A folder of one's own, 200 captioned drawings: does what learns from it in twenty minutes follow new captions?

    python benchmarks/folder.py [--minutes 20] [--threads 2] [--scorer-steps 1200] [--out FOLDER]

The folder is made of openclipart (`anew data get openclipart`): 25 drawings of each of eight keywords, chosen by their
hash, each a PNG with its captions in a text beside it. It is learnt from as a user would: `anew run text-to-image`, 44
of them held out. The judge is another scorer, which learns from all of openclipart but what the folder holds out; it is
proven first on the held-out drawings themselves.

Two figures of held-out captions, of real drawings and of samples (four a caption): how much nearer a drawing is to its
own caption than to the others' (mean cosine, interval over captions), and how often its own is the nearest, or among
the nearest five, of all held-out ones.

The promise: 40 different captions held out; twenty minutes of learning by the clock, and a twentieth more where steps
took longer than they were timed; the intervals of the real drawings and of the samples lie above 0, and R@5 of the
samples above chance. Ends with one line of JSON; exit code 1 when it is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from anew.artifact import load_artifact
from anew.codecs.caption import plainly
from anew.codecs.image import contact_sheet, on_white, read_image
from anew.collect.datasets import get
from anew.data.home import home
from anew.data.records import Record, read_records
from anew.engine.agreement import Scorer
from anew.engine.generate import generate
from anew.recipes.evaluate.captioned import can_be_asked
from anew.validate.agreement import ranks
from anew.validate.interval import bootstrap
from starters import minutes

KEYWORDS = ("flag", "fruit", "arrow", "map", "bird", "insect", "weather", "building")
EACH, HELD_OUT, SAMPLES = 25, 0.22, 4
CAPTIONS, MINUTES = 40, 21


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--clock", default="wall")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scorer-steps", type=int, default=1200)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.out or Path(scratch)
        drawings = pq.read_table(get("openclipart", home()) / "drawings.parquet").to_pylist()
        if not (folder / "pictures").is_dir():
            written(chosen(drawings), folder / "pictures")
        begin = time.monotonic()
        run_anew(
            "run", "text-to-image", "--data", folder / "pictures", "--out", folder / "run", "--train.minutes",
            asked.minutes, "--train.clock", asked.clock, "--train.threads", asked.threads, "--clean.test", HELD_OUT,
            "--clean.validation", 0.05, "--clean.duplicates", "exact", "--validation.samples", 100,
        )  # fmt: skip
        took, learning = (time.monotonic() - begin) / 60, sum(minutes(folder / "run").values()) / asked.threads
        held_out = list(read_records(folder / "run" / "clean", "test"))
        if not (folder / "all").is_dir():
            known = {record.hash for record in held_out}
            written([one for one in drawings if digest(one) not in known], folder / "all")
        run_anew(
            "train", "emoji-scorer", "--data", folder / "all", "--out", folder / "scorer", "--train.steps",
            asked.scorer_steps, "--train.threads", asked.threads, "--clean.hold_out", "[]", "--name", "clip-scorer",
        )  # fmt: skip
        figures = {"minutes": round(took, 1), "learning_minutes": learning, **measured(folder, held_out)}
    kept = figures["captions"] >= CAPTIONS and 0 < figures["learning_minutes"] <= MINUTES
    kept &= figures["real_nearer_low"] > 0 and figures["samples_nearer_low"] > 0
    kept &= figures["samples_r5_low"] > figures["chance_r5"]
    print(json.dumps(figures | {"kept": bool(kept)}))
    return 0 if kept else 1


def run_anew(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "anew", *map(str, words)], check=True, stdout=sys.stderr)


# ------------------------------------------------------------------------------------------------ the folder


def chosen(drawings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """EACH of every keyword, the first by hash; none twice."""
    ordered, found = {digest(one): one for one in sorted(drawings, key=digest)}, dict[str, dict[str, Any]]()
    for keyword in KEYWORDS:
        bearing = [name for name, one in ordered.items() if keyword in keywords(one) and name not in found]
        found |= {name: ordered[name] for name in bearing[:EACH]}
    return list(found.values())


def keywords(drawing: dict[str, Any]) -> set[str]:
    return {word.strip().lower() for caption in drawing["captions"][1:] for word in caption.split(",")}


def digest(drawing: dict[str, Any]) -> str:
    return hashlib.sha256(drawing["image"]).hexdigest()


def written(drawings: Sequence[dict[str, Any]], folder: Path) -> None:
    folder.mkdir(parents=True)
    for drawing in drawings:
        path = folder / f"{digest(drawing)[:16]}.png"
        path.write_bytes(drawing["image"])
        path.with_suffix(".txt").write_text("\n".join(drawing["captions"]), "utf-8")


# ------------------------------------------------------------------------------------------------ the figures


def measured(folder: Path, held_out: Sequence[Record]) -> dict[str, Any]:
    artifact, scorer = load_artifact(folder / "run" / "model"), Scorer.of(load_artifact(folder / "scorer" / "model"))
    said, real = list[str](), list[Any]()
    for record in held_out:
        caption = apt(record, artifact.label, scorer.captions)
        if caption is not None and plainly(caption) not in map(plainly, said):
            said.append(caption)
            real.append(artifact.plain.decode(artifact.plain.encode([read_image(record.value, alpha=True)]))[0])
    asked = [caption for caption in said for _ in range(SAMPLES)]
    drawn = generate(artifact, len(asked), 0, label=asked).samples
    Image.fromarray(contact_sheet([on_white(one) for one in drawn], 20)).save(folder / "samples.png")
    rng, own = np.random.default_rng(0), np.arange(len(said))
    figures: dict[str, Any] = {"captions": len(said), "chance_r1": 1 / len(said), "chance_r5": 5 / len(said)}
    for what, pictures, places in (("real", real, own), ("samples", drawn, own.repeat(SAMPLES))):
        near = scorer.agreements(pictures, said).double().numpy()
        others = (near.sum(1) - near[np.arange(len(near)), places]) / (len(said) - 1)
        by_caption = (near[np.arange(len(near)), places] - others).reshape(len(said), -1).mean(1)
        figures |= interval(f"{what}_nearer", by_caption, rng)
        for k in (1, 5):
            hits = (ranks(near, places) < k).reshape(len(said), -1).mean(1)
            figures |= interval(f"{what}_r{k}", hits, rng)
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}


def apt(record: Record, *codecs: Any) -> str | None:
    """The record's fullest caption that both the model and the scorer read whole."""
    both = [one for one in record.captions if all(can_be_asked(one, codec) for codec in codecs)]
    return max(both, key=len, default=None)


def interval(name: str, values: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    low, high = bootstrap(values, None, rng)
    return {name: float(values.mean()), f"{name}_low": low, f"{name}_high": high}


if __name__ == "__main__":
    sys.exit(main())
