"""Which caption goes with which row. In: the columns that a split's captions lie in. Out: conditions.

B rows · L tokens of a caption
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from anew.contract import Cond
from anew.data.shards import Column, Shards

Indices = NDArray[np.int64]


class Captions:
    """The captions of a split's items, of which each has none, one or several."""

    def __init__(self, tokens: Column, counts: Column) -> None:
        self.tokens, self.count = tokens, counts.read(0, len(counts))
        self.first = np.cumsum(self.count) - self.count

    @classmethod
    def of(cls, shards: Shards, split: str) -> Captions | None:
        tokens, counts = shards.column(split, "captions"), shards.column(split, "captioned")
        return None if tokens is None or counts is None else cls(tokens, counts)

    def cond(self, items: Indices, turns: Indices | None = None) -> Cond:
        """(B,) items' captions: each one's first, or of its own the one that `turns` comes to, counted round. An item
        without any has the absent condition."""
        count_B = self.count[items]
        present_B = count_B > 0
        turn_B = np.zeros_like(items) if turns is None else turns % np.maximum(count_B, 1)
        tokens_BL = np.zeros((len(items), *self.tokens.shape), np.int64)
        if present_B.any():
            tokens_BL[present_B] = self.tokens.take((self.first[items] + turn_B)[present_B])
        return Cond(tokens_BL=torch.from_numpy(tokens_BL), present_B=torch.from_numpy(present_B))
