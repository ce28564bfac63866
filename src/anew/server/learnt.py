"""What a stored model learnt from, where the run that trained it is still on this machine: its own training records.

In: an open model, or a data set's name. Out: pictures or texts with labels and origins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anew.collect import datasets
from anew.data import manifest
from anew.data.home import home
from anew.data.progress import silent
from anew.data.records import Record, read_records
from anew.deploy.runs import runs_folder
from anew.engine.served import Served
from anew.errors import AnewError, Damaged
from anew.recipe import parse, read
from anew.recipes.encode import Encoder
from anew.recipes.pictures import read_pictures
from anew.server.errors import Problem
from anew.server.wording import worded


@dataclass(frozen=True)
class Item:
    """A training item as the model's plain codec takes it."""

    value: Any
    label: str | None
    origin: str


def run_of(id: str) -> Path | None:
    """The run that put the model of this id into the store."""
    for folder in sorted(runs_folder().glob("*/deploy")):
        try:
            made = manifest.load(folder)
        except Damaged:
            continue
        if made is not None and made.facts.get("model") == id:
            return folder.parent
    return None


def trained_on(served: Served) -> Path:
    """Problem: the run is not here."""
    folder = run_of(served.digest)
    if folder is None:
        what = f"the run that trained {served.name} is not on this machine, so that its training data are not known"
        raise Problem(400, what, param="model", code="training_data_unknown")
    return folder


def texts(served: Served) -> Iterator[Record]:
    """Every record of the training split, in a stream."""
    return read_records(trained_on(served) / "clean", "train")


def items(served: Served, most: int, data: str | None = None) -> list[Item]:
    """Pictures or rows: of a known data set where one is named, else from all over what the model learnt from."""
    if data is None:
        folder = trained_on(served)
        encoder = Encoder(folder, parse(read(folder / "resolved.toml"), str(folder)), silent)
        return [Item(encoder.decode(one), one.label, one.origin) for one in encoder.draw("train", most)]
    if data not in datasets.CATALOGUE or datasets.show(data, home())["folder"] is None:
        what = f"data: a known data set that is on this machine, not {data!r}\n  try: anew data list"
        raise Problem(400, what, param="data", code="data_not_here")
    try:
        found = read_pictures(data, most)
    except AnewError as why:
        raise Problem(400, worded(why), param="data", code="invalid_value") from None
    return [Item(one.picture, one.label, one.origin) for one in found]
