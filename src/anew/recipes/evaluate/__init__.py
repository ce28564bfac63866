"""Stage 4 of a run: ask every question that fits the model, write the report.

In: a run's folder, its codecs and, where there is one, its judge. Out: validate/report.json and report.html. The
questions themselves are in `validate/`, one file each; here they meet the run's model and data.
"""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save

from anew.artifact import load_codec, resolved_toml
from anew.codecs.caption import Caption
from anew.contract import Model
from anew.data import manifest
from anew.data.files import atomic_folder, sha256_file
from anew.data.manifest import Manifest, fingerprint_of
from anew.data.progress import Progress, Report
from anew.data.records import read_batches
from anew.data.shards import Shards
from anew.deploy.lookup import open_model, shortened
from anew.engine.enlarge import enlarges
from anew.errors import RecipeError
from anew.models.vae.spectral import Vocoder
from anew.recipe import Recipe
from anew.recipes.encode import Codecs, Encoder, cut_captions
from anew.train.journal import DIAGNOSIS, read_journal
from anew.validate.metric import Metric, Unmeasured
from anew.validate.report import Clip, Facts, Figure, Text, write_report
from anew.validate.verdict import Comparison

if TYPE_CHECKING:
    from anew.recipes.pipeline import Result

ITEMS = "items.safetensors"
ROW = re.compile(r":\d+$")  # of a table, behind its name


@dataclass
class Evidence:
    """What the questions answered. `files`: name -> content, written beside the report. `items`: what the main figure
    was worked out from, item by item, from which a comparison draws intervals of differences. `intended`: what the
    model is for, where it makes no new samples."""

    metrics: list[Metric] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    clips: list[Clip] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    headline: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    unmeasured: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    items: dict[str, torch.Tensor] = field(default_factory=dict)
    intended: str = ""


def put(questions: Sequence[Callable[[], None]], found: Evidence, report: Report) -> None:
    """Ask each; of one that cannot be answered the evidence says why."""
    for done, question in enumerate(questions):
        report(Progress("validate", done, len(questions), question.__name__))
        try:
            question()
        except (Unmeasured, RecipeError) as why:
            found.unmeasured[question.__name__] = str(why)
    report(Progress("validate", len(questions), len(questions), "done"))


def evaluate(
    run: Path, recipe: Recipe, encoder: Encoder, codecs: Codecs, judge: Model | None, result: Result, report: Report
) -> None:
    """Measure the run's artifact, or find the report of an earlier call that measured the same."""
    folder = run / "validate"
    inputs = {"model": sha256_file(run / "model" / "model.safetensors"), "clean": encoder.cleaned.digest}
    fingerprint = fingerprint_of(inputs=inputs, settings=recipe.validation.model_dump(mode="json"), seed=recipe.seed)
    if not manifest.is_current(folder, fingerprint):
        artifact = open_model(run / "model")
        if enlarges(artifact.model):
            from anew.recipes.evaluate.enlarged import examine
        elif artifact.model.streams is None:
            from anew.recipes.evaluate.captioned import examine  # type: ignore[assignment]
        elif recipe.modality == "image" and recipe.adapt is not None:
            from anew.recipes.evaluate.subjects import examine  # type: ignore[assignment]
        elif recipe.modality == "image":
            from anew.recipes.evaluate.pictures import examine  # type: ignore[assignment]
        elif isinstance(artifact.model, Vocoder):
            from anew.recipes.evaluate.vocoded import examine  # type: ignore[assignment]
        elif recipe.modality == "audio":
            from anew.recipes.evaluate.sounds import examine  # type: ignore[assignment]
        elif recipe.modality == "table":
            from anew.recipes.evaluate.tables import examine  # type: ignore[assignment]
        elif recipe.modality == "music":
            from anew.recipes.evaluate.music import examine  # type: ignore[assignment]
        elif recipe.modality == "chat":
            from anew.recipes.evaluate.chats import examine  # type: ignore[assignment]
        else:
            from anew.recipes.evaluate.texts import examine  # type: ignore[assignment]
        found = examine(artifact, encoder, codecs, judge, report)
        found.limits += diagnoses(run / "train" / "metrics.jsonl")
        if recipe.modality in ("image", "audio") and (cut := cut_captions(Shards(run / "shards"))):
            found.limits.append(f"{cut}.")
        with atomic_folder(folder) as made:
            for name, content in found.files.items():
                (made / name).write_bytes(content)
            (made / ITEMS).write_bytes(save(found.items))
            write_report(
                made, facts(run, recipe, encoder, found, artifact.model), found.metrics, found.figures, found.texts,
                found.comparisons, journals(run), found.clips,
            )  # fmt: skip
            files = {path.name: sha256_file(path) for path in sorted(made.iterdir()) if path.is_file()}
            manifest.write(made, Manifest("validate", fingerprint, inputs, files=files))
    tell(folder, result)


