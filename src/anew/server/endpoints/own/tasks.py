"""/v1/anew/tasks: what a chat model can do with a text or with code, the same as `anew task` and `anew code` give."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from fastapi import Request

from anew.engine.served import Served
from anew.errors import Refused
from anew.safety.sandbox import INSTALL
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.context import OWNER
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.opening import opened
from anew.server.streaming import events
from anew.server.talking import Talker, silent
from anew.server.wire.own import STREAMED, Told, answered
from anew.server.wire.tasks import TASKS, Done, Task
from anew.server.wording import worded
from anew.server.working import Leave, Tell, apart, begun, telling

reading = own_router("/tasks", needs("read"))
making = own_router("/tasks", needs("generate"), ADMITTED)
routers = (reading, making)


class TaskTold(Told):
    """`fields`: the JSON schema of its request."""

    task: str
    about: str
    fields: dict[str, Any]


class TaskList(Told):
    object: Literal["list"] = "list"
    data: list[TaskTold]


@reading.get("")
def listed() -> TaskList:
    rows = [TaskTold(task=one.name, about=one.about, fields=one.shape.model_json_schema()) for one in TASKS.values()]
    return TaskList(data=rows)


def perform(task: Task, asked: Any, served: Served, owner: str, leave: Leave, tell: Tell = silent) -> dict[str, Any]:
    try:
        made = asked.run(Talker(served, leave, tell, owner))
    except Refused as why:
        if why.next_command != INSTALL:
            raise
        raise Problem(503, worded(why), code="no_sandbox") from None
    told = {"task": task.name, "model": served.name, "seed": asked.seed, "text": task.text(made)}
    return told | {"result": plain(asdict(made))}


def plain(value: Any) -> Any:
    """What JSON can say: a set is a list in order, and what is no number is none."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return sorted(value) if isinstance(value, frozenset) else value


def endpoint(task: Task) -> Callable[..., Any]:
    async def run(asked: Any, request: Request) -> Any:
        performing = partial(perform, task, asked, await opened(request, asked.model), OWNER.get())
        if not asked.stream:
            return await apart(request, performing)

        def work(leave: Leave, tell: Tell) -> None:
            tell({"type": "result"} | performing(leave, tell))

        return events(await begun(request, telling(work)), {})

    run.__name__, run.__doc__ = task.name, task.about
    run.__annotations__["asked"] = task.shape
    return run


for one in TASKS.values():
    making.post(f"/{one.name}", **answered(Done[one.result], **STREAMED))(endpoint(one))  # type: ignore[name-defined]
