"""How the server listens: HTTP on a socket; connections that send nothing or read nothing are closed; whoever is being
answered when the server is told to end gets the rest.

In: the app and an address. Out: nothing; it returns when the server has ended.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
from asyncio import TimerHandle, Transport
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from anew.errors import Refused
from anew.server.errors import problem_of

BACKLOG = 2048  # connections that wait to be taken
HEAD = 1 << 16  # bytes that a request may have before its body, behind it, or within it without a piece of it
TURN = 0.0005  # seconds that an engine's thread may keep Python to itself: each write to a socket waits for so long
PATIENCE = 15.0  # seconds within which a head has to come, and the rest of a body that was answered early
SAID_OTHERWISE = ("Invalid HTTP request", "Unsupported upgrade", "Traceback (most", "Application startup failed")
STALLED = 60.0  # seconds within which a client has to read something of what it is sent


class Patient(HttpToolsProtocol):
    """A connection that is closed when what is no body is too long or too slow, or when its client reads nothing;
    uvicorn waits for ever. `head`: bytes that came since the last end of a head, or piece of a body."""

    waiting: TimerHandle | None = None
    unread: TimerHandle | None = None
    head = 0

    @property
    def between(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        transport.set_write_buffer_limits(0)  # we are told of whatever the system does not take at once
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        if self.between and self.waiting is None:
            self._wait()
        self.head += len(data)
        super().data_received(data)
        if not self.between:
            self._rest()
        if self.head > HEAD and not self.transport.is_closing():
            self._refuse()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.head = 0
        self._rest()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self.head = 0

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        if self.unread is not None:
            self.unread.cancel()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        if self.unread is not None:
            self.unread.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self.waiting = self.loop.call_later(PATIENCE, self.transport.close)

    def _rest(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
            self.waiting = None

    def _refuse(self) -> None:
        """In words, unless they would stand in the midst of an answer."""
        if self.between:
            self.send_400_response("The request's head is too long.")
        else:
            self.transport.close()

    def _watch(self) -> None:
        size = self.transport.get_write_buffer_size()
        self.unread = self.loop.call_later(STALLED, self._look, size)

    def _look(self, before: int) -> None:
        """Close the connection for good where nothing was read since; closing it as usual waits for that."""
        if self.transport.get_write_buffer_size() < before:
            self._watch()
        else:
            self.transport.abort()


class Server(uvicorn.Server):
    """Tells the app that it is about to end, and whoever started it where it listens."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, listens: Callable[[], None]) -> None:
        super().__init__(config)
        self.fastapi, self.listens = app, listens

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.listens()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """The second Ctrl-C waits for nobody. uvicorn's own would raise the signal again at the end."""
        self.fastapi.state.draining = True
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def listen(app: FastAPI, host: str, port: int, drain: float, listens: Callable[[int], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; then whoever is being answered has `drain` seconds. Port 0: a free one, which
    `listens` is told. Refused: the address is not to be had, or the database not; or whatever else the app did not
    start for."""
    listening = bound(host, port)
    allow_many_connections()
    sys.setswitchinterval(TURN)
    logging.getLogger("uvicorn.error").addFilter(Quiet())
    config = uvicorn.Config(
        app, http=Patient, ws="none", log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=max(1, round(drain)), backlog=BACKLOG,
    )  # fmt: skip
    try:
        Server(config, app, lambda: listens(listening.getsockname()[1])).run([listening])
    except SystemExit:
        raise not_started(app.state.failed) from None


def not_started(error: Exception | None) -> Exception:
    """Why the app did not start, as whoever started it is told."""
    if error is None or isinstance(error, SQLAlchemyError):
        told = "" if error is None else f": {problem_of(error).message} ({str(error).splitlines()[0]})"
        return Refused(f"the server could not start{told}")
    return error


def bound(host: str, port: int) -> socket.socket:
    """A socket at the address. Refused: it is taken, or not ours."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        what = f"{host}:{port} cannot be listened at: {error.strerror}"
        raise Refused(what, next_command="anew serve --port 0, which takes a free one") from None


class Quiet(logging.Filter):
    """What every client can make happen is no warning; why the server did not start is told in the end, in a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(SAID_OTHERWISE)


def allow_many_connections() -> None:
    """As many open files as the system allows: each connection is one."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = 65536 if hard == resource.RLIM_INFINITY else hard
        if soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
