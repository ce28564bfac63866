"""Data of which everything is known, and a plain loop that learns them."""

from __future__ import annotations

from collections.abc import Callable

import torch

from anew.contract import Batch, Cond, CondSpec, Model

CLASSES = CondSpec(classes=4)
CENTRES = torch.tensor([[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]]) / 1.5


def generators(n: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in range(n)]


def clusters(n: int, rng: torch.Generator, spread: float = 0.2) -> Batch:
    """Four normal clusters in the plane, each a class."""
    label_B = torch.randint(0, 4, (n,), generator=rng)
    return Batch(CENTRES[label_B] + spread * torch.randn(n, 2, generator=rng), Cond(label_B=label_B))


def bars(n: int, seed: int) -> torch.Tensor:
    """A bright horizontal and a bright vertical bar, each at its own place."""
    rng = torch.Generator().manual_seed(seed)
    row_B, column_B = torch.randint(0, 12, (2, n), generator=rng)
    x = -0.5 * torch.ones(n, 1, 12, 12)
    x[torch.arange(n), 0, row_B] = 2.0
    x[torch.arange(n), 0, :, column_B] = 2.0
    return x


def learn(model: Model, batch: Callable[[int, torch.Generator], Batch], steps: int, fall: bool = False) -> Model:
    """`batch(step, rng)` makes each step's rows; the rate falls to nothing, or stays."""
    rng = torch.Generator().manual_seed(0)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = 3e-3 * (1 - step / steps) if fall else 3e-3
        loss, _ = model.loss(batch(step, rng), "all", rng)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()
