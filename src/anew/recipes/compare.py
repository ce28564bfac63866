"""The bake-off: models of several families, trained on one data set with an equal budget, judged by the same evidence.

In: a plan. Out: a run folder for each model and seed, comparison.json and comparison.html. All runs of a seed share one
collected, cleaned and split data set and one judge, so that every figure is of one feature space and one split. What is
finished is not done again; a model that fails is named and the others go on.
"""

from __future__ import annotations

import json
import os
import shutil
import traceback
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from anew.artifact import load_artifact
from anew.data import manifest
from anew.data.files import atomic_folder, write_atomic
from anew.data.home import home
from anew.data.manifest import fingerprint_of
from anew.data.progress import Progress, Report, silent
from anew.errors import Interrupted
from anew.recipe import Recipe, override, parse
from anew.recipes import find
from anew.recipes.costs import Watch, costs, of_sampling, record
from anew.recipes.evaluate import ITEMS
from anew.recipes.grid import SHARED, Contender
from anew.recipes.pipeline import Run, claim
from anew.recipes.resolve import resolve
from anew.validate import comparison
from anew.validate.metric import Metric
from anew.validate.side_by_side import RANKED, Row, Told, page, recommend, ruler_of

PARTS = ("collect", "clean", "judge/train", "judge/shards", "codec/plain", "codec/shards")
SHEET, HEARD = "samples.png", "samples.wav"  # of a run's report
FOR_GRIDS = {"image", "audio"}  # modalities whose contenders share a plain codec, and a judge where there are labels


@dataclass(frozen=True)
class Plan:
    """`minutes` are CPU minutes of training for each model, a learned codec included; `changes` dotted keys for all."""

    source: str
    modality: str
    contenders: Sequence[Contender]
    minutes: float
    folder: Path
    seeds: int = 1
    changes: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""


@dataclass
class Comparison:
    """What came of it: rows, the best first, with everything that is known of each model."""

    told: Told
    folder: Path

    @property
    def paths(self) -> dict[str, Path]:
        return {"report": self.folder / "comparison.html", "figures": self.folder / "comparison.json"}


def compare(plan: Plan, report: Report = silent) -> Comparison:
    """Train and judge every contender with every seed, and compare them. Interrupted passes; what was done is saved."""
    for seed in range(plan.seeds):
        for contender in plan.contenders:
            claim(recipe_for(plan, contender, seed), place(plan, contender, seed))
    failed: dict[str, str] = {}
    for seed in range(plan.seeds):
        shared = share(plan, seed, report)
        for number, contender in enumerate(plan.contenders, 1):
            named = f"{contender.name}, seed {seed}"
            report(Progress("note", 0, None, f"{named}: {number} of {len(plan.contenders)}"))
            try:
                attempt(plan, contender, seed, shared, prefixed(report, contender.name))
            except Interrupted:
                raise
            except Exception as why:  # whatever it is, the other models are not to be lost by it
                failed[named] = str(why).splitlines()[0] if str(why) else type(why).__name__
                report(Progress("note", 0, None, f"{named} failed: {failed[named]}"))
                (plan.folder / "failed").mkdir(exist_ok=True)
                write_atomic(plan.folder / "failed" / f"{named}.txt", traceback.format_exc().encode())
    told = tell(plan, failed)
    write_atomic(plan.folder / "comparison.json", (json.dumps(plain(told), indent=1, sort_keys=True) + "\n").encode())
    write_atomic(plan.folder / "comparison.html", page(told).encode())
    return Comparison(told, plan.folder)


def folder_for(source: str, minutes: float, changes: Mapping[str, Any]) -> Path:
    """Where a comparison of these data with this budget lies, unless another place is named."""
    whole = Path(source).expanduser()
    named = str(whole.resolve()) if whole.exists() else source
    settled = fingerprint_of(source=named, minutes=minutes, changes=changes)
    return home() / "compare" / f"{whole.stem}-{settled[:8]}"


def place(plan: Plan, contender: Contender, seed: int) -> Path:
    return plan.folder / f"seed-{seed}" / contender.name


def prefixed(report: Report, name: str) -> Report:
    """The same report, each stage named after the model that is at it."""

    def tell(progress: Progress) -> None:
        stage = progress.stage if progress.stage == "note" else f"{name} {progress.stage}"
        report(Progress(stage, progress.done, progress.total, progress.note))

    return tell


# ------------------------------------------------------------------------------------------------ what they share


