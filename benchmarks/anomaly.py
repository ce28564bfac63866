"""Anomaly detection against what it promises: an unknown digit among known ones, and defects in textiles.

    python benchmarks/anomaly.py [--quick] [--digits 0123456789] [--out FOLDER]

*Digits* (`mnist`): for each digit in turn a small autoencoder and the detector learn from the nine others alone; then
the 10,000 test digits are scored. AUROC of the digit left out, beside the distance to the five nearest in 64 principal
components of the pixels, fitted on the same pictures; the share of the other nine above the threshold for 5 %. Twice:
with kinds of normal that the detector finds by itself, and with the normals' labels as kinds.
*Textiles* (`textile`): fitted on normal pictures; in 200 held-out normal ones a defect is planted at a place of its own
(a blur, a scratch, a piece of another picture turned by a quarter): is the heat map's peak inside it? A piece that is
not turned has the same texture and shows by nothing but its seam: reported, no promise. Then the AUROC of the image
score on the package's own local and global defects.

One line of JSON a part, and a last one with all of them; exit code 1 when a promise is missed. --out keeps twenty heat
maps.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

import anew
from anew.codecs.image import contact_sheet, write_image
from anew.codecs.show import heat_over
from anew.collect import datasets
from anew.data.home import home
from anew.engine.anomaly import Detector
from anew.recipes.pictures import Found, read_pictures
from anew.validate.fidelity import blur
from anew.validate.originality import nearest_items

AUROC, WITHIN, INSIDE, RATE = 0.90, 0.01, 0.80, 0.05
PLANTED = 200
TOLD = ("nearest", "detector", "with_labels", "detector_false", "with_labels_false")
Picture = NDArray[np.uint8]
RECIPE = """
name = "normals"
modality = "image"
clean.duplicates = "none"
codec = {{ name = "image", size = {side}, channels = 1 }}
model = {{ name = "autoencoder", width = 16, shift = {shift}, kl = 0.5 }}
train = {{ batch = {batch}, optimiser = "muon", lr = 2e-3, ema = 0.99, steps = {steps}, threads = 1 }}

"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer pictures and steps")
    parser.add_argument("--digits", default="0123456789", help="which are left out, one after another; empty: none")
    parser.add_argument("--with-labels", action="store_true", help="fit once more with the normals' labels as kinds")
    parser.add_argument("--no-textiles", action="store_true")
    parser.add_argument("--out", type=Path, help="keep twenty heat maps in this folder")
    parser.add_argument("--sizes", type=int, nargs=3, help="normals, training steps and tested pictures of a digit")
    asked = parser.parse_args()
    found: dict[str, Any] = {}
    if asked.digits:
        sizes = asked.sizes or ((8_000, 150, 5_000) if asked.quick else (30_000, 500, 10_000))
        found["digits"] = digits([int(c) for c in asked.digits], *sizes, asked.with_labels)
    if not asked.no_textiles:
        found["textiles"] = textiles(300 if asked.quick else 700, 30 if asked.quick else 150, asked.out)
    kept = all(value for part in found.values() for value in part["promises_kept"].values())
    print(json.dumps({"kept": kept, "quick": asked.quick} | found, sort_keys=True))
    return 0 if kept else 1


# ------------------------------------------------------------------------------------------------ an unknown digit


def digits(left_out: list[int], normals: int, steps: int, tested: int, with_labels: bool) -> dict[str, Any]:
    folder = datasets.get("mnist", home())
    train, test = (read_digits(folder / f"{split}.parquet") for split in ("train", "test"))
    some = np.sort(np.random.default_rng(0).permutation(len(test[1]))[:tested])
    test = test[0][some], test[1][some]
    rows = []
    for digit in left_out:
        begun = time.process_time()
        known = np.flatnonzero(train[1] != str(digit))
        known = np.sort(np.random.default_rng(digit).choice(known, min(normals, len(known)), replace=False))
        pictures, labels = train[0][known], train[1][known]
        model = trained(list(pictures), 28, 0.0, steps)
        strange = test[1] == str(digit)
        row: dict[str, Any] = {"digit": digit, "nearest": auroc(by_nearest(pictures, test[0]), strange)}
        for name, kinds in (("detector", None), ("with_labels", list(labels)))[: 1 + with_labels]:
            detector = Detector.fit(model.artifact, list(pictures), RATE, kinds, "whole", seed=digit)
            scores = detector.scores(list(test[0]))["score"].numpy()
            row[name] = auroc(scores, strange)
            row[f"{name}_false"] = float((scores[~strange] > detector.threshold).mean())
        row |= {"normals_tested": int((~strange).sum()), "cpu_seconds": time.process_time() - begun}
        rows.append({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})
        print(json.dumps(rows[-1]), flush=True)
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0] if name in TOLD}
    kept = {
        "mean_auroc": means["detector"] >= AUROC,
        "above_nearest": means["detector"] > means["nearest"],
        "false_positives": all(abs(row["detector_false"] - RATE) <= WITHIN for row in rows),
    }
    return {"mean": means, "rows": rows, "promises_kept": kept}


def read_digits(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.str_]]:
    from anew.codecs.image import read_image

    table = pq.read_table(path)
    pictures = np.stack([read_image(value) for value in table["image"].to_pylist()])
    return pictures, np.array(table["label"].to_pylist())


