"""`anew compare`: several families on one data set, with one budget, judged alike."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from anew import recipes
from anew.cli.dotted import Overrides, pairs
from anew.cli.terminal import Json, Meter, columns, show, talk
from anew.collect import datasets, modality_of
from anew.errors import DataError, Interrupted, NotFound
from anew.recipes.dotted import check_known
from anew.recipes.grid import FAMILIES, MODALITIES, choose

if TYPE_CHECKING:
    from anew.validate.side_by_side import Told

FLAGS = ("data", "families", "models", "minutes", "seeds", "modality", "out", "json", "debug", "help")
SHOWN = ("exact", "bound", "bits_per_code", "nats_per_step", "frechet_samples", "pair_trends", "precision", "recall",
         "coverage", "label_agreement", "asked_all_kept", "key_kept", "parallels", "near_copies", "cpu_seconds",
         "samples_per_second", "network_calls", "peak_bytes")  # fmt: skip

Data = Annotated[
    str,
    Parameter(help="A known data set, a recipe that has data of its own, or a file or folder, with --data or without."),
]
Families = Annotated[
    str, Parameter(help=f"Some of {', '.join(FAMILIES)}, with commas: the best recipe of each. Default: all that fit.")
]
Models = Annotated[str, Parameter(help="Models by name, with commas, instead of families or beside them.")]
Minutes = Annotated[float, Parameter(help="CPU minutes of training for each model, a learned codec included.")]
Seeds = Annotated[int, Parameter(help="Train each model so many times, and say how steady the order is.")]
Modality = Annotated[str | None, Parameter(help=f"{', '.join(MODALITIES)}. Default: by the look of the data.")]
Out = Annotated[Path | None, Parameter(help="The folder. Default: one in ANEW_HOME/compare.")]


def compare(
    data: Data,
    *overrides: Overrides,
    families: Families = "",
    models: Models = "",
    minutes: Minutes = 2.0,
    seeds: Seeds = 1,
    modality: Modality = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Train models of several families on one data set with an equal budget, judge them alike, and rank them.

    Typed again it goes on where it stopped. Beside the table on stdout it writes a page, comparison.html, that explains
    itself.
    """
    changes = pairs(overrides)
    check_known(changes, FLAGS)
    if minutes <= 0 or seeds < 1:
        raise DataError(f"{minutes:g} minutes and {seeds} seeds: both are above 0", next_command="anew compare --help")
    source = source_of(data)
    kind = modality or modality_of(source)
    chosen = choose(kind, words(families), words(models))
    given = [f"--minutes {minutes:g}", f"--seeds {seeds}", *(f"--{k} {shlex.quote(v)}" for k, v in changes.items())]
    asked = [f"--{name} {value}" for name, value in (("families", families), ("models", models)) if value]
    # imports torch, which a mistyped name need not wait for
    from anew.recipes.compare import Plan, folder_for
    from anew.recipes.compare import compare as carry_out

    folder = out or folder_for(source, minutes, changes)
    command = " ".join(["anew compare", shlex.quote(data), *asked, *given, *([f"--out {out}"] if out else [])])
    talk(f"compare {', '.join(c.name for c in chosen)} in {folder}")
    try:
        with Meter() as meter:
            plan = Plan(source, kind, chosen, minutes, folder, seeds, changes, command)
            made = carry_out(plan, meter)
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted("stopped; what was done is saved", next_command=command) from None
    lines = [*table(made.told), "", *made.told.said, "", *columns(sorted(made.paths.items()))]
    show(lines, as_json, summary(made.told) | {"paths": made.paths})


def source_of(data: str) -> str:
    """A ready recipe's own data, where it has some; else what was named."""
    if data not in datasets.CATALOGUE and not Path(data).exists() and data in recipes.ready():
        source: str = recipes.find(data).get("data", {}).get("source", "")
        if not source:
            raise NotFound(f"the recipe {data} brings no data of its own", next_command="anew data list")
        return source
    return data


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def table(told: Told) -> list[str]:
    """The rows, the best first, and the row of real data."""
    if not told.rows:
        return ["no model was finished"]
    shown = [column for column in told.columns if column.key in SHOWN]
    rows: list[list[object]] = [
        [row.rank, row.name, row.family, *(cell(row.figures.get(c.key)) for c in shown)] for row in told.rows
    ]
    if told.ruler:
        rows.append(["", "real data", "", *(cell(told.ruler.get(c.key)) for c in shown)])
    return columns(rows, ["RANK", "MODEL", "FAMILY", *(c.title.upper() for c in shown)])


def cell(metric: Any) -> str:
    from anew.validate.metric import amount, short

    if metric is None:
        return "-"
    value = amount(metric.value, metric.unit) if metric.unit in ("share", "GB", "s") else short(metric.value)
    interval = metric.interval("–")
    return f"{value} [{interval}]" if interval else value


def summary(told: Told) -> dict[str, Any]:
    from anew.recipes.compare import plain

    return plain(told)
