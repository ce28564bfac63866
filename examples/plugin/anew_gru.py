"""A language model for anew: gated recurrent units (Cho et al. 2014, arXiv:1406.1078).

B batch · T tokens · D width · V vocabulary
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from anew.contract import Cond, Spec, Unsupported
from anew.models.autoregressive.family import Autoregressive


@dataclass(frozen=True)
class Hidden:
    h_BD: Tensor

    @property
    def nbytes(self) -> int:
        return self.h_BD.nbytes

    def take(self, rows: Tensor) -> Hidden:
        return Hidden(self.h_BD[rows])

    def join(self, other: Hidden) -> Hidden:
        return Hidden(torch.cat([self.h_BD, other.h_BD]))

    def rewind(self, n: int) -> Hidden:
        raise Unsupported("a recurrent state keeps no past to go back to")


class GRU(Autoregressive):
    sizes = {"xs": {"width": 64}, "s": {"width": 256}, "m": {"width": 512}, "l": {"width": 1024}}

    def __init__(self, spec: Spec, *, width: int = 256) -> None:
        super().__init__(spec)
        self.classes, self.width = spec.cond.classes if spec.cond else 0, width
        self.embed, self.head = nn.Embedding(spec.vocab, width), nn.Linear(width, spec.vocab)
        self.start = nn.Embedding(self.classes + 1, width)  # the last row: no label
        self.cell = nn.GRU(width, width, batch_first=True)

    def extend(self, x_BT, exists_BT=None, state=None, cond=None, rng=None):
        before_BD = self.begin(len(x_BT), cond) if state is None else state.h_BD
        h_BTD, _ = self.cell(self.embed(x_BT), before_BD[None])
        path_BTD = torch.cat([before_BD[:, None], h_BTD], 1)
        read_B = torch.full((len(x_BT),), x_BT.shape[1]) if exists_BT is None else exists_BT.sum(1)
        return self.head(h_BTD), Hidden(path_BTD[torch.arange(len(x_BT)), read_B])

    def begin(self, rows: int, cond: Cond | None) -> Tensor:
        if cond is None:
            return self.start(torch.full((rows,), self.classes))
        if cond.label_B is None or not self.classes:
            raise Unsupported("condition: this model was trained under labels or none")
        return self.start(torch.where(cond.present_B, cond.label_B, self.classes))

    def state_bytes(self, rows: int, positions: int) -> int:
        return 4 * rows * self.width
