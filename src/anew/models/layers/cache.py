"""What attention remembers of a sequence between calls: keys and values, in pieces of a fixed length.

In: the keys and values of new tokens. Out: those of all tokens so far, and a state that samplers can take rows of,
join and rewind.

B batch · T tokens of this call · C tokens the cache holds · D width · G key-value heads · E head width
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from anew.contract import Unsupported

PIECE = 512  # keys: torch's attention sums over pieces of as many, and a masked piece leaves its sums as they are


def room(positions: int, context: int) -> int:
    """The length of a cache that has read so many tokens and can go on: whole pieces, a last slot among them."""
    return min(context + 1, -(-(positions + 1) // PIECE) * PIECE)


def cache_bytes(rows: int, positions: int, context: int, keys: int, given: int) -> int:
    """What a cache takes that has read so many tokens and can go on: `keys` numbers a token, as many values, `given` a
    row."""
    return rows * (room(positions, context) * (8 + 2 * 4 * keys) + 8 + 4 * given)


@dataclass(frozen=True)
class Slots:
    """A layer's keys and values (B, G, C, E), and where in them the tokens of this call belong."""

    memory: tuple[Tensor, Tensor]
    slots_BT: Tensor

    def write(self, k_BGTE: Tensor, v_BGTE: Tensor) -> tuple[Tensor, Tensor]:
        row_B1 = torch.arange(len(k_BGTE), device=k_BGTE.device)[:, None]
        for held, new in zip(self.memory, (k_BGTE, v_BGTE), strict=True):
            held[row_B1, :, self.slots_BT] = new.transpose(1, 2)
        return self.memory


@dataclass(frozen=True)
class Cache:
    """What was read: tokens, each layer's keys and values, and how many of them are valid in each row.

    From the second call on its length is `room`: a row's sums run over whole pieces of keys, those beyond its own
    tokens masked, which changes none of its bits however many there are. The last slot is for tokens that do not exist.
    """

    tokens_BC: Tensor
    length_B: Tensor
    memories: tuple[tuple[Tensor, Tensor], ...]
    given_B1D: Tensor | None

    @classmethod
    def begun(cls, x_BT: Tensor, exists_BT: Tensor | None, context: int, given_B1D: Tensor | None) -> Self:
        """Of the first tokens, before their keys and values are known."""
        if x_BT.shape[1] > context:
            raise Unsupported(f"{x_BT.shape[1]} tokens at once; the model's context is {context}")
        length_B = x_BT.new_full((len(x_BT),), x_BT.shape[1]) if exists_BT is None else exists_BT.sum(1)
        return cls(x_BT, length_B, (), given_B1D)

    def reserve(self, x_BT: Tensor, exists_BT: Tensor | None, context: int) -> tuple[Self, Tensor, Tensor]:
        """The cache with x written and room for its keys; the tokens' positions and slots, both (B, T)."""
        exists_BT = torch.ones_like(x_BT, dtype=torch.bool) if exists_BT is None else exists_BT
        length_B = self.length_B + exists_BT.sum(1)
        if length_B.max() > context:
            raise Unsupported(f"the cache would hold {int(length_B.max())} tokens; the model's context is {context}")
        at_BT = (self.length_B[:, None] + exists_BT.cumsum(1) - 1).clamp(min=0)
        more = room(int(length_B.max()), context) - self.room
        cache = self if more <= 0 else self.widen(more)
        slots_BT = at_BT.masked_fill(~exists_BT, cache.room - 1)
        cache.tokens_BC.scatter_(1, slots_BT, x_BT)
        return replace(cache, length_B=length_B), at_BT, slots_BT

    def holding(self, memories: Sequence[tuple[Tensor, Tensor]]) -> Self:
        """The same state with these keys and values."""
        return replace(self, memories=tuple(memories))

    @property
    def room(self) -> int:
        return self.tokens_BC.shape[1]

    def widen(self, more: int) -> Self:
        memories = tuple((F.pad(k, (0, 0, 0, more)), F.pad(v, (0, 0, 0, more))) for k, v in self.memories)
        return replace(self, tokens_BC=F.pad(self.tokens_BC, (0, more)), memories=memories)

    @property
    def nbytes(self) -> int:
        held = [self.tokens_BC, self.length_B, *(t for memory in self.memories for t in memory)]
        return sum(t.nbytes for t in held) + (0 if self.given_B1D is None else self.given_B1D.nbytes)

    def take(self, rows: Tensor) -> Self:
        memories = tuple((k[rows], v[rows]) for k, v in self.memories)
        given_B1D = None if self.given_B1D is None else self.given_B1D[rows]
        return replace(
            self, tokens_BC=self.tokens_BC[rows], length_B=self.length_B[rows], memories=memories, given_B1D=given_B1D
        )

    def join(self, other: Self) -> Self:
        wider = max(self.room, other.room)
        a, b = (c.widen(wider - c.room) for c in (self, other))
        both = zip(a.memories, b.memories, strict=True)
        memories = tuple((torch.cat([k, p]), torch.cat([v, w])) for (k, v), (p, w) in both)
        given = None
        if a.given_B1D is not None and b.given_B1D is not None:
            given = torch.cat([a.given_B1D, b.given_B1D])
        tokens_BC, length_B = torch.cat([a.tokens_BC, b.tokens_BC]), torch.cat([a.length_B, b.length_B])
        return type(self)(tokens_BC, length_B, memories, given)

    def rewind(self, n: int) -> Self:
        if bool((self.length_B < n).any()):
            raise Unsupported(f"cannot rewind by {n}: the rows hold {self.length_B.tolist()} tokens")
        return replace(self, length_B=self.length_B - n)
