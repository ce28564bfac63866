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
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from anew.artifact import Artifact, load_artifact
from anew.codecs.label import Label
from anew.data.files import write_atomic
from anew.data.manifest import fingerprint_of
from anew.data.progress import Progress, Report, silent
from anew.data.records import Record, read_records
from anew.engine.generate import Generated, generate
from anew.engine.rows import row_codec
from anew.errors import DataError, NotFound, RecipeError, Refused, nearest
from anew.recipe import override, parse
from anew.recipes import find
from anew.recipes.learners import ARMS, Labels, picture_of, read_pictures, read_tables, row_of
from anew.recipes.pipeline import run
from anew.validate.gain import Gain, gains
from anew.validate.interval import clopper_pearson
from anew.validate.metric import Metric, Unmeasured
from anew.validate.originality import LEAST, SHARE, near_copies
from anew.validate.plots import Bar, bars, sheet
from anew.validate.report import Facts, Figure, Text, write_report
from anew.validate.tables import macro_f1

HELD_OUT, STEERING = 0.3, 0.05  # of the items; of the other labels' training items, which steer the model's training
FEWEST_RARE, FEWEST_TESTED, MOST = 4, 5, 2000
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


@dataclass
class Augmentation:
    """What came of it. `gains` by arm for macro-F1, `rare` the same for the rare class's own F1."""

    label: str
    gains: list[Gain]
    rare: list[Gain]
    near_copies: Metric | None
    left_out: Mapping[str, str]
    folder: Path

    @property
    def paths(self) -> dict[str, Path]:
        found = {"report": self.folder / "report.html", "figures": self.folder / "augmentation.json"}
        return found | {"synthetic": next(iter(sorted(self.folder.glob("synthetic*"))))}


def augment(plan: Plan, report: Report = silent) -> Augmentation:
    """All rounds, and what they say together. Interrupted passes; what was done is kept."""
    claim(plan)
    items = labelled(plan, report)
    rare = chosen(plan, items)
    rounds = []
    for seed in range(plan.seeds):
        report(Progress("note", 0, None, f"round {seed + 1} of {plan.seeds}"))
        place = plan.folder / f"seed-{seed}"
        if not (place / "round.json").is_file():
            one_round(plan, split(items, rare, plan.keep, seed), rare, seed, place, report)
        rounds.append(json.loads((place / "round.json").read_text()))
    return tell(plan, rare, rounds)


def claim(plan: Plan) -> None:
    """Refused where the folder holds another plan's rounds."""
    asked = {name: getattr(plan, name) for name in ("source", "recipe", "label", "rare", "keep", "minutes")}
    asked["changes"] = dict(plan.changes)
    digest, mark = fingerprint_of(plan=asked), plan.folder / "plan.json"
    if mark.is_file() and json.loads(mark.read_text())["digest"] != digest:
        raise Refused(f"{plan.folder} holds other rounds", next_command="choose another --out")
    plan.folder.mkdir(parents=True, exist_ok=True)
    write_atomic(mark, json.dumps({"digest": digest, "plan": asked}, indent=1).encode())


def labelled(plan: Plan, report: Report) -> list[Record]:
    """The source's cleaned items that bear a label, of all splits: each round makes its own."""
    data = {"source": plan.source} | ({} if plan.label is None else {"label": plan.label})
    recipe = parse(override(find(plan.recipe), {"data": data}, typed=True), plan.recipe)
    run(recipe, plan.folder / "data", report, until="clean")
    found = [record for record in read_records(plan.folder / "data" / "clean") if record.label is not None]
    if not found:
        what = f"{plan.source}: no item bears a label" if plan.label is None else f"{plan.label}: no label in any row"
        raise DataError(what, next_command=f"anew augment {plan.source} --label COLUMN")
    return found


def chosen(plan: Plan, items: Sequence[Record]) -> str:
    """The label asked for, or the rarest. DataError: too few of it, or nothing beside it."""
    counts = Counter(str(one.label) for one in items)
    if plan.rare is not None and plan.rare not in counts:
        raise NotFound(f"no label is called {plan.rare!r}{nearest(plan.rare, counts)}; there are {', '.join(counts)}")
    rare = plan.rare or min(sorted(counts), key=lambda name: counts[name])
    least = FEWEST_RARE + FEWEST_TESTED
    if len(counts) < 2 or counts[rare] < least:
        what = f"{counts[rare]} items of {rare!r}, of {len(counts)} labels: it takes {least} of two labels or more"
        raise DataError(what, next_command=f"anew augment {plan.source} --rare LABEL")
    return rare


