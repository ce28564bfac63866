"""A hashed table of the n-grams around a token, on both sides, as far as its neighbours are known.

The hashing trick (Weinberger et al. 2009, arXiv:0902.2206) on n-grams of tokens (Mikolov et al. 2011, RNNME; Clark et
al. 2022, arXiv:2103.06874, section 3.2), taken to the right as well as to the left.

B batch · T tokens · D width · O neighbours by offset · N tokens of all rows · R rows of the table · U those looked up
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MIX = 6364136223846793005  # Knuth's multiplier for 64-bit linear congruential generators
UNSEEN = 0.6  # of the neighbours, at most: the longest n-grams need most examples


def scrambled(hash_BT: Tensor, rows: int) -> Tensor:
    """Hashes as rows 1 to rows - 1 of a table, whose row 0 is for none."""
    row_BT = (hash_BT ^ (hash_BT >> 29)) * MIX
    return ((row_BT ^ (row_BT >> 32)) % (rows - 1)) + 1


class LookedUp(torch.autograd.Function):
    """Rows of a table (R, D), each of `rows_U` once. Its gradient is sparse and holds each once too: that of
    `nn.EmbeddingBag` has a row for every look-up, which are then sorted and summed at many times the cost."""

    @staticmethod
    def forward(ctx: Any, table_RD: Tensor, rows_U: Tensor) -> Tensor:
        ctx.save_for_backward(rows_U)
        ctx.shape = table_RD.shape
        return table_RD[rows_U]

    @staticmethod
    def backward(ctx: Any, grad_UD: Tensor) -> tuple[Tensor, None]:
        (rows_U,) = ctx.saved_tensors
        known = {"is_coalesced": True, "check_invariants": False}  # rows_U is sorted and has each once
        return torch.sparse_coo_tensor(rows_U[None], grad_UD, ctx.shape, **known), None


def summed(table: nn.EmbeddingBag, rows_NO: Tensor) -> Tensor:
    """(N, D): the sum of each token's rows, of which row 0 is nothing."""
    if not (table.sparse and table.weight.requires_grad and torch.is_grad_enabled()):
        found_ND: Tensor = table(rows_NO)
        return found_ND
    there_R = torch.zeros(table.num_embeddings, dtype=torch.bool, device=rows_NO.device)
    there_R[rows_NO] = True
    rows_U, places_NO = there_R.nonzero()[:, 0], (there_R.cumsum(0) - 1)[rows_NO]  # no sort, which would cost more
    nothing = 0 if there_R[0] else None
    looked_up_UD: Tensor = LookedUp.apply(table.weight, rows_U)  # type: ignore[no-untyped-call]
    return F.embedding_bag(places_NO, looked_up_UD, mode="sum", padding_idx=nothing)


class Neighbours(nn.Module):
    """What a token's known neighbours tell of it: the sum of a row for each n-gram of up to `reach` of them, all on one
    side or about as many on both, and for each neighbour by itself. Symbols from `vocab` on are not known, and neither
    is what lies past an `end`."""

    def __init__(self, width: int, *, reach: int, rows: int, vocab: int, end: int, sparse: bool) -> None:
        super().__init__()
        self.reach, self.vocab, self.end = reach, vocab, end
        sides = [(a, b) for a in range(reach + 1) for b in range(reach + 1 - a)]
        sides = [(a, b) for a, b in sides if a + b and (a * b == 0 or abs(a - b) <= 1)]
        self.places = [(*range(-a, 0), *range(1, b + 1)) for a, b in sides]
        self.places += [(o,) for o in range(-reach, reach + 1) if abs(o) > 1]
        self.table = nn.EmbeddingBag(rows, width, mode="sum", padding_idx=0, sparse=sparse)
        nn.init.zeros_(self.table.weight)

    def forward(self, x_BT: Tensor, asked_BT: Tensor, seen_BTO: Tensor | None = None) -> Tensor:
        """(B, T, D), nothing where it is not `asked_BT`. `seen_BTO`: which neighbours, from -reach to reach, are looked
        at; the token itself never is."""
        around, rows = self.around(x_BT), []
        for number, offsets in enumerate(self.places, 1):
            hash_BT, keep_BT = torch.full_like(x_BT, number), asked_BT
            for offset in offsets:
                token_BT, known_BT = around[offset]
                hash_BT = hash_BT * MIX + token_BT + 1
                keep_BT = keep_BT & known_BT
                if seen_BTO is not None:
                    keep_BT = keep_BT & seen_BTO[:, :, self.reach + offset]
            rows.append(scrambled(hash_BT, self.table.num_embeddings).masked_fill(~keep_BT, 0))
        return summed(self.table, torch.stack(rows, -1).flatten(0, 1)).unflatten(0, x_BT.shape)

    def around(self, x_BT: Tensor) -> dict[int, tuple[Tensor, Tensor]]:
        """By offset: the token there, and whether it is known."""
        padded_BT, found = F.pad(x_BT, (self.reach, self.reach), value=self.vocab), {}
        for side in (-1, 1):
            inside_BT = torch.ones_like(x_BT, dtype=torch.bool)
            for count in range(1, self.reach + 1):
                token_BT = padded_BT[:, self.reach + side * count :][:, : x_BT.shape[1]]
                found[side * count] = token_BT, inside_BT & (token_BT < self.vocab)
                inside_BT = inside_BT & (token_BT != self.end)
        return found

    def glimpses(self, x_BT: Tensor, rng: torch.Generator, share: float) -> Tensor:
        """(B, T, O): for a `share` of the tokens some neighbours are out of sight, from none of them to `UNSEEN`."""
        shape, device = (*x_BT.shape, 2 * self.reach + 1), rng.device
        near_BTO = torch.rand(shape, generator=rng, device=device)
        level_BT1, whole_BT1 = torch.rand((2, *x_BT.shape, 1), generator=rng, device=device)
        return ((near_BTO >= UNSEEN * level_BT1) | (whole_BT1 >= share)).to(x_BT.device)
