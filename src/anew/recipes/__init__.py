"""Ready recipes, and the pipeline that runs any recipe through the five stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from anew.errors import NotFound, nearest
from anew.recipe import read

FOLDER = Path(__file__).parent


def ready() -> dict[str, Path]:
    """The recipes that come with anew, by name."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


def find(name: str) -> dict[str, Any]:
    """The values of a ready recipe, or of a TOML file where the name is a path."""
    if name in ready():
        return read(ready()[name])
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        if not path.is_file():
            raise NotFound(f"no recipe file {name}", next_command="anew recipe list")
        return read(path)
    raise NotFound(f"no recipe is called {name!r}{nearest(name, ready())}", next_command="anew recipe list")
