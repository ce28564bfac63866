"""Batches: many requests out of a file, asked of the app's own endpoints, some at a time.

In: rows of the database, each with a folder of lines. Out: files of what was answered and of what failed. What is on
the disk is not asked again, whenever the server was killed.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select, update
from starlette.types import ASGIApp

from anew.server.access import Who
from anew.server.contents import Contents
from anew.server.database.work import Batch, File
from anew.server.errors import Problem
from anew.server.inside import Answer, ask
from anew.server.keyring import Keyring
from anew.server.work.lease import Holder
from anew.server.work.lines import ERRORS, INPUT, OUTPUT, Line, Lines, fault_of

log = logging.getLogger("anew.server")
UNDER_WAY = ("validating", "in_progress", "finalizing", "cancelling")
BATCHES, AT_ONCE = 2, 8  # under way at a time in this process, and requests of each
RETRIED = (429, 503, 507)
OURS = ("x-anew-ignored", "x-anew-seed")  # headers that are kept with a line's answer
DEATHS = 3  # of a model under one line, which may be what kills it
LONGEST_WAIT = 30.0  # seconds before such a request is tried again
REST = 5.0  # seconds after trouble
LOOK = 0.5  # seconds between looks whether a batch is still ours, and still wanted


class Lost(Exception):
    """Another server looks after the batch by now."""


class Lapsed(Exception):
    """The key that a batch was made with does not carry it on."""


class Batches:
    """`app`: what the lines are asked of."""

    def __init__(self, app: ASGIApp, keys: Keyring, holder: Holder, contents: Contents, folder: Path) -> None:
        self.app, self.keys, self.holder, self.contents, self.folder = app, keys, holder, contents, folder
        self.database, self.tasks = holder.database, dict[str, asyncio.Task[None]]()

    async def look(self) -> None:
        """Begin what waits, as long as there is room."""
        self.tasks = {id: task for id, task in self.tasks.items() if not task.done()}
        for id in await asyncio.to_thread(self._waiting):
            if id in self.tasks or len(self.tasks) >= BATCHES:
                continue
            try:
                lock = await asyncio.to_thread(locked, self.folder / id)
            except FileNotFoundError:
                await asyncio.to_thread(self._bury, id)
                continue
            if lock is None:
                continue
            with ExitStack() as unless_begun:
                unless_begun.callback(lock.close)
                batch = await asyncio.to_thread(self.holder.hold, Batch, id)
                if batch is not None and batch.status in UNDER_WAY:
                    self.tasks[id] = asyncio.create_task(self._run(batch, lock))
                    unless_begun.pop_all()

    async def stop(self) -> None:
        """Leave the rest to whatever server is there next."""
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        await asyncio.to_thread(self._release)

    def _waiting(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(Batch.id).where(Batch.status.in_(UNDER_WAY)).order_by(Batch.number)))

    def _release(self) -> None:
        with self.database.writing() as session:
            session.execute(update(Batch).where(Batch.holder == self.holder.name).values(held_until=0))

    # -------------------------------------------------------------------------------------------- one batch

    async def _run(self, batch: Batch, lock: IO[bytes]) -> None:
        """From wherever it is to its end, and held all the while. Its trouble is its own; later it is tried again."""
        lines, trouble = Lines(self.folder / batch.id, batch.id, batch.endpoint), False
        both = [asyncio.create_task(self._carry_out(batch, lines)),
                asyncio.create_task(self.holder.keep(Batch, batch.id))]  # fmt: skip
        try:
            over, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in over:
                task.result()
            if both[0] not in over:
                raise Lost(batch.id)
        except Lost:
            log.info("batch %s is another's", batch.id)
        except Exception as error:
            log.error("batch %s", batch.id, exc_info=error)
            trouble = True
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            await asyncio.to_thread(lines.close)  # once what is being written is
            lock.close()
        if trouble:
            await asyncio.to_thread(self._bury, batch.id)
            await asyncio.sleep(REST)

    def _bury(self, id: str) -> None:
        """End a batch whose lines somebody took away: nothing can become of it any more."""
        batch = self.holder.hold(Batch, id)
        if batch is None or batch.status not in UNDER_WAY or (self.folder / id / INPUT).exists():
            return
        what = "its lines are not on the server's disk any more"
        log.error("batch %s failed: %s", id, what)
        with suppress(Lost):
            self._note(batch, "failed", errors=[fault_of("lines_gone", what, None, None)], holder=None)
        shutil.rmtree(self.folder / id, ignore_errors=True)

    async def _carry_out(self, batch: Batch, lines: Lines) -> None:
        if batch.status == "validating":
            count, errors = await asyncio.to_thread(lines.check)
            if errors:
                await asyncio.to_thread(self._note, batch, "failed", errors=errors, holder=None)
                await asyncio.to_thread(shutil.rmtree, lines.folder, ignore_errors=True)
                return
            counts = {"total": count, "completed": 0, "failed": 0}
            await asyncio.to_thread(self._note, batch, "in_progress", counts=counts)
        await asyncio.to_thread(lines.recall)
        late = batch.status == "in_progress" and await self._answer(batch, lines)
        await asyncio.to_thread(self._finish, batch, lines, "expired" if late else "completed")

    async def _answer(self, batch: Batch, lines: Lines) -> bool:
        """Ask every line that has no answer, until all have one or nobody wants it any more; whether the time was up
        before that."""
        rest, turn = lines.rest, asyncio.Lock()
        asking = [asyncio.create_task(self._ask_all(batch, lines, rest, turn)) for _ in range(AT_ONCE)]
        try:
            while time.time() < batch.expires_at:
                over, _ = await asyncio.wait(asking, timeout=LOOK, return_when=asyncio.FIRST_EXCEPTION)
                for task in over:
                    task.result()  # what went wrong with the disk, say
                await asyncio.to_thread(self._count, batch, lines)
                if len(over) == len(asking) or batch.status != "in_progress":
                    return False
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        fault = {"code": "batch_expired", "message": "the batch's time was up before this line's turn"}
        await asyncio.to_thread(lines.give_up, fault)
        return True

    async def _ask_all(self, batch: Batch, lines: Lines, rest: Iterator[Line], turn: asyncio.Lock) -> None:
        """One line after the other, of those that nobody else has begun. What is long is parsed in threads."""
        while True:
            async with turn:
                line = await asyncio.to_thread(next, rest, None)
            if line is None:
                return
            if line.fault is not None:
                fault = {"code": "invalid_request", "message": f"line {line.number}: {line.fault}"}
                await asyncio.to_thread(lines.write, ERRORS, line, None, fault)
                continue
            try:
                answer = await self._asked(batch, line)
            except Lapsed as lapsed:
                fault = {"code": "invalid_api_key", "message": str(lapsed)}
                await asyncio.to_thread(lines.write, ERRORS, line, None, fault)
                continue
            await asyncio.to_thread(keep, lines, line, answer)

    async def _asked(self, batch: Batch, line: Line) -> Answer:
        """The line's answer; the engine's word that it is full is not one. Lapsed: the key that the batch was made with
        may not ask any more."""
        body, wait, deaths = await asyncio.to_thread(lambda: json.dumps(line.body).encode()), 0.5, 0
        who = Who(batch.tenant, frozenset({"generate"}), batch.key)
        while True:
            if (why := await self.keys.lapsed(batch.key, "generate")) is not None:
                raise Lapsed(why)
            answer = await ask(self.app, batch.endpoint, body, state={"who": who}, headers={})
            deaths += answer.status == 503 and answer.json["error"]["code"] == "model_died"
            if answer.status not in RETRIED or deaths == DEATHS:
                return answer
            asked = answer.headers.get("retry-after", "")
            await asyncio.sleep(min(LONGEST_WAIT, max(wait, float(asked) if asked.isdecimal() else 0)))
            wait *= 2

    def _count(self, batch: Batch, lines: Lines) -> None:
        """Tell how far it is, and ask whether to go on. Lost: another has taken it over."""
        row = self.holder.hold(Batch, batch.id)
        if row is None:
            raise Lost(batch.id)
        batch.status = row.status
        counts = counted(row, lines)
        if counts != row.counts:
            with self.database.writing() as session:
                session.execute(update(Batch).where(Batch.id == batch.id).values(counts=counts))

    def _finish(self, batch: Batch, lines: Lines, status: str) -> None:
        """What came of it, as files; its end."""
        lines.close()
        now, files = int(time.time()), dict[str, File]()
        for name in (OUTPUT, ERRORS):
            if lines.done[name]:
                id = f"file-{secrets.token_hex(12)}"
                size, digest = self.contents.take(id, lines.folder / name)
                files[name] = File(
                    id=id, created_at=now, tenant=batch.tenant, filename=f"{batch.id}_{name}", purpose="batch_output",
                    bytes=size, sha256=digest, expires_at=batch.keep_seconds and now + batch.keep_seconds,
                )  # fmt: skip
        ids = {name: file.id for name, file in files.items()}
        self._note(
            batch, "cancelled" if batch.status == "cancelling" else status, list(files.values()),
            counts=counted(batch, lines), holder=None, output_file=ids.get(OUTPUT), error_file=ids.get(ERRORS),
        )  # fmt: skip
        shutil.rmtree(lines.folder, ignore_errors=True)

    def _note(self, batch: Batch, status: str, files: list[File] | None = None, **changes: Any) -> None:
        """Its next status, in one transaction with what it comes with. Lost: another has taken it over."""
        with self.database.writing() as session:
            if not self.holder.still(session, Batch, batch.id):
                raise Lost(batch.id)
            row = session.scalars(select(Batch).where(Batch.id == batch.id)).one()
            if row.status == "cancelling" and status == "in_progress":
                status = row.status  # it was called off while its lines were looked at
            row.status, row.times = status, {**row.times, f"{status}_at": int(time.time())}
            for name, value in changes.items():
                setattr(row, name, value)
            session.add_all(files or [])
        batch.status, batch.times, batch.counts = row.status, row.times, row.counts


def locked(folder: Path) -> IO[bytes] | None:
    """The batch's lock, ours until it is closed; None where another has it. FileNotFoundError: the folder is gone."""
    lock = open(folder / "lock", "ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def keep(lines: Lines, line: Line, answer: Answer) -> None:
    status = answer.status
    try:
        body = json.loads(answer.body)
    except ValueError:  # it broke off
        status, body = 500, Problem(500, "the answer broke off").body
    own = {name: value for name, value in answer.headers.items() if name in OURS}
    response = {"status_code": status, "request_id": answer.headers.get("x-request-id"), "body": body, "headers": own}
    lines.write(OUTPUT if 200 <= status < 300 else ERRORS, line, response, None)


def counted(batch: Batch, lines: Lines) -> dict[str, int]:
    done = {"completed": len(lines.done[OUTPUT]), "failed": len(lines.done[ERRORS])}
    return {"total": batch.counts.get("total", 0), **done}
