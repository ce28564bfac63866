"""What the app does of itself: looks after jobs and batches, and sweeps away what nobody needs.

In: the app, whose lifespan this is a part of. Out: nothing but the work itself.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import delete, select

from anew.data.files import write_atomic
from anew.data.home import home
from anew.errors import Refused
from anew.server import kept
from anew.server.contents import GRACE, LARGEST, Contents
from anew.server.database.connect import Database, id_of
from anew.server.database.work import Batch, File, Job
from anew.server.work.batching import UNDER_WAY, Batches
from anew.server.work.lease import Holder
from anew.server.work.tuning import CANCELLED, FAILED, SUCCEEDED, Tuning

log = logging.getLogger("anew.server")
PAUSE = 0.25  # seconds between looks
SWEEP = 60.0  # seconds between sweeps
LOGS = 7 * 86_400  # seconds for which the log of a job that failed is kept
MARK = "database"  # the file in a folder that says whose it is


@dataclass(frozen=True)
class Workshop:
    """Where files and jobs lie, and how much of them: `largest_file` in bytes, `at_once` jobs that train at a time.
    `owner`: the id of the database whose rows say what lies there; `file`: where that lies, of SQLite."""

    folder: Path
    owner: str
    largest_file: int = LARGEST
    at_once: int = 1
    file: Path | None = None

    @classmethod
    def of(cls, database: Database, **limits: int) -> Workshop:
        """A folder that is surely the database's own, since what no row of it knows is swept away."""
        owner = database.id
        return cls(home() / "server" / owner, owner, file=database.file, **limits)

    def mark(self) -> None:
        """Say whose the folder is, where that is not said yet and nothing lies in it, and where its database lies.
        Refused: that one is still there, and ours a copy of it. Each would sweep away what the other keeps."""
        self.folder.mkdir(0o700, parents=True, exist_ok=True)  # for its owner alone
        if (other := self._original()) is not None:
            what = f"{self.file} is a copy of the database {other}, whose files lie in {self.folder}"
            raise Refused(what, next_command="ANEW_HOME=… anew serve, in which a copy of that folder may lie")
        if self.ours or all(path.name.startswith(".") for path in self.folder.iterdir()):
            write_atomic(self.folder / MARK, "\n".join(map(str, (self.owner, self.file or "", self.folder))).encode())

    def _original(self) -> Path | None:
        """The database of this id that the folder was made for, if it is another than ours; the folder may be a copy
        itself."""
        _, file, folder = [*self._said(), "", "", ""][:3]
        if self.file is None or not self.ours or not file or folder != str(self.folder) or not Path(file).is_file():
            return None
        return None if self.file.samefile(file) or id_of(Path(file)) != self.owner else Path(file)

    def _said(self) -> list[str]:
        with suppress(OSError):
            return (self.folder / MARK).read_text("utf-8", "replace").split("\n")
        return []

    @property
    def ours(self) -> bool:
        return self._said()[:1] == [self.owner]

    @property
    def jobs(self) -> Path:
        return self.folder / "jobs"

    @property
    def batches(self) -> Path:
        return self.folder / "batches"


@asynccontextmanager
async def at_work(app: FastAPI, workshop: Workshop) -> AsyncIterator[None]:
    """As long as the block runs, jobs and batches get on."""
    holder, contents = Holder(app.state.database), app.state.contents
    await asyncio.to_thread(workshop.mark)
    batches = Batches(app, app.state.keys, holder, contents, workshop.batches)
    tuning = Tuning(holder, contents, workshop.jobs, app.state.pool, workshop.at_once)
    ending = asyncio.Event()

    async def looks() -> None:
        swept = -SWEEP
        while not ending.is_set():
            try:
                if time.monotonic() - swept > SWEEP:
                    swept = time.monotonic()
                    await asyncio.to_thread(sweep, app.state.database, contents, workshop)
                await asyncio.to_thread(tuning.look)
                await batches.look()
            except Exception as error:  # a database that is locked, a disk that is full: the next look may do better
                log.error("the server's own work", exc_info=error)
            with suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), PAUSE)

    task = asyncio.create_task(looks())
    try:
        yield
    finally:
        ending.set()
        await task  # what it began in a thread has ended too, and begins no process after the others have stopped
        await batches.stop()
        await asyncio.to_thread(tuning.stop)


def sweep(database: Database, contents: Contents, workshop: Workshop) -> None:
    """Remove files that have expired, contents without a row, folders of jobs and batches that no row knows. In a
    folder that does not say that it is the database's nothing is touched."""
    with database.writing() as session:
        session.execute(delete(File).where(File.expires_at <= time.time()))
    if not workshop.ours:
        log.warning("%s is not this database's folder, by its file %s; nothing is swept", workshop.folder, MARK)
        return

    def known() -> set[str]:
        with database.reading() as session:
            return set(session.scalars(select(File.id)))

    contents.sweep(known)
    kept.sweep(database, workshop.folder)
    log_kept = (Job.status == FAILED) & (Job.finished_at > time.time() - LOGS)
    over = (SUCCEEDED, CANCELLED, FAILED)
    jobs = select(Job.id).where(Job.status.not_in(over) | Job.holder.is_not(None) | log_kept)
    batches = select(Batch.id).where(Batch.status.in_(UNDER_WAY))
    for folder, under_way in ((workshop.jobs, jobs), (workshop.batches, batches)):
        found = list(folder.iterdir()) if folder.is_dir() else []
        with database.reading() as session:
            ids = set(session.scalars(under_way))
        for path in found:
            if path.name not in ids and time.time() - path.stat().st_mtime > GRACE:
                shutil.rmtree(path, ignore_errors=True)
