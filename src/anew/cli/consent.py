"""`anew consent`: who agreed that their voice be used, what for, and until when: make, check and revoke a record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from anew.cli.terminal import Json, columns, show, talk

if TYPE_CHECKING:
    from anew.safety.consent import Signed

app = App(name="consent", help="Who agreed that their voice be used: make, check and revoke a signed record.")

Record = Annotated[str, Parameter(name="RECORD", help="A record's file, or the id of one that is kept here.")]


@app.command
def make(
    *recordings: Annotated[Path, Parameter(help="The recordings that it is for: files, or folders of them.")],
    speaker: Annotated[str, Parameter(help="Whose voice it is.")],
    what_for: Annotated[str, Parameter(name="--for", help="What the voice is to be used for, in a line.")],
    purpose: Annotated[
        list[str] | None,
        Parameter(consume_multiple=True, negative="", help="adapt, speak, publish; the first two by default."),
    ] = None,
    by: Annotated[str | None, Parameter(help="Who agreed, where it is not the speaker: a guardian.")] = None,
    days: Annotated[int, Parameter(help="For how many days it holds.")] = 365,
    statement: Annotated[Path | None, Parameter(help="A recording in which the speaker says so.")] = None,
    out: Annotated[Path, Parameter(help="The record's file.")] = Path("consent.json"),
    as_json: Json = False,
) -> None:
    """Write down that a speaker agreed, and sign it with this machine's key.

    Whoever runs this says that it is so. The record names each recording by its hash: of another one no voice is
    learnt. Purposes: adapt, a voice may be learnt; speak, it may be made to say things; publish, it may be given to
    others."""
    from anew.data.files import write_atomic
    from anew.safety.consent import make_consent, shown

    named = [one for given in purpose or ("adapt", "speak") for one in given.split(",")]
    signed = make_consent(
        speaker, what_for, recordings, purposes=named, given_by=by, days=days, statement=statement
    )  # fmt: skip
    write_atomic(out, signed.file)
    show([str(out)], as_json, shown(signed) | {"path": str(out)})
    if not as_json:
        many = len(signed.consent.recordings)
        talk(
            f"consent {signed.consent.id} of {speaker}: {', '.join(named)}; {many} recordings; "
            f"until {signed.consent.expires}"
        )


@app.command
def check(
    record: Record,
    /,
    *recordings: Annotated[Path, Parameter(help="Recordings that it has to name.")],
    speaker: Annotated[str | None, Parameter(help="Whose voice it has to be of.")] = None,
    purpose: Annotated[str | None, Parameter(help="What it has to allow: adapt, speak or publish.")] = None,
    as_json: Json = False,
) -> None:
    """Say whether a record holds: its signature, its time, that it was not revoked, and what else is asked of it."""
    from anew.errors import DataError
    from anew.safety.consent import PURPOSES, require_consent, shown

    signed = opened(record)
    if purpose is not None and purpose not in PURPOSES:
        raise DataError(f"no purpose is called {purpose!r}: {', '.join(PURPOSES)}")
    consent = require_consent(
        signed, speaker=speaker or signed.consent.speaker, purpose=purpose or signed.consent.purposes[0],  # type: ignore[arg-type]
        recordings=recordings or None,
    )  # fmt: skip
    rows = [
        ("speaker", consent.speaker), ("given by", consent.given_by), ("what for", consent.what_for),
        ("purposes", ", ".join(consent.purposes)), ("given", consent.given), ("expires", consent.expires),
        ("recordings", len(consent.recordings)), ("id", consent.id), ("signed by", signed.key),
    ]  # fmt: skip
    show(["it holds", *columns(rows)], as_json, shown(signed) | {"holds": True})


@app.command
def revoke(
    record: Record,
    /,
    *,
    why: Annotated[str, Parameter(help="The reason, in a line.")] = "",
    as_json: Json = False,
) -> None:
    """Take consent back: from now on the record opens nothing here, whatever its time."""
    from anew.safety.consent import revoke as take_back

    signed = opened(record)
    path = take_back(signed, why)
    show([f"revoked {signed.consent.id}"], as_json, {"id": signed.consent.id, "path": str(path)})


@app.command
def key(*, as_json: Json = False) -> None:
    """This machine's public key, by which others check its records."""
    from anew.safety.consent import public_key

    found = public_key()
    show([found], as_json, {"key": found})


@app.command
def trust(
    public: Annotated[str, Parameter(name="KEY", help="A public key: 64 hexadecimal digits.")],
    name: Annotated[str, Parameter(help="Whose it is.")],
    /,
    *,
    as_json: Json = False,
) -> None:
    """Let records count here that another machine signed."""
    from anew.safety.consent import trust as let_count

    path = let_count(public, name)
    show([str(path)], as_json, {"path": str(path)})


def opened(record: str) -> Signed:
    from anew.safety.consent import read_consent

    return read_consent(record if len(record) == 32 and not Path(record).exists() else Path(record))
