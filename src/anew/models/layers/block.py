"""A decoder's block in the forms that well-known models have: two sublayers, each between norms, added to a stream.

In: the stream (B, T, D), turns of the positions, a layer's cache. Out: the stream, the keys and values looked at.
Every linear map is a module of its own, which an adapter or a quantised one can stand in for.

B batch · T tokens of this call · C tokens the cache holds · H heads · G key-value heads · E head width · D width
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.models.layers.cache import PIECE, Slots
from anew.models.layers.norm import RMSNorm, relu2
from anew.models.layers.rotary import turned

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": partial(F.gelu, approximate="tanh"),  # Hendrycks & Gimpel 2016 (arXiv:1606.08415), section 2
    "relu2": relu2,
}


@dataclass(frozen=True)
class Form:
    """What a block is made of; `Decoder` says what each means."""

    width: int
    heads: int
    kv_heads: int
    head_width: int
    inner: int
    norm: str
    eps: float
    norm_offset: float
    norm_after: bool
    qk_norm: bool
    activation: str
    gated: bool
    qkv_bias: bool
    out_bias: bool
    mlp_bias: bool
    scale: float
    cap: float

    def normalises(self, width: int) -> nn.Module:
        return nn.LayerNorm(width, self.eps) if self.norm == "layer" else RMSNorm(width, self.eps, self.norm_offset)


class GroupedAttention(nn.Module):
    """Multi-head attention, grouped-query where there are fewer `kv_heads` than `heads` (Ainslie et al. 2023,
    arXiv:2305.13245), queries and keys normalised where the form says so (Dehghani et al. 2023, arXiv:2302.05442)."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.head_width, self.scale, self.cap = form.head_width, form.scale, form.cap
        wide, narrow = form.heads * form.head_width, form.kv_heads * form.head_width
        self.q = nn.Linear(form.width, wide, bias=form.qkv_bias)
        self.k = nn.Linear(form.width, narrow, bias=form.qkv_bias)
        self.v = nn.Linear(form.width, narrow, bias=form.qkv_bias)
        self.out = nn.Linear(wide, form.width, bias=form.out_bias)
        self.qkv: nn.Module | None = None  # see `together`
        self.q_norm = form.normalises(form.head_width) if form.qk_norm else None
        self.k_norm = form.normalises(form.head_width) if form.qk_norm else None

    def project(self, x_BTD: Tensor, turns: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, H, T, E), keys and values (B, G, T, E)."""
        parts = together(x_BTD, self.qkv, self.q, self.k, self.v)
        q_BTHE, k_BTGE, v_BTGE = (part.unflatten(-1, (-1, self.head_width)) for part in parts)
        if self.q_norm is not None and self.k_norm is not None:
            q_BTHE, k_BTGE = self.q_norm(q_BTHE), self.k_norm(k_BTGE)
        if turns is not None:
            q_BTHE, k_BTGE = turned(q_BTHE, turns), turned(k_BTGE, turns)
        return q_BTHE.transpose(1, 2), k_BTGE.transpose(1, 2), v_BTGE.transpose(1, 2)

    def attend(self, q_BHTE: Tensor, k_BGCE: Tensor, v_BGCE: Tensor, mask: Tensor | None) -> Tensor:
        """(B, H, T, E). `mask` True where a query may look; None: each at itself and what comes before it."""
        if self.cap:
            return capped(q_BHTE * self.scale, k_BGCE, v_BGCE, mask, self.cap)
        return F.scaled_dot_product_attention(
            q_BHTE, k_BGCE, v_BGCE, mask, is_causal=mask is None, scale=self.scale, enable_gqa=True
        )

    def attend_once(self, q_BH1E: Tensor, k_BGCE: Tensor, v_BGCE: Tensor) -> Tensor:
        """(B, H, 1, E): one query a row at all keys; heads that share keys go over them together."""
        if self.cap:
            everywhere = torch.ones(1, k_BGCE.shape[2], dtype=torch.bool, device=k_BGCE.device)
            return capped(q_BH1E * self.scale, k_BGCE, v_BGCE, everywhere, self.cap)
        q_BGRE = q_BH1E.reshape(len(q_BH1E), k_BGCE.shape[1], -1, self.head_width)
        return F.scaled_dot_product_attention(q_BGRE, k_BGCE, v_BGCE, scale=self.scale).reshape(q_BH1E.shape)


def capped(q_BHTE: Tensor, k_BGCE: Tensor, v_BGCE: Tensor, mask: Tensor | None, cap: float) -> Tensor:
    """Attention whose scores s are cap · tanh(s / cap): Gemma Team 2024 (arXiv:2408.00118), section 2.

    Sums run over pieces of keys, one after the other, so that masked pieces change no bit.
    """
    groups, (T, C) = k_BGCE.shape[1], (q_BHTE.shape[2], k_BGCE.shape[2])
    if mask is None:
        mask = torch.ones(T, C, dtype=torch.bool, device=q_BHTE.device).tril()
    q_BGRTE = q_BHTE.unflatten(1, (groups, -1))
    pieces = [q_BGRTE @ k_BG1PE.transpose(-1, -2) for k_BG1PE in k_BGCE[:, :, None].split(PIECE, 3)]
    scores_BGRTC = (torch.cat(pieces, -1) / cap).tanh() * cap
    scores_BGRTC = scores_BGRTC.masked_fill(~mask.unsqueeze(-3) if mask.ndim > 2 else ~mask, -torch.inf)
    weights_BGRTC = (scores_BGRTC - scores_BGRTC.amax(-1, keepdim=True)).exp()
    mixed, total = q_BGRTE.new_zeros(()), q_BGRTE.new_zeros(())
    for w_BGRTP, v_BG1PE in zip(weights_BGRTC.split(PIECE, -1), v_BGCE[:, :, None].split(PIECE, 3), strict=True):
        mixed, total = mixed + w_BGRTP @ v_BG1PE, total + w_BGRTP.sum(-1, keepdim=True)
    return (mixed / total).flatten(1, 2)


def together(x_BTD: Tensor, joint: nn.Module | None, *parts: nn.Module) -> Sequence[Tensor]:
    """What each part makes of x; all at once where a `joint` map stands in for them, one below the other."""
    if joint is None:
        return [part(x_BTD) for part in parts]
    outputs: Sequence[Tensor] = joint(x_BTD).split([part.out_features for part in parts], -1)
    return outputs


class FeedForward(nn.Module):
    """down(f(up x)), or gated: down(f(gate x) · up x) (Shazeer 2020, arXiv:2002.05202, equation 5)."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[form.activation]
        self.gate = nn.Linear(form.width, form.inner, bias=form.mlp_bias) if form.gated else None
        self.up = nn.Linear(form.width, form.inner, bias=form.mlp_bias)
        self.down = nn.Linear(form.inner, form.width, bias=form.mlp_bias)
        self.gate_up: nn.Module | None = None  # see `together`

    def forward(self, x_BTD: Tensor) -> Tensor:
        if self.gate is None:
            h_BTF = self.activation(self.up(x_BTD))
        else:
            gate_BTF, up_BTF = together(x_BTD, self.gate_up, self.gate, self.up)
            h_BTF = self.activation(gate_BTF) * up_BTF
        y_BTD: Tensor = self.down(h_BTF)
        return y_BTD


