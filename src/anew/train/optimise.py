"""What moves a phase's parameters: an optimiser for each role, a schedule, clipping.

The learning rate of a step is a function of the step alone; what an optimiser remembers is tensors only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from anew.contract import Phase
from anew.recipe import Train
from anew.train.muon import Muon
from anew.train.rows import Rows


def share_of_peak(step: int, steps: int, settings: Train) -> float:
    """The learning rate of a step (from 0) as a share of its peak: a linear warm-up, then the schedule."""
    warm = int(steps * settings.warmup)
    if step < warm:
        return (step + 1) / (warm + 1)
    if settings.schedule == "constant":
        return 1.0
    gone = (step - warm) / max(1, steps - warm)
    left = 1 - gone if settings.schedule == "linear" else (1 + math.cos(math.pi * gone)) / 2
    return settings.final_lr + (1 - settings.final_lr) * left


class PhaseOptimiser:
    """The optimisers of one phase, stepped as one."""

    def __init__(self, phase: Phase, settings: Train) -> None:
        self.params = list(phase.parameters())
        self.clip = settings.clip
        self.optimisers = optimisers_of(phase, settings)
        self._peaks = [(group, group["lr"]) for o in self.optimisers for group in o.param_groups]

    def zero_grad(self) -> None:
        for p in self.params:
            p.grad = None

    def step(self, share: float) -> float:
        """Clip, move, and return the gradients' norm before clipping; nothing moves when that is not finite."""
        grads = [values_of(p) for p in self.params if p.grad is not None]
        norm = float(nn.utils.get_total_norm(grads, foreach=True))
        if not math.isfinite(norm):
            return norm
        if self.clip is not None and norm > self.clip:
            torch._foreach_mul_(grads, self.clip / (norm + 1e-6))
        for group, peak in self._peaks:
            group["lr"] = peak * share
        for optimiser in self.optimisers:
            optimiser.step()
        return norm

    # ---------------------------------------------------------------------------------------- to and from disk

    def state(self, names: Mapping[nn.Parameter, str]) -> dict[str, Tensor]:
        """Every remembered tensor under `parameter/key`."""
        found = {}
        for optimiser in self.optimisers:
            for p, held in optimiser.state.items():
                found |= {f"{names[p]}/{key}": value for key, value in held.items() if value is not None}
        return found

    def load(self, state: Mapping[str, Tensor], names: Mapping[nn.Parameter, str]) -> None:
        by_name: dict[str, dict[str, Tensor]] = {}
        for path, value in state.items():
            name, _, key = path.rpartition("/")
            by_name.setdefault(name, {})[key] = value
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                for p in group["params"]:
                    if (held := by_name.get(names[p])) is not None:
                        optimiser.state[p] = {key: value.to(p.device) for key, value in held.items()}


def values_of(p: nn.Parameter) -> Tensor:
    """What a gradient holds; of a sparse one (a look-up table's) the rows that were touched, each once."""
    assert p.grad is not None
    if p.grad.is_sparse:
        p.grad = p.grad.coalesce()
        return p.grad._values()
    return p.grad


def optimisers_of(phase: Phase, settings: Train) -> list[Optimizer]:
    """Adagrad for the rows of large tables, Muon for matrices where the recipe says so, fused AdamW for the others."""
    roles: dict[str, list[nn.Parameter]] = {role: list(params) for role, params in phase.params.items()}
    made: list[Optimizer] = []
    if rows := roles.pop("rows", []):
        made.append(Rows(rows, settings.lr_table or settings.lr))
    if settings.optimiser == "muon" and roles.get("matrix"):
        products = torch.bfloat16 if settings.precision == "bfloat16" else torch.float32
        made.append(
            Muon(roles.pop("matrix"), settings.lr_matrix, weight_decay=settings.weight_decay, products=products)
        )
    rates = {"table": settings.lr_table or settings.lr}
    groups: list[dict[str, Any]] = [
        {
            "params": params,
            "lr": rates.get(role, settings.lr),
            "weight_decay": settings.weight_decay if role == "matrix" else 0.0,
        }
        for role, params in roles.items()
        if params
    ]
    if groups:
        made.append(AdamW(groups, betas=settings.betas, eps=1e-8, fused=True))
    return made
