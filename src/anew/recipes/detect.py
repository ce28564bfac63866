"""A detector beside its model: fitted on a folder of normal pictures, kept with the model, used on other pictures.

The model's folder gets detector/detector.json and detector/detector.safetensors. A model in the store becomes a new
version of itself that holds them, so that they travel with it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from safetensors.torch import save

from anew.artifact import load_artifact, put, read_json, read_tensors
from anew.codecs.image import Picture, contact_sheet
from anew.codecs.show import heat_over
from anew.data.progress import Progress, Report, silent
from anew.deploy.lookup import locate, open_model
from anew.deploy.store import Store
from anew.engine.anomaly import Detector, Found, Look
from anew.engine.edit import grid_of
from anew.errors import Damaged, NotFound, RecipeError
from anew.recipes.pictures import read_pictures

AT_ONCE = 256


def fit(
    model: str, source: str, false_positives: float = 0.05, looks: Look = "both", report: Report = silent
) -> Detector:
    """Fit a detector on the normal pictures of a source and keep it with the model. Labels are the kinds of normal."""
    if not 0 < false_positives < 1:
        raise RecipeError(f"false positives are a share between 0 and 1, not {false_positives:g}")
    artifact = open_model(model)
    grid_of(artifact)
    found = read_pictures(source, report=report)
    report(Progress("note", 0, None, f"fit on {len(found):,} normal pictures"))
    labels = [one.label for one in found]
    detector = Detector.fit(artifact, [one.picture for one in found], false_positives, labels, looks)
    keep(model, detector)
    return detector


def keep(model: str, detector: Detector) -> None:
    """Put the detector's files into the model's folder, or into a new version of the stored model."""
    try:
        entry = Store().show(model)
    except NotFound:
        write(locate(model), detector)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "model"
        shutil.copytree(locate(model), copy, ignore=shutil.ignore_patterns("detector"))
        write(copy, detector)
        Store().add(copy, entry.name)


def write(folder: Path, detector: Detector) -> None:
    place = folder / "detector"
    place.mkdir(exist_ok=True)
    values, tensors = detector.state()
    put(place / "detector.safetensors", save(tensors))
    put(place / "detector.json", json.dumps(values, indent=1, sort_keys=True).encode())


def load(model: str) -> Detector:
    """The model's detector. NotFound where none was fitted, Damaged where its files do not fit."""
    folder = locate(model)
    if not (folder / "detector" / "detector.json").is_file():
        raise NotFound(f"{model} knows no normal yet", next_command=f"anew detect {model} --fit FOLDER_OF_NORMALS")
    values, tensors = (
        read_json(folder / "detector" / "detector.json"),
        read_tensors(folder / "detector" / "detector.safetensors"),
    )
    try:
        return Detector.restore(load_artifact(folder), values, tensors)
    except (KeyError, TypeError, ValueError) as error:
        what = f"{folder / 'detector'}: not a detector: {error!r}"
        raise Damaged(what, next_command=f"anew detect {model} --fit FOLDER_OF_NORMALS") from None


def examine(detector: Detector, source: str, report: Report = silent) -> Iterator[tuple[str, Picture, Found]]:
    """(origin, the picture as the model sees it, what was found) for each picture of a source."""
    pictures, plain = read_pictures(source, report=report), grid_of(detector.artifact)
    for start in range(0, len(pictures), AT_ONCE):
        part = pictures[start : start + AT_ONCE]
        report(Progress("detect", start, len(pictures)))
        for one, found in zip(part, detector.look([one.picture for one in part]), strict=True):
            yield one.origin, plain.canonical(one.picture), found
    report(Progress("detect", len(pictures), len(pictures)))


def drawn(picture: Picture, found: Found) -> Picture:
    """The picture, and beside it the same with its heat: none at the middle of what normals show, full at twice the
    strangest hundredth of them."""
    return contact_sheet([picture, heat_over(picture, found.heat, 0.0, 2.0)], 2)


__all__ = ["drawn", "examine", "fit", "keep", "load"]