class DecoderBlock(nn.Module):
    """`local`: whether it looks at a window alone. `turns`: whether positions turn its queries and keys."""

    def __init__(self, form: Form, local: bool, turns: bool) -> None:
        super().__init__()
        self.local, self.turns = local, turns
        self.attention, self.mlp = GroupedAttention(form), FeedForward(form)
        self.attention_norm, self.mlp_norm = form.normalises(form.width), form.normalises(form.width)
        self.attention_after = form.normalises(form.width) if form.norm_after else nn.Identity()
        self.mlp_after = form.normalises(form.width) if form.norm_after else nn.Identity()

    def forward(
        self,
        h_BTD: Tensor,
        turns: tuple[Tensor, Tensor] | None,
        mask: Tensor | None = None,
        slots: Slots | None = None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """The stream after this block, and the keys and values that it looked at."""
        q_BHTE, k_BGTE, v_BGTE = self.project(h_BTD, turns)
        memory = (k_BGTE, v_BGTE) if slots is None else slots.write(k_BGTE, v_BGTE)
        return self.add(h_BTD, self.attention.attend(q_BHTE, *memory, mask)), memory

    def project(self, h_BTD: Tensor, turns: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, H, T, E), keys and values (B, G, T, E)."""
        return self.attention.project(self.attention_norm(h_BTD), turns)

    def add(self, h_BTD: Tensor, mixed_BHTE: Tensor) -> Tensor:
        """The stream, with what attention found and what the second sublayer makes of that."""
        h_BTD = h_BTD + self.attention_after(self.attention.out(mixed_BHTE.transpose(1, 2).flatten(2)))
        return h_BTD + self.mlp_after(self.mlp(self.mlp_norm(h_BTD)))
