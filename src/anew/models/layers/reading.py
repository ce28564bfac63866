"""What a network is told: a vector a row and, of a prompt, the states of its tokens.

In: a condition of B rows or none. Out: `Told`. A label is a vector alone; a prompt is read by a small transformer that
learns with the network.

B batch · L prompt length · D width · H heads · E head width
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.contract import Cond, Spec, Unsupported
from anew.models.layers.convolution import zero
from anew.models.layers.label import Label
from anew.models.layers.norm import normed

HEAD = 32


@dataclass(frozen=True)
class Told:
    """`states`: states_BLD and exists_BL, where they are, of prompts; a row without one has a single state, learned."""

    vector_BD: Tensor
    states: tuple[Tensor, Tensor] | None = None


def reader(spec: Spec, width: int, depth: int = 2) -> Label | Prompts:
    """What reads the conditions that the data carry."""
    if spec.cond is not None and spec.cond.tokens:
        return Prompts(spec.cond.tokens, width, depth)
    return Label(spec, width)


def heard(listener: Label | Prompts, cond: Cond | None, n: int) -> Told:
    """What `reader` made, of either sort, makes of a condition."""
    return listener(cond, n) if isinstance(listener, Prompts) else Told(listener.told(cond, n))


class Prompts(nn.Module):
    """Tokens (B, L), 0 where there is none, through `depth` blocks of attention to both sides. The vector is the mean
    of the states. The absent prompt is one symbol of its own, the 0 that is nowhere else read."""

    def __init__(self, tokens: tuple[int, int], width: int, depth: int) -> None:
        super().__init__()
        self.longest, vocab = tokens
        self.symbol, self.place = nn.Embedding(vocab + 1, width), nn.Embedding(self.longest, width)
        for table in (self.symbol, self.place):
            nn.init.normal_(table.weight, std=0.5)
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.vector = nn.Linear(width, width)

    def forward(self, cond: Cond | None, n: int) -> Told:
        tokens_BL = self.tokens(cond, n)
        exists_BL = tokens_BL != 0
        if self.training:  # places that no row has cost what others do; samples keep their bits in any company
            longest = max(1, int(exists_BL.any(0).sum()))
            tokens_BL, exists_BL = tokens_BL[:, :longest], exists_BL[:, :longest]
        exists_BL = torch.cat([exists_BL[:, :1] | ~exists_BL.any(1, keepdim=True), exists_BL[:, 1:]], 1)
        h_BLD = self.symbol(tokens_BL) + self.place.weight[: tokens_BL.shape[1]]
        for block in self.blocks:
            h_BLD = block(h_BLD, exists_BL)
        states_BLD = normed(h_BLD)
        share_BL = exists_BL / exists_BL.sum(1, keepdim=True)
        return Told(self.vector((share_BL[:, :, None] * states_BLD).sum(1)), (states_BLD, exists_BL))

    def tokens(self, cond: Cond | None, n: int) -> Tensor:
        """(n, L), 0 all along where the condition is absent."""
        if cond is None:
            return torch.zeros(n, self.longest, dtype=torch.int64, device=self.symbol.weight.device)
        if cond.tokens_BL is None:
            raise Unsupported("condition: this model was trained under prompts, and not with such a condition")
        assert cond.present_B is not None
        return torch.where(cond.present_B[:, None], cond.tokens_BL, 0)


class Block(nn.Module):
    """Attention among the tokens that exist, then an MLP, both before-normed and beginning at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.look = Looking(width, width)
        self.widen, self.narrow = nn.Linear(width, 2 * width), zero(nn.Linear(2 * width, width))

    def forward(self, h_BLD: Tensor, exists_BL: Tensor) -> Tensor:
        h_BLD = h_BLD + self.look(h_BLD, normed(h_BLD), exists_BL)
        return h_BLD + self.narrow(F.silu(self.widen(normed(h_BLD))))


class Looking(nn.Module):
    """Multi-head attention of places (B, T, D) at states (B, L, S) (cross-attention as in Rombach et al. 2022, section
    3.3); what it adds begins at zero."""

    def __init__(self, width: int, states: int) -> None:
        super().__init__()
        self.heads = max(1, width // HEAD)
        self.query, self.pair, self.out = nn.Linear(width, width), nn.Linear(states, 2 * width), nn.Linear(width, width)
        zero(self.out)

    def forward(self, h_BTD: Tensor, states_BLS: Tensor, exists_BL: Tensor) -> Tensor:
        q_BHTE = self.query(normed(h_BTD)).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k_BHLE, v_BHLE = self.pair(states_BLS).unflatten(-1, (2 * self.heads, -1)).transpose(1, 2).chunk(2, 1)
        if q_BHTE.device.type == "cpu":  # where the way back of attention in bfloat16 takes three times as long
            q_BHTE, k_BHLE, v_BHLE = q_BHTE.float(), k_BHLE.float(), v_BHLE.float()
        with torch.autocast("cpu", enabled=False):
            mixed = F.scaled_dot_product_attention(q_BHTE, k_BHLE, v_BHLE, exists_BL[:, None, None])
        mixed_BTD: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return mixed_BTD
