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

from anew.data.home import home
from anew.server import kept
from anew.server.contents import GRACE, LARGEST, Contents
from anew.server.database.connect import Database
from anew.server.database.work import Batch, File, Job
from anew.server.work.batching import UNDER_WAY, Batches
from anew.server.work.lease import Holder
from anew.server.work.tuning import CANCELLED, SUCCEEDED, Tuning

log = logging.getLogger("anew.server")
PAUSE = 0.25  # seconds between looks
SWEEP = 60.0  # seconds between sweeps


@dataclass(frozen=True)
class Workshop:
    """Where files and jobs lie, and how much of them: `largest_file` in bytes, `at_once` jobs that train at a time."""

    folder: Path
    largest_file: int = LARGEST
    at_once: int = 1

    @classmethod
    def of(cls, database: Database, **limits: int) -> Workshop:
        """A database's own folder, since what no row of it knows is swept away: beside its file, or in ANEW_HOME."""
        url = database.engine.url
        if url.get_backend_name() != "sqlite":
            return cls(home() / "server" / f"{url.database}-at-{url.host or 'local'}", **limits)
        return cls(Path(url.database).absolute().parent if url.database else home() / "server", **limits)

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
    batches = Batches(app, holder, contents, workshop.batches)
    tuning = Tuning(holder, contents, workshop.jobs, app.state.pool, workshop.at_once)

    async def looks() -> None:
        swept = -SWEEP
        while True:
            try:
                if time.monotonic() - swept > SWEEP:
                    swept = time.monotonic()
                    await asyncio.to_thread(sweep, app.state.database, contents, workshop)
                await asyncio.to_thread(tuning.look)
                await batches.look()
            except Exception as error:  # a database that is locked, a disk that is full: the next look may do better
                log.error("the server's own work", exc_info=error)
            await asyncio.sleep(PAUSE)

    task = asyncio.create_task(looks())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await batches.stop()
        await asyncio.to_thread(tuning.stop)


def sweep(database: Database, contents: Contents, workshop: Workshop) -> None:
    """Remove files that have expired, contents without a row, folders of jobs and batches that no row knows."""
    with database.writing() as session:
        session.execute(delete(File).where(File.expires_at <= time.time()))

    def known() -> set[str]:
        with database.reading() as session:
            return set(session.scalars(select(File.id)))

    contents.sweep(known)
    kept.sweep(database, workshop.folder)
    jobs = select(Job.id).where(Job.status.not_in((SUCCEEDED, CANCELLED)) | Job.holder.is_not(None))
    batches = select(Batch.id).where(Batch.status.in_(UNDER_WAY))
    for folder, under_way in ((workshop.jobs, jobs), (workshop.batches, batches)):
        found = list(folder.iterdir()) if folder.is_dir() else []
        with database.reading() as session:
            ids = set(session.scalars(under_way))
        for path in found:
            if path.name not in ids and time.time() - path.stat().st_mtime > GRACE:
                shutil.rmtree(path, ignore_errors=True)