def shared_recipe(plan: Plan, seed: int) -> Recipe:
    """Of the run that makes what all contenders share; its model is never trained."""
    common = find(SHARED[plan.modality])
    common["codec"] = {key: value for key, value in common["codec"].items() if key != "learned"}
    laid = {"name": "shared", "modality": plan.modality, "seed": seed, "data": {"source": plan.source}}
    changes = {key: value for key, value in plan.changes.items() if not key.startswith(("codec.learned.", "model."))}
    return parse(override(override(common, laid, typed=True), changes), "shared")


def recipe_for(plan: Plan, contender: Contender, seed: int) -> Recipe:
    """The contender's recipe with the plan's data, budget and seed, and with what all of them share."""
    values, shared = find(contender.recipe), resolve(shared_recipe(plan, seed))
    given = shared.model_dump(exclude_none=True)
    values["clean"], values["validation"] = given["clean"], given["validation"]
    values.pop("judge", None)
    if plan.modality in FOR_GRIDS:
        kept = {key: value for key, value in values["codec"].items() if key == "learned"}
        values["codec"] = given["codec"] | kept
        if "judge" in given:  # but for where it runs, which each machine says for itself
            here = {"threads", "device"}
            train = {key: value for key, value in given["judge"]["train"].items() if key not in here}
            if (
                shared.judge is not None
                and shared.train.minutes is not None
                and not {"steps", "minutes"} & train.keys()
            ):
                train["minutes"] = shared.train.minutes * shared.judge.share  # of the shared run's time, not of theirs
            values["judge"] = given["judge"] | {"train": train}
    laid: dict[str, Any] = dict(contender.changes) | {"train.minutes": plan.minutes, "train.clock": "cpu"}
    laid |= {"name": contender.name, "modality": plan.modality, "seed": seed, "data": {"source": plan.source}}
    if "learned" in values["codec"]:
        laid["codec.learned.train.clock"] = "cpu"
    changes = {key: value for key, value in plan.changes.items() if not key.startswith(("judge.", "clean."))}
    return parse(override(override(values, laid, typed=True), changes), contender.name)


def share(plan: Plan, seed: int, report: Report) -> Path:
    """The folder of the run that collects, cleans, fits the plain codec and trains the judge, for all contenders of a
    seed. The first seed's data and judge are those of all seeds."""
    recipe, folder = shared_recipe(plan, seed), plan.folder / "shared" / f"seed-{seed}"
    claim(recipe, folder)
    run = Run(recipe, folder, prefixed(report, "shared"))
    if seed:
        link(plan.folder / "shared" / "seed-0", run.folder, ("collect", "clean", "judge/train", "codec/plain"))
    run.collect()
    run.clean()
    if plan.modality in FOR_GRIDS:
        if run.recipe.judge is not None and run.codecs.label is not None:
            run.judge()
        if any("learned" in find(c.recipe)["codec"] for c in plan.contenders):
            run.encoder.plain_shards(run.codecs.plain, None)
    return run.folder


def link(source: Path, target: Path, parts: Sequence[str]) -> None:
    """Finished parts of one run in another, as hard links where the disk allows: what is written is never changed."""
    for part in parts:
        if manifest.load(source / part) is not None and not (target / part).exists():
            with atomic_folder(target / part) as made:
                shutil.copytree(source / part, made, dirs_exist_ok=True, copy_function=link_file)


