"""Labels as vectors, for networks that are told the class. In: a condition of B rows or none. Out: (B, D)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from anew.contract import Cond, Spec, Unsupported


class Label(nn.Embedding):
    """A vector for each class and one, the last, for the absent condition. Other sorts of condition are refused."""

    def __init__(self, spec: Spec, width: int) -> None:
        carried = spec.cond
        if carried is not None and (carried.attributes or carried.states or carried.tokens):
            raise Unsupported("condition: this model is told labels, and nothing else yet")
        self.classes = carried.classes if carried is not None else 0
        super().__init__(self.classes + 1, width)

    def told(self, cond: Cond | None, n: int) -> Tensor:
        """(n, D)."""
        vector_BD: Tensor = self(rows_of(cond, n, self.classes, self.weight.device))
        return vector_BD


def given(labels: Label | None, cond: Cond | None, n: int) -> Tensor | None:
    """(n, 1, D): what a condition adds to every token of a sequence; None where the network is told nothing."""
    if labels is not None:
        return labels.told(cond, n)[:, None]
    if cond is not None:
        raise Unsupported("condition: this model was made without one")
    return None


def rows_of(cond: Cond | None, n: int, classes: int, device: torch.device) -> Tensor:
    """(n,): the number of each condition's class; `classes`, one past the last, stands for the absent condition."""
    if cond is None:
        return torch.full((n,), classes, device=device)
    if cond.label_B is None or not classes:
        raise Unsupported("condition: this model was trained under labels or none, and not with such a condition")
    assert cond.present_B is not None
    return torch.where(cond.present_B, cond.label_B, classes)
