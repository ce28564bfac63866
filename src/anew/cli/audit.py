"""`anew audit`: what administrators of a server did, and whether somebody changed what was written of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.types import PositiveInt

from anew.cli.keys import DatabaseUrl, opened
from anew.cli.terminal import Json, columns, show

app = App(name="audit", help="The server's log of administrative acts: show and verify it.")


@app.command(name="show")
def show_last(
    *,
    last: Annotated[PositiveInt, Parameter(name=["--last", "-n"], help="How many acts.")] = 20,
    database: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """The last acts, the newest at the end: keys made and revoked, models pulled and deleted, jobs, starts."""
    from anew.server import audit

    with opened(database) as held, held.reading() as session:
        found = [audit.told(row) for row in audit.latest(session, last)]
    rows = [
        (
            one["seq"], datetime.fromtimestamp(one["at"], UTC).strftime("%Y-%m-%d %H:%M:%S"), one["tenant"],
            one["key"] or "-", one["act"], one["object"], json.dumps(one["details"], sort_keys=True),
        )
        for one in found
    ]  # fmt: skip
    head = ("SEQ", "AT (UTC)", "TENANT", "KEY", "ACT", "OBJECT", "DETAILS")
    show(columns(rows, head) if rows else ["nothing yet"], as_json, {"acts": found})


@app.command
def verify(
    *,
    holds: Annotated[str | None, Parameter(help="A digest that was kept elsewhere: a row has to have it.")] = None,
    database: DatabaseUrl = None,
    as_json: Json = False,
) -> int:
    """Read the whole log and name each row that was altered, removed, inserted or replaced. Exit code 6 then.

    Its last line is the digest of the end. Kept elsewhere and given to --holds later, it shows that nobody wrote the
    whole log anew."""
    from anew.server import audit

    with opened(database) as held, held.reading() as session:
        verdict = audit.verify(session, holds)
    rows = [(f"{f.first}" if f.first == f.last else f"{f.first} to {f.last}", f.what) for f in verdict.faults]
    lines = columns(rows, ("ROW", "WRONG")) if rows else [f"{verdict.rows} rows, as they were written"]
    lines += [] if verdict.holds else [f"no row has the digest {holds}: the log was written anew"]
    show([*lines, verdict.digest], as_json, {"well": verdict.well} | asdict(verdict))
    return 0 if verdict.well else 6
