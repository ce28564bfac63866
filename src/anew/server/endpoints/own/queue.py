"""/v1/anew/queue and /v1/anew/machine: what waits and runs, in numbers alone, and what there is to run it on."""

from __future__ import annotations

import os
import platform
import shutil
import time
from importlib.metadata import version
from typing import Literal

import psutil
from fastapi import Request

from anew.data.home import home
from anew.data.memory import free_bytes
from anew.errors import Refused
from anew.recipes.resolve import processor
from anew.safety.sandbox import outer
from anew.server.access import Asker, needs
from anew.server.endpoints.own.models import pool_of
from anew.server.endpoints.own.routing import own_router
from anew.server.wire.own import Told
from anew.train.device import cores

router = own_router("", needs("read"))
routers = (router,)


class Busy(Told):
    """An open model: how many texts wait and are under way, and the bytes that it takes."""

    model: str
    waiting: int
    running: int
    bytes: int


class Queue(Told):
    """`admitted` of at most `bound` requests, `yours` of them; `sequence_bytes`: of memory that all models' sequences
    share, promised of what there is."""

    object: Literal["queue"] = "queue"
    models: list[Busy]
    admitted: int
    yours: int
    bound: int
    sequence_bytes: int
    sequence_bytes_in_all: int


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


@router.get("/queue")
async def queue(who: Asker, request: Request) -> Queue:
    pool, admission = pool_of(request), request.app.state.admission
    found = [
        Busy(model=served.name, waiting=served.counts[0], running=served.counts[1], bytes=served.nbytes)
        for served in pool.open_now().values()
    ]
    return Queue(
        models=found, admitted=admission.under_way, yours=admission.of[who.tenant], bound=admission.bound,
        sequence_bytes=pool.sequences.used, sequence_bytes_in_all=pool.sequences.total,
    )  # fmt: skip


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


def has_sandbox() -> bool:
    """Whether what it takes to run generated code is installed."""
    try:
        outer()
    except Refused:
        return False
    return True
