"""More of a rare class, and whether it helps: the rounds of `anew augment`, and its page.

In: a labelled source, the rare label, a recipe for the model. In each round, a seed of its own, the items are split
anew, the model learns from the training items alone, and classifiers learn from them with and without what it makes;
held-out real items judge. Out: the first round's items, each marked as made by a model; augmentation.json and
report.html. A finished round is not done again.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from anew.artifact import Artifact, load_artifact
from anew.codecs.label import Label
from anew.data import manifest
from anew.data.files import write_atomic
from anew.data.manifest import fingerprint_of
from anew.data.progress import Progress, Report, silent
from anew.data.records import Record, read_records
from anew.engine.generate import Generated, generate
from anew.engine.rows import row_codec
from anew.errors import DataError, NotFound, RecipeError, Refused, nearest
from anew.recipe import drop, override, parse
from anew.recipes import find
from anew.recipes.learners import Labels, picture_of, read_pictures, read_tables, row_of
from anew.recipes.pipeline import run
from anew.recipes.rounds import Augmentation, tell
from anew.validate.metric import Unmeasured
from anew.validate.originality import LEAST, near_copies
from anew.validate.plots import sheet
from anew.validate.tables import f1, learners, macro_f1

HELD_OUT, STEERING = 0.3, 0.05  # of the items; of the other labels' training items, which steer the model's training
FEWEST_TESTED, MOST = 5, 2000  # rare items held out; items made in a round
TIMES = 12  # that a rare picture stands in its round's source
OURS = {"name", "seed", "train.minutes", "train.clock", "data.source", "data.split", "data.label"}
UNUSED = ("validation.", "judge.", "deploy.")  # keys of stages that a round does not come to
OF_THE_DATA = ("data.", "clean.")  # keys that say how the source is read and cleaned, once for all rounds
SPLIT = "anew split"  # the column of a round's source
SHOWN = 40


@dataclass(frozen=True)
class Plan:
    """`label`: the column of a table that holds it. `rare`: None is the rarest. `keep`: so many training items of it
    alone, as if there were no more. `minutes` are CPU minutes of the model's training in a round."""

    source: str
    modality: str
    recipe: str
    folder: Path
    label: str | None = None
    rare: str | None = None
    keep: int | None = None
    seeds: int = 10
    minutes: float = 1.0
    changes: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""


@dataclass(frozen=True)
class Split:
    train: list[Record]
    steering: list[Record]
    test: list[Record]


def augment(plan: Plan, report: Report = silent) -> Augmentation:
    """All rounds, and what they say together. Interrupted passes; what was done is kept."""
    for key in plan.changes:
        if key in OURS or key.startswith(UNUSED):
            what = f"--{key}: each round sets this by itself, or does without"
            raise RecipeError(what, next_command="anew augment --help")
    if plan.modality == "table":
        try:
            learners()
        except Unmeasured as why:
            raise RecipeError(f"what learns from the rows {why}", next_command="pip install 'anew[tables]'") from None
    claim(plan)
    items = labelled(plan, report)
    rare = chosen(plan, items)
    rounds = []
    for seed in range(plan.seeds):
        report(Progress("note", 0, None, f"round {seed + 1} of {plan.seeds}"))
        place = plan.folder / f"seed-{seed}"
        if not finished(place):
            one_round(plan, split(items, rare, plan.keep, seed), rare, seed, place, report)
        rounds.append(json.loads((place / "round.json").read_text()))
    return tell(plan.folder, plan.modality, rare, rounds, plan.command)


def finished(place: Path) -> bool:
    """Whether a round is done; one that lacked a package that is there now is not."""
    if not (place / "round.json").is_file():
        return False
    left_out = json.loads((place / "round.json").read_text())["left_out"]
    return not ("SMOTE" in left_out and "pip install" in left_out["SMOTE"] and find_spec("imblearn"))


def claim(plan: Plan, data: str = "") -> None:
    """Refused where the folder holds the rounds of another plan, or of other data: `data` is their digest."""
    asked = {name: getattr(plan, name) for name in ("source", "modality", "label", "rare", "keep", "minutes")}
    asked |= {"changes": dict(plan.changes), "recipe": find(plan.recipe)}
    mine, mark = {"plan": fingerprint_of(plan=asked), "data": data}, plan.folder / "plan.json"
    known = json.loads(mark.read_text()) if mark.is_file() else {}
    differs = [name for name in known if known[name] and mine[name] and known[name] != mine[name]]
    if differs:
        what = f"{plan.folder} holds rounds of another {' and other '.join(differs)}"
        raise Refused(what, next_command="the same with another --out")
    plan.folder.mkdir(parents=True, exist_ok=True)
    write_atomic(mark, json.dumps(known | {name: value for name, value in mine.items() if value}, indent=1).encode())


