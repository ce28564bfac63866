"""Modules whose weights are not drawn: those that others replace at once then cost neither time nor memory."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode


class Unfilled(TorchFunctionMode):
    """While it is on, weights that a module makes are what the memory held. (The device "meta" would do as well, if it
    did not take two seconds to load.)"""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (Tensor.normal_, Tensor.uniform_, Tensor.fill_, Tensor.zero_):
            return args[0]
        return func(*args, **(kwargs or {}))
