"""From what a person calls a model to the model: a name in the store, NAME@ID, or the folder of a model or of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from anew.deploy.store import Store
from anew.errors import NotFound

if TYPE_CHECKING:
    from anew.artifact import Artifact


def open_model(ref: str | Path, store: Store | None = None) -> Artifact:
    """Open a model by its name in the store, or by the folder of a model or of a run."""
    from anew.artifact import load_artifact

    return load_artifact(locate(ref, store))


def pinned(ref: str, store: Store | None = None) -> str:
    """NAME@ID of the model that a name stands for now, which it stands for later too; anything else as it is."""
    try:
        entry = (store or Store()).show(ref)
    except NotFound:
        return ref
    return f"{entry.name}@{entry.id}"


def locate(ref: str | Path, store: Store | None = None) -> Path:
    """The folder of a model, given by its name in the store or by the folder of a model or of a run."""
    if isinstance(ref, str):
        try:
            return (store or Store()).folder(ref)
        except NotFound:
            if not Path(ref).is_dir():
                raise
    for folder in (Path(ref), Path(ref) / "model"):
        if (folder / "config.json").is_file():
            return folder
    raise NotFound(f"{ref}: holds no model (no config.json)", next_command="anew models list")
