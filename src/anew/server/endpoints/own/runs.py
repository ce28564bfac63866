"""/v1/anew/runs: the runs of this machine, whoever began them: how far each is, what it measured, its metrics as they
are written, its files, its records."""

from __future__ import annotations

import asyncio
import base64
import re
import tomllib
from collections.abc import AsyncIterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field

from anew.data import manifest
from anew.data.records import Record, read_records
from anew.deploy.runs import RunEntry, compare_runs, list_runs, read_run, runs_folder
from anew.errors import Damaged, nearest
from anew.server.access import LOCAL, Asker, needs
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.streaming import events
from anew.server.tail import Tail
from anew.server.wire.own import STREAMED, Told, answered

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
LOOK = 0.3  # seconds between looks at a journal that grows
MANY = 100  # rows in one turn of the event loop
PARTS = {"train": "train", "codec": "codec/train", "judge": "judge/train"}
SHOWN = ("validate", "train/samples")  # folders of a run whose files may be read
KINDS = {
    ".png": "image/png", ".gif": "image/gif", ".svg": "image/svg+xml", ".html": "text/html", ".txt": "text/plain",
    ".json": "application/json", ".csv": "text/csv", ".wav": "audio/wav", ".mp3": "audio/mpeg", ".mid": "audio/midi",
}  # fmt: skip
PAGE = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:",
    "cache-control": "private",
}
LONGEST = 4000  # characters of a record that are told
LARGEST = 1 << 20  # bytes of a record that is a file


def machine_only(who: Asker) -> None:
    """Runs hold the data that they learnt from. They are no tenant's own, so that only the machine's sees them."""
    if who.tenant != LOCAL and "admin" not in who.scopes:
        raise Problem(
            403, f"runs belong to this machine: a key of the tenant {LOCAL!r} or of the scope 'admin' sees them"
        )


own_machine = Depends(machine_only)
router = own_router("/runs", needs("read"), own_machine)
routers = (router,)


class Run(Told):
    object: Literal["run"] = "run"
    name: str
    recipe: str
    modality: str
    state: str
    done: list[str]
    figures: dict[str, dict[str, Any]]
    headline: list[str]
    bytes: int
    damaged: list[str]


class Learning(Told):
    """A model of the run that learns: its `steps`, once these are settled; whether it has begun, and ended."""

    steps: int | None
    begun: bool
    done: bool


class RunWhole(Run):
    """With what learns in it, in the order of learning."""

    parts: dict[str, Learning]


class Runs(Told):
    object: Literal["list"] = "list"
    data: list[Run]


class Compared(Told):
    runs: list[str]
    figures: dict[str, list[dict[str, Any] | None]]


class Metrics(Told):
    """`done`: whether the part has trained to its end."""

    run: str
    part: str
    rows: list[dict[str, Any]]
    done: bool


class Files(Told):
    object: Literal["list"] = "list"
    data: list[dict[str, Any]]


class Peeked(Told):
    """`text`, what a row or a conversation says as JSON among them, or `b64`, a file's bytes; `cut`: not all of it."""

    text: str | None = None
    b64: str | None = None
    cut: bool = False
    label: str | None
    origin: str
    licence: str | None
    sha256: str
    split: str | None


class Records(Told):
    object: Literal["list"] = "list"
    data: list[Peeked]
    counts: dict[str, int] = Field(description="What the stage counted.")


def told(entry: RunEntry) -> Run:
    fields = {key: value for key, value in asdict(entry).items() if key != "path"}
    return Run(**fields, state=entry.state)


def folder_of(name: str) -> Path:
    """A run of this machine by its whole name, never by a path. Problem: there is none."""
    names = [entry.name for entry in runs_folder().iterdir()] if runs_folder().is_dir() else []
    if not NAME.fullmatch(name) or name not in names or not (runs_folder() / name / "recipe.toml").is_file():
        raise Problem(404, f"no run is called {name!r}{nearest(name, names)}", param="name", code="not_found")
    return runs_folder() / name


@router.get("")
def runs() -> Runs:
    return Runs(data=[told(entry) for entry in list_runs()])


@router.get("/compare")
def compared(run: Annotated[list[str], Query(min_length=1, max_length=16)]) -> Compared:
    """The figures of several runs side by side: `?run=A&run=B`."""
    folders = [folder_of(name) for name in run]
    return Compared(runs=[folder.name for folder in folders], figures=compare_runs(folders))


@router.get("/{name}")
def run(name: str) -> RunWhole:
    folder = folder_of(name)
    return RunWhole(**told(read_run(folder)).model_dump(), parts=parts_of(folder))


