"""`anew serve`: the models of the store over HTTP, for any client that speaks OpenAI's."""

from __future__ import annotations

from contextlib import suppress
from socket import AF_INET, AF_INET6, create_server, socket
from typing import Annotated

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
    jobs: Annotated[int, Parameter(help="Fine-tuning jobs that train at a time.")] = 1,
    largest_file: Annotated[int, Parameter(help="Most MB of an uploaded file.")] = 512,
) -> None:
    """Serve models over HTTP, for any client that speaks OpenAI's.

    At http://127.0.0.1:8080/v1, if nothing else is said; port 0 takes one that is free, and tells which. Nothing is
    loaded before it is asked for. Ctrl-C ends it; jobs and batches go on when it is started again."""
    import uvicorn

    from anew.engine.pool import Pool
    from anew.server.app import Door, create_app
    from anew.server.database.connect import Database
    from anew.server.shelf import StoreShelf
    from anew.server.work.worker import Workshop

    api_key = api_key or None  # an empty variable is none
    if host not in LOOPBACK and api_key is None:
        again = f"ANEW_API_KEY=… anew serve --host {host}"
        raise Refused(f"{host} can be reached from other machines; that needs a key", next_command=again)
    pool = Pool(StoreShelf(), models)
    for name in models:
        pool.find(name)
    door = Door(api_key) if host in LOOPBACK else Door(api_key, frozenset())
    opened = Database(database)
    app = create_app(pool, door, opened, Workshop.of(opened, at_once=jobs, largest_file=largest_file << 20))
    listening = listen(host, port)
    port = listening.getsockname()[1]
    where = f"http://{'localhost' if host in LOOPBACK else host}:{port}/v1"
    talk(
        f"{len(pool.listed())} models at {where}  (OPENAI_BASE_URL={where} OPENAI_API_KEY={'…' if api_key else 'any'})"
    )
    settings = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=20)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(settings).run(sockets=[listening])


def listen(host: str, port: int) -> socket:
    """A socket at the address. Refused: it is taken, or not ours."""
    try:
        return create_server((host, port), family=AF_INET6 if ":" in host else AF_INET, backlog=2048)
    except OSError as error:
        what = f"{host}:{port} cannot be listened at: {error.strerror}"
        raise Refused(what, next_command="anew serve --port 0, which takes a free one") from None
