"""A run's report: `report.json` for programs, one self-contained `report.html` for people.

In come facts (what was learnt from and how), metrics, figures, clips and sample texts of any modality; nothing is
measured here. The page loads nothing from anywhere: pictures, charts and sounds lie within it. `report.json` keeps what
may differ between two equal runs (times, the machine) under "run"; the rest is the same bytes for the same run, and is
what a stored model carries as its evidence.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, StrictUndefined

from anew.data.files import write_atomic
from anew.validate.metric import Metric, amount, by_name, short
from anew.validate.plots import Bar, Series, bars, lines
from anew.validate.verdict import Comparison, verdict

FORMAT = 1
LEVEL = 0.95  # of every interval
WATCHED = {  # what a part may tell of itself beside its loss: in words, its unit
    "reward": ("reward of its own answers", "reward"),
    "kl_per_token": ("distance of its own answers from the start", "nats a token"),
    "gap": ("how far chosen answers gained on rejected ones", "nats"),
    "right": ("pairs in which the chosen answer gained more", "share"),
}
Section = Literal["samples", "quality", "originality", "learning"]


@dataclass(frozen=True)
class Figure:
    """A chart (SVG) or picture (PNG) with what it shows in words, for those who see it and for those who do not."""

    title: str
    caption: str
    content: bytes
    alt: str
    section: Section = "quality"

    @property
    def suffix(self) -> str:
        return ".png" if self.content.startswith(b"\x89PNG") else ".svg"

    @property
    def name(self) -> str:
        return file_name(self.title) + self.suffix

    @property
    def uri(self) -> str:
        return data_uri({".png": "image/png", ".svg": "image/svg+xml"}[self.suffix], self.content)


@dataclass(frozen=True)
class Clip:
    """A sound to listen to, an MP3 file, under what is heard in it; `note`: how much of it."""

    title: str
    content: bytes
    section: Section = "samples"
    note: str = ""

    @property
    def name(self) -> str:
        return f"heard-{file_name(self.title)}.mp3"

    @property
    def uri(self) -> str:
        return data_uri("audio/mpeg", self.content)


def file_name(title: str) -> str:
    """Of the title's letters; of its hash, where it has none that a file name takes."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:80].strip("-")
    return slug or hashlib.sha256(title.encode()).hexdigest()[:12]


def data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@dataclass(frozen=True)
class Text:
    """A text to show. `worst` marks the bad sample; `note` says by which rule it is the worst, or what it is."""

    title: str
    content: str
    note: str = ""
    worst: bool = False
    section: Section = "samples"


@dataclass(frozen=True)
class Facts:
    """What the page says beside its figures. Everything but `name` may be left out.

    `intended` is what the model is for, `licence` its own. `counts` records by stage and split, in the order to show;
    `removed` rule -> records; `sources` and `licences` name -> records; `headline` names of the metrics to show large;
    `unmeasured` name -> reason. `reproduce` is the command that makes the same model. `run` holds what differs between
    equal runs: seconds, threads, machine.
    """

    name: str
    about: str = ""
    intended: str = ""
    modality: str = ""
    seed: int | None = None
    data_hash: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    removed: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    licence: str = ""
    licences: Mapping[str, int] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    headline: Sequence[str] = ()
    limits: Sequence[str] = ()
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    recipe: str = ""
    reproduce: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)


def write_report(
    folder: Path,
    facts: Facts,
    metrics: Sequence[Metric],
    figures: Sequence[Figure] = (),
    texts: Sequence[Text] = (),
    comparisons: Sequence[Comparison] = (),
    journals: Mapping[str, Path] | None = None,
    clips: Sequence[Clip] = (),
) -> dict[str, Any]:
    """Write `folder`/report.json, report.html and figures/; return what report.json holds.

    journals: name of a trained part -> its metrics.jsonl; each becomes a chart of its loss over steps. ValueError
    when two figures or clips share a name, or a comparison names a metric that is not there.
    """
    known = {m.name: m for m in metrics}
    shown = [*figures]
    for comparison in comparisons:
        shown.append(comparison_figure(comparison, known))
    for part, path in (journals or {}).items():
        shown += learning_figures(part, path)
    if len({f.name for f in (*shown, *clips)}) < len(shown) + len(clips):
        raise ValueError(f"two figures share a name: {sorted(f.name for f in (*shown, *clips))}")
    said = verdict(known, comparisons, facts.unmeasured)
    report = to_json(facts, metrics, shown, texts, comparisons, said, clips)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for one in (*shown, *clips):
        write_atomic(folder / "figures" / one.name, one.content)
    write_atomic(folder / "report.html", page(facts, metrics, shown, texts, said, clips).encode())
    write_atomic(folder / "report.json", dumps(report))
    return report