def parts_of(folder: Path) -> dict[str, Learning]:
    try:
        values = tomllib.loads((folder / "resolved.toml").read_text("utf-8"))
    except (OSError, ValueError):
        values = {}
    settings = {"codec": values.get("codec", {}).get("learned"), "train": values, "judge": values.get("judge")}
    found = {}
    for part, held in settings.items():
        place, steps = folder / PARTS[part], (held or {}).get("train", {}).get("steps")
        begun = (place / "metrics.jsonl").is_file()
        if held is not None or begun:
            found[part] = Learning(steps=steps, begun=begun, done=begun and is_done(place))
    return found


# ------------------------------------------------------------------------------------------------ metrics


@router.get("/{name}/metrics", **answered(Metrics, **STREAMED))
async def metrics(
    name: str,
    request: Request,
    part: Annotated[Literal["train", "codec", "judge"], Query(description="Which of the run's models.")] = "train",
    stream: bool = False,
) -> Any:
    """A row for each step, validation and diagnosis; streamed, new ones as they are written, until the part is done."""
    folder = (await asyncio.to_thread(folder_of, name)) / PARTS[part]
    if stream:
        return events(growing(folder), {})
    done = await asyncio.to_thread(is_done, folder)
    rows = await asyncio.to_thread(Tail(folder / "metrics.jsonl").more)
    return {"run": name, "part": part, "rows": rows, "done": done}


async def growing(folder: Path) -> AsyncIterator[dict[str, Any]]:
    """The journal's rows; then `{"done": true}`, or the reason why no more will come."""
    tail = Tail(folder / "metrics.jsonl")
    while True:
        done = await asyncio.to_thread(is_done, folder)  # before the look, so that nothing is written after it
        for number, row in enumerate(await asyncio.to_thread(tail.more), 1):
            yield row
            if number % MANY == 0:
                await asyncio.sleep(0)  # others have their turn, however long the journal is
        if done:
            yield {"done": True}
            return
        if not folder.parent.exists():
            yield {"done": False, "why": "the run is gone"}
            return
        await asyncio.sleep(LOOK)


def is_done(folder: Path) -> bool:
    try:
        return manifest.load(folder) is not None
    except Damaged:
        return False


# ------------------------------------------------------------------------------------------------ files and records


@router.get("/{name}/report", response_class=FileResponse)
def report(name: str) -> FileResponse:
    """The validation's report, a page that needs nothing else."""
    return shown(folder_of(name), "validate/report.html")


@router.get("/{name}/files")
def files(name: str) -> Files:
    """The report's files and the samples that were shown while it learnt."""
    folder = folder_of(name)
    paths = sorted(path for place in SHOWN for path in (folder / place).rglob("*") if path.suffix in KINDS)
    rows = [(path.relative_to(folder).as_posix(), path.stat()) for path in paths if path.is_file()]
    return Files(data=[{"path": path, "bytes": stat.st_size, "changed_at": int(stat.st_mtime)} for path, stat in rows])


@router.get("/{name}/files/{path:path}", response_class=FileResponse)
def file(name: str, path: str) -> FileResponse:
    return shown(folder_of(name), path)


def shown(folder: Path, path: str) -> FileResponse:
    """A file of those that may be read. Problem: any other, a link that leads elsewhere among them."""
    try:
        real, root = (folder / path).resolve(strict=True), folder.resolve()
        inside = any(real.is_relative_to(root / place) for place in SHOWN)
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside or not real.is_file() or real.suffix not in KINDS:
        raise Problem(404, f"{folder.name} shows no file {path!r}", param="path", code="not_found")
    return FileResponse(real, media_type=KINDS[real.suffix], headers=PAGE)


@router.get("/{name}/records")
def records(
    name: str,
    stage: Annotated[Literal["collect", "clean"], Query(description="Before or after cleaning.")] = "clean",
    split: Literal["train", "validation", "test"] | None = None,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Records:
    """Some of the records that a run collected or learnt from."""
    folder = folder_of(name) / stage
    made = manifest.load(folder)
    if made is None:
        raise Problem(404, f"{name} has not been through {stage} yet", param="stage", code="not_found")
    some = islice(read_records(folder, split), offset, offset + limit)
    return Records(data=[peek(record) for record in some], counts=made.counts)


def peek(record: Record) -> Peeked:
    value = record.value
    here = Peeked(
        label=record.label, origin=record.origin, licence=record.licence, sha256=record.hash, split=record.split
    )
    if isinstance(value, str):
        here.text, here.cut = value[:LONGEST], len(value) > LONGEST
    else:
        here.cut = len(value) > LARGEST
        here.b64 = None if here.cut else base64.b64encode(value).decode()
    return here
