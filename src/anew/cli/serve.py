"""`anew serve`: the models of the store over HTTP, for any client that speaks OpenAI's."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import webbrowser
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from anew.cli.keys import DatabaseUrl
from anew.cli.terminal import talk
from anew.errors import RecipeError, Refused

if TYPE_CHECKING:
    from anew.server.database.connect import Database
    from anew.server.door import Door

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def serve(
    *models: Annotated[str, Parameter(help="Models to serve, starters too; without any, all of the store.")],
    host: Annotated[str, Parameter(help="The address to listen at; beyond loopback a key is needed.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="The port to listen at.")] = 8080,
    api_key: Annotated[
        str | None, Parameter(env_var="ANEW_API_KEY", help="A key that may do all, beside those of anew keys.")
    ] = None,
    open: Annotated[bool, Parameter(help="Open the studio in a browser.", negative="")] = False,
    allow_host: Annotated[
        list[str] | None, Parameter(negative="", help="Another name that the server is called by; may be repeated.")
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        Parameter(negative="", help="A site whose pages may ask (CORS), https://example.org; may be repeated."),
    ] = None,
    database: DatabaseUrl = None,
    queue: Annotated[int, Parameter(help="Requests that may wait or be under way; 429 beyond.")] = 256,
    deadline: Annotated[float, Parameter(help="Seconds that a request may take.")] = 3600.0,
    drain: Annotated[float, Parameter(help="Seconds for what is under way when the server is told to end.")] = 30.0,
    log: Annotated[Literal["error", "warning", "info"], Parameter(help="What to tell: info has a line a request.")] = (
        "warning"
    ),
    jobs: Annotated[int, Parameter(help="Fine-tuning jobs that train at a time.")] = 1,
    largest_file: Annotated[int, Parameter(help="Most MB of an uploaded file.")] = 512,
    allow_urls: Annotated[
        bool, Parameter(help="Fetch pictures that requests name by URL, from public addresses alone.", negative="")
    ] = False,
) -> None:
    """Serve models over HTTP, for any client that speaks OpenAI's.

    At http://127.0.0.1:8080/v1, if nothing else is said; port 0 takes one that is free, and tells which. Nothing is
    loaded before it is asked for. Ctrl-C ends it; jobs and batches go on when it is started again."""
    from anew.deploy.lookup import locate
    from anew.engine.hearing import ears
    from anew.engine.pool import Pool
    from anew.engine.voices import installed
    from anew.server.app import create_app
    from anew.server.bounds import FORM, Limits
    from anew.server.database.connect import Database
    from anew.server.listen import listen
    from anew.server.shelf import StoreShelf
    from anew.server.work.worker import Workshop

    door = door_of(host, api_key or None, allow_host or (), allow_origin or ())  # an empty variable is none
    held = Database(database)
    states = states_of_keys(held)
    needed = door.key is not None or bool(states)
    if door.guarded and door.key is None and "active" not in states:
        held.close()
        what = f"{host} can be reached from other machines; that needs a key"
        raise Refused(what, next_command="anew keys create NAME")
    of_speech = {*installed(), *ears()}
    stored = [name for name in models if name not in of_speech]
    for name in stored:
        locate(name)  # a starter that the store does not have yet is put there
    pool = Pool(StoreShelf(), models, apart=sys.platform != "win32")
    for name in stored:
        pool.find(name)

    def listens(port: int) -> None:
        where = f"http://{'localhost' if host in LOOPBACK else host}:{port}/v1"
        key = "…" if needed else "any"
        there = len(pool.listed()) + len(of_speech if not models else of_speech & {*models})
        what = "model" if there == 1 else "models"
        talk(f"{there} {what} at {where}  (OPENAI_BASE_URL={where} OPENAI_API_KEY={key})")
        if open:
            show(where.removesuffix("v1"))

    log_to_stderr(log)
    workshop = Workshop.of(held, at_once=jobs, largest_file=largest_file << 20)
    workshop.mark()  # here, where a refusal is told in a line
    bounds = Limits(deadline=deadline, upload=workshop.largest_file + FORM)
    app = create_app(pool, door, held, queue=queue, limits=bounds, may_fetch=allow_urls, workshop=workshop)
    listen(app, host, port, drain, listens)


def show(address: str) -> None:
    """Open a browser where somebody sits who can see it; elsewhere tell where it is. In a thread: some browsers' own
    commands wait until they are closed."""
    if sees():
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    else:
        talk(f"the studio is at {address}")


def sees() -> bool:
    """Whether this is a terminal of a desktop: on a server a browser would open where nobody looks, or in the text."""
    desktop = sys.platform in ("win32", "darwin") or any(os.environ.get(of) for of in ("DISPLAY", "WAYLAND_DISPLAY"))
    return desktop and sys.stderr.isatty()


def door_of(host: str, key: str | None, names: Sequence[str], origins: Sequence[str]) -> Door:
    """Beyond loopback any name is ours until one is told: a key is needed there, which no page of the web has."""
    from anew.server.door import HERE, Door

    sites = tuple(origin.lower().rstrip("/") for origin in origins)
    for site in sites:
        if not re.fullmatch(r"https?://[^/?#@\s*]+", site):
            raise RecipeError(f"--allow-origin {site}: a site, as https://example.org or http://localhost:3000")
    guarded = host not in LOOPBACK
    told = {name.lower() for name in names}
    told |= {f"[{host}]" if ":" in host else host.lower()} if told else set()
    return Door(key, HERE | told if told or not guarded else frozenset(), sites, guarded)


def states_of_keys(database: Database) -> set[str]:
    """Of the keys in the database. From the first on a key is needed, were it a revoked one."""
    from anew.server.keys import all_keys, state_of

    with database.reading() as session:
        return {state_of(key) for key in all_keys(session)}


def log_to_stderr(level: str) -> None:
    """The server's own log, in lines that begin with their time; texts and keys are never in it."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    own = logging.getLogger("anew")
    own.addHandler(handler)
    own.setLevel(level.upper())
