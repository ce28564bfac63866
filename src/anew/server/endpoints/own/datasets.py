"""/v1/anew/datasets: the data sets that are known by name, and what an uploaded file holds, as collecting reads it.

An upload is looked at and forgotten; one that a job is to learn from goes to /v1/files.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from fastapi import File, Form, Request, UploadFile
from pydantic import Field

from anew.collect import collect, datasets, modality_of
from anew.data.home import home
from anew.data.progress import Progress
from anew.data.records import read_records
from anew.errors import DataError, NotFound
from anew.recipe import Data
from anew.recipes.preview import cleaned as cleaned_by_default
from anew.server.access import Asker, needs
from anew.server.endpoints.own.routing import FORM, own_router
from anew.server.endpoints.own.runs import Peeked, peek
from anew.server.errors import Problem
from anew.server.given_data import Folder, Given, Named, given
from anew.server.wire.own import Own, Told
from anew.server.wording import worded
from anew.server.working import Leave, apart

reading = own_router("/datasets", needs("read"))
uploading = own_router("/datasets", needs("files"))
routers = (reading, uploading)
MOST_RECORDS, SHOWN, ACROSS, MOST_LABELS = 20_000, 10, 40, 50
SUFFIXES = re.compile(r"(\.[A-Za-z0-9]{1,8}){0,2}$")
Modality = Literal["text", "code", "image", "audio", "table", "chat", "music"]


class Known(Told):
    """`here`: whether it is on this machine; else `anew data get NAME` fetches it."""

    name: str
    modality: str
    licence: str
    about: str
    here: bool


class KnownWhole(Known):
    """With its package, its version and hash, and the number of its files where it is here."""

    package: str
    version: str


class KnownList(Told):
    object: Literal["list"] = "list"
    data: list[Known]


class Description(Told):
    """`counts`: files by kind, bytes, and what was left out by the rule that said so, with `examples`. `whole`: whether
    that is all of it, or as many records as are looked at."""

    object: Literal["dataset_description"] = "dataset_description"
    filename: str
    modality: str
    records: int
    whole: bool
    counts: dict[str, int]
    examples: dict[str, list[str]]
    labels: dict[str, int]
    licences: list[str]
    first: list[Peeked]


class Cleaned(Told):
    """What cleaning leaves of the records, by a recipe's defaults. `counts`: by split, and what went by the rule that
    took it, with `examples`; `why`: it left none."""

    counts: dict[str, int]
    examples: dict[str, list[str]]
    why: str | None = None


class Looked(Description):
    """`across`: records from all over it, rather than the first ones."""

    cleaned: Cleaned
    across: list[Peeked]


class Look(Own):
    """What a run would learn from, as a job names it: an upload or a known data set, or what lies on the machine."""

    training_file: Named | None = None
    training_folder: Folder | None = None
    modality: Modality | None = None
    column: Annotated[str, Field(max_length=200)] | None = None
    label: Annotated[str, Field(max_length=200)] | None = None


@reading.get("")
def listed() -> KnownList:
    found = [(one, datasets.show(one["name"], home())["folder"] is not None) for one in datasets.catalogue()]
    return KnownList(data=[Known(**one, here=here) for one, here in found])


@reading.get("/{name}")
def one(name: str) -> KnownWhole:
    """Its origin, licence, pin, and how many files it has where it is here."""
    try:
        found = datasets.show(name, home())
    except NotFound as why:
        raise Problem(404, worded(why), param="name", code="not_found") from None
    facts = {key: value for key, value in found.items() if key != "folder"}
    return KnownWhole(**facts, here=found["folder"] is not None)


@uploading.post("/describe", dependencies=[FORM])
async def describe(
    request: Request,
    file: Annotated[UploadFile, File(description="A file or an archive.")],
    modality: Annotated[Modality | None, Form(description="Without it, by the look of the file.")] = None,
    column: Annotated[str | None, Form(max_length=200)] = None,
    label: Annotated[str | None, Form(max_length=200)] = None,
) -> Description:
    """What collecting makes of a file: records, kinds, licences, what is left out and why, the first records."""
    named = PurePosixPath((file.filename or "upload").replace("\\", "/")).name
    async with request.app.state.heavy:
        return await apart(request, lambda leave: described(leave, file, named, modality, column, label))


@uploading.post("/look")
async def look(asked: Look, request: Request, who: Asker) -> Looked:
    """The same of what a job can learn from, with what cleaning would take out of it and why."""
    state = request.app.state
    with state.database.reading() as session:
        data = given(session, state.contents, who, asked.training_file, asked.training_folder)
    async with state.heavy:
        return await apart(request, lambda leave: looked_at(leave, data, asked))


def looked_at(leave: Leave, data: Given, asked: Look) -> Looked:
    with tempfile.TemporaryDirectory(prefix="anew-look-") as place, data.readable() as source:
        folder, kind = Path(place), asked.modality or modality_of(source)
        wanted = Data(source=source, column=asked.column, label=asked.label, limit=MOST_RECORDS)
        told = description(leave, wanted, kind, data.name, folder)
        every = max(1, told.records // ACROSS)
        across = [peek(record) for record in islice(read_records(folder / "collect"), every // 2, None, every)]
        try:
            made = cleaned_by_default(
                kind, folder / "collect", folder / "clean", lambda progress: looked(leave, progress)
            )
            cleaned = Cleaned(counts=made.counts, examples=made.facts.get("removed examples", {}))
        except DataError as why:
            cleaned = Cleaned(counts={}, examples={}, why=why.message.removeprefix(f"{folder / 'collect'}: "))
    return Looked(**told.model_dump(), cleaned=cleaned, across=across[:ACROSS])


def described(
    leave: Leave, file: UploadFile, name: str, modality: Modality | None, column: str | None, label: str | None
) -> Description:
    """Nothing of the file's own name but its suffix reaches the disk."""
    suffix = SUFFIXES.search(name)
    with tempfile.TemporaryDirectory(prefix="anew-describe-") as place:
        source = Path(place) / f"upload{suffix[0] if suffix else ''}"
        with open(source, "wb") as copy:
            shutil.copyfileobj(file.file, copy)
        asked = Data(source=str(source), column=column, label=label, limit=MOST_RECORDS)
        return description(leave, asked, modality or modality_of(str(source)), name, Path(place))


def description(leave: Leave, asked: Data, kind: str, name: str, place: Path) -> Description:
    made = collect(asked, kind, place / "collect", lambda progress: looked(leave, progress))
    labels: Counter[str] = Counter()
    for record in read_records(place / "collect"):
        labels[record.label or ""] += 1
    first = [peek(record) for record in islice(read_records(place / "collect"), SHOWN)]
    del labels[""]
    records = made.counts["records"]
    return Description(
        filename=name, modality=kind, records=records, whole=records < MOST_RECORDS, counts=made.counts,
        examples=made.facts.get("removed examples", {}), labels=dict(labels.most_common(MOST_LABELS)),
        licences=made.facts["licences"], first=first,
    )  # fmt: skip


def looked(leave: Leave, progress: Progress) -> None:
    leave.check()