def labelled(plan: Plan, report: Report) -> list[Record]:
    """The source's cleaned items that bear a label, of all splits: each round makes its own."""
    data = {"source": plan.source} | ({} if plan.label is None else {"label": plan.label})
    laid: dict[str, Any] = {"data": data, "clean.duplicates": "exact" if plan.modality == "table" else "near"}
    changes = {key: value for key, value in plan.changes.items() if key.startswith(OF_THE_DATA)}
    recipe = parse(override(override(find(plan.recipe), laid, typed=True), changes), plan.recipe)
    if recipe.modality != plan.modality:
        what = f"the recipe {plan.recipe} makes {recipe.modality}, and {plan.source} holds {plan.modality}"
        raise RecipeError(what, next_command="anew recipe list")
    run(recipe, plan.folder / "data", report, until="clean")
    cleaned = manifest.load(plan.folder / "data" / "clean")
    claim(plan, "" if cleaned is None else cleaned.digest)
    records = list(read_records(plan.folder / "data" / "clean"))
    counts = Counter(one.label for one in records)
    if single := [str(name) for name, count in counts.items() if count == 1 and name is not None]:
        report(Progress("note", 0, None, f"left out, as one item cannot be split: {', '.join(sorted(single)[:10])}"))
    found = [one for one in records if one.label is not None and counts[one.label] > 1]
    if not found:
        what = f"{plan.source}: no item bears a label" if plan.label is None else f"{plan.label}: no label in two rows"
        raise DataError(what, next_command=f"anew augment {quote(plan.source)} --label COLUMN")
    return found


def chosen(plan: Plan, items: Sequence[Record]) -> str:
    """The label asked for, or the rarest. DataError: too few of it, or nothing beside it."""
    counts = Counter(str(one.label) for one in items)
    if plan.rare is not None and plan.rare not in counts:
        raise NotFound(f"no label is called {plan.rare!r}{nearest(plan.rare, counts)}; there are {', '.join(counts)}")
    rare = plan.rare or min(sorted(counts), key=lambda name: counts[name])
    least = round(FEWEST_TESTED / HELD_OUT)
    if len(counts) < 2 or counts[rare] < least:
        what = f"{counts[rare]} items of {rare!r}, of {len(counts)} labels: it takes {least} of two labels or more"
        label = "" if plan.label is None else f" --label {quote(plan.label)}"
        raise DataError(what, next_command=f"anew augment {quote(plan.source)}{label} --rare LABEL")
    return rare


def split(items: Sequence[Record], rare: str, keep: int | None, seed: int) -> Split:
    """A share of each label held out; of the rare one, training keeps `keep`. Equal rows and near-duplicates of
    pictures went when cleaning."""
    rng = np.random.default_rng([seed, 0])
    made = Split([], [], [])
    for name in sorted({str(one.label) for one in items}):
        ours = [one for one in items if one.label == name]
        ours = [ours[i] for i in rng.permutation(len(ours))]
        tested = max(1, round(HELD_OUT * len(ours)))
        made.test.extend(ours[:tested])
        if name == rare:
            made.train.extend(ours[tested:][:keep])
        else:
            steering = round(STEERING * len(ours))
            made.steering.extend(ours[tested : tested + steering])
            made.train.extend(ours[tested + steering :])
    return made


# ------------------------------------------------------------------------------------------------ one round


def one_round(plan: Plan, items: Split, rare: str, seed: int, place: Path, report: Report) -> None:
    """Train, generate, judge; round.json in the end. What takes room is removed, but for the first round's model."""
    source, label = write_source(plan, items, rare, place / "data"), plan.label if plan.modality == "table" else "label"
    laid = {"name": "augment", "seed": seed, "data": {"source": str(source), "split": SPLIT, "label": label}}
    laid |= {"clean.duplicates": "none", "train.minutes": plan.minutes, "train.clock": "cpu"}
    values = {key: value for key, value in find(plan.recipe).items() if key != "judge"}
    drop(values, "codec.learned.enough")  # rare items stand there many times, each to be bent anew
    changes = {key: value for key, value in plan.changes.items() if not key.startswith(OF_THE_DATA)}
    recipe = parse(override(override(values, laid, typed=True), changes), plan.recipe)
    run(recipe, place / "run", report, until="train")
    artifact = load_artifact(place / "run" / "model")
    counts = Counter(str(one.label) for one in items.train)
    wanted = min(MOST, max(1, max(counts.values()) - counts[rare]))
    try:
        made = generate(artifact, wanted, seed << 32, label=rare)
    except RecipeError as why:
        what = f"after {plan.minutes:g} minutes the model hardly makes any {rare}: {why.message}"
        raise RecipeError(what, next_command="the same with more --minutes") from None
    report(Progress("note", 0, None, f"{wanted} of {rare} made; classifiers learn with and without them"))
    labels = Label()
    labels.fit(str(one.label) for one in (*items.train, *items.test))
    read = read_arms(plan, artifact, labels, items, made, rare, seed, place / "arms", report)
    if seed == 0:
        keep_first(plan, made, items, rare)
    found = scores(read, labels, items.test, rare) | {"near_copies": copies(plan, artifact, items, made, rare, seed)}
    found |= {"made": wanted, "train": dict(counts), "test": dict(Counter(str(one.label) for one in items.test))}
    write_atomic(place / "round.json", (json.dumps(found, indent=1, sort_keys=True) + "\n").encode())
    for name in ("data", "arms", *(["run"] if seed else [])):
        shutil.rmtree(place / name, ignore_errors=True)