def trained(pictures: list[Picture], side: int, shift: float, steps: int) -> Any:
    """An autoencoder of these pictures, by the five stages as anybody would train it."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        data.mkdir()
        pq.write_table(pa.table({"image": [write_image(p) for p in pictures]}), data / "pictures.parquet")
        recipe = Path(scratch) / "normals.toml"
        recipe.write_text(RECIPE.format(side=side, shift=shift, steps=steps, batch=64 if side < 64 else 16))
        return anew.train(str(recipe), data, out=Path(scratch) / "run")


def by_nearest(normals: NDArray[np.uint8], test: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The baseline: the mean distance to the five nearest in 64 principal components of the pixels."""
    flat, queries = (v.reshape(len(v), -1).astype(np.float32) for v in (normals, test))
    mean = flat.mean(0)
    _, axes = np.linalg.eigh((flat - mean).T @ (flat - mean))
    turned, asked = ((v - mean) @ axes[:, -64:] for v in (flat, queries))
    return nearest_items(asked, turned, 5)[0].mean(1)


def auroc(scores: NDArray[Any], strange: NDArray[np.bool_]) -> float:
    """The chance that a strange picture scores above a normal one."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    n = int(strange.sum())
    return float((ranks[strange].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))


# ------------------------------------------------------------------------------------------------ defects in textiles


def textiles(normals: int, steps: int, out: Path | None) -> dict[str, Any]:
    begun = time.process_time()
    everything = read_pictures("textile")
    groups: dict[str, list[Found]] = {}
    for one in everything:
        groups.setdefault(str(one.label), []).append(one)
    rng = np.random.default_rng(0)
    normal = [groups["normal"][i].picture for i in rng.permutation(len(groups["normal"]))]
    side = 128
    known, held_out = normal[:normals], normal[700:]
    model = trained(known, side, 1.0, steps)
    detector = Detector.fit(model.artifact, known, RATE, looks="parts")
    plain = model.artifact.codec
    clean = [plain.canonical(p) for p in held_out]
    inside: dict[str, list[bool]] = {}
    shown = []
    for i in range(PLANTED + 30):
        kind = ("blur", "scratch", "swap")[i % 3] if i < PLANTED else "swap, not turned"
        picture, where = plant(clean[i % len(clean)], kind, rng, clean[(i + 7) % len(clean)])
        (found,) = detector.look([picture])
        y, x = np.unravel_index(found.heat.argmax(), found.heat.shape)
        scale = side / found.heat.shape[0]
        cell = where[int(y * scale) : int((y + 1) * scale), int(x * scale) : int((x + 1) * scale)]
        inside.setdefault(kind, []).append(bool(cell.any()))
        shown += [picture, heat_over(picture, found.heat, 0.0, 2.0)] if i < 20 else []
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "textiles.png").write_bytes(write_image(contact_sheet(shown, 8)))
    scores = {
        kind: detector.scores([one.picture for one in group[:200]])["score"].numpy()
        for kind, group in groups.items()
        if kind != "normal"
    }
    fresh = detector.scores(clean)["score"].numpy()
    figures = {
        kind: auroc(np.concatenate([fresh, found]), np.arange(len(fresh) + len(found)) >= len(fresh))
        for kind, found in scores.items()
    }
    promised = [hit for kind, hits in inside.items() if kind != "swap, not turned" for hit in hits]
    made = {
        "peak_inside": float(np.mean(promised)),
        "planted": len(promised),
        "by_kind": {kind: float(np.mean(hits)) for kind, hits in inside.items()},
        "auroc": figures,
        "false_positives": float((fresh > detector.threshold).mean()),
        "held_out": len(fresh),
        "cpu_seconds": round(time.process_time() - begun, 1),
        "promises_kept": {"peak_inside": float(np.mean(promised)) >= INSIDE},
    }
    print(json.dumps(made), flush=True)
    return made


def plant(picture: Picture, kind: str, rng: np.random.Generator, other: Picture) -> tuple[Picture, NDArray[np.bool_]]:
    """The picture with a defect, and where it is: a square of 16 to 24 pixels, or a scratch of 30 to 50 with two
    pixels' room about it."""
    made, side = picture.astype(np.float64), picture.shape[0]
    size = int(rng.integers(30, 50)) if kind == "scratch" else int(rng.integers(16, 24))
    y, x = (int(v) for v in rng.integers(4, side - size - 4, 2))
    where = np.zeros(picture.shape[:2], bool)
    where[y : y + size, x : x + size] = True
    if kind == "blur":
        made[where] = blur(picture, 1.5)[where]
    elif kind == "scratch":
        angle, (cy, cx) = rng.uniform(0, np.pi), (y + size / 2, x + size / 2)
        rows, columns = np.mgrid[:side, :side]
        along = (columns - cx) * np.cos(angle) + (rows - cy) * np.sin(angle)
        across = (columns - cx) * np.sin(angle) - (rows - cy) * np.cos(angle)
        made[(np.abs(across) < 0.8) & (np.abs(along) < size / 2)] += rng.choice([-90, 90])
        where = (np.abs(across) < 3) & (np.abs(along) < size / 2 + 2)
    else:
        v, u = (int(v) for v in rng.integers(0, side - size, 2))
        piece = other[v : v + size, u : u + size]
        made[y : y + size, x : x + size] = piece if kind == "swap, not turned" else np.rot90(piece)
    return made.clip(0, 255).astype(np.uint8), where


if __name__ == "__main__":
    sys.exit(main())
