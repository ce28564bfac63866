"""Linear maps under changes that differ from row to row, so that sequences under several adapters share a step.

A change is worked out for all rows of a block and kept where it is asked for. A row's shapes are then the same in any
company, and so are its bits; a block in which nobody asks for a change is spared it.

In: rows, and beforehand which changes lie over which of them. Out: what each row gives under its own.

N rows · D width in · O width out · r rank
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Changes = Mapping[str, tuple[Tensor, Tensor]]  # by a map's name: A (r, D) and B (O, r)
Laid = Sequence[tuple[Changes, Tensor]]  # each with what it is multiplied by in each row, (N, 1)
now: ContextVar[Laid] = ContextVar("what lies over the rows that this thread runs now", default=())


@contextmanager
def laid(changes: Laid) -> Iterator[None]:
    """These changes over the rows that run until the block ends."""
    before = now.set(changes)
    try:
        yield
    finally:
        now.reset(before)


def mix(module: nn.Module, name: str) -> None:
    """Add to what the map called `name` gives what is laid over it. It stays the module that it was, so that whoever
    reads its weights finds them."""
    if not getattr(module, "mixed", False):
        module.mixed = True
        module.register_forward_hook(partial(under, name))


def under(name: str, _: nn.Module, inputs: tuple[Tensor], y_1NO: Tensor) -> Tensor:
    """y + s B A x, Hu et al. 2021 (arXiv:2106.09685), equation 3, with an s of the row's own."""
    for changes, scale_N1 in now.get():
        if name in changes:
            down_rD, up_Or = changes[name]
            changed_1NO = y_1NO + F.linear(F.linear(inputs[0], down_rD), up_Or) * scale_N1
            y_1NO = torch.where(scale_N1 != 0, changed_1NO, y_1NO)
    return y_1NO
