"""Normalisation and activation, in and out (…, D). Those without parameters have the forms that a CPU runs fastest."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def normed(x: Tensor) -> Tensor:
    """(x - mean) / √(var + ε) over the last axis: Ba et al. 2016 (arXiv:1607.06450), gain and bias left out, since the
    linear map that follows can hold them. torch has one kernel for it on CPUs, which it has not for RMSNorm."""
    return F.layer_norm(x, (x.shape[-1],))


class SquaredReLU(torch.autograd.Function):
    """max(x, 0)², with one pass over memory backward; autograd's own for a square takes five times as long."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        positive = x.detach().clamp_min_(0)
        ctx.save_for_backward(positive)
        return positive * positive

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (positive,) = ctx.saved_tensors
        return torch.addcmul(grad.new_zeros(()), grad, positive, value=2)


def relu2(x: Tensor) -> Tensor:
    """max(x, 0)²: So et al. 2021 (Primer, arXiv:2109.08668), section 4. The memory of x is used up: it is what a linear
    map gave and nobody else reads, and a copy would cost more than the square."""
    return SquaredReLU.apply(x)  # type: ignore[no-untyped-call,no-any-return]


class RMSNorm(nn.Module):
    """x / √(mean(x²) + ε) · (offset + gain): Zhang & Sennrich 2019 (arXiv:1910.07467), equation 4. An `offset` of 1
    lets weight decay pull the gain to one instead of to nothing."""

    def __init__(self, width: int, eps: float, offset: float = 0.0) -> None:
        super().__init__()
        self.eps, self.offset = eps, offset
        self.weight = nn.Parameter(torch.full((width,), 1.0 - offset))

    def forward(self, x: Tensor) -> Tensor:
        gain = self.weight + self.offset if self.offset else self.weight
        return F.rms_norm(x, x.shape[-1:], gain, self.eps)
