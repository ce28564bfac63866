"""A starter made of a small run, on a machine that has nothing else and no network."""

from __future__ import annotations

import importlib.util
import shutil
import socket
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from anew.data.progress import silent
from anew.deploy import starters
from anew.recipe import Deploy

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "starters.py"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_starters", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def started(run: Path, name: str, folder: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The evidence of a copy of the run, whose model is now a starter, whatever it is worth: the only one there is.
    From here on ANEW_HOME is empty."""
    shutil.copytree(run, folder / "run")
    evidence: dict[str, Any] = script().measured(folder / "run", Deploy(name=name, licence="CC0-1.0"), "none", silent)
    patch.setattr(starters, "FOLDER", folder / "starters")
    starters.pack(folder / "run" / "model", name)
    patch.setenv("ANEW_HOME", str(folder / "fresh"))
    patch.chdir(folder)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a starter asked the network")

    patch.setattr(socket, "getaddrinfo", refused)
    return evidence


def places(folder: Path) -> list[str]:
    """Texts of a starter that name a place on this machine."""
    told = [path for path in folder.rglob("*") if path.suffix in (".toml", ".json", ".md")]
    return [path.name for path in told if any(one in path.read_text("utf-8") for one in ("/tmp/", "/home/"))]
