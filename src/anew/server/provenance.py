"""What the store's models say of themselves beside their names: what each is, under which licence, where it is from.

In: entries of the store. Out: words for lists, read once for each version of a model; bytes that only one name leads
to.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select

from anew.data.files import sha256_file
from anew.deploy import starters
from anew.deploy.card import EVIDENCE
from anew.deploy.store import Entry, Store
from anew.errors import AnewError
from anew.server.database.connect import Database
from anew.server.database.ledger import Audit

IMPORTED = "model.imported"
Origin = Literal["trained", "starter", "imported"]


@dataclass(frozen=True)
class Described:
    """`licence`: of the model, or the one of what it learnt from where it states none and that is one alone."""

    about: str = ""
    licence: str | None = None
    evidence: str | None = None


@functools.cache
def shipped() -> Mapping[str, str]:
    """The digest of each starter's evidence -> its name."""
    return {sha256_file(starters.FOLDER / name / EVIDENCE): name for name in starters.names()}


@functools.cache
def starter(name: str) -> tuple[str, str | None]:
    """What a starter that is not in the store is, and its licence."""
    return words_of(json.loads((starters.FOLDER / name / EVIDENCE).read_bytes()))


@functools.lru_cache(4096)
def described(name: str, id: str) -> Described:
    """Of damaged files nothing."""
    with suppress(AnewError, ValueError, TypeError, AttributeError, KeyError):
        store = Store()
        entry = store.show(f"{name}@{id}")
        if EVIDENCE in entry.files:
            about, licence = words_of(json.loads(store.read(entry, EVIDENCE)))
            return Described(about, licence, entry.files[EVIDENCE]["sha256"])
    return Described()


def words_of(evidence: Mapping[str, Any]) -> tuple[str, str | None]:
    facts = evidence.get("facts", {})
    licences = [one if isinstance(one, str) else one[0] for one in facts.get("licences") or {}]
    licence = facts.get("licence") or (licences[0] if len(licences) == 1 and licences[0] != "none stated" else None)
    return str(facts.get("about") or ""), None if licence is None else str(licence)


def taken_in(database: Database) -> set[str]:
    """Ids of models that came in over HTTP, as the audit log has it."""
    with database.reading() as session:
        rows = session.scalars(select(Audit.details).where(Audit.act == IMPORTED))
        return {str(json.loads(row).get("id")) for row in rows}


def origin_of(id: str, what: Described, trained_here: bool, taken: set[str]) -> Origin:
    """A model of ours that the command line took in from a zip says nothing of that, and counts as trained."""
    if what.evidence in shipped():
        return "starter"
    return "imported" if id in taken or not trained_here or ", imported from " in what.about else "trained"


def alone_bytes(entry: Entry, store: Store) -> int:
    """What forgetting a model and its versions would free: files that no other name leads to."""
    others = {name for other in store.list() if other.name != entry.name for name in digests_of(other, store)}
    own = {digest: size for digest, size in digests_of(entry, store).items() if digest not in others}
    return sum(own.values())


def digests_of(entry: Entry, store: Store) -> dict[str, int]:
    found = dict[str, int]()
    for version in entry.versions:
        with suppress(AnewError):
            found |= sizes(store.show(f"{entry.name}@{version}").files.values())
    return found


def sizes(files: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return {str(one["sha256"]): int(one["bytes"]) for one in files}
