"""The data that a request names to learn from or to look at: a file that was uploaded, a known data set, a folder of
this machine.

In: what was asked, and by whom. Out: where it lies, by a name that tells collecting how to read it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from anew.collect import datasets
from anew.data.home import home
from anew.server.contents import Contents
from anew.server.database.work import File
from anew.server.endpoints.files import find as find_file
from anew.server.errors import Problem
from anew.server.paging import ID
from anew.server.who import LOCAL, Who
from anew.server.work.asked import suffix_of

Named = Annotated[str, Field(pattern=ID, description="An uploaded file's id, or a known data set's name.")]
Folder = Annotated[
    str,
    Field(min_length=1, max_length=4096, description="A file or folder of the server's machine, by its whole path."),
]


@dataclass(frozen=True)
class Given:
    """`told`: as the request names it; `source`: what collecting reads, of an upload its content; `suffix`: by which
    such a content is read; `name`: for people."""

    told: str
    source: str
    name: str
    suffix: str | None = None

    @contextmanager
    def readable(self) -> Iterator[str]:
        """What collecting can read, for as long as the block runs: an upload's content under a name with its end."""
        if self.suffix is None:
            yield self.source
            return
        with TemporaryDirectory(prefix="anew-given-") as place:
            named = Path(place) / f"upload{self.suffix}"
            os.symlink(self.source, named)
            yield str(named)


def given(session: Session, contents: Contents, who: Who, named: str | None, folder: str | None) -> Given:
    """Problem: neither or both of them, nothing of that name, not here, or not theirs to see."""
    if (named is None) == (folder is None):
        what = "either training_file or training_folder says what to learn from"
        raise Problem(400, what, param="training_file", code="missing_required_parameter")
    if folder is not None:
        return of_machine(who, folder)
    assert named is not None
    if named in datasets.CATALOGUE:
        refuse_absent(named, "training_file")
        return Given(named, named, named)
    row = file_for(session, named, who.tenant, "training_file")
    return Given(named, str(contents.there(row.id)), row.filename, suffix_of(row.filename))


def file_for(session: Session, id: str, tenant: str, param: str) -> File:
    file = find_file(session, id, tenant, param)
    if file.purpose != "fine-tune":
        what = f"{param}: {id} was uploaded for {file.purpose!r}, and this takes purpose 'fine-tune'"
        raise Problem(400, what, param=param, code="invalid_value")
    return file


def refuse_absent(name: str, param: str) -> None:
    """Problem: a known data set that would have to be fetched first."""
    if datasets.show(name, home())["folder"] is None:
        what = f"the data set {name} is not on this machine yet\n  try: anew data get {name}"
        raise Problem(400, what, param=param, code="data_not_here")


def of_machine(who: Who, folder: str) -> Given:
    """What lies on the server's disk is for whoever may do all here: nobody else learns whether it is there."""
    if who.tenant != LOCAL or "admin" not in who.scopes:
        what = "training_folder: a folder of the server's machine takes a key of the scope 'admin'; upload it instead"
        raise Problem(403, what, param="training_folder")
    path = Path(folder).expanduser()
    if not path.is_absolute() or not path.exists():
        what = f"training_folder: nothing lies at {folder!r} on the server's machine; a whole path begins with / or ~"
        raise Problem(400, what, param="training_folder", code="not_found")
    return Given(str(path), str(path), path.name)
