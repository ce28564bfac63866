"""`anew runs`: what was run, how far it came, what it measured."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import App, Parameter

from anew.cli.terminal import Json, columns, show
from anew.data.progress import size
from anew.deploy.runs import RunEntry, compare_runs, list_runs, remove_run, show_run

app = App(name="runs", help="The runs: list, show, compare and remove them.")

Run = Annotated[str, Parameter(help="A run's name, a beginning that is its alone, or its folder.")]


@app.command(name="list")
def list_all(*, as_json: Json = False) -> None:
    """The runs in ANEW_HOME/runs."""
    runs = list_runs()
    rows = [(r.name, r.recipe, r.state, size(r.bytes), "; ".join(r.headline[:1])) for r in runs]
    lines = columns(rows, ("RUN", "RECIPE", "STATE", "SIZE", "")) if rows else ["no runs yet; anew run digits"]
    show(lines, as_json, {"runs": [facts(r) for r in runs]})


@app.command(name="show")
def show_one(run: Run, /, *, as_json: Json = False) -> None:
    """A run's stages, figures and files."""
    entry = show_run(run)
    head = [("run", entry.path), ("recipe", entry.recipe), ("state", entry.state), ("size", size(entry.bytes))]
    head += [("done", ", ".join(entry.done))] + [("damaged", file) for file in entry.damaged]
    figures = [(name, *figure_columns(value)) for name, value in entry.figures.items()]
    lines = columns(head) + ([""] + columns(figures, ("FIGURE", "VALUE", "95 % INTERVAL")) if figures else [])
    show(lines, as_json, facts(entry))


@app.command
def compare(run: Run, /, *others: Run, as_json: Json = False) -> None:
    """The figures of several runs side by side."""
    names = [show_run(ref).name for ref in (run, *others)]
    found = compare_runs([run, *others])
    rows = [(name, *("-" if v is None else figure_columns(v)[0] for v in values)) for name, values in found.items()]
    lines = columns(rows, ("FIGURE", *names)) if rows else ["none of them has figures yet"]
    show(lines, as_json, {"runs": names, "figures": found})


@app.command
def rm(run: Run, /, *more: Run, as_json: Json = False) -> None:
    """Delete runs: their data, checkpoints and reports. The models in the store stay."""
    gone = [str(remove_run(ref)) for ref in (run, *more)]
    show([f"removed {path}" for path in gone], as_json, {"removed": gone})


def figure_columns(figure: dict[str, Any]) -> tuple[str, str]:
    """Value with its unit, and interval, as the report shows them."""
    shown = figure.get("shown", {})
    return str(shown.get("value", figure.get("value"))), str(shown.get("interval", ""))


def facts(entry: RunEntry) -> dict[str, Any]:
    return asdict(entry) | {"state": entry.state}
