"""Pictures with their labels out of any source, for what is done with a model beside training it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path

from anew.codecs.image import Picture, read_image
from anew.collect import collect
from anew.data.progress import Report, silent
from anew.data.records import read_records
from anew.errors import DataError
from anew.recipe import Data


@dataclass(frozen=True)
class Found:
    """A picture, its label where it has one, and where it came from."""

    picture: Picture
    label: str | None
    origin: str


def read_pictures(source: str, most: int | None = None, report: Report = silent) -> list[Found]:
    """The pictures of a folder, file, archive or known data set, those with transparency as (H, W, 4); of more than
    `most` those with the smallest hashes, which come from all over it, in the order of their origin. Damaged files are
    left out. DataError: none at all."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "collect"
        collect(Data(source=source), "image", place, report)
        records = read_records(place)
        kept = list(records) if most is None else nsmallest(most, records, key=lambda one: one.hash)
    made = []
    for record in sorted(kept, key=lambda one: one.origin):
        assert isinstance(record.value, bytes)
        try:
            made.append(Found(read_image(record.value, record.origin, alpha=True), record.label, record.origin))
        except DataError:
            continue
    if not made:
        raise DataError(f"{source}: no picture that can be read", next_command="anew data list")
    return made


__all__ = ["Found", "read_pictures"]