def to_json(
    facts: Facts,
    metrics: Sequence[Metric],
    figures: Sequence[Figure],
    texts: Sequence[Text],
    comparisons: Sequence[Comparison],
    said: Sequence[str],
    clips: Sequence[Clip] = (),
) -> dict[str, Any]:
    """The report as plain JSON values."""
    told = asdict(facts) | {"counts": [list(pair) for pair in facts.counts.items()]}
    return {
        "format": FORMAT,
        "level": LEVEL,
        "run": told.pop("run"),
        "facts": told,
        "metrics": by_name(metrics),
        "order": [m.name for m in metrics],
        "comparisons": [asdict(c) for c in comparisons],
        "verdict": list(said),
        "texts": [asdict(t) for t in texts],
        "figures": [
            {
                "title": f.title,
                "caption": f.caption,
                "alt": f.alt,
                "section": f.section,
                **kept(f),
            }
            for f in figures
        ],
        "clips": [{"title": c.title, "note": c.note, "section": c.section, **kept(c)} for c in clips],
    }


def kept(one: Figure | Clip) -> dict[str, str]:
    """Where it lies beside the report, and its hash."""
    return {"file": f"figures/{one.name}", "sha256": hashlib.sha256(one.content).hexdigest()}


def dumps(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


# ------------------------------------------------------------------------------------------------ figures made here


def comparison_figure(comparison: Comparison, known: Mapping[str, Metric]) -> Figure:
    """The model's figure beside its baselines."""
    missing = [name for name in (comparison.ours, *comparison.others) if name not in known]
    if missing:
        raise ValueError(f"the comparison {comparison.title!r} names metrics that are not there: {missing}")
    named = {comparison.ours: "this model", **comparison.others}
    items = [
        Bar(label, (m := known[name]).value, m.low, m.high, name == comparison.ours) for name, label in named.items()
    ]
    unit = known[comparison.ours].unit
    better = {"lower": "Lower is better.", "higher": "Higher is better.", None: ""}[known[comparison.ours].better]
    alt = f"Bar chart, {unit}: " + "; ".join(f"{b.label} {short(b.value)}" for b in items) + f". {better}"
    return Figure(comparison.title, f"{comparison.caption} {better}".strip(), bars(items, unit), alt, "quality")


def learning_figures(part: str, journal: Path) -> Iterator[Figure]:
    """The loss of a part over its steps, and what else it told that people look at: of training, averaged over
    neighbouring steps, and held out."""
    averaged = "Of training, averaged over neighbouring steps."
    caption = (
        "The training loss is averaged over neighbouring steps. The held-out loss belongs to the weights that are kept."
    )
    for key, (what, unit) in {"loss": ("loss", "loss"), **WATCHED}.items():
        series = [Series(name, *curve) for name, curve in read_curves(journal, key).items() if curve[0]]
        if series:
            ends = "; ".join(f"{s.label} from {short(s.y[0])} to {short(s.y[-1])}" for s in series)
            alt = f"Line chart of {part}'s {what} over {int(max(s.x[-1] for s in series)):,} steps: {ends}."
            said = caption if key == "loss" else averaged
            yield Figure(f"{part}: {what} over steps", said, lines(series, "step", unit), alt, "learning")


def read_curves(journal: Path, of: str = "loss") -> dict[str, tuple[list[float], list[float]]]:
    """Steps and values of a metrics.jsonl, by curve: "training" (one a phase, where there are several), "held out"."""
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for line in journal.read_text("utf-8").splitlines(True) if journal.is_file() else []:
        if not line.endswith("\n"):
            continue  # a killed run's last half line
        values = json.loads(line)
        for key, value in values.items():
            if key == of or key.endswith(f".{of}"):
                kind = "held out" if values["kind"] == "held_out" else "training"
                name = kind if key == of else f"{kind}, {key.removesuffix(f'.{of}')}"
                curve = curves.setdefault(name, ([], []))
                curve[0].append(values["step"])
                curve[1].append(value)
    return curves


# ------------------------------------------------------------------------------------------------ the page


def template(name: str) -> str:
    """A file that lies beside this one."""
    return files("anew.validate").joinpath(name).read_text("utf-8")


def page(
    facts: Facts, metrics: Sequence[Metric], figures: Sequence[Figure], texts: Sequence[Text], said: Sequence[str],
    clips: Sequence[Clip] = (),
) -> str:  # fmt: skip
    """The HTML page, one string. Every value is escaped; a policy in the page forbids it to load or run anything."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"short": short, "amount": amount}
    known = {m.name: m for m in metrics}
    return environment.from_string(template("report.html.j2")).render(
        style=template("page.css"),
        facts=facts,
        metrics=[m for m in metrics if m.passed is None],
        controls=[m for m in metrics if m.passed is not None],
        headline=[known[name] for name in facts.headline if name in known],
        figures=figures,
        texts=texts,
        said=said,
        clips=clips,
    )
