"""A GRU language model: the smallest autoregressive part, with a state that cannot be rewound."""

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
        return self.h_BD.numel() * self.h_BD.element_size()

    def take(self, rows: Tensor) -> Hidden:
        return Hidden(self.h_BD[rows])

    def join(self, other: Hidden) -> Hidden:
        return Hidden(torch.cat([self.h_BD, other.h_BD]))

    def rewind(self, n: int | Tensor) -> Hidden:
        raise Unsupported("a recurrent state keeps no past to rewind to")


class Recurrent(Autoregressive):
    sizes = {"xs": {"width": 16}}

    def __init__(self, spec: Spec, *, width: int = 24) -> None:
        super().__init__(spec)
        classes = 0 if spec.cond is None else spec.cond.classes
        self.width = width
        self.embed = nn.Embedding(spec.vocab, width)
        self.labels = nn.Embedding(classes + 1, width) if classes else None
        self.cell = nn.GRUCell(width, width)
        self.head = nn.Linear(width, spec.vocab)

    def extend(self, x_BT, exists_BT=None, state=None, cond=None, rng=None):
        h_BD = self.begin(len(x_BT), cond) if state is None else state.h_BD
        logits = []
        for t in range(x_BT.shape[1]):
            next_BD = self.cell(self.embed(x_BT[:, t]), h_BD)
            h_BD = next_BD if exists_BT is None else torch.where(exists_BT[:, t, None], next_BD, h_BD)
            logits.append(self.head(h_BD))
        return torch.stack(logits, 1), Hidden(h_BD)

    def begin(self, rows: int, cond: Cond | None) -> Tensor:
        if self.labels is None:
            if cond is not None:
                raise Unsupported("this model was not trained under a condition")
            return torch.zeros(rows, self.width)
        none = self.labels.num_embeddings - 1
        if cond is None:
            return self.labels(torch.full((rows,), none))
        if cond.label_B is None:
            raise Unsupported("this model's condition is a label")
        return self.labels(torch.where(cond.present_B, cond.label_B, none))

    def state_bytes(self, rows: int, positions: int) -> int:
        return 4 * rows * self.width
