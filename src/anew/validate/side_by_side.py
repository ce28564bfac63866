"""A comparison as one page: the table, what each column means, samples side by side, and what to take from it.

In come rows of figures that were measured elsewhere, ranked; out come sentences and one self-contained HTML page.
"""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jinja2 import Environment, StrictUndefined

from anew.validate.comparison import Difference, Standing
from anew.validate.metric import Metric, amount, short
from anew.validate.report import template


@dataclass(frozen=True)
class Ranked:
    """The figure that decides, and which way it is good."""

    metric: str
    title: str
    better: str


FRECHET = Ranked("frechet_samples", "Fréchet distance", "lower")
BITS = Ranked("bits_per_byte", "bits per byte", "lower")
PAIRS = Ranked("pair_trends", "pair trends", "higher")
STEPS = Ranked("nats_per_step", "nats a quarter", "lower")
RANKED = {"image": FRECHET, "audio": FRECHET, "music": STEPS, "text": BITS, "code": BITS, "table": PAIRS}

THINGS = {"image": "pictures", "audio": "sounds", "music": "scores", "table": "tables"}


@dataclass(frozen=True)
class Column:
    """`title` as the table shows it, `told` in a sentence for somebody who sees it for the first time."""

    key: str
    title: str
    told: str


COLUMNS = tuple(Column(key, **told) for key, told in tomllib.loads(template("columns.toml")).items())
# Where real data in the place of samples stand in a run's report: figure -> its column.
RULERS = {f"{name}_real": name for name in ("precision", "recall", "density", "coverage")}
RULERS |= {f"{name}_redrawn": name for name in ("column_shapes", "pair_trends")}
RULERS |= {f"{name}_held_out": name for name in ("exact_copies", "two_sample_auc", "key_kept", "parallels")}
RULERS |= {
    "frechet_real": "frechet_samples",
    "judge_accuracy": "label_agreement",
    "train_on_real": "train_on_synthetic",
}
LIKELIHOODS = ("bits_per_byte", "bits_per_dimension")  # shown in a column for each kind of claim
SPEED_MATTERS = 1.5  # times as fast is worth a sentence


@dataclass(frozen=True)
class Row:
    """One model. `text`, `sheet` and `heard` (a WAV file) are its samples; `notes` what it found wrong with itself
    while it learned."""

    name: str
    family: str
    figures: Mapping[str, Metric]
    sheet: bytes | None = None
    text: str = ""
    heard: bytes | None = None
    notes: Sequence[str] = ()
    rank: int = 0

    def ranked(self, standing: Standing, metric: str) -> Row:
        """The row with its place, and the interval that the place rests on."""
        figures = {**self.figures, metric: replace(self.figures[metric], low=standing.low, high=standing.high)}
        likelihoods = {str(m.kind): m for name, m in figures.items() if name in LIKELIHOODS}
        return replace(self, rank=standing.rank, figures=figures | likelihoods)

    @property
    def uri(self) -> str:
        return data_uri("image/png", self.sheet)

    @property
    def player(self) -> str:
        return data_uri("audio/wav", self.heard)


def data_uri(kind: str, content: bytes | None) -> str:
    return "" if content is None else f"data:{kind};base64,{base64.b64encode(content).decode()}"


@dataclass(frozen=True)
class Told:
    """All that a comparison says. `minutes` are CPU minutes a model; `ruler` the figures of real data."""

    data: str
    modality: str
    minutes: float
    seeds: int
    command: str
    counts: Mapping[str, int]
    data_hash: str
    ranked: Ranked
    rows: Sequence[Row]
    ruler: Mapping[str, Metric]
    differences: Sequence[Difference]
    steadiness: tuple[float, float] | None
    failed: Mapping[str, str] = field(default_factory=dict)
    said: Sequence[str] = ()

    @property
    def things(self) -> str:
        return THINGS.get(self.modality, self.modality)

    @property
    def columns(self) -> list[Column]:
        """Those that a row has something in."""
        return [column for column in COLUMNS if any(column.key in row.figures for row in self.rows)]


def ruler_of(rows: Sequence[Row]) -> dict[str, Metric]:
    """What real data have in the place of samples, as the best row's run measured it."""
    found = rows[0].figures if rows else {}
    made = {column: found[name] for name, column in RULERS.items() if name in found}
    if "near_copies" in found:
        made["near_copies"] = Metric("near_copies", 0.01, unit="share", note="by construction")
    return made


# ------------------------------------------------------------------------------------------------ in plain words


