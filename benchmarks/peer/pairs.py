"""Two sides in turns: what a step takes, the ratio of the times, a step of anew's loop."""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from anew.contract import Batch, Cond, Model
from anew.recipe import Train
from anew.train.loop import Trainer

BATCH, SIDE, WARM = 64, 28, 3
SECONDS = 2.0  # of a side's turn
STUDENT = {7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262, 12: 2.201, 15: 2.145, 20: 2.093}  # 97.5 % for so many pairs
Step = Callable[[], Any]
SCRATCH = Path(tempfile.gettempdir()) / "anew-peers"  # nothing is kept in it


def beside(pairs: int, promised: float, ours: Step, theirs: Step, told: dict[str, Any]) -> dict[str, Any]:
    """Turns of both; the ratio of times per picture, and per FLOP where both were counted."""
    many = [max(1, round(SECONDS / seconds_of(step, WARM))) for step in (ours, theirs)]
    logs = []
    for pair in range(pairs):
        taken = {}
        for side in (0, 1) if pair % 2 else (1, 0):
            taken[side] = seconds_of((ours, theirs)[side], many[side])
        logs.append(math.log(taken[1] / taken[0]))
    flops = math.log(told.get("flops_ours", 1) / told.get("flops_theirs", 1))
    made = told | {"per_picture": spread(logs), "pairs": pairs, "promised": promised}
    made |= {"per_flop": spread([value + flops for value in logs])} if flops else {}
    judged = made["per_flop" if flops else "per_picture"]
    return made | {"kept": judged["ratio"] >= promised and judged["low"] > 1}


def seconds_of(step: Step, times: int) -> float:
    """CPU seconds of a step, in the mean."""
    begun = time.process_time()
    for _ in range(times):
        step()
    return (time.process_time() - begun) / times


def spread(logs: list[float]) -> dict[str, float]:
    mean, reach = statistics.mean(logs), STUDENT[len(logs)] * statistics.stdev(logs) / math.sqrt(len(logs))
    return {"ratio": round(math.exp(mean), 3), "low": round(math.exp(mean - reach), 3),
            "high": round(math.exp(mean + reach), 3)}  # fmt: skip


def flops_of(step: Step) -> int:
    with FlopCounterMode(display=False) as counter:
        step()
    return int(counter.get_total_flops())


def size_of(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def trained_by_anew(model: Model, settings: Train, batches: Iterator[Batch], folder: Path) -> Step:
    """A whole step of anew's loop, but for the reading of data: loss, backward, clipping, optimiser, average."""
    trainer = Trainer(model, settings, Held(batches), None, folder, 0)  # type: ignore[arg-type]

    def step() -> None:
        trainer.train_step(trainer.progress.step)
        trainer.progress.step += 1

    return step


class Held:
    """A loader of batches that lie in memory."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self.batches, self.batch_size = batches, BATCH

    def batch(self, step: int, draw: int = 0) -> Batch:
        return next(self.batches)


def in_memory(digits: Tensor, labels: Tensor) -> Iterator[Batch]:
    rng = torch.Generator().manual_seed(0)
    while True:
        rows = torch.randint(len(digits), (BATCH,), generator=rng)
        yield Batch(digits[rows], Cond(label_B=labels[rows]))
