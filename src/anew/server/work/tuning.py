"""Fine-tuning jobs: each row's status is what is wished for, and here the processes are made to fit it.

In: rows of the database. Out: processes that run, stop and go on; events; a model in the store. Nothing is kept in
memory that a restart would miss: a server that was killed finds its jobs' processes again, or begins them anew, which
go on from their last checkpoint.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from anew.data.home import home
from anew.deploy.store import Store
from anew.engine.pool import Pool
from anew.errors import Interrupted, NotFound
from anew.server.contents import Contents
from anew.server.database.connect import PROMOTING, in_turn
from anew.server.database.work import File, Job, JobEvent
from anew.server.work.following import Event, Following, best, first_bad_row, results
from anew.server.work.lease import Holder
from anew.server.work.process import LOG, RECIPE, Process, said
from anew.server.work.running import forget_run

log = logging.getLogger("anew.server")
VALIDATING, QUEUED, RUNNING, PAUSED, CANCELLED = "validating_files", "queued", "running", "paused", "cancelled"
SUCCEEDED, FAILED = "succeeded", "failed"
MOST_STARTS = 5  # of a process that dies before it gets on
REST = 3.0  # seconds from a start to the next one, twice as many each time that the process has died


class Tuning:
    """`at_once`: jobs that train at a time."""

    def __init__(self, holder: Holder, contents: Contents, folder: Path, pool: Pool, at_once: int = 1) -> None:
        self.holder, self.contents, self.folder, self.pool, self.at_once = holder, contents, folder, pool, at_once
        self.database = holder.database
        self.processes: dict[str, Process] = {}
        self.followed: dict[str, Following] = {}
        self.rests: dict[str, float] = {}  # until when a job's process is not begun again
        self.seen: set[str] = set()  # jobs whose process ran under our eyes

    def look(self) -> None:
        """Look after every job that there is something to do for. A job's trouble is its own."""
        self._serve()
        with self.database.reading() as session:
            under_way = select(Job.id).where(or_(Job.status == RUNNING, Job.holder.is_not(None)))
            first = select(Job.id).where(Job.status == VALIDATING).order_by(Job.number).limit(1)
            ids = dict.fromkeys([*session.scalars(under_way), *session.scalars(first)])
        for id in ids:
            try:
                job = self.holder.hold(Job, id)
                if job is None:
                    self._forget(id)
                else:
                    self._tend(job)
            except Exception as error:
                log.error("job %s", id, exc_info=error)
        self._promote()

    def stop(self) -> None:
        """Let our processes save what they have, and end; whatever server is there next goes on with them."""
        for process in self.processes.values():
            process.interrupt()
        with self.database.writing() as session:
            session.execute(update(Job).where(Job.holder == self.holder.name).values(held_until=0))

    def _serve(self) -> None:
        """What jobs made is served, also where a server was started for certain models."""
        if self.pool.names:
            with self.database.reading() as session:
                made = session.scalars(select(Job.fine_tuned_model).where(Job.fine_tuned_model.is_not(None)))
                missing = [name for name in made if name is not None and name not in self.pool.names]
            self.pool.names = (*self.pool.names, *missing)

    def _promote(self) -> None:
        """The next ones of the queue begin, where there is room."""
        with self.database.reading() as session:
            if session.scalar(select(Job.id).where(Job.status == QUEUED).limit(1)) is None:
                return
        with self.database.writing() as session:
            in_turn(session, PROMOTING)
            busy = or_(Job.status == RUNNING, Job.holder.is_not(None) & (Job.status != VALIDATING))
            room = self.at_once - (session.scalar(select(func.count()).select_from(Job).where(busy)) or 0)
            waiting = select(Job.id).where(Job.status == QUEUED, Job.holder.is_(None)).order_by(Job.number)
            for id in list(session.scalars(waiting.limit(max(0, room)))):
                begun = update(Job).where(Job.id == id, Job.status == QUEUED)
                session.execute(begun.values(status=RUNNING, starts=0))

    # -------------------------------------------------------------------------------------------- one job

    def _tend(self, job: Job) -> None:
        process = self.processes.get(job.id) or Process.find(self.folder / job.id)
        if process is not None and process.runs:
            self.processes[job.id] = process
            self.seen.add(job.id)
            if job.status == CANCELLED:
                process.kill()
            elif job.status == PAUSED:
                process.interrupt()
            self._follow(job)
            return
        self.processes.pop(job.id, None)
        self._follow(job, last=True)
        if job.status in (VALIDATING, RUNNING):
            self._go_on(job)
        else:
            self._let_go(job)

    def _go_on(self, job: Job) -> None:
        """What comes next for a job without a process: its end, or another start."""
        folder, verb = self.folder / job.id, "clean" if job.status == VALIDATING else "run"
        answer = said(folder, verb)
        interrupted = answer.get("exit_code") == Interrupted.exit_code
        if "error" in answer and not interrupted:
            self._fail(job, "invalid_training_file" if job.status == VALIDATING else "training_failed", answer["error"])
        elif answer and "error" not in answer:
            self._validated(job) if job.status == VALIDATING else self._succeed(job)
        elif not (folder / RECIPE).exists():
            self._fail(job, "files_gone", "its files are not on the server's disk any more")
        else:
            ended_well = interrupted or job.id not in self.seen  # stopped, or gone together with its server
            self._start(job, verb, max(0, job.starts - 1) if ended_well else job.starts)

    def _start(self, job: Job, verb: str, died: int) -> None:
        """Begin the process whose last `died` starts came to nothing, once it has rested. A start that fails, since the
        disk is full, is none."""
        if died >= MOST_STARTS:
            what = f"its process died {died} times before it got on; it may take more memory than there is"
            self._fail(job, "process_died", what)
        elif time.monotonic() >= self.rests.get(job.id, 0.0):
            try:
                self.processes[job.id] = process = Process.start(self.folder / job.id, verb)
            finally:
                self.rests[job.id] = time.monotonic() + REST * 2**died
            self.seen.add(job.id)
            if not self._note(job, starts=died + 1):
                process.kill()  # another looks after the job by now
                self._forget(job.id)

    def _follow(self, job: Job, last: bool = False) -> None:
        """What the process wrote since, as events. `last`: it writes no more."""
        following = self.followed.setdefault(job.id, Following(self.folder / job.id))
        told = following.read(job.journal_read, job.log_read, last)
        changes: dict[str, Any] = {}
        if told.log != job.log_read:
            changes["log_read"] = told.log
        if told.journal > job.journal_read:
            changes |= {"journal_read": told.journal, "starts": 0}
            job.starts = 0
        if told.checkpoints is not None:
            changes["checkpoints"] = told.checkpoints
        if told.left is not None:
            changes["estimated_finish"] = int(time.time() + told.left)
        if changes and not self._note(job, told.events, **changes):
            self._forget(job.id)

    def _validated(self, job: Job) -> None:
        bad = first_bad_row(self.folder / job.id)
        if bad is not None:
            self._fail(job, "invalid_training_file", bad[1], bad[0])
            return
        events: list[Event] = [("info", "The files are valid; the job waits for its turn", None)]
        if self._note(job, events, status=QUEUED, holder=None, starts=0):
            self._forget(job.id)

    def _succeed(self, job: Job) -> None:
        """The results as a file, the model by its name."""
        folder, id = self.folder / job.id, f"file-{secrets.token_hex(12)}"
        checkpoints, tokens = best(folder)
        with self.contents.incoming(id) as incoming:
            incoming.write(results(folder))
            incoming.keep()
            row = File(
                id=id, created_at=int(time.time()), tenant=job.tenant, filename=f"{job.id}-results.csv",
                purpose="fine-tune-results", bytes=incoming.size, sha256=incoming.digest.hexdigest(),
            )  # fmt: skip
            noted = self._note(
                job, [("info", f"The model is served as {job.name}", None)], row, status=SUCCEEDED, holder=None,
                finished_at=int(time.time()), fine_tuned_model=job.name, trained_tokens=tokens, result_files=[id],
                checkpoints=checkpoints, estimated_finish=None,
            )  # fmt: skip
        if noted:
            self._end(job)

    def _end(self, job: Job) -> None:
        self._forget(job.id)
        shutil.rmtree(self.folder / job.id, ignore_errors=True)

    def _fail(self, job: Job, code: str, message: str, param: str | None = "training_file") -> None:
        """A job's end, with a reason that holds nothing of the server's inside; that stays in the job's log."""
        message = message.splitlines()[0].replace(f"{self.folder / job.id}/", "").replace(str(home()), "")
        error = {"code": code, "message": message, "param": param if code == "invalid_training_file" else None}
        log.warning("job %s failed: %s", job.id, message)
        if self._note(
            job, [("error", message, None)], status=FAILED, holder=None, finished_at=int(time.time()), error=error,
            estimated_finish=None,
        ):  # fmt: skip
            self._forget(job.id)
            keep_log(self.folder / job.id)

    def _let_go(self, job: Job) -> None:
        """A job that nobody wants to run, and that does not any more."""
        if job.status == CANCELLED:
            with suppress(NotFound):
                Store().remove(job.name)  # where it came as far as that
        if self._note(job, holder=None, estimated_finish=None):
            if job.status == CANCELLED:
                forget_run(self.folder / job.id)
            self._end(job) if job.status == CANCELLED else self._forget(job.id)

    def _forget(self, id: str) -> None:
        self.processes.pop(id, None)
        self.followed.pop(id, None)
        self.rests.pop(id, None)
        self.seen.discard(id)

    def _note(self, job: Job, events: list[Event] | None = None, row: File | None = None, **changes: Any) -> bool:
        """Write what was found, unless the job is another's by now, or is wished otherwise; whether it was written."""
        with self.database.writing() as session:
            if not self.holder.still(session, Job, job.id):
                return False
            same = update(Job).where(Job.id == job.id)
            if "status" in changes:
                same = same.where(Job.status == job.status)
            done: Any = session.execute(same.values(**changes))
            if not done.rowcount:
                return False
            add_events(session, job.id, events or [])
            session.add_all([row] if row is not None else [])
        return True


def keep_log(folder: Path) -> None:
    """Of a job that failed; its data goes."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != LOG:
            path.unlink(missing_ok=True)


def add_events(session: Session, job: str, events: list[Event]) -> None:
    now = int(time.time())
    for level, message, data in events:
        id = f"ftevent-{secrets.token_hex(12)}"
        session.add(JobEvent(id=id, created_at=now, job=job, level=level, message=message, data=data))
