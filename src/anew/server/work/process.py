"""A job's process: `python -m anew …` in the job's folder, a group of its own, which outlives the server that began it.

In: a job's folder. Out: whether its process runs, and what it said in the end. A process is known by its whole command
line, which names the job's recipe, and as the first of its group: a server that was started anew finds it, and does not
begin it twice.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

RECIPE, RUN, LOG = "job.toml", "run", "log.txt"
VERBS = ("clean", "run")
SOURCE = Path(__file__).parents[3]  # where this very anew is imported from
SECRETS = ("ANEW_API_KEY", "ANEW_DATABASE")  # which a job has no need of
POLITE = 5  # how far a job stands back behind requests (nice)


def environment() -> dict[str, str]:
    """Ours, without its secrets, for a process that imports this very anew."""
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    paths = [str(SOURCE), *filter(None, [kept.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)}


class Process:
    """The process of the job in `folder`, as long as it runs."""

    def __init__(self, folder: Path, found: psutil.Process) -> None:
        self.folder, self.found, self.asked = folder, found, False

    @classmethod
    def start(cls, folder: Path, verb: str) -> Process:
        """`clean` or `run` the job's recipe. What it says in the end goes into VERB.json, what else into the log."""
        return cls.begin(folder, arguments(folder, verb), f"{verb}.json")

    @classmethod
    def begin(cls, folder: Path, line: Sequence[str], told: str) -> Process:
        """Any line of ours, what stands behind the interpreter; its answer goes into the file `told`."""
        with open(folder / told, "wb") as said, open(folder / LOG, "ab") as log:
            begun = subprocess.Popen(
                [sys.executable, *line], cwd=folder, stdin=subprocess.DEVNULL, stdout=said,
                stderr=log, start_new_session=True, env=environment(),
            )  # fmt: skip
        found = psutil.Process(begun.pid)  # while it is surely ours: nobody has waited for it yet
        threading.Thread(target=begun.wait, name="job", daemon=True).start()  # it is reaped, whoever forgets it
        with suppress(psutil.Error):
            found.nice(POLITE)
        return cls(folder, found)

    @classmethod
    def find(cls, folder: Path) -> Process | None:
        """The one that an earlier server began, if it still runs."""
        return cls.running(folder, [arguments(folder, verb) for verb in VERBS])

    @classmethod
    def running(cls, folder: Path, known: Sequence[Sequence[str]]) -> Process | None:
        """The one of a line that is among the known ones."""
        for process in psutil.process_iter():
            with suppress(psutil.Error, ProcessLookupError):
                if process.cmdline()[1:] in known and os.getpgid(process.pid) == process.pid:
                    return cls(folder, process)
        return None

    @property
    def runs(self) -> bool:
        with suppress(psutil.Error):
            return bool(self.found.is_running() and self.found.status() != psutil.STATUS_ZOMBIE)
        return False

    def interrupt(self) -> None:
        """Let it save what it has, and end. Asked once: a second time would mean at once. Not by Ctrl-C's signal, which
        a server that a shell began in the background hands on as one to be ignored."""
        if not self.asked:
            with suppress(psutil.Error):
                self.found.terminate()
            self.asked = True

    def kill(self) -> None:
        """It, and what it began."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.found.pid, signal.SIGKILL)


def arguments(folder: Path, verb: str) -> list[str]:
    """All of a command line behind the interpreter."""
    return ["-m", "anew", verb, str(folder / RECIPE), "--out", RUN, "--json"]


def said(folder: Path, verb: str) -> dict[str, Any]:
    """What the process said when it ended; nothing, where it was killed before."""
    try:
        found = json.loads((folder / f"{verb}.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
