"""The runs that lie in ANEW_HOME/runs: which there are, how far each came, what its figures are, how they compare.

In come run folders, read as the stages left them; nothing here needs torch.
"""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anew.data import manifest
from anew.data.home import home
from anew.errors import Damaged, NotFound, Refused, nearest

STAGES = ("collect", "clean", "train", "validate", "deploy")


@dataclass(frozen=True)
class RunEntry:
    """A run as lists show it. `done`: its finished stages; `figures`: metric name -> the report's JSON for it;
    `bytes`: what the folder takes on disk."""

    name: str
    path: Path
    recipe: str
    modality: str
    done: list[str] = field(default_factory=list)
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    headline: list[str] = field(default_factory=list)
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """ "done", the stage that comes next, or "damaged"."""
        if self.damaged:
            return "damaged"
        return next((f"before {stage}" for stage in STAGES if stage not in self.done), "done")


def runs_folder() -> Path:
    return home() / "runs"


def list_runs(folder: Path | None = None) -> list[RunEntry]:
    """Every run of a folder of runs, by name."""
    root = folder or runs_folder()
    return [read_run(path) for path in sorted(root.iterdir()) if is_run(path)] if root.is_dir() else []


def find_run(ref: str | Path, folder: Path | None = None) -> Path:
    """The run folder of a name, a name's beginning that is one run's alone, or a path. NotFound names the nearest."""
    root = folder or runs_folder()
    for path in (root / ref, Path(ref)):
        if is_run(path):
            return path
    names = [path.name for path in sorted(root.iterdir()) if is_run(path)] if root.is_dir() else []
    starting = [name for name in names if name.startswith(str(ref))]
    if len(starting) == 1:
        return root / starting[0]
    if starting:
        raise NotFound(f"{ref!r} could be {' or '.join(starting[:5])}", next_command="anew runs list")
    raise NotFound(f"no run is called {str(ref)!r}{nearest(str(ref), names)}", next_command="anew runs list")


def show_run(ref: str | Path, folder: Path | None = None) -> RunEntry:
    return read_run(find_run(ref, folder))


def read_run(path: Path) -> RunEntry:
    """What a run's folder says. A file that cannot be read is named in `damaged`, and the rest is told all the same."""
    damaged: list[str] = []
    recipe = read_part(path, "recipe.toml", lambda content: tomllib.loads(content.decode()), damaged)
    report = read_part(path, "validate/report.json", json.loads, damaged)
    done = [stage for stage in STAGES if stage_done(path, stage, damaged)]
    facts = report.get("facts", {})
    return RunEntry(
        path.name, path, str(recipe.get("name", "?")), str(recipe.get("modality", "?")), done,
        report.get("metrics", {}), list(facts.get("headline", [])), size_of(path), damaged,
    )  # fmt: skip


def stage_done(path: Path, stage: str, damaged: list[str]) -> bool:
    """A stage is done when its manifest is there; validation, when its report is."""
    if stage == "validate" and (path / "validate" / "report.json").is_file():
        return True
    try:
        return manifest.load(path / stage) is not None
    except Damaged:
        damaged.append(f"{stage}/{manifest.NAME}")
        return False


def compare_runs(refs: Sequence[str | Path], folder: Path | None = None) -> dict[str, list[dict[str, Any] | None]]:
    """Metric name -> each run's figure, None where a run lacks it. Figures that all runs have come first."""
    runs = [show_run(ref, folder) for ref in refs]
    names = dict.fromkeys(name for run in runs for name in run.figures)
    rows = {name: [run.figures.get(name) for run in runs] for name in names}
    return dict(sorted(rows.items(), key=lambda row: (row[1].count(None), row[0])))


def remove_run(ref: str | Path, folder: Path | None = None) -> Path:
    """Delete a run's folder: first renamed, so that a killed removal leaves no half run behind a run's name. Refused
    for a folder that holds more than a run."""
    path = find_run(ref, folder)
    if path.is_symlink():
        raise Refused(f"{path} is a link; remove what it leads to", next_command=f"rm {path}")
    if (path / ".git").exists() or path.resolve() in (Path.cwd(), Path.home(), *Path.cwd().parents):
        raise Refused(f"{path} holds more than a run", next_command=f"rm -r {path}")
    doomed = path.with_name(f".{path.name}.removed")
    shutil.rmtree(doomed, ignore_errors=True)
    os.replace(path, doomed)
    shutil.rmtree(doomed)
    return path


def is_run(path: Path) -> bool:
    return not path.name.startswith(".") and (path / "recipe.toml").is_file() and not (path / "config.json").exists()


def read_part(path: Path, name: str, parse: Any, damaged: list[str]) -> dict[str, Any]:
    """One file of a run as a table; empty where there is none."""
    try:
        made = parse((path / name).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, OSError):
        made = None
    if isinstance(made, dict):
        return made
    damaged.append(name)
    return {}


def size_of(path: Path) -> int:
    """Bytes of the plain files in a folder."""
    return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())