def split(items: Sequence[Record], rare: str, keep: int | None, seed: int) -> Split:
    """A share of each label held out; of the rare one, training keeps `keep`. Near-duplicates went when cleaning."""
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
    recipe = parse(override(override(values, laid, typed=True), plan.changes), plan.recipe)
    run(recipe, place / "run", report, until="train")
    artifact = load_artifact(place / "run" / "model")
    counts = Counter(str(one.label) for one in items.train)
    wanted = min(MOST, max(1, max(counts.values()) - counts[rare]))
    made = generate(artifact, wanted, seed << 32, label=rare)
    report(Progress("note", 0, None, f"{wanted} of {rare} made; classifiers learn with and without them"))
    labels = Label()
    labels.fit(str(one.label) for one in (*items.train, *items.test))
    read = read_arms(plan, artifact, labels, items, made, rare, seed, place / "arms")
    if seed == 0:
        keep_first(plan, made, items, rare)
    found = scores(read, labels, items.test, rare) | {"near_copies": copies(plan, artifact, items, made, rare, seed)}
    found |= {"made": wanted, "train": dict(counts), "test": dict(Counter(str(one.label) for one in items.test))}
    write_atomic(place / "round.json", (json.dumps(found, indent=1, sort_keys=True) + "\n").encode())
    for name in ("data", "arms", *(["run"] if seed else [])):
        shutil.rmtree(place / name, ignore_errors=True)


def write_source(plan: Plan, items: Split, rare: str, folder: Path) -> Path:
    """The round's training items as a source of their own, each with its split; what is held out is not in it. Pictures
    of the rare class are repeated until they are as many as those of other labels: a codec bends each copy anew, and a
    model that hardly ever sees a label draws something else for it. Rows are not bent, and would be learnt by heart."""
    folder.mkdir(parents=True, exist_ok=True)
    groups = [("train", one) for one in items.train] + [("validation", one) for one in items.steering]
    if plan.modality == "table":
        rows = [json.dumps(json.loads(one.value) | {SPLIT: name}, ensure_ascii=False) for name, one in groups]
        write_atomic(folder / "rows.jsonl", ("\n".join(rows) + "\n").encode())
        return folder / "rows.jsonl"
    counts = Counter(str(one.label) for one in items.train)
    times = round(len(items.train) / len(counts) / counts[rare])
    groups += [("train", one) for one in items.train if one.label == rare] * max(0, times - 1)
    columns = {"image": [one.value for _, one in groups], "label": [one.label for _, one in groups]}
    pq.write_table(pa.table(columns | {SPLIT: [name for name, _ in groups]}), folder / "pictures.parquet")
    return folder / "pictures.parquet"


def read_arms(
    plan: Plan, artifact: Artifact, labels: Label, items: Split, made: Generated, rare: str, seed: int, folder: Path
) -> dict[str, Labels | str]:
    if plan.modality == "table":
        codec = row_codec(artifact)
        if plan.label not in codec.names:
            raise RecipeError(f"the column {plan.label!r} names no classes: {codec.left.get(str(plan.label))}")
        return read_tables(codec, plan.label, labels, items.train, items.test, made.samples, rare, seed)
    threads = artifact.recipe.train.threads
    return read_pictures(plain_of(artifact), labels, items.train, items.test, made.samples, rare, seed, folder, threads)


def plain_of(artifact: Artifact) -> Any:
    """The codec of the pictures themselves."""
    return getattr(artifact.codec, "inner", artifact.codec)


def scores(read: Mapping[str, Labels | str], labels: Label, test: Sequence[Record], rare: str) -> dict[str, Any]:
    """By arm macro-F1 and the rare class's own F1 on held-out items; and which arms were left out, and why."""
    truth_N = np.array([labels.id_of(str(one.label)) for one in test])
    found: dict[str, Any] = {"macro_f1": {}, "rare_f1": {}, "left_out": {}}
    for arm, read_N in read.items():
        if isinstance(read_N, str):
            found["left_out"][arm] = read_N
            continue
        found["macro_f1"][arm] = macro_f1(truth_N, read_N)
        found["rare_f1"][arm] = f1(truth_N, read_N, labels.id_of(rare))
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
        plain = plain_of(artifact)
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
    count = int((found.ratios < found.threshold).sum())
    return {"count": count, "of": len(ours), "failed": failed, "space": space}


