"""What the rounds of `anew augment` say together: gains, near-copies, the page.

In: what each round found. Out: an `Augmentation`, augmentation.json and report.html.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anew.data.files import write_atomic
from anew.recipes.learners import ARMS
from anew.validate.gain import CHANCE, Gain, gains
from anew.validate.interval import bootstrap, clopper_pearson, ratio_of_sums
from anew.validate.metric import Metric
from anew.validate.originality import SHARE
from anew.validate.plots import Bar, bars
from anew.validate.report import Facts, Figure, Text, write_report

TELLING = 6  # rounds, from which on p can be below CHANCE


@dataclass
class Augmentation:
    """What came of it. `gains` by arm for macro-F1, `rare` the same for the rare class's own F1."""

    label: str
    gains: list[Gain]
    rare: list[Gain]
    near_copies: Metric | None
    left_out: Mapping[str, str]  # what was not measured, and why
    folder: Path

    @property
    def paths(self) -> dict[str, Path]:
        found = {"report": self.folder / "report.html", "figures": self.folder / "augmentation.json"}
        return found | {"synthetic": next(iter(sorted(self.folder.glob("synthetic*"))))}


def tell(folder: Path, modality: str, rare: str, rounds: Sequence[Mapping[str, Any]], command: str) -> Augmentation:
    """All rounds together, as figures and as a page."""
    left_out = {arm: why for one in rounds for arm, why in one["left_out"].items()}
    arms = [arm for arm in ARMS if arm not in left_out]
    by_arm = {what: {arm: [one[what][arm] for one in rounds] for arm in arms} for what in ("macro_f1", "rare_f1")}
    rng = np.random.default_rng(len(rounds))
    found, of_rare = (gains(values, "none", rng) for values in by_arm.values())
    near = pooled([one["near_copies"] for one in rounds])
    if near is None:
        left_out["near-copies"] = rounds[0]["near_copies"]["unmeasured"]
    made = Augmentation(rare, found, of_rare, near, left_out, folder)
    told = {
        "rare": rare,
        "rounds": list(rounds),
        "macro_f1": list(map(asdict, found)),
        "rare_f1": list(map(asdict, of_rare)),
    }
    told |= {"left_out": left_out, "near_copies": made.near_copies and made.near_copies.to_json()}
    write_atomic(folder / "augmentation.json", (json.dumps(told, indent=1, sort_keys=True) + "\n").encode())
    page(made, modality, rounds, command)
    return made


def pooled(found: Sequence[Mapping[str, Any]]) -> Metric | None:
    """Near-copies of all rounds together; None where they could not be told in any. Items of one round come from one
    model, and copy or do not copy together: the interval holds what drawing whole rounds again gives, and what it is of
    items drawn one by one."""
    counted = [one for one in found if "count" in one]
    if not counted:
        return None
    pairs_R2 = np.array([(one["count"], one["of"]) for one in counted])
    count, of = map(int, pairs_R2.sum(0))
    bounds = [clopper_pearson(count, of), bootstrap(pairs_R2, ratio_of_sums, np.random.default_rng(len(counted)))]
    low, high = min(low for low, _ in bounds), max(high for _, high in bounds)
    failed = sorted({name for one in counted for name in one["failed"]})
    note = f"distances in {counted[0]['space']}; interval by rounds" + (f"; VOID: {failed} failed" if failed else "")
    return Metric("near_copies", count / of, low, high, of, "share", "estimate", "lower", note)


def page(made: Augmentation, modality: str, rounds: Sequence[Mapping[str, Any]], command: str) -> None:
    folder = made.folder
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
    if (folder / "synthetic.png").is_file():
        content = (folder / "synthetic.png").read_bytes()
        caption = f"{made.label}: training items, and after them the first synthetic ones of seed 0, none left out."
        figures.insert(0, Figure("Real, then synthetic", caption, content, "Real and synthetic pictures.", "samples"))
    if made.near_copies is not None:
        metrics.append(made.near_copies)
    text = "\n".join(sentences(made))
    facts = Facts(
        name="augmentation",
        about=f"More items of {made.label!r}, made by a model that learnt from training items alone: do they help?",
        modality=modality,
        counts=dict(rounds[0]["train"]),
        headline=["macro_f1_none", "macro_f1_synthetic", "macro_f1_synthetic_gain"],
        unmeasured=dict(made.left_out),
        reproduce=command,
        limits=[
            "What helps one classifier may not help another, or one that has more real items of the class.",
            "Rounds are splits of the same items: p and intervals say what further splits of them would give.",
        ],
    )
    write_report(folder, facts, metrics, figures, [Text("What the rounds say", text, "by the figures below")])


def sentences(made: Augmentation) -> list[str]:
    """What may be said of each arm: a rise only where chance alone would hardly give it."""
    said = list[str]()
    few = len(made.gains[0].values_S) < TELLING
    for one in made.gains:
        if one.arm == "none":
            said.append(f"Without augmentation macro-F1 is {one.mean:.4f}.")
            continue
        worse = one.gain < 0 and one.p < CHANCE
        how = "raises it" if one.significant else "lowers it" if worse else "changes it by no more than chance"
        said.append(f"{one.arm} {how}: {one.gain:+.4f} [{one.gain_low:+.4f}, {one.gain_high:+.4f}], p = {one.p:.4f}.")
    beside = gains({one.arm: one.values_S for one in made.gains}, "synthetic", np.random.default_rng(0))
    for one in beside:
        if one.significant and one.arm != "none":
            more = f"{one.gain:+.4f} [{one.gain_low:+.4f}, {one.gain_high:+.4f}], p = {one.p:.4f}"
            said.append(f"{one.arm} gives more than what was made, and needs no model: {more}.")
    near = made.near_copies
    if near is not None and near.low is not None and near.low > SHARE:
        what = f"{near.text()} of the synthetic items are nearer to a training item than 99 % of real ones"
        said.append(f"The model copies: {what}. With fewer --minutes it learns less of each.")
    if near is not None and "VOID" in near.note:
        said.append("The check of near-copies failed in some round: planted copies were not found. Do not rely on it.")
    if few:
        said.append(f"Too few rounds to tell a gain from chance: it takes {TELLING} at least, --seeds {TELLING}.")
    return said


__all__ = ["Augmentation", "sentences", "tell"]
