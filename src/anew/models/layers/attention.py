"""Self-attention with rotary positions, causal or to both sides, and attention of every place at every other.

B batch · T tokens of this call · C tokens the cache holds · H heads · G key-value heads · E head width · D width
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.contract import Unsupported
from anew.models.layers.norm import normed
from anew.models.layers.rotary import rotate


class Attention(nn.Module):
    """Multi-head attention, grouped-query where `kv_heads` < `heads` (Ainslie et al. 2023, arXiv:2305.13245), with
    queries and keys normalised (Dehghani et al. 2023, arXiv:2302.05442, section 2)."""

    def __init__(self, width: int, heads: int, kv_heads: int) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head_width = heads, kv_heads, width // heads
        self.qkv = nn.Linear(width, (heads + 2 * kv_heads) * self.head_width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        nn.init.zeros_(self.out.weight)

    def project(self, x_BTD: Tensor, turns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, H, T, E), keys and values (B, G, T, E). In memory heads stay beside one another, as the map gives
        them and attention's gradient comes back: to lay them apart would cost a copy each way."""
        heads = self.qkv(x_BTD).unflatten(-1, (-1, self.head_width))
        turned, v_BTGE = torch.split(heads, [self.heads + self.kv_heads, self.kv_heads], 2)
        turned = rotate(normed(turned), turns.unsqueeze(-2))
        q_BTHE, k_BTGE = torch.split(turned, [self.heads, self.kv_heads], 2)
        return q_BTHE.transpose(1, 2), k_BTGE.transpose(1, 2), v_BTGE.transpose(1, 2)

    def mix(self, q_BHTE: Tensor, k_BGCE: Tensor, v_BGCE: Tensor, mask: Tensor | None, causal: bool = True) -> Tensor:
        """(B, T, D). `mask` True where a query may look; None: each at itself and what comes before it, or at all that
        there is where it is not `causal`."""
        if self.kv_heads < self.heads:
            k_BGCE, v_BGCE = (x.repeat_interleave(self.heads // self.kv_heads, 1) for x in (k_BGCE, v_BGCE))
        mixed = F.scaled_dot_product_attention(q_BHTE, k_BGCE, v_BGCE, mask, is_causal=causal and mask is None)
        mixed_BTD: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return mixed_BTD


class SelfAttention(nn.Module):
    """Multi-head attention of each place at all of them, (B, T, D) to (B, T, D) (Vaswani et al. 2017, section 3.2).
    Written out rather than fused: few-step models differentiate it forwards too."""

    def __init__(self, width: int, head_width: int = 32) -> None:
        super().__init__()
        self.heads = max(1, width // head_width)
        if width % self.heads:
            raise Unsupported(f"a width of {width} does not divide into heads of {head_width}")
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x_BTD: Tensor) -> Tensor:
        heads = self.qkv(x_BTD).unflatten(-1, (3 * self.heads, -1)).transpose(1, 2)
        q_BHTE, k_BHTE, v_BHTE = heads.chunk(3, 1)
        weights_BHTT = torch.softmax(q_BHTE @ k_BHTE.transpose(-1, -2) / math.sqrt(q_BHTE.shape[-1]), -1)
        mixed_BTD: Tensor = self.out((weights_BHTT @ v_BHTE).transpose(1, 2).flatten(2))
        return mixed_BTD
