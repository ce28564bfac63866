"""An optimiser for look-up tables, which touches only the rows that a step has looked up.

A dense optimiser reads and writes a whole table, and its moments, at every step: with tables far larger than the
network that would be most of the time.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import Optimizer


class Rows(Optimizer):
    """Adagrad (Duchi et al. 2011, JMLR 12) with one accumulator a row: a row's step shrinks with what that row has
    moved, so that a rare row learns at once and a common one settles. Gradients may be sparse."""

    def __init__(self, params: Iterable[nn.Parameter], lr: float = 0.05) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._move(p, group["lr"])

    def _move(self, p: nn.Parameter, lr: float) -> None:
        """Move what was looked up; the gradient's own memory is used for it."""
        assert p.grad is not None
        if "squares" not in self.state[p]:
            self.state[p]["squares"] = p.new_zeros(len(p))
        grad = p.grad.coalesce() if p.grad.is_sparse else p.grad
        rows = grad.indices()[0] if grad.is_sparse else torch.arange(len(p), device=p.device)
        values = grad.values() if grad.is_sparse else grad
        squares = self.state[p]["squares"]
        norms = torch.linalg.vector_norm(values.flatten(1), dim=1)
        moved = squares[rows] + norms.square_() / (p.numel() // len(p))
        squares[rows] = moved
        rate = -lr / (moved.sqrt() + 1e-10)
        p.index_add_(0, rows, values.mul_(rate.view(-1, *[1] * (p.ndim - 1))))
