"""/v1/fine_tuning/jobs: any recipe, or any model of the store, on an uploaded file; what comes of it is served."""

from __future__ import annotations

import secrets
import shutil
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from anew.server.access import Asker, needs
from anew.server.audit import record
from anew.server.database.work import Job, JobEvent
from anew.server.endpoints.own.runs import machine_only
from anew.server.errors import Problem
from anew.server.given_data import file_for, given
from anew.server.paging import After, Id, listed, one_of, page, told_page
from anew.server.queries import READ
from anew.server.streaming import ignored_of
from anew.server.who import Who
from anew.server.wire.fine_tuning import LABELS, NewJob, told, told_checkpoint, told_event
from anew.server.work.asked import LINES, lay, recipe_of, suffix_of
from anew.server.work.running import begun_to_learn, enough, forget_run, keep_run
from anew.server.work.tuning import CANCELLED, PAUSED, QUEUED, RUNNING, VALIDATING, add_events

router = APIRouter(dependencies=[needs("train")])
JOBS = "/v1/fine_tuning/jobs"
Limit = Annotated[int, Query(ge=1, le=1000)]
ACTS = {CANCELLED: "job.cancelled", PAUSED: "job.paused", VALIDATING: "job.resumed"}


@router.post(JOBS)
def create(asked: NewJob, request: Request, response: Response, who: Asker) -> dict[str, Any]:
    state, id = request.app.state, f"ftjob-{secrets.token_hex(12)}"
    with state.database.reading() as session:
        training = given(session, state.contents, who, asked.training_file, asked.training_folder)
        validation = None
        if asked.validation_file is not None:
            validation = file_for(session, asked.validation_file, who.tenant, "validation_file")
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    if validation is not None and {training.suffix, suffix_of(validation.filename)} - set(LINES):
        what = "validation_file: told apart by its rows, which takes JSONL; of other data a share is held out anyway"
        raise Problem(400, what, param="validation_file", code="unsupported_parameter")
    if asked.keep_run:
        machine_only(who)
    recipe = recipe_of(asked, state.pool, id, seed, training.source, training.suffix)
    job = Job(
        id=id, created_at=int(time.time()), tenant=who.tenant, model=asked.model, name=str(recipe.deploy.name),
        status=VALIDATING, training_file=training.told, validation_file=asked.validation_file, method=asked.way,
        hyperparameters=asked.dials.model_dump(), seed=seed, labels=asked.metadata,
    )  # fmt: skip
    folder = state.workshop.jobs / id
    try:
        other = None if validation is None else state.contents.there(validation.id)
        lay(folder, recipe, training.suffix, training.source, other)
        if asked.keep_run:
            keep_run(folder, job.name)
        with state.database.writing() as session:
            session.add(job)
            session.flush()
            add_events(session, id, [("info", f"Created fine-tuning job: {id}", None)])
            record(session, who, "job.created", id, model=asked.model, training_file=training.told)
    except BaseException:
        forget_run(folder)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    response.headers.update(ignored_of(asked))
    return told(job)


def jobs_of(tenant: str) -> Select[Any]:
    return select(Job).where(Job.tenant == tenant)


def find(session: Session, id: str, tenant: str, *, change: bool = False) -> Job:
    """`change`: nobody else changes it meanwhile."""
    job = one_of(session, Job, jobs_of(tenant), id, change=change)
    if job is None:
        raise Problem(404, f"no fine-tuning job is called {id!r}", param="fine_tuning_job_id", code="job_not_found")
    return job


