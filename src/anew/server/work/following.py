"""What a job's process wrote down, as events: the lines of its log, and the figures of its run's journal.

In: a job's folder, and how far it was read before. Out: events, checkpoints, the time that is left, the results.
"""

from __future__ import annotations

import csv
import io
import json
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anew.data import manifest
from anew.data.home import home
from anew.server.work.process import LOG, RUN
from anew.train.checkpoint import found, step_of
from anew.train.journal import DIAGNOSIS, HELD_OUT, TRAIN, read_journal

MOST_POINTS = 200  # of the training loss, of a job
LONGEST = 1000  # characters of a line
SHARE = 20  # rests between readings of a journal, in the time that the last one took
TRAINED = f"{RUN}/train"
NOT_SAID = ("anew: ", "  ", "next:", "run ", "going on with ")  # how errors, advice for a terminal and paths begin
Event = tuple[str, str, dict[str, Any] | None]  # its level, its message, its figures


@dataclass
class Told:
    """What is new: events, lines of the journal and bytes of the log read by now, checkpoints, seconds left."""

    journal: int
    log: int
    events: list[Event] = field(default_factory=list)
    checkpoints: list[dict[str, Any]] | None = None
    left: float | None = None


class Following:
    """Reads on in a job's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.size, self.rest = folder, 0, 0.0

    def read(self, journal: int, log: int, last: bool = False) -> Told:
        """What came since so many lines of the journal and so many bytes of the log. A journal that was cut back, since
        its process was killed, grows to the same lines again."""
        told = Told(journal, log)
        told.events += [("info", line, None) for line in self._lines(told)]
        path, now = self.folder / TRAINED / "metrics.jsonl", time.monotonic()
        size = path.stat().st_size if path.is_file() else 0
        if size != self.size and (last or now > self.rest):
            self.size = size
            self._figures(told, path)
            self.rest = now + SHARE * (time.monotonic() - now)
        return told

    def _lines(self, told: Told) -> Iterator[str]:
        """Whole lines of the log that are for anybody's eyes."""
        try:
            with open(self.folder / LOG, "rb") as file:
                file.seek(told.log)
                new = file.read()
        except FileNotFoundError:
            return
        whole = new[: new.rfind(b"\n") + 1]
        told.log += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            inside = str(home()) in line or "site-packages" in line or "Warning" in line
            if line.strip() and not line.startswith(NOT_SAID) and not inside:
                yield line[:LONGEST]

    def _figures(self, told: Told, journal: Path) -> None:
        steps = self.steps
        every = max(1, (steps or 0) // MOST_POINTS)
        step, seconds, losses = 0, 0.0, dict[int, dict[str, float]]()
        for number, line in enumerate(read_journal(journal), 1):
            step, seconds, figures = line["step"], line.get("seconds", seconds), figures_of(line)
            losses.setdefault(step, {}).update(figures)
            if number <= told.journal:
                continue
            told.journal = number
            if line["kind"] == DIAGNOSIS:
                told.events.append(("warn", f"Step {step}: {line['what']}", None))
            elif line["kind"] == HELD_OUT or step % every == 0:
                data = {"step": step, "total_steps": steps, **figures}
                told.events.append(("info", sentence(step, steps, figures), data))
        kept = [step_of(place) for place in found(self.folder / TRAINED / "checkpoints")]
        told.checkpoints = [checkpoint(step, losses.get(step, {})) for step in sorted(kept, reverse=True)]
        told.left = seconds / step * (steps - step) if steps and step else None

    @property
    def steps(self) -> int | None:
        """How many the run takes, once that is settled."""
        try:
            values = tomllib.loads((self.folder / RUN / "resolved.toml").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        steps = values.get("train", {}).get("steps")
        return steps if isinstance(steps, int) else None


def figures_of(line: dict[str, Any]) -> dict[str, float]:
    """The loss that a line of the journal tells, by its name among events; of several phases the first's."""
    name = {TRAIN: "train_loss", HELD_OUT: "valid_loss"}.get(line["kind"])
    loss = next((value for key, value in line.items() if key == "loss" or key.endswith(".loss")), None)
    return {} if name is None or loss is None else {name: loss}


def sentence(step: int, steps: int | None, figures: dict[str, float]) -> str:
    words = {"train_loss": "training loss", "valid_loss": "validation loss"}
    said = ", ".join(f"{words[name]}={value:.4f}" for name, value in figures.items())
    return f"Step {step}/{steps}: {said}" if steps else f"Step {step}: {said}"


def checkpoint(step: int, metrics: dict[str, float]) -> dict[str, Any]:
    return {"step": step, "created_at": int(time.time()), "metrics": metrics}


# ------------------------------------------------------------------------------------------------ in the end


def best(folder: Path) -> tuple[list[dict[str, Any]], int | None]:
    """The checkpoint whose weights were kept, and the positions that entered the loss."""
    done = manifest.load(folder / TRAINED)
    if done is None:
        return [], None
    step, metrics = done.counts["best_step"], dict[str, float]()
    for line in read_journal(folder / TRAINED / "metrics.jsonl"):
        if line["step"] == step:
            metrics |= figures_of(line)
    return [checkpoint(step, metrics)], done.counts.get("positions")


def results(folder: Path) -> bytes:
    """The journal as a table, a step a row."""
    rows: dict[int, dict[str, Any]] = {}
    for line in read_journal(folder / TRAINED / "metrics.jsonl"):
        if line["kind"] != DIAGNOSIS:
            row = rows.setdefault(line["step"], {"step": line["step"]})
            row |= {**figures_of(line), "seconds": line.get("seconds")}
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, ["step", "train_loss", "valid_loss", "seconds"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[step] for step in sorted(rows))
    return file.getvalue().encode()


def first_bad_row(folder: Path) -> tuple[str, str] | None:
    """Where and why, of the first row of JSONL that could not be read, and how many there are; None where all could."""
    bad: list[dict[str, str]] = []
    path = folder / RUN / "collect" / "removed.jsonl"
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            name, colon, number = row["origin"].rpartition(":")
            if colon and number.isdecimal() and name.endswith((".jsonl", ".ndjson")):
                bad.append(row)
    if not bad:
        return None
    name, _, number = bad[0]["origin"].rpartition(":")
    param = "validation_file" if name.rpartition("/")[2].startswith("validation.") else "training_file"
    more = f" ({len(bad) - 1} more lines like it)" if len(bad) > 1 else ""
    return param, f"{param}, line {number}: {bad[0]['rule']}: {bad[0]['detail']}{more}"
