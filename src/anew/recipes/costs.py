"""What a model costs: CPU time and memory while it learns, network calls and time while it draws.

Costs of training are added up over every time that it went on, in a file of the run's folder.
"""

from __future__ import annotations

import gc
import json
import threading
import time
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self

import psutil
from torch import nn

from anew.artifact import Artifact
from anew.data.files import write_atomic
from anew.engine.generate import generate

NAME = "costs.json"
EVERY_SECONDS = 0.05
DRAWN = {"tokens": 8, "grid": 64}  # samples that are timed


class Watch:
    """Measures what happens within the block, and adds it to `folder`/costs.json, however the block ends: CPU seconds
    of all threads, and the most memory that the process held."""

    def __init__(self, folder: Path) -> None:
        self.path, self.peak, self.over = folder / NAME, 0, threading.Event()

    def __enter__(self) -> Self:
        gc.collect()
        self.begun = time.process_time()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()
        return self

    def look(self) -> None:
        process = psutil.Process()
        while True:
            self.peak = max(self.peak, process.memory_info().rss)
            if self.over.wait(EVERY_SECONDS):
                return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.over.set()
        self.thread.join()
        found = costs(self.path.parent)
        found["cpu_seconds"] = found.get("cpu_seconds", 0.0) + time.process_time() - self.begun
        found["peak_bytes"] = max(found.get("peak_bytes", 0), self.peak)
        record(self.path.parent, found)


def costs(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    found: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return found


def record(folder: Path, found: dict[str, Any]) -> None:
    write_atomic(folder / NAME, (json.dumps(found, indent=1, sort_keys=True) + "\n").encode())


def of_sampling(artifact: Artifact) -> dict[str, float]:
    """Samples a CPU-second, and network calls a sample: how often its layers ran, by the median layer that ran at all,
    for one block of rows."""
    n = max(artifact.model.rows, DRAWN[artifact.model.spec.kind])
    counts = {layer: 0 for layer in artifact.model.modules() if not list(layer.children()) and list(layer.parameters())}

    def count(layer: nn.Module, given: Any) -> None:
        counts[layer] += 1

    hooks = [layer.register_forward_pre_hook(count) for layer in counts]
    generate(artifact, artifact.model.rows)
    for hook in hooks:
        hook.remove()
    begun = time.process_time()
    generate(artifact, n)
    seconds = time.process_time() - begun
    ran = [times for times in counts.values() if times]
    return {"samples_per_second": n / seconds} | ({"network_calls": median(ran)} if ran else {})
