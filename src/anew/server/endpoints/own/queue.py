"""/v1/anew/queue and /v1/anew/machine: what waits and runs, others' in numbers, and what there is to run it on."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import time
from functools import cache
from importlib.metadata import version
from typing import Literal

import psutil
from fastapi import Request
from sqlalchemy import select

from anew.data.home import home
from anew.data.memory import free_bytes
from anew.errors import Refused
from anew.recipes.resolve import processor
from anew.safety.sandbox import outer
from anew.server.access import Asker, needs
from anew.server.database.connect import Database
from anew.server.database.work import Batch, Job
from anew.server.endpoints.own.models import pool_of
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.underway import Underway
from anew.server.wire.own import Told
from anew.server.work.batching import UNDER_WAY
from anew.server.work.tuning import PAUSED, QUEUED, RUNNING, VALIDATING
from anew.train.device import cores, measured_rate

IN_LINE = (VALIDATING, QUEUED, RUNNING)
router = own_router("", needs("read"))
ending = own_router("", needs("generate"))
routers = (router, ending)


class Asking(Told):
    """A request that waits or is under way. `model`: once it has been asked for; `seconds`: since it came."""

    id: str
    address: str
    model: str | None
    began_at: int
    seconds: float


class Busy(Told):
    """An open model: how many texts wait and are under way, and the bytes that it takes."""

    model: str
    waiting: int
    running: int
    bytes: int


class Training(Told):
    """A job that is not over. `ahead`: jobs of anybody's that came before it and are not over, paused ones left out."""

    id: str
    model: str
    status: str
    created_at: int
    estimated_finish: int | None
    ahead: int


class Answering(Told):
    """A batch that is not over."""

    id: str
    endpoint: str
    status: str
    created_at: int
    expires_at: int
    request_counts: dict[str, int]


class Queue(Told):
    """`admitted` of at most `bound` requests, `yours` of them; `requests`: yours that came to this server from outside;
    `sequence_bytes`: of memory that all models' sequences share, promised of what there is. `jobs` and `batches`: yours
    that are not over, the oldest first; at most `jobs_at_once` train at a time."""

    object: Literal["queue"] = "queue"
    models: list[Busy]
    admitted: int
    yours: int
    bound: int
    requests: list[Asking]
    sequence_bytes: int
    sequence_bytes_in_all: int
    jobs: list[Training]
    jobs_at_once: int
    batches: list[Answering]


class Machine(Told):
    """`free_bytes`: memory that this process may still take; `used_bytes`: what it has."""

    object: Literal["machine"] = "machine"
    anew: str
    python: str
    torch: str
    processor: str
    cores: int
    load: float
    memory_bytes: int
    free_bytes: int
    used_bytes: int
    disk_free_bytes: int
    sandbox: bool
    models_open: list[str]
    up_seconds: int


class Speed(Told):
    """What this machine did in a tenth of a second, once since the server began: `flops` a second, in float32."""

    object: Literal["speed"] = "speed"
    flops: float


@router.get("/queue")
async def queue(who: Asker, request: Request) -> Queue:
    pool, admission = pool_of(request), request.app.state.admission
    found = [
        Busy(model=served.name, waiting=served.counts[0], running=served.counts[1], bytes=served.nbytes)
        for served in pool.open_now().values()
    ]
    jobs, batches = await asyncio.to_thread(under_way, request.app.state.database, who.tenant)
    return Queue(
        models=found, admitted=admission.under_way, yours=admission.of[who.tenant], bound=admission.bound,
        requests=[Asking(**one.told()) for one in admission.requests.values() if one.who.tenant == who.tenant],
        sequence_bytes=pool.sequences.used, sequence_bytes_in_all=pool.sequences.total, jobs=jobs,
        jobs_at_once=request.app.state.workshop.at_once, batches=batches,
    )  # fmt: skip


@ending.delete("/queue/requests/{id}")
async def cancel(id: str, who: Asker, request: Request) -> Asking:
    """End a request of yours: whoever waits for its answer is told so, with 499 or as a stream's last event."""
    one: Underway | None = request.app.state.admission.requests.get(id)
    if one is None or one.who.tenant != who.tenant:
        raise Problem(404, f"no request {id!r} is under way", param="id", code="not_found")
    one.cancel()
    return Asking(**one.told())


def under_way(database: Database, tenant: str) -> tuple[list[Training], list[Answering]]:
    """The tenant's jobs and batches that are not over."""
    with database.reading() as session:
        waiting = list(session.scalars(select(Job.number).where(Job.status.in_(IN_LINE))))
        mine = select(Job).where(Job.tenant == tenant, Job.status.in_((*IN_LINE, PAUSED))).order_by(Job.number)
        jobs = [
            Training(
                id=job.id, model=job.model, status=job.status, created_at=job.created_at,
                estimated_finish=job.estimated_finish, ahead=sum(other < job.number for other in waiting),
            )
            for job in session.scalars(mine)
        ]  # fmt: skip
        many = select(Batch).where(Batch.tenant == tenant, Batch.status.in_(UNDER_WAY)).order_by(Batch.number)
        batches = [
            Answering(
                id=batch.id, endpoint=batch.endpoint, status=batch.status, created_at=batch.created_at,
                expires_at=batch.expires_at, request_counts=batch.counts,
            )
            for batch in session.scalars(many)
        ]  # fmt: skip
    return jobs, batches


@router.get("/machine")
def machine(request: Request) -> Machine:
    place = home()
    place.mkdir(parents=True, exist_ok=True)
    process = psutil.Process()
    return Machine(
        anew=version("anew"), python=platform.python_version(), torch=version("torch"), processor=processor(),
        cores=cores(), load=os.getloadavg()[0], memory_bytes=psutil.virtual_memory().total, free_bytes=free_bytes(),
        used_bytes=process.memory_info().rss, disk_free_bytes=shutil.disk_usage(place).free, sandbox=has_sandbox(),
        models_open=[served.name for served in pool_of(request).open_now().values()],
        up_seconds=int(time.time() - process.create_time()),
    )  # fmt: skip


@router.get("/machine/speed")
def speed() -> Speed:
    return Speed(flops=measured())


@cache
def measured() -> float:
    return measured_rate()


def has_sandbox() -> bool:
    """Whether what it takes to run generated code is installed."""
    try:
        outer()
    except Refused:
        return False
    return True
