"""Prints what the server answers, as an OpenAPI document, without serving: `studio/` makes its types from it.

python docs/openapi.py > openapi.json
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from anew.engine.pool import Listed, Pool
from anew.errors import NotFound
from anew.server.app import create_app
from anew.server.database.connect import Database
from anew.server.door import Door
from anew.server.work.worker import Workshop


class Empty:
    """A shelf without models."""

    def listed(self) -> Sequence[Listed]:
        return ()

    def open(self, name: str) -> None:
        raise NotFound(f"no model is called {name!r}")


def document() -> str:
    """Keys in order, so that the same endpoints are the same text."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/anew.db")
        workshop = Workshop(Path(folder), database.id, file=database.file)
        app = create_app(Pool(Empty(), apart=False), Door(), database, workshop=workshop)
        told = app.openapi()
        database.close()
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
