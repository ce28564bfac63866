"""Muon: momentum whose every step is made orthogonal, for the hidden matrices of a network.

Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks" (kellerjordan.github.io/posts/muon).
Matrices of one shape are orthogonalised together, in float32 unless the run computes in bfloat16: torch.optim's, which
takes them one by one in bfloat16, rounds its steps to three digits and is slow on CPUs without bfloat16 products.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

# Amsel et al. 2025, "The Polar Express" (arXiv:2505.16932): the best odd polynomials of degree 5, one after the other,
# to bring singular values from [1e-3, 1] to 1.
STEPS = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
)


LONG = 3  # times as many columns as rows, from where on the square is the cheaper way


class Muon(Optimizer):
    """A matrix (n, m, …) is taken as n rows. Its step has about unit singular values, times √max(1, rows / columns)."""

    def __init__(
        self, params: Iterable[nn.Parameter], lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.0,
        products: torch.dtype = torch.float32,
    ) -> None:  # fmt: skip
        self.products = products
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            shapes: dict[Any, list[nn.Parameter]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault((len(p), p[0].numel(), p.dtype, p.device), []).append(p)
            for alike in shapes.values():
                self._move(alike, group)

    def _move(self, params: list[nn.Parameter], group: dict[str, Any]) -> None:
        """Matrices of one shape, together."""
        grads = torch.stack([p.grad.flatten(1) for p in params if p.grad is not None]).float()
        for p in params:
            if "momentum" not in self.state[p]:
                self.state[p]["momentum"] = torch.zeros_like(p.flatten(1), dtype=torch.float32)
        held = [self.state[p]["momentum"] for p in params]
        momenta = torch.stack(held).lerp_(grads, 1 - group["momentum"])
        torch._foreach_copy_(held, list(momenta.unbind()))
        steps = orthogonal(grads.lerp_(momenta, group["momentum"]), self.products)  # Nesterov's: a look ahead
        rate = group["lr"] * max(1.0, steps.shape[1] / steps.shape[2]) ** 0.5
        for p, step in zip(params, steps, strict=True):
            p.mul_(1 - group["lr"] * group["weight_decay"])
            p.add_(step.view_as(p).to(p.dtype), alpha=-rate)


def orthogonal(g: Tensor, products: torch.dtype = torch.float32) -> Tensor:
    """(k, n, m): the nearest half-orthogonal matrix of each, U Vᵀ of g = U S Vᵀ, by Newton-Schulz iteration. What the
    square's small values lose in bfloat16 the short way would blow up."""
    x = g.mT if g.shape[1] > g.shape[2] else g
    x = x / (1.01 * x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    short = products == torch.float32 and x.shape[2] >= LONG * x.shape[1]
    x = through_square(x) if short else through_itself(x.to(products)).float()
    return x.mT if g.shape[1] > g.shape[2] else x


def through_itself(x: Tensor) -> Tensor:
    """In bfloat16 what lies a little above 1 would be driven apart, and each step but the last begins below it."""
    for i, (a, b, c) in enumerate(STEPS):
        if x.dtype == torch.bfloat16 and i < len(STEPS) - 1:
            x = x / 1.01
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return x


def through_square(x: Tensor) -> Tensor:
    """The same of a long matrix with its columns touched twice instead of ten times: each step multiplies x by a
    polynomial P of x xᵀ, so that their product can be had from the square alone, which P takes to P x xᵀ P."""
    square, product = x @ x.mT, None
    for a, b, c in STEPS:
        factor = torch.baddbmm(square, square, square, beta=b, alpha=c)
        factor.diagonal(dim1=1, dim2=2).add_(a)
        product = factor if product is None else factor @ product
        square = factor @ square @ factor
    assert product is not None
    return product @ x
