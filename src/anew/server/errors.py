"""Errors as OpenAI's clients know them: {"error": {message, type, param, code}}, never a trace.

In: anything that went wrong. Out: a status and a body; what the error was is in the log, under the request's id.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError as DataFault
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from anew.contract import Unsupported
from anew.data.files import FULL
from anew.engine.apart import Died
from anew.engine.pool import Busy
from anew.engine.scheduler import Full
from anew.errors import AnewError, DataError, DiskFull, NotFound, RecipeError, Refused
from anew.safety.consent import NoConsent
from anew.server.context import REQUEST
from anew.server.wording import worded

log = logging.getLogger("anew.server")
KINDS = {401: "invalid_request_error", 429: "rate_limit_error"} | dict.fromkeys((500, 503, 504, 507), "server_error")
CODES = {
    499: "client_left",
    401: "invalid_api_key",
    403: "permission_denied",
    404: "unknown_url",
    408: "request_timeout",
    413: "request_too_large",
    507: "disk_full",
}
FULL_DATABASE = ("SQLITE_FULL", "53100")  # SQLite's name for it, and PostgreSQL's


class Problem(Exception):
    """What a client did wrong, or what the server cannot do now. `param`: the field, as a path."""

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None, after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.after = status, message, param, after
        self.code = code or CODES.get(status)

    @property
    def body(self) -> dict[str, Any]:
        kind = KINDS.get(self.status, "invalid_request_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def answer(self) -> JSONResponse:
        headers = {} if self.after is None else {"retry-after": str(self.after)}
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        if self.status in (500, 504, 507) or (self.after or 0) > 60:  # longer than a client should wait by itself
            headers["x-should-retry"] = "false"
        return JSONResponse(self.body, self.status, headers)


def problem_of(error: Exception) -> Problem:
    """Any error as a client is told of it."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, NotFound):
        return Problem(404, worded(error), param="model", code="model_not_found")
    if isinstance(error, Busy):
        return Problem(503, error.message, code="model_loading", after=5)
    if isinstance(error, Died):
        return Problem(503, error.message, code="model_died", after=1)
    if isinstance(error, Full):
        return Problem(429, error.message, code="queue_full", after=1)
    if is_full(error):
        return Problem(507, "the server's disk takes no more; nothing of this was kept")
    if isinstance(error, NoConsent):
        return Problem(403, worded(error), code="consent_required")
    if isinstance(error, (RecipeError, DataError, Refused, Unsupported)):
        return Problem(400, worded(error), param=getattr(error, "param", None), code="invalid_value")
    if isinstance(error, AnewError):
        return Problem(500, error.message)
    if isinstance(error, ClientDisconnect):
        return Problem(499, "the client has left")
    if isinstance(error, DataFault):
        return Problem(400, "a value that the database does not take", code="invalid_value")
    if isinstance(error, OperationalError):
        return Problem(503, "the database does not answer", code="database_unavailable", after=2)
    if isinstance(error, MemoryError):
        return Problem(503, "the server has no memory left for this", code="resources_exhausted", after=10)
    log.error("request %s: a defect", REQUEST.get(), exc_info=error)
    return Problem(500, "the server failed at this request; its log says how")


def is_full(error: Exception) -> bool:
    """Whether the disk took no more of something, be it a file's or the database's."""
    if isinstance(error, OperationalError):
        return bool({getattr(error.orig, name, None) for name in ("sqlite_errorname", "sqlstate")} & {*FULL_DATABASE})
    return isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in FULL)


def is_type(part: Any) -> bool:
    """Whether a place's part names one of the types that a field may have."""
    return isinstance(part, str) and (
        part in ("str", "int", "dict") or "[" in part or part[:1].isupper() or part.startswith("constrained-")
    )


def of_validation(errors: Sequence[Any]) -> Problem:
    """The first field that is not as it has to be, as a path: of one that may be several things, what is most likely
    meant."""
    first = max((one for one in errors if one["loc"][:2] == errors[0]["loc"][:2]), key=lambda one: len(one["loc"]))
    place = [part for part in first["loc"] if part not in ("body", "query", "path") and not is_type(part)]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    missing = first["type"] == "missing"
    message = f"{path or 'the body'}: {first['msg']}" + (f" ({len(errors) - 1} more)" if len(errors) > 1 else "")
    return Problem(400, message, param=path or None, code="missing_required_parameter" if missing else "invalid_value")


def install(app: FastAPI) -> None:
    """Let every error of the app be answered so."""

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> JSONResponse:
        return of_validation(error.errors()).answer()

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> JSONResponse:
        what = f"{request.method} {request.url.path}: {error.detail}"
        if error.status_code == 404:
            what = f"{request.url.path} is not served here; GET /openapi.json tells what is"
        answer = Problem(error.status_code, what).answer()
        answer.headers.update(error.headers or {})
        return answer

    for kind in (Problem, AnewError, Unsupported, ClientDisconnect, DataFault, OperationalError, OSError, MemoryError):

        @app.exception_handler(kind)
        async def _(request: Request, error: Exception) -> JSONResponse:
            return problem_of(error).answer()
