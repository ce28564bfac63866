"""Modules whose weights are not drawn: those that are read from a file, or replaced, next cost no time then."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode


class Unfilled(TorchFunctionMode):
    """Leaves out `torch.nn.init` while it is on: weights that a module makes are what the memory held. (The device
    "meta" would do as well, if it did not take two seconds to load.)"""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(function, "__module__", "") == "torch.nn.init" or function is Tensor.zero_:  # so `zeros_` does it
            return kwargs["tensor"] if kwargs and "tensor" in kwargs else args[0]
        return function(*args, **(kwargs or {}))
