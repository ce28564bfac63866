"""Bake-offs that a server began: `anew compare` in a process of its own, which outlives the server.

In: a folder in ANEW_HOME/compare. Out: whether it is at work, how far each model is, what it said in the end.
"""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from anew.data import manifest
from anew.data.files import write_atomic
from anew.data.home import home
from anew.errors import Damaged
from anew.recipes.compare import folder_for
from anew.server.errors import Problem
from anew.server.work.process import LOG, Process

BEGUN, STOPPED, FIGURES, SAID = "begun.json", "stopped", "comparison.json", "said.txt"
TAIL = 8192  # bytes of a journal or a log whose last line is read
ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Begun:
    """What was asked for. `models` are contenders by name; `minutes` CPU minutes for each."""

    data: str
    modality: str
    models: tuple[str, ...]
    minutes: float
    seeds: int

    @classmethod
    def read(cls, folder: Path) -> Begun | None:
        """None where the command line began it, or what is there cannot be read."""
        try:
            told = json.loads((folder / BEGUN).read_bytes())
            return cls(**{**told, "models": tuple(told["models"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def line(self, folder: Path) -> list[str]:
        """All of its command line behind the interpreter."""
        budget = ["--minutes", f"{self.minutes:g}", "--seeds", str(self.seeds)]
        return ["-m", "anew", "compare", self.data, "--models", ",".join(self.models), *budget, "--out", str(folder)]


def folders() -> list[Path]:
    """Of all comparisons, whoever began them."""
    root = home() / "compare"
    found = root.iterdir() if root.is_dir() else ()
    return sorted(one for one in found if (one / FIGURES).is_file() or (one / BEGUN).is_file())


def process_of(folder: Path) -> Process | None:
    begun = Begun.read(folder)
    return None if begun is None else Process.running(folder, [begun.line(folder)])


def begin(asked: Begun) -> Path:
    """Begin it, or go on with it; models that were compared before with these data and this budget stay among them.
    Problem: another one is at work."""
    with ONE_AT_A_TIME:
        for other in folders():
            if process_of(other) is not None:
                raise Problem(400, f"{other.name} is at work, and one is at a time", code="in_use")
        folder = folder_for(asked.data, asked.minutes, {})
        whole = with_earlier(asked, folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in (STOPPED, LOG):
            (folder / name).unlink(missing_ok=True)
        write_atomic(folder / BEGUN, (json.dumps(asdict(whole)) + "\n").encode())
        Process.begin(folder, whole.line(folder), SAID)
    return folder


def with_earlier(asked: Begun, folder: Path) -> Begun:
    before = Begun.read(folder)
    names, seeds = ([], asked.seeds) if before is None else (list(before.models), max(before.seeds, asked.seeds))
    with suppress(OSError, ValueError, KeyError):
        names += [row["name"] for row in json.loads((folder / FIGURES).read_bytes())["rows"]]
    models = tuple(dict.fromkeys([*names, *asked.models]))
    return Begun(asked.data, asked.modality, models, asked.minutes, seeds)


def stop(folder: Path) -> None:
    """Let it save what it has, and end. Nothing happens to one that is not at work."""
    process = process_of(folder)
    if process is not None:
        (folder / STOPPED).touch()
        process.interrupt()


def state_of(folder: Path) -> str:
    """running, finished, stopped or failed."""
    begun, figures = folder / BEGUN, folder / FIGURES
    if figures.is_file() and (not begun.is_file() or figures.stat().st_mtime >= begun.stat().st_mtime):
        return "finished"
    if process_of(folder) is not None:
        return "running"
    return "stopped" if (folder / STOPPED).exists() else "failed"


def last_said(folder: Path) -> list[str]:
    """The last line of its log; why it failed, where it did. Lines that tell of the machine's folders are left out."""
    said = tail(folder / LOG).decode("utf-8", "replace").splitlines()
    lines = [line.strip() for line in said if line.strip() and str(home()) not in line]
    faults = [i for i, line in enumerate(lines) if line.startswith("anew: ")]
    return lines[faults[-1] :] if faults else lines[-1:]


# ------------------------------------------------------------------------------------------------ how far it is


def parts(folder: Path, begun: Begun) -> Iterator[dict[str, Any]]:
    """What all share, then each model with each seed, in the order in which they come."""
    for seed in range(begun.seeds):
        yield {"name": None, "seed": seed, **shared(folder / "shared" / f"seed-{seed}")}
        for name in begun.models:
            why = folder / "failed" / f"{name}, seed {seed}.txt"
            yield {"name": name, "seed": seed, **model(folder / f"seed-{seed}" / name, why)}


def shared(folder: Path) -> dict[str, Any]:
    """The data, and the judge where there is one."""
    if not folder.is_dir():
        return {"state": "waiting"}
    if not done(folder / "clean"):
        return {"state": "cleaning" if done(folder / "collect") else "collecting"}
    if (folder / "judge").is_dir() and not done(folder / "judge" / "train"):
        return {"state": "judge", **far(folder, "judge/train", ("judge", "train"))}
    return {"state": "done"}


def model(folder: Path, why: Path) -> dict[str, Any]:
    if (folder / "validate" / "report.json").is_file():
        return {"state": "done"}
    if why.is_file():
        lines = why.read_text("utf-8", "replace").strip().splitlines()
        return {"state": "failed", "why": lines[-1] if lines else ""}
    if done(folder / "train"):
        return {"state": "judging"}
    if (folder / "train" / "metrics.jsonl").is_file():
        return {"state": "training", **far(folder, "train", ("train",))}
    if (folder / "codec" / "train").is_dir() and not done(folder / "codec" / "train"):
        return {"state": "codec", **far(folder, "codec/train", ("codec", "learned", "train"))}
    return {"state": "preparing" if folder.is_dir() else "waiting"}


def done(folder: Path) -> bool:
    with suppress(Damaged):
        return manifest.load(folder) is not None
    return False


def far(folder: Path, part: str, keys: Sequence[str]) -> dict[str, Any]:
    """The step that a part of a run is at, of how many, once that is settled."""
    step = 0
    for line in reversed(tail(folder / part / "metrics.jsonl").splitlines()):
        with suppress(ValueError, KeyError, TypeError):
            step = int(json.loads(line)["step"])
            break
    values: Any = {}
    with suppress(OSError, ValueError):
        values = tomllib.loads((folder / "resolved.toml").read_text("utf-8"))
    for key in keys:
        values = values.get(key, {})
    steps = values.get("steps")
    return {"step": step, "steps": steps if isinstance(steps, int) else None}


def tail(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            return file.read()
    except FileNotFoundError:
        return b""
