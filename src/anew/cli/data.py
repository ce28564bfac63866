"""`anew data`: the data sets that anew knows by name."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

import anew.collect.datasets as datasets
from anew.cli.terminal import Json, columns, show, talk
from anew.data.home import home

app = App(name="data", help="List, fetch and look at known data sets.")

Name = Annotated[str, Parameter(help="A known data set.")]


@app.command(name="list")
def list_known(*, as_json: Json = False) -> None:
    """The known data sets. A recipe that names one fetches it by itself."""
    found = [datasets.show(entry["name"], home()) for entry in datasets.catalogue()]
    rows = [(f["name"], f["modality"], "here" if f["folder"] else "-", f["licence"], f["about"]) for f in found]
    show(columns(rows, ("DATA SET", "MODALITY", "HERE", "LICENCE", "ABOUT")), as_json, {"datasets": found})


@app.command
def get(name: Name, /, *, as_json: Json = False) -> None:
    """Fetch a data set, check its hash, and lay it out as plain files."""
    talk(f"data set {name}: fetched unless it is here")
    folder = datasets.get(name, home())
    show([str(folder)], as_json, datasets.show(name, home()) | {"paths": {"data": folder}})


@app.command(name="show")
def show_known(name: Name, /, *, as_json: Json = False) -> None:
    """A data set's origin, licence, pin, and where it lies."""
    found = datasets.show(name, home())
    show(columns([(key, "-" if value is None else value) for key, value in found.items()]), as_json, found)
