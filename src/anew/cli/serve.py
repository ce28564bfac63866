"""`anew serve`: the models of the store over HTTP, for any client that speaks OpenAI's."""

from __future__ import annotations

import logging
from typing import Annotated, Literal

from cyclopts import Parameter

from anew.cli.terminal import talk
from anew.errors import Refused

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def serve(
    *models: Annotated[str, Parameter(help="Models to serve; without any, all of the store.")],
    host: Annotated[str, Parameter(help="The address to listen at; beyond loopback a key is needed.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="The port to listen at.")] = 8080,
    api_key: Annotated[str | None, Parameter(env_var="ANEW_API_KEY", help="Who has it may enter.")] = None,
    database: Annotated[
        str | None, Parameter(env_var="ANEW_DATABASE", help="URL of the database; a file in ANEW_HOME by default.")
    ] = None,
    queue: Annotated[int, Parameter(help="Requests that may wait or be under way; 429 beyond.")] = 256,
    deadline: Annotated[float, Parameter(help="Seconds that a request may take.")] = 3600.0,
    drain: Annotated[float, Parameter(help="Seconds for what is under way when the server is told to end.")] = 30.0,
    log: Annotated[Literal["error", "warning", "info"], Parameter(help="What to tell: info has a line a request.")] = (
        "warning"
    ),
    allow_urls: Annotated[
        bool, Parameter(help="Fetch pictures that requests name by URL, from public addresses alone.", negative="")
    ] = False,
) -> None:
    """Serve models over HTTP, for any client that speaks OpenAI's.

    At http://127.0.0.1:8080/v1, if nothing else is said. Nothing is loaded before it is asked for. Ctrl-C ends it."""
    from anew.engine.pool import Pool
    from anew.server.app import Door, create_app
    from anew.server.bounds import Limits
    from anew.server.database.connect import Database
    from anew.server.listen import listen
    from anew.server.shelf import StoreShelf

    api_key = api_key or None  # an empty variable is none
    if host not in LOOPBACK and api_key is None:
        again = f"ANEW_API_KEY=… anew serve --host {host}"
        raise Refused(f"{host} can be reached from other machines; that needs a key", next_command=again)
    pool = Pool(StoreShelf(), models)
    for name in models:
        pool.find(name)
    door = Door(api_key) if host in LOOPBACK else Door(api_key, frozenset())

    def listens(port: int) -> None:
        where = f"http://{'localhost' if host in LOOPBACK else host}:{port}/v1"
        key = "…" if api_key else "any"
        talk(f"{len(pool.listed())} models at {where}  (OPENAI_BASE_URL={where} OPENAI_API_KEY={key})")

    log_to_stderr(log)
    bounds = Limits(deadline=deadline)
    app = create_app(pool, door, Database(database), queue=queue, limits=bounds, may_fetch=allow_urls)
    listen(app, host, port, drain, listens)


def log_to_stderr(level: str) -> None:
    """The server's own log, in lines that begin with their time; texts and keys are never in it."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    own = logging.getLogger("anew")
    own.addHandler(handler)
    own.setLevel(level.upper())