def write_source(plan: Plan, items: Split, rare: str, folder: Path) -> Path:
    """The round's training items as a source of their own, each with its split; what is held out is not in it.
    Pictures of the rare class stand in it `TIMES` times: a codec bends each anew, and a model that hardly ever sees a
    label draws something else for it; more often, and it knows them by heart, as it would rows, which nothing bends."""
    folder.mkdir(parents=True, exist_ok=True)
    groups = [("train", one) for one in items.train] + [("validation", one) for one in items.steering]
    if plan.modality == "table":
        rows = [json.dumps(json.loads(one.value) | {SPLIT: name}, ensure_ascii=False) for name, one in groups]
        write_atomic(folder / "rows.jsonl", ("\n".join(rows) + "\n").encode())
        return folder / "rows.jsonl"
    groups += [("train", one) for one in items.train if one.label == rare] * (TIMES - 1)
    columns = {"image": [one.value for _, one in groups], "label": [one.label for _, one in groups]}
    pq.write_table(pa.table(columns | {SPLIT: [name for name, _ in groups]}), folder / "pictures.parquet")
    return folder / "pictures.parquet"


def read_arms(
    plan: Plan,
    artifact: Artifact,
    labels: Label,
    items: Split,
    made: Generated,
    rare: str,
    seed: int,
    folder: Path,
    report: Report,
) -> dict[str, Labels | str]:
    if plan.modality == "table":
        codec = row_codec(artifact)
        if plan.label not in codec.names:
            raise RecipeError(f"the column {plan.label!r} names no classes: {codec.left.get(str(plan.label))}")
        return read_tables(codec, plan.label, labels, items.train, items.test, made.samples, rare, seed)
    others = [name for name in labels.names if name != rare for _ in range(len(made.samples) // 2)]
    drawn = generate(artifact, len(others), (seed << 32) + len(made.samples), label=others)
    report(Progress("note", 0, None, f"and {len(others)} of the other labels"))
    beside, threads = list(zip(drawn.samples, others, strict=True)), artifact.recipe.train.threads
    return read_pictures(
        artifact.plain, labels, items.train, items.test, made.samples, beside, rare, seed, folder, threads
    )


def scores(read: Mapping[str, Labels | str], labels: Label, test: Sequence[Record], rare: str) -> dict[str, Any]:
    """By arm macro-F1 and the rare class's own F1 on held-out items; and which arms were left out, and why."""
    truth_N = np.array([labels.id_of(str(one.label)) for one in test])
    found: dict[str, Any] = {"macro_f1": {}, "rare_f1": {}, "left_out": {}}
    for arm, read_N in read.items():
        if isinstance(read_N, str):
            found["left_out"][arm] = read_N
            continue
        found["macro_f1"][arm] = macro_f1(truth_N, read_N)
        found["rare_f1"][arm] = f1(truth_N.astype(float), read_N.astype(float), labels.id_of(rare))
    return found


def copies(plan: Plan, artifact: Artifact, items: Split, made: Generated, rare: str, seed: int) -> dict[str, Any]:
    """Near-copies of training items among what was made, and whether planted ones were found; or why it is not told.
    Held-out items of the rare class say how near real ones lie; where there are too few of them, all held-out ones."""
    known, own = [*items.train, *items.steering], [one for one in items.test if one.label == rare]
    kept = own if len(own) >= LEAST else items.test
    if plan.modality == "table":
        codec = row_codec(artifact)
        ours = codec.vectors(made.samples)
        real, training = (codec.vectors([row_of(codec, one) for one in some]) for some in (kept, known))
        space = "the columns' quantiles and categories"
    else:
        plain = artifact.plain
        ours = np.stack([plain.canonical(one) for one in made.samples]).astype(np.float32)
        real, training = (
            np.stack([plain.canonical(picture_of(one)) for one in some]).astype(np.float32) for some in (kept, known)
        )
        space = "pixels"
    try:
        found = near_copies(ours, training, real, np.random.default_rng([seed, 1]), space)
    except Unmeasured as why:
        return {"unmeasured": str(why)}
    failed = [m.name for m in found.metrics if m.passed is False]
    return {"count": round(found.metrics[0].value * len(ours)), "of": len(ours), "failed": failed, "space": space}


def keep_first(plan: Plan, made: Generated, items: Split, rare: str) -> None:
    """The first round's items for use, each marked as synthetic; and for pictures a sheet with real ones above."""
    if plan.modality == "table":
        made.save(plan.folder / "synthetic.csv")
        return
    made.save(plan.folder / "synthetic")
    real = [picture_of(one) for one in items.train if one.label == rare][: SHOWN // 2]
    content = sheet([*real, *made.samples[: SHOWN - len(real)]], least=520)
    write_atomic(plan.folder / "synthetic.png", content)


__all__ = ["Plan", "augment"]