def keep_first(plan: Plan, made: Generated, items: Split, rare: str) -> None:
    """The first round's items for use, each marked as synthetic; and for pictures a sheet with real ones above."""
    if plan.modality == "table":
        made.save(plan.folder / "synthetic.csv")
        return
    made.save(plan.folder / "synthetic")
    real = [picture_of(one) for one in items.train if one.label == rare][: SHOWN // 2]
    content = sheet([*real, *made.samples[: SHOWN - len(real)]], least=520)
    write_atomic(plan.folder / "synthetic.png", content)


# ------------------------------------------------------------------------------------------------ what they say


def tell(plan: Plan, rare: str, rounds: Sequence[Mapping[str, Any]]) -> Augmentation:
    """All rounds together, as figures and as a page."""
    left_out = {arm: why for one in rounds for arm, why in one["left_out"].items()}
    arms = [arm for arm in ARMS if arm not in left_out]
    by_arm = {what: {arm: [one[what][arm] for one in rounds] for arm in arms} for what in ("macro_f1", "rare_f1")}
    rng = np.random.default_rng(plan.seeds)
    found, of_rare = (gains(values, "none", rng) for values in by_arm.values())
    made = Augmentation(rare, found, of_rare, pooled([one["near_copies"] for one in rounds]), left_out, plan.folder)
    told = {
        "rare": rare,
        "rounds": list(rounds),
        "macro_f1": list(map(asdict, found)),
        "rare_f1": list(map(asdict, of_rare)),
    }
    told |= {"left_out": left_out, "near_copies": made.near_copies and made.near_copies.to_json()}
    write_atomic(plan.folder / "augmentation.json", (json.dumps(told, indent=1, sort_keys=True) + "\n").encode())
    page(plan, made, rounds)
    return made


def pooled(found: Sequence[Mapping[str, Any]]) -> Metric | None:
    """Near-copies of all rounds together; None where they could not be told in any."""
    counted = [one for one in found if "count" in one]
    if not counted:
        return None
    count, of = (sum(one[name] for one in counted) for name in ("count", "of"))
    low, high = clopper_pearson(count, of)
    failed = sorted({name for one in counted for name in one["failed"]})
    note = f"distances in {counted[0]['space']}; all rounds together" + (f"; VOID: {failed} failed" if failed else "")
    return Metric("near_copies", count / of, low, high, of, "share", "estimate", "lower", note)


def page(plan: Plan, made: Augmentation, rounds: Sequence[Mapping[str, Any]]) -> None:
    metrics, figures = list[Metric](), list[Figure]()
    for name, title, rows in (("macro_f1", "Macro-F1", made.gains), ("rare_f1", f"F1 of {made.label}", made.rare)):
        shown = [Bar(one.arm, one.mean, one.low, one.high, one.arm == "synthetic") for one in rows]
        caption = f"On held-out real items, the mean of {len(rounds)} rounds; what learns is the same in all arms."
        told = ", ".join(f"{one.arm} {one.mean:.3f}" for one in rows)
        figures.append(Figure(title, caption, bars(shown, ""), f"Bars: {told}."))
        for one in rows:
            key = f"{name}_{one.arm.replace(' ', '_').lower()}"
            metrics.append(Metric(key, one.mean, one.low, one.high, len(rounds), "", "estimate", "higher"))
            if one.arm != "none":
                note = f"above no augmentation, seed by seed; p = {one.p:.4f}, all sign flips"
                gain = Metric(
                    f"{key}_gain", one.gain, one.gain_low, one.gain_high, len(rounds), "", "estimate", "higher", note
                )
                metrics.append(gain)
    if (plan.folder / "synthetic.png").is_file():
        content = (plan.folder / "synthetic.png").read_bytes()
        caption = f"{made.label}: training items, and after them the first synthetic ones of seed 0, none left out."
        figures.insert(0, Figure("Real, then synthetic", caption, content, "Real and synthetic pictures.", "samples"))
    if made.near_copies is not None:
        metrics.append(made.near_copies)
    text = "\n".join(sentences(made))
    facts = Facts(
        name="augmentation",
        about=f"More items of {made.label!r}, made by a model that learnt from training items alone: do they help?",
        modality=plan.modality,
        counts=dict(rounds[0]["train"]),
        headline=["macro_f1_none", "macro_f1_synthetic", "macro_f1_synthetic_gain"],
        unmeasured=dict(made.left_out),
        reproduce=plan.command,
        limits=["What helps one classifier may not help another, or one that has more real items of the class."],
    )
    write_report(plan.folder, facts, metrics, figures, [Text("What the rounds say", text, "by the figures below")])


def sentences(made: Augmentation) -> list[str]:
    """What may be said of each arm: a rise only where chance alone would hardly give it."""
    said = []
    for one in made.gains:
        if one.arm == "none":
            said.append(f"Without augmentation macro-F1 is {one.mean:.4f}.")
            continue
        how = (
            "raises it"
            if one.significant
            else "lowers it"
            if one.gain < 0 and one.p < 0.05
            else "changes it by no more than chance"
        )
        said.append(f"{one.arm} {how}: {one.gain:+.4f} [{one.gain_low:+.4f}, {one.gain_high:+.4f}], p = {one.p:.4f}.")
    near = made.near_copies
    if near is not None and near.low is not None and near.low > SHARE:
        what = f"{near.text()} of the synthetic items are nearer to a training item than 99 % of real ones"
        said.append(f"The model copies: {what}. With fewer --minutes it learns less of each.")
    return said


def f1(truth_N: Labels, read_N: Labels, place: int) -> float:
    """Of one class."""
    both = int(((truth_N == place) & (read_N == place)).sum())
    return 2 * both / max(1, int((truth_N == place).sum() + (read_N == place).sum()))


__all__ = ["Augmentation", "Plan", "augment", "sentences"]
