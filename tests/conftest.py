"""What all tests share: how many made-up inputs a property is tried on (`ANEW_FUZZ=full` is for `make verify`), and a
core for each process that runs tests beside others: threads that wait for a core which another has cost both."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("quick", deadline=None, derandomize=True, database=None)
settings.register_profile("full", deadline=None, max_examples=10_000, print_blob=True)
settings.load_profile(os.environ.get("ANEW_FUZZ", "quick"))

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # gw0, gw1, …
if WORKER and hasattr(os, "sched_setaffinity"):
    CORES = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {CORES[int(WORKER.removeprefix("gw")) % len(CORES)]})
