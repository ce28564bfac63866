"""Rows that do not depend on their company: noise drawn row by row, networks run on blocks of a fixed number of rows.

In: generators, or a network over B rows. Out: the same bits for a row, alone or beside others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from anew.contract import Cond


def noise(shape: Sequence[int], rngs: Sequence[torch.Generator]) -> Tensor:
    """(B, *shape) standard normal, each row from its own generator, so that a row does not depend on its company."""
    return torch.stack([torch.randn(tuple(shape), generator=rng, device=rng.device) for rng in rngs])


def in_blocks(network: Callable[..., Tensor], rows: int) -> Callable[..., Tensor]:
    """`network` run on blocks of exactly `rows` rows, the last one padded: floating-point products change their
    rounding with the number of rows, so a fixed number keeps a sample's bits whatever its company.

    Positional arguments are tensors or conditions of B rows (or None); the answer has B rows.
    """

    def pad(value: Any, n: int) -> Any:
        if value is None or isinstance(value, Cond):
            return value and value.map(lambda v: pad(v, n))
        return torch.cat([value, value[-1:].expand(n, *value.shape[1:])]) if n else value

    def run(first: Tensor, *others: Any) -> Tensor:
        answers = []
        for start in range(0, len(first), rows):
            part = slice(start, start + rows)
            taken = [v if v is None else v.take(part) if isinstance(v, Cond) else v[part] for v in (first, *others)]
            n = len(first[part])
            answers.append(network(*(pad(v, rows - n) for v in taken))[:n])
        return torch.cat(answers)

    return run
