"""What the figures say, in plain words: whether the model beats its baselines, copies, and was measured soundly.

In come metrics by name and comparisons; out come sentences. A claim is made only where an interval bears it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from anew.validate.metric import Metric, amount, short

ALONE = "on one item alone, beside"


@dataclass(frozen=True)
class Comparison:
    """A metric of the model beside the same of others: `ours` its name, `others` metric name -> label."""

    title: str
    ours: str
    others: Mapping[str, str] = field(default_factory=dict)
    caption: str = ""


def verdict(
    known: Mapping[str, Metric], comparisons: Sequence[Comparison], unmeasured: Mapping[str, str] | None = None
) -> list[str]:
    """Sentences, the most telling first."""
    made = labels(known) + [against(c, known) for c in comparisons] + copying(known)
    failed = [m.name for m in known.values() if m.passed is False]
    held = sum(m.passed is True for m in known.values())
    if failed:
        names = ", ".join(readable(name) for name in failed)
        made.append(f"A check of the measurement itself failed ({names}): do not rely on what it stands beside.")
    elif held:
        many = f"All {held} checks" if held > 1 else "The check"
        made.append(f"{many} of the measurement itself passed: what was planted was found.")
    if unmeasured:
        made.append("Not measured: " + "; ".join(f"{readable(n)} ({why})" for n, why in unmeasured.items()) + ".")
    return made


def labels(known: Mapping[str, Metric]) -> list[str]:
    """One sentence on whether samples show what was asked for, beside how well the judge reads real items."""
    read, judge = known.get("label_agreement"), known.get("judge_accuracy")
    if read is None:
        return []
    real = "" if judge is None else f"; the judge reads {judge.text()} of {judge.n} real ones right"
    return [f"{read.text()} of {read.n} samples are read as the label asked for{real}."]


def against(comparison: Comparison, known: Mapping[str, Metric]) -> str:
    """One sentence on the model beside its baselines. A bound may show it better than another, and never worse."""
    ours = known[comparison.ours]
    bound = ours.kind == "bound"
    unshown = "not shown by the bound to be better than"
    groups: dict[str, list[str]] = {"better than": [], "no different, within the interval, from": [], "worse than": []}
    groups |= {"lower than": [], "higher than": [], unshown: [], ALONE: []}
    for name, label in comparison.others.items():
        found = relation(ours, known[name])
        groups[unshown if bound and found != "better than" else found].append(
            f"{label} ({amount(known[name].value, known[name].unit if known[name].unit == 'share' else '')})"
        )
    told = "; ".join(f"{how} {joined(labels)}" for how, labels in groups.items() if labels)
    said = ours.unit != "share" and ours.unit.lower() in comparison.title.lower()
    figure = replace(ours, unit="").text() if said else ours.text()
    return f"{comparison.title}: {'at most ' if bound else ''}{figure}" + (f", {told}." if told else ".")


def relation(ours: Metric, other: Metric) -> str:
    """Better or worse only when the intervals do not meet, lower or higher where neither is better; nothing by one item
    alone."""
    if ours.n == 1 and ours.low is None:
        return ALONE
    sign = -1.0 if ours.better == "lower" else 1.0
    mine = sorted(sign * v for v in (ours.value, ours.low, ours.high) if v is not None)
    theirs = sorted(sign * v for v in (other.value, other.low, other.high) if v is not None)
    more, less = ("higher than", "lower than") if ours.better is None else ("better than", "worse than")
    if mine[0] > theirs[-1]:
        return more
    return less if mine[-1] < theirs[0] else "no different, within the interval, from"


def copying(known: Mapping[str, Metric]) -> list[str]:
    """Sentences on copies of the training data."""
    made = []
    near = known.get("near_copies")
    if near is not None and near.low is not None:
        share = f"{amount(near.value, near.unit)} of {near.n} samples"
        if near.low > 0.01:
            made.append(f"It copies: {share} are nearer to a training item than 99 % of real items are.")
        else:
            made.append(f"No sign of near-copies: {share}, against 1 % of real items by construction.")
    for unit in ("characters", "tokens"):
        excess = known.get(f"copied_50_{unit}_excess")
        if excess is not None and excess.low is not None and excess.low > 0:
            share = amount(excess.value, excess.unit)
            made.append(f"It repeats its training text: {share} of windows of 50 {unit} more than human text does.")
    longest, human = known.get("longest_copied_span"), known.get("longest_copied_span_held_out")
    if longest is not None and human is not None:
        made.append(
            f"The longest passage copied from the training text has {short(longest.value)} characters; "
            f"in as much held-out human text it is {short(human.value)}."
        )
    run, theirs = known.get("longest_copied_run"), known.get("longest_copied_run_held_out")
    if run is not None and theirs is not None:
        many = f"The longest run of notes that a training piece has too, in any key, is of {short(run.value)}"
        made.append(f"{many}; of held-out pieces it is {short(theirs.value)}.")
    return made


def joined(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else ", ".join(labels[:-1]) + " and " + labels[-1]


def readable(name: str) -> str:
    return name.replace("_", " ")
