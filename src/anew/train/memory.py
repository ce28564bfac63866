"""How much memory a run will need, before it does: steps on few rows, weighed tensor by tensor, then scaled.

Weights, gradients, the optimiser's and the average's memory do not grow with the rows; activations grow evenly, but
the peak may lie elsewhere while they are few: so rows are doubled, as far as time and memory allow, and the last two
weights drawn out to all rows.
"""

from __future__ import annotations

import ctypes
import sys
import tempfile
import time
import weakref
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from anew.contract import Model
from anew.data import memory
from anew.data.loader import Loader
from anew.data.progress import size
from anew.errors import Refused
from anew.recipe import Train
from anew.train.build import twin
from anew.train.device import choose_device
from anew.train.loop import Trainer

WEIGH_SECONDS = 1.0  # of CPU time, after which a quarter of the rows is enough
SPARE = 1.1  # what allocators lose between tensors


def needed_bytes(model: Model, settings: Train, loader: Loader) -> int:
    """The most memory that this process will hold at once while it trains, in bytes, what it holds now included.

    On an accelerator: the most of the accelerator's memory. Refused when it is more than there is.
    """
    device = choose_device(settings.device)
    all_rows = -(-loader.rows // settings.accumulate)
    rows, weighed, begun = min(2, all_rows), [0], time.process_time()
    while True:
        free = free_bytes(device)
        weighed = [weighed[-1], weigh(model, settings, loader, rows)]
        slope = (weighed[1] - weighed[0]) / (rows - rows // 2)
        more = int(SPARE * (weighed[1] + (slope if rows > 2 else 0) * (all_rows - rows)))
        if more > free:
            raise Refused(
                f"training needs {size(more)} of memory beside what is in use, and {size(free)} are free",
                next_command=f"anew run RECIPE --train.accumulate {2 * settings.accumulate}, or a smaller --size",
            )
        if rows == all_rows or (4 * rows >= all_rows and time.process_time() - begun > WEIGH_SECONDS):
            hand_back()
            # held now: libraries' own pages come in with the first steps
            return more + (psutil.Process().memory_info().rss if device.type == "cpu" else 0)
        rows = min(2 * rows, all_rows)


def weigh(model: Model, settings: Train, loader: Loader, rows: int) -> int:
    """The most bytes that a trial holds over two steps of so many rows a micro-batch and a checkpoint: a trial is a
    copy of the model and all that training adds to it."""
    parts = min(settings.accumulate, 2)
    changed = settings.model_copy(update={"steps": 2, "accumulate": parts})
    with tempfile.TemporaryDirectory() as folder, Scales() as scales:
        trial = Trainer(twin(model), changed, loader.with_rows(rows * parts), None, Path(folder), 0)
        for _ in range(2):
            trial.train_step(0)
        largest = max(sum(value.nbytes for value in file.values()) for file in trial.tensors().values())
        return max(scales.peak, scales.held + largest)  # a file's tensors are copied to be written


class Scales(TorchDispatchMode):
    """Follows each new storage from the operation that makes it to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, int] = {}
        self.held = self.peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for value in made if isinstance(made, (tuple, list)) else [made]:
            if isinstance(value, Tensor) and value.layout is torch.strided:
                self._note(value.untyped_storage())
        return made

    def _note(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key in self.alive:
            return
        self.alive[key] = storage.nbytes()
        self.held += storage.nbytes()
        self.peak = max(self.peak, self.held)
        weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self.held -= self.alive.pop(key, 0)


def hand_back() -> None:
    """Give the system back what the trials have freed: the C library keeps it, and it would count as held."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:  # glibc has it
        trim(0)


def free_bytes(device: torch.device) -> int:
    """What this process may still take of the device's memory."""
    return int(torch.cuda.mem_get_info(device)[0]) if device.type == "cuda" else memory.free_bytes()
