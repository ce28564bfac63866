"""Where and how exactly a network runs: device, threads, precision, and the switches that keep its bits."""

from __future__ import annotations

import os
import time
from contextlib import AbstractContextManager, nullcontext

import torch

from anew.errors import Refused


def choose_device(name: str) -> torch.device:
    """The device a recipe names; auto is the best there is. Refused when torch cannot use it here."""
    if name == "auto":
        return torch.device(
            "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        )
    usable = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    kind = name.partition(":")[0]
    if kind not in usable:
        raise Refused(f"no device is called {name!r}; there are auto, cpu, cuda and mps")
    if not usable[kind]:
        raise Refused(f"this torch sees no {kind} device here", next_command="anew doctor")
    return torch.device(name)


def keep_exact(threads: int) -> None:
    """Same operations in the same order each time: fixed threads, and no kernel whose sums depend on their timing."""
    torch.set_num_threads(threads or cores())
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measured_rate(side: int = 1024, rounds: int = 4) -> float:
    """Floating-point operations a second of float32 products of square matrices, by torch's threads, in about 0.1 s."""
    a = torch.ones(side, side)
    a @ a
    begun = time.perf_counter()
    for _ in range(rounds):
        a @ a
    return rounds * 2 * side**3 / (time.perf_counter() - begun)


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """What a loss runs under. auto: float32, but bfloat16 products on CUDA; on CPUs without AMX bfloat16 is slower."""
    if precision == "bfloat16" or (precision == "auto" and device.type == "cuda"):
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()