def link_file(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def attempt(plan: Plan, contender: Contender, seed: int, shared: Path, report: Report) -> None:
    """One contender, trained, judged and timed; what is done already is left alone."""
    folder = place(plan, contender, seed)
    run = Run(recipe_for(plan, contender, seed), folder, report)
    link(shared, folder, PARTS)
    run.collect()
    run.clean()
    with Watch(folder) if manifest.load(folder / "train") is None else nullcontext():
        run.train()
    run.validate()
    if "samples_per_second" not in (found := costs(folder)):
        artifact = load_artifact(folder / "model")
        count = sum(p.numel() for p in artifact.model.parameters())
        record(folder, found | of_sampling(artifact) | {"parameters": count})


# ------------------------------------------------------------------------------------------------ what came of it


def tell(plan: Plan, failed: Mapping[str, str]) -> Told:
    """Every finished run's figures side by side, ranked."""
    ranked = RANKED[plan.modality]
    rows, entrants, failed = [], [], dict(failed)
    for contender in plan.contenders:
        found = [read(place(plan, contender, seed)) for seed in range(plan.seeds)]
        done = [one for one in found if one is not None and ranked.metric in one.metrics]
        if done:
            rows.append(row_of(contender, [one.metrics for one in done], done[0]))
            entrants.append(entrant_of(contender.name, ranked.metric, done))
        elif finished := [one for one in found if one is not None]:
            why = finished[0].unmeasured.get(ranked.metric, "its report does not say why")
            failed[contender.name] = f"{ranked.title} was not measured: {why}"
    standings, differences = comparison.standings(entrants, ranked.better, np.random.default_rng(0))
    placed = {s.name: s for s in standings}
    rows = [row.ranked(placed[row.name], ranked.metric) for row in rows]
    rows.sort(key=lambda row: [s.name for s in standings].index(row.name))
    cleaned = manifest.load(plan.folder / "shared" / "seed-0" / "clean")
    assert cleaned is not None
    kinds = {s.kind for s in standings}
    steady = comparison.steadiness(entrants) if len(kinds) == 1 else None
    return Told(
        data=plan.source, modality=plan.modality, minutes=plan.minutes, seeds=plan.seeds, command=plan.command,
        counts={split: cleaned.counts.get(split, 0) for split in ("train", "validation", "test")},
        data_hash=cleaned.digest, ranked=ranked, rows=rows, ruler=ruler_of(rows), differences=differences,
        steadiness=steady, failed=dict(failed), said=recommend(rows, differences, ranked, steady, failed),
    )  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What one run's folder holds."""

    metrics: dict[str, Metric]
    limits: list[str]
    items: dict[str, torch.Tensor]
    sheet: bytes | None
    heard: bytes | None
    text: str
    seed: int
    unmeasured: dict[str, str]


def read(folder: Path) -> Found | None:
    """A finished run; None where the report is not there."""
    place = folder / "validate"
    if not (place / "report.json").is_file():
        return None
    report = json.loads((place / "report.json").read_text("utf-8"))
    names = {f.name for f in fields(Metric)}
    metrics = {
        name: Metric(**{key: value for key, value in told.items() if key in names})
        for name, told in report["metrics"].items()
        if told["value"] is not None
    }
    spent = costs(folder)
    scales = {"cpu_seconds": (1.0, "s"), "peak_bytes": (1e-9, "GB"), "samples_per_second": (1.0, ""),
              "network_calls": (1.0, ""), "parameters": (1.0, "")}  # fmt: skip
    for name, (scale, unit) in scales.items():
        if name in spent:
            metrics[name] = Metric(name, spent[name] * scale, unit=unit)
    items = load_file(place / ITEMS) if (place / ITEMS).is_file() else {}
    sheet, heard = ((place / name).read_bytes() if (place / name).is_file() else None for name in (SHEET, HEARD))
    texts = [text["content"] for text in report["texts"] if text["section"] == "samples"]
    text, told = texts[0] if texts else "", report["facts"]
    return Found(metrics, told["limits"], items, sheet, heard, text, told["seed"], told["unmeasured"])


def row_of(contender: Contender, metrics: Sequence[Mapping[str, Metric]], first: Found) -> Row:
    """The means over the seeds; an interval then reaches from the least to the greatest of theirs."""
    figures = {name: over_seeds([m[name] for m in metrics if name in m]) for name in metrics[0]}
    notes = [limit for limit in first.limits if limit.startswith("While it learned")]
    return Row(contender.name, contender.family, figures, first.sheet, first.text, first.heard, notes)


def over_seeds(found: Sequence[Metric]) -> Metric:
    lows, highs = ([v for m in found if (v := getattr(m, end)) is not None] for end in ("low", "high"))
    value = float(np.mean([m.value for m in found]))
    return replace(found[0], value=value, low=min(lows, default=None), high=max(highs, default=None))


def entrant_of(name: str, metric: str, found: Sequence[Found]) -> comparison.Entrant:
    """The ranked figure with what chance does to it, by the items that it was worked out from, where they are kept."""
    deviations = []
    for one in found:
        told, items = one.metrics[metric], one.items
        if "made" in items:
            pair = (items["real"].double().numpy(), items["made"].double().numpy())
            deviations.append(comparison.of_features(*pair, one.seed))
        elif "bits_of_units" in items:
            deviations.append(comparison.of_ratio(items["bits_of_units"].numpy(), one.seed))
        else:
            low, high = (told.value if end is None else end for end in (told.low, told.high))
            deviations.append(comparison.of_interval(low, high, one.seed))
    values = [one.metrics[metric].value for one in found]
    return comparison.Entrant(name, values, deviations, found[0].metrics[metric].kind or "estimate")


def plain(told: Told) -> dict[str, Any]:
    """The comparison as JSON values, without the pictures."""
    rows = [
        {"name": row.name, "family": row.family, "rank": row.rank, "notes": row.notes,
         "figures": {name: metric.to_json() for name, metric in row.figures.items()}}
        for row in told.rows
    ]  # fmt: skip
    flat = asdict(replace(told, rows=[], ruler={}))
    return flat | {"rows": rows, "ruler": {name: metric.to_json() for name, metric in told.ruler.items()}}
