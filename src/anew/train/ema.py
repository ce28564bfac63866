"""The moving average of parameters that is judged, sampled from and kept in place of the last ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

EVERY = 4  # steps between updates: reading all weights each step would cost a small model several per cent


class Average:
    """θ̄ ← d θ̄ + (1-d) θ for the parameters given by name; `decay` d is by the step.

    Young averages forget faster, d = min(decay, (1+step)/(10+step)), so that the first weights do not linger.
    """

    def __init__(self, params: Mapping[str, nn.Parameter], decay: float | None) -> None:
        self.params = dict(params) if decay is not None else {}
        self.decay = decay or 0.0
        self.values = {name: p.detach().clone() for name, p in self.params.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after `step` steps."""
        if not self.params or step % EVERY:
            return
        decay = min(self.decay, (1 + step) / (10 + step)) ** EVERY
        torch._foreach_lerp_(list(self.values.values()), list(self.params.values()), 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model with the average as its weights, for the length of the block."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, p in self.params.items():
            p.data, self.values[name] = self.values[name], p.data

    def load(self, values: Mapping[str, Tensor]) -> None:
        for name, value in self.values.items():
            value.copy_(values[name])