def recommend(
    rows: Sequence[Row],
    differences: Sequence[Difference],
    ranked: Ranked,
    steadiness: tuple[float, float] | None,
    failed: Mapping[str, str],
) -> list[str]:
    """What to take, what speaks against it, and how far the order can be trusted."""
    said = []
    kinds = list(dict.fromkeys(row.figures[ranked.metric].kind for row in rows))
    for kind in kinds:
        group = [row for row in rows if row.figures[ranked.metric].kind == kind]
        word = f" ({kind})" if len(kinds) > 1 else ""
        said += best_of(group, differences, ranked, word)
    if len(kinds) > 1:
        said.append("Exact figures and bounds are ranked apart: a bound may be better than it looks.")
    said += [sentence for row in rows for sentence in warnings(row)]
    if steadiness is not None:
        mean, least = steadiness
        steady = "steady" if mean >= 0.6 else "not steady: do not rely on it"
        said.append(
            f"Over the seeds the order is {steady}: Kendall's τ {short(mean)} on average, {short(least)} at least."
        )
    elif rows:
        said.append("One seed trained each model: another may change an order that is close. --seeds 3 shows it.")
    return said + [f"{name} failed: {why}" for name, why in failed.items()]


def best_of(group: Sequence[Row], differences: Sequence[Difference], ranked: Ranked, word: str) -> list[str]:
    first = [row for row in group if row.rank == 1]
    best = first[0]
    figure = bare(best.figures[ranked.metric])
    direction = "lowest" if ranked.better == "lower" else "highest"
    if len(group) == 1:
        return [f"{best.name}{word}: {ranked.title} {figure}; nothing of its kind stands beside it."]
    if len(first) == 1:
        said = [f"Take {best.name}{word}: it has the {direction} {ranked.title}, {figure}, by more than chance."]
    else:
        names = ", ".join(row.name for row in first[1:])
        alike = f"{names} {'is' if len(first) == 2 else 'are'} no worse within the interval"
        said = [f"{best.name}{word} has the {direction} {ranked.title}, {figure}, but {alike}: see the other columns."]
    drawn = {row.name: row.figures.get("samples_per_second") for row in group}
    speed = {name: metric.value for name, metric in drawn.items() if metric is not None}
    fastest = max(speed, key=lambda name: speed[name], default=best.name)
    if fastest != best.name and speed[fastest] >= SPEED_MATTERS * speed.get(best.name, float("inf")):
        row = next(row for row in group if row.name == fastest)
        price = "at no loss that is more than chance" if row in first else f"at {bare(row.figures[ranked.metric])}"
        said.append(f"{fastest} draws {speed[fastest] / speed[best.name]:.1f} times as fast, {price}.")
    return said + obedient(best, group)


def obedient(best: Row, group: Sequence[Row]) -> list[str]:
    """Whether another shows what was asked for more often, by more than chance."""
    ours = best.figures.get("label_agreement")
    reads = {row.name: row.figures["label_agreement"] for row in group if "label_agreement" in row.figures}
    other = max(reads, key=lambda name: reads[name].value, default=best.name)
    if ours is None or (reads[other].low or 0) <= (ours.high or 1):
        return []
    told = f"{reads[other].text()} of samples against {ours.text()}"
    return [f"{other} shows what was asked for more often than {best.name}: {told}."]


def bare(metric: Metric) -> str:
    """The figure with its interval, where its title says what it counts."""
    return (metric if metric.unit == "share" else replace(metric, unit="")).text()


def warnings(row: Row) -> list[str]:
    """What speaks against a model."""
    said = [f"{row.name}: {note}" for note in row.notes[-1:]]  # the last one; its own report has them all
    copies = row.figures.get("near_copies")
    if copies is not None and copies.low is not None and copies.low > 0.01:
        share = copies.text()
        said.append(f"{row.name} copies: {share} of its samples are nearer to the training data than new items are.")
    shown, real = row.figures.get("coverage"), row.figures.get("coverage_real")
    if shown is not None and real is not None and (shown.high or 0) < 0.75 * real.value:
        said.append(
            f"{row.name} leaves much out: it covers {shown.text()} of real items, other real items {real.text()}."
        )
    return said


# ------------------------------------------------------------------------------------------------ the page


def page(told: Told) -> str:
    """The HTML page, one string that loads nothing."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"short": short, "amount": amount}
    style = template("page.css")
    return environment.from_string(template("side_by_side.html.j2")).render(told=told, style=style)
