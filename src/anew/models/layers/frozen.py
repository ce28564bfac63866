"""Linear maps that do not learn, held in eight bits while changes over them do.

A weight is an integer times its output channel's scale, made a float only while a product is formed, forwards and back,
as QLoRA does with four bits (Dettmers et al. 2023, arXiv:2305.14314, equation 5). Inputs stay floats: the gradient is
exactly that of the rounded map.

In: (…, K) float32. Out: (…, O) float32.

N tokens · K inputs · O outputs
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from anew.models.layers.int8 import quantised
from anew.models.layers.lora import Changed, linears, put


class Product(torch.autograd.Function):
    """x Wᵀ s. What backward needs is the integers alone: no float weight outlives its product."""

    @staticmethod
    def forward(ctx: Any, x_NK: Tensor, weight_OK: Tensor, scale_O: Tensor) -> Tensor:
        ctx.save_for_backward(weight_OK, scale_O)
        return (x_NK @ weight_OK.to(x_NK.dtype).t()).mul_(scale_O)

    @staticmethod
    def backward(ctx: Any, grad_NO: Tensor) -> tuple[Tensor, None, None]:
        weight_OK, scale_O = ctx.saved_tensors
        grad_NO = grad_NO * scale_O
        return grad_NO @ weight_OK.to(grad_NO.dtype), None, None


class Frozen(nn.Module):
    """Stands in for a linear map, to within 1/254 of each channel's largest weight."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        weight_OK, scale_O = quantised(linear.weight.detach())
        self.weight_OK = nn.Parameter(weight_OK, requires_grad=False)
        self.scale_O = nn.Parameter(scale_O, requires_grad=False)
        self.bias = linear.bias

    @property
    def weight(self) -> Tensor:
        """The integers, by which models know what does not learn."""
        return self.weight_OK

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = Product.apply(x.reshape(-1, self.in_features), self.weight_OK, self.scale_O)  # type: ignore[no-untyped-call]
        if self.bias is not None:
            y = y + self.bias
        return y.view(*x.shape[:-1], self.out_features)


def freeze(model: nn.Module) -> None:
    """Put every linear layer in eight bits, under whatever changes lie over it. Nothing learns then: what is to is
    laid over it afterwards."""
    model.requires_grad_(False)
    for name, layer in linears(model).items():
        if isinstance(layer, Changed) and isinstance(layer.base, nn.Linear):
            layer.base = Frozen(layer.base)
        elif isinstance(layer, nn.Linear):
            put(model, name, Frozen(layer))
