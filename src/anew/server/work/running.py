"""A job's run: where it lies, whether its model has begun to learn, and that it has learnt enough.

In: a job's folder. Out: a run that is kept lies among the machine's runs, and a link leads there from the job's folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from anew.deploy.runs import runs_folder
from anew.server.work.process import RUN
from anew.train.stop import ENOUGH


def keep_run(folder: Path, name: str) -> None:
    place = runs_folder() / name
    place.mkdir(parents=True)
    (folder / RUN).symlink_to(place, target_is_directory=True)


def forget_run(folder: Path) -> None:
    """A run that was to be kept goes, too."""
    place = folder / RUN
    if place.is_symlink():
        shutil.rmtree(place.resolve(), ignore_errors=True)


def begun_to_learn(folder: Path) -> bool:
    """The model itself: what it reads by may have learnt before."""
    return (folder / RUN / "train" / "metrics.jsonl").is_file()


def enough(folder: Path) -> None:
    (folder / RUN / "train" / ENOUGH).touch()
