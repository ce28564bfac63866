"""A model for verbs that draw from it: as it runs fast, with a word on stderr where that takes long the first time; and
what it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from anew import recipes
from anew.cli.terminal import Flag, Meter
from anew.errors import NotFound
from anew.recipe import NAME

if TYPE_CHECKING:
    from anew.artifact import Artifact
    from anew.data.progress import Progress

Floats = Annotated[bool, Flag, Parameter(help="Run a decoder in floats, where it would run in eight bits.")]


def located(model: str) -> Path:
    """Its folder. NotFound tells of the recipe, where one has that name and no model yet."""
    from anew.deploy.lookup import locate

    try:
        return locate(model)
    except NotFound:
        if model not in recipes.ready():
            raise
        brings = recipes.find(model).get("data", {}).get("source")
        what = f"no model is called {model!r} yet; a recipe is, which makes one"
        raise NotFound(what, next_command=f"anew run {model}{'' if brings else ' --data FOLDER'}") from None


def opened(model: str, adapters: Sequence[tuple[str, float]] = (), floats: bool = False) -> Artifact:
    """The model of this name or in this folder; in floats too where adapters lie over it."""
    from anew.artifact import base_of
    from anew.deploy.lookup import open_adapted
    from anew.engine.start import as_it_runs

    folder = located(model)
    if floats or adapters or base_of(folder) is not None:
        return open_adapted(model, adapters)
    with ExitStack() as stack:
        meter: Meter | None = None

        def report(progress: Progress) -> None:
            nonlocal meter
            meter = meter or stack.enter_context(Meter())
            meter(progress)

        return as_it_runs(folder, report)


def called(model: str | None, recipe: str) -> str:
    """What a person calls a model, as files of it are named; its recipe's name where that is a path, or nothing."""
    name = (model or "").partition("@")[0]
    return name if re.fullmatch(NAME, name) else recipe