@router.get(JOBS)
def jobs(request: Request, who: Asker, after: After = None, limit: Limit = 20) -> dict[str, Any]:
    """`metadata[KEY]=VALUE` picks those that bear it."""
    labels = {k for k in request.query_params if k.startswith("metadata[") and k.endswith("]")}
    setattr(request.state, READ, labels)
    wanted = {k[9:-1]: request.query_params[k] for k in labels}
    try:
        LABELS.validate_python(wanted)
    except ValidationError as error:
        told_of = [{**one, "loc": ("query", "metadata", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(told_of) from None
    rows = jobs_of(who.tenant)
    for key, value in wanted.items():
        rows = rows.where(Job.labels[key].as_string() == value)
    with request.app.state.database.reading() as session:
        return told_page(page(session, Job, rows, after, limit), told)


@router.get(f"{JOBS}/{{id}}")
def job(id: Id, request: Request, who: Asker) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        return told(find(session, id, who.tenant))


@router.get(f"{JOBS}/{{id}}/events")
def events(id: Id, request: Request, who: Asker, after: After = None, limit: Limit = 20) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        rows = select(JobEvent).where(JobEvent.job == find(session, id, who.tenant).id)
        return told_page(page(session, JobEvent, rows, after, limit), told_event)


@router.get(f"{JOBS}/{{id}}/checkpoints")
def checkpoints(id: Id, request: Request, who: Asker, after: After = None, limit: Limit = 10) -> dict[str, Any]:
    """What the job goes on from; once it is done, the one whose weights are served."""
    with request.app.state.database.reading() as session:
        row = find(session, id, who.tenant)
    made = [told_checkpoint(row, one) for one in row.checkpoints]
    ids = [one["id"] for one in made]
    if after is not None and after not in ids:
        raise Problem(400, f"after: nothing here is called {after!r}", param="after", code="invalid_value")
    rest = made if after is None else made[ids.index(after) + 1 :]
    return listed(rest[:limit], len(rest) > limit)


@router.post(f"{JOBS}/{{id}}/cancel")
def cancel(id: Id, request: Request, who: Asker) -> dict[str, Any]:
    return turn(request, who, id, CANCELLED, (VALIDATING, QUEUED, RUNNING, PAUSED), "The job was cancelled")


@router.post(f"{JOBS}/{{id}}/pause")
def pause(id: Id, request: Request, who: Asker) -> dict[str, Any]:
    """Its process saves a checkpoint, and ends."""
    return turn(request, who, id, PAUSED, (VALIDATING, QUEUED, RUNNING), "The job was paused")


@router.post(f"{JOBS}/{{id}}/resume")
def resume(id: Id, request: Request, who: Asker) -> dict[str, Any]:
    """It queues again, and goes on from its checkpoint."""
    return turn(request, who, id, VALIDATING, (PAUSED,), "The job was resumed")


@router.post(f"{JOBS}/{{id}}/finish")
def finish(id: Id, request: Request, who: Asker) -> dict[str, Any]:
    """It learns no more: what it has learnt is judged and served. A job that was paused goes on for that."""
    with request.app.state.database.reading() as session:
        now = find(session, id, who.tenant)
    folder = request.app.state.workshop.jobs / id
    if now.status not in (RUNNING, PAUSED) or not begun_to_learn(folder):
        what = f"{id} is {now.status}; what a model has learnt can be kept once it has begun to, and before it ends"
        raise Problem(400, what, code="invalid_status")
    wished = RUNNING if now.status == RUNNING else VALIDATING
    done = turn(request, who, id, wished, (RUNNING, PAUSED), "It learns no more, and its model is kept")
    enough(folder)
    return done


def turn(request: Request, who: Who, id: str, status: str, before: tuple[str, ...], message: str) -> dict[str, Any]:
    """Wish a job otherwise. Problem: it is past that."""
    with request.app.state.database.writing() as session:
        job = find(session, id, who.tenant, change=True)
        if job.status != status:
            if job.status not in before:
                what = f"{id} is {job.status}; that can be done to a job that is {' or '.join(before)}"
                raise Problem(400, what, code="invalid_status")
            job.status, job.estimated_finish = status, None
            if status == CANCELLED:
                job.finished_at = int(time.time())
                job.holder, job.held_until = job.holder or "", job.held_until if job.holder else 0  # to be tidied up
            add_events(session, id, [("info", message, None)])
            record(session, who, ACTS[status], id)
    return told(job)
