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
        if cond is None:
            row_B = torch.full((n,), self.classes, device=self.weight.device)
        elif cond.label_B is None or not self.classes:
            raise Unsupported("condition: this model was not trained under such a one")
        else:
            assert cond.present_B is not None
            row_B = torch.where(cond.present_B, cond.label_B, self.classes)
        vector_BD: Tensor = self(row_B)
        return vector_BD
