"""How much memory the machine has left for this process."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil


def free_bytes() -> int:
    """What this process may still take: of the machine, of its control group, of its own limit."""
    limits = [psutil.virtual_memory().available]
    try:
        group = Path("/sys/fs/cgroup")
        used = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        limits.append(int((group / "memory.max").read_text()) - int(used["anon"]))
    except (OSError, ValueError, KeyError):
        pass  # no control group, or no limit to it
    if sys.platform != "win32":
        import resource

        space = resource.getrlimit(resource.RLIMIT_AS)[0]
        if space != resource.RLIM_INFINITY:
            limits.append(space - psutil.Process().memory_info().vms)
    return max(0, min(limits))
