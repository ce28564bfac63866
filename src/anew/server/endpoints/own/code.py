"""/v1/anew/code/run: a Python program in the sandbox, with tests or by itself. Nothing is ever run outside of it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from anew.errors import Refused
from anew.safety.sandbox import Limits, Outcome, Ran, run_python
from anew.safety.trial import Module, try_program
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.wire.own import Own, answered
from anew.server.wire.tasks import Module as ModuleName
from anew.server.wording import worded
from anew.server.working import Leave, apart

router = own_router("/code", needs("generate"), ADMITTED)
routers = (router,)
Program = Annotated[str, Field(max_length=1 << 18)]
Argument = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
Path = Annotated[str, Field(pattern=r"^([A-Za-z_]\w*/)*[A-Za-z_]\w*\.py$", max_length=200)]


class CodeRun(Own):
    """`tests`: assertions or functions `test_…`, which see the program's names and find it as `module`. `beside`:
    modules that it imports. Limits: seconds of wall and CPU time, megabytes of memory."""

    program: Program
    tests: Program | None = None
    module: ModuleName = "program"
    beside: Annotated[dict[Path, Program], Field(max_length=50)] = {}
    arguments: Annotated[list[Argument], Field(max_length=50)] = []
    seconds: Annotated[float, Field(ge=0.1, le=30)] = 5.0
    memory_mb: Annotated[int, Field(ge=64, le=2048)] = 512


class CodeRan(BaseModel):
    """`outcome` "passed": all tests were run, and passed; "finished": a program without tests ended with 0. `tests`: of
    each why it failed, or ""."""

    object: Literal["code_run"] = "code_run"
    outcome: Outcome
    why: str
    stdout: str
    stderr: str
    seconds: float
    tests: dict[str, str]


@router.post("/run", **answered(CodeRan))
async def run(asked: CodeRun, request: Request) -> dict[str, object]:
    if asked.tests is None and (asked.beside or "module" in asked.model_fields_set):
        name = "beside" if asked.beside else "module"
        raise Problem(400, f"{name}: of tests, which import it", param=name, code="unsupported_parameter")
    if asked.tests is not None and asked.arguments:
        raise Problem(400, "arguments: of a program without tests", param="arguments", code="unsupported_parameter")
    async with request.app.state.heavy:  # so many at a time: each may take its whole limit of memory
        ran = await apart(request, lambda leave: inside(asked, leave))
    told = {name: getattr(ran, name) for name in ("outcome", "why", "stdout", "stderr", "seconds", "tests")}
    return {"object": "code_run", **told}


def inside(asked: CodeRun, leave: Leave) -> Ran:
    limits = Limits(seconds=asked.seconds, memory=asked.memory_mb << 20)
    try:
        if asked.tests is None:
            return run_python(asked.program, limits, arguments=asked.arguments, look=leave.check)
        module = Module(asked.module, asked.beside)
        return try_program(asked.program, asked.tests, limits, module=module, look=leave.check)
    except Refused as why:
        raise Problem(503, worded(why), code="no_sandbox") from None