def tell(folder: Path, result: Result) -> None:
    """The report's figures, paths and verdict, for whoever ran it."""
    import json

    report = json.loads((folder / "report.json").read_text("utf-8"))
    result.figures |= {name: metric["value"] for name, metric in report["metrics"].items()}
    result.paths |= {"report": folder / "report.html", "evidence": folder / "report.json"}
    for name in ("samples.png", "samples.txt", "samples.csv"):
        if (folder / name).is_file():
            result.paths["samples"] = folder / name
    result.summary += report["verdict"]


def facts(run: Path, recipe: Recipe, encoder: Encoder, found: Evidence, model: Model) -> Facts:
    """What the report says beside its figures."""
    collected = manifest.load(run / "collect")
    trained = manifest.load(run / "train")
    assert collected is not None and trained is not None
    parameters = sum(p.numel() for p in model.parameters())
    machine = recipe.machine
    assert machine is not None
    counts = {"collected": collected.counts.get("records", 0)}
    counts |= {split: encoder.cleaned.counts.get(split, 0) for split in ("train", "validation", "test")}
    return Facts(
        name=recipe.name,
        about=recipe.about,
        intended=found.intended,
        modality=recipe.modality,
        seed=recipe.seed,
        data_hash=encoder.cleaned.digest,
        counts=counts,
        removed=removed(encoder.cleaned),
        sources=shares(run / "clean", "origin"),
        licence=recipe.deploy.licence,
        licences=shares(run / "clean", "licence"),
        model={
            "parts": parts(recipe),
            "parameters": parameters,
            "steps": trained.counts["step"],
            **adapted(recipe, run / "model" / "model.safetensors"),
            **reading(recipe, run),
        },  # fmt: skip
        headline=found.headline,
        limits=found.limits,
        unmeasured=found.unmeasured,
        recipe=resolved_toml(recipe),
        reproduce="anew run recipe.toml --out NEW    # recipe.toml lies beside the model's weights",
        versions={"anew": machine.anew, "torch": machine.torch, "python": platform.python_version()},
        run={"threads": torch.get_num_threads(), "processor": machine.processor},
    )


def parts(recipe: Recipe) -> str:
    learned = recipe.codec.learned
    through = recipe.codec.name if learned is None else f"{learned.name} over {recipe.codec.name}"
    return f"{recipe.model.name} on {through}"


def adapted(recipe: Recipe, weights: Path) -> dict[str, str]:
    """What it was before it was adapted, and how much of it learnt."""
    if recipe.adapt is None or recipe.start is None:
        return {}
    with safe_open(weights, "pt") as file:
        learnt = sum(prod(file.get_slice(key).get_shape()) for key in file.keys())
    how = f"an adapter of rank {recipe.adapt.rank}" if recipe.adapt.rank else "every weight"
    held = " over weights in int8" if recipe.adapt.frozen == "int8" else ""
    return {"adapted from": shortened(recipe.start), "what learnt": f"{how}{held}, {learnt:,} parameters"}


def reading(recipe: Recipe, run: Path) -> dict[str, str]:
    """How many words are read as others, and by whose word."""
    if recipe.words is None:
        return {}
    captions = load_codec("caption", {}, run / "codec" / "caption")
    assert isinstance(captions, Caption)
    return {"words read as others": f"{len(captions.alike):,}, by {shortened(recipe.words)}"}


def removed(cleaned: Manifest) -> Mapping[str, int]:
    rules = {key.removeprefix("removed: "): n for key, n in cleaned.counts.items() if key.startswith("removed: ")}
    return dict(sorted(rules.items(), key=lambda one: -one[1]))


def shares(folder: Path, column: str) -> dict[str, int]:
    """How many records have each value of a column; of origins, each first folder, archive or table; the most common
    20."""
    counted: Counter[str] = Counter()
    for batch in read_batches(folder, (column,)):
        for value in batch[column].to_pylist():
            told = value or "not stated"
            counted[ROW.sub("", told.split("!")[0].split("/")[0]) if column == "origin" else told] += 1
    return dict(counted.most_common(20))


def diagnoses(journal: Path) -> list[str]:
    """What the model found wrong with itself while it learned, each with the steps of the first and the last time."""
    steps: dict[str, list[int]] = {}
    for line in read_journal(journal):
        if line["kind"] == DIAGNOSIS:
            steps.setdefault(line["what"], []).append(line["step"])
    return [
        f"While it learned, at step {at[0]}{f' and last at step {at[-1]}' if len(at) > 1 else ''}: {what}"
        for what, at in steps.items()
    ]


def journals(run: Path) -> dict[str, Path]:
    places = {"model": run / "train", "codec": run / "codec" / "train", "judge": run / "judge" / "train"}
    return {part: place / "metrics.jsonl" for part, place in places.items() if (place / "metrics.jsonl").is_file()}
