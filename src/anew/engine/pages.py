"""Memory that is read whole again and again, in huge pages where the system has them: with small ones a third of the
time of reading it goes into looking up where they are."""

from __future__ import annotations

import contextlib
import mmap

import torch
from torch import Tensor


def zeros(count: int, dtype: torch.dtype) -> Tensor:
    """(count,), given back to the system when the last view of it is gone."""
    if not hasattr(mmap, "MADV_HUGEPAGE"):  # not Linux
        return torch.zeros(count, dtype=dtype)
    memory = mmap.mmap(-1, count * dtype.itemsize, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # a system without
        memory.madvise(mmap.MADV_HUGEPAGE)
    return torch.frombuffer(memory, dtype=dtype)
