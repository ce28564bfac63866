"""`anew keys`: who may enter a server: make API keys, list them, take them back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from anew.cli.terminal import Json, columns, show, talk

if TYPE_CHECKING:
    from anew.server.database.connect import Database

app = App(name="keys", help="The server's API keys: create, list and revoke them.")

DatabaseUrl = Annotated[
    str | None, Parameter(env_var="ANEW_DATABASE", help="URL of the database; a file in ANEW_HOME by default.")
]


@contextmanager
def opened(url: str | None) -> Iterator[Database]:
    """The server's database; a server may run on it meanwhile."""
    from anew.server.database.connect import Database

    database = Database(url)
    try:
        yield database
    finally:
        database.close()


@app.command
def create(
    name: Annotated[str, Parameter(help="What the key is for, or whose it is.")],
    /,
    *,
    scopes: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            negative="",
            help="What it may do: read, generate, files, train, admin. All but admin by default.",
        ),
    ] = None,
    tenant: Annotated[str | None, Parameter(help="Whose files, jobs and responses it sees; NAME's by default.")] = None,
    expires: Annotated[str | None, Parameter(help="After how long it opens nothing: 12h, 30d, 8w, 1y.")] = None,
    requests_per_minute: Annotated[int | None, Parameter(help="How many requests it may send in a minute.")] = None,
    tokens_per_day: Annotated[int | None, Parameter(help="How many tokens it may spend in a day (UTC).")] = None,
    database: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Make an API key. It is shown once: the database keeps its hash alone.

    Once there is a key, a server lets nobody in without one."""
    from anew.server import keys
    from anew.server.who import Who

    named = [scope for given in scopes or keys.USUAL for scope in given.split(",")]
    with opened(database) as held, held.writing() as session:
        key, spelled = keys.create(
            session, Who(), name, scopes=named, tenant=tenant, expires=expires,
            requests_per_minute=requests_per_minute, tokens_per_day=tokens_per_day,
        )  # fmt: skip
    show([spelled], as_json, keys.told(key) | {"key": spelled})
    if not as_json:
        talk(f"key {key.id} for {key.tenant}: {key.scopes}", "It is shown this once; from now on a key is needed.")


@app.command(name="list")
def list_all(*, database: DatabaseUrl = None, as_json: Json = False) -> None:
    """The keys, and what they have spent today."""
    from anew.server import keys

    with opened(database) as held, held.reading() as session:
        spent = keys.spent_today(session)
        found = [keys.told(key) | {"tokens_today": spent.get(key.id, 0)} for key in keys.all_keys(session)]
    head = ("ID", "NAME", "TENANT", "STATE", "UNTIL", "REQUESTS/MIN", "TOKENS TODAY", "SCOPES")
    rows = [
        (
            one["id"], one["name"], one["tenant"], one["state"], day(one["expires_at"]),
            one["requests_per_minute"] or "-", of(one["tokens_today"], one["tokens_per_day"]), " ".join(one["scopes"]),
        )
        for one in found
    ]  # fmt: skip
    show(columns(rows, head) if rows else ["no keys yet; anew keys create NAME"], as_json, {"keys": found})


@app.command
def revoke(
    key: Annotated[str, Parameter(name="ID", help="The key's id, as the list shows it.")],
    /,
    *,
    database: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Take a key back: within a second nobody enters with it. What it has under way may end."""
    from anew.server import keys
    from anew.server.who import Who

    with opened(database) as held, held.writing() as session:
        gone = keys.revoke(session, Who(), key)
    show([f"revoked {gone.id} ({gone.name})"], as_json, keys.told(gone))


def day(at: int | None) -> str:
    return "-" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def of(spent: int, most: int | None) -> str:
    return f"{spent:,}" if most is None else f"{spent:,} of {most:,}"
