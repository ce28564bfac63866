"""A decoder-only transformer in the forms that well-known models have: Llama, Qwen, Gemma, Mistral, Phi, GPT-2.

One class; what tells those models apart are its keywords. Its own defaults are Llama's form.

B batch · T tokens of this call · C tokens the cache holds · D width · V vocabulary
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from torch import Tensor, nn

from anew.contract import Cond, Phase, Spec, Unsupported, by_role
from anew.models.autoregressive.family import Autoregressive
from anew.models.layers.block import ACTIVATIONS, DecoderBlock, Form
from anew.models.layers.cache import Cache, Slots, cache_bytes
from anew.models.layers.label import Label, given
from anew.models.layers.rotary import frequencies

SPREAD = 0.02  # standard deviation of initial weights (Radford et al. 2019)


class Decoder(Autoregressive):
    """`kv_heads`, `head_width` and `inner` 0: as many as heads, the width they share, 8/3 of the width (4 where nothing
    gates). `norm` "rms" or "layer", with `eps` and its gain's `norm_offset`; `norm_after`: also behind each sublayer;
    `qk_norm`: of each head's queries and keys. `positions` "rotary" or "learned"; `rope_base`, `rope_share` of a head's
    channels, `rope_scaling` (see `frequencies`). `pattern`: a letter a layer, repeated: g looks at everything, l at the
    last `window` tokens and turns by `local_base` where that is not 0, n at everything without positions. `scale` of
    attention scores (0: 1 / √head_width), `attention_cap` and `logit_cap` (0: none), `embed_scale`; `tied`: the
    embedding is the head too."""

    sizes = {
        "xs": {"width": 64, "layers": 2, "heads": 2},
        "s": {"width": 128, "layers": 4, "heads": 4},
        "m": {"width": 256, "layers": 6, "heads": 4},
        "l": {"width": 512, "layers": 8, "heads": 8},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        width: PositiveInt = 128,
        layers: PositiveInt = 4,
        heads: PositiveInt = 4,
        kv_heads: NonNegativeInt = 0,
        head_width: NonNegativeInt = 0,
        inner: NonNegativeInt = 0,
        norm: Literal["rms", "layer"] = "rms",
        eps: PositiveFloat = 1e-5,
        norm_offset: float = 0.0,
        norm_after: bool = False,
        qk_norm: bool = False,
        activation: Literal["silu", "gelu", "gelu_tanh", "relu2"] = "silu",
        gated: bool = True,
        qkv_bias: bool = False,
        out_bias: bool = False,
        mlp_bias: bool = False,
        positions: Literal["rotary", "learned"] = "rotary",
        rope_base: PositiveFloat = 10_000.0,
        rope_share: Annotated[float, Field(gt=0, le=1)] = 1.0,
        rope_scaling: dict[str, Any] | None = None,
        pattern: Annotated[str, Field(pattern="^[gln]+$")] = "g",
        window: NonNegativeInt = 0,
        local_base: NonNegativeFloat = 0.0,
        scale: NonNegativeFloat = 0.0,
        attention_cap: NonNegativeFloat = 0.0,
        logit_cap: NonNegativeFloat = 0.0,
        embed_scale: PositiveFloat = 1.0,
        tied: bool = False,
    ) -> None:
        super().__init__(spec)
        kv_heads, head_width = kv_heads or heads, head_width or width // heads
        inner = inner or (8 * width // 3 if gated else 4 * width)
        layer_kinds = [pattern[i % len(pattern)] for i in range(layers)]
        turning = 2 * int(head_width * rope_share / 2)
        if heads % kv_heads or (positions == "rotary" and not turning) or activation not in ACTIVATIONS:
            raise Unsupported(f"{heads} heads of {head_width}, {kv_heads} key-value heads, {activation}")
        if "l" in layer_kinds and not window:
            raise Unsupported("window: the layers called l in the pattern need one")
        self.kv_heads, self.head_width, self.window = kv_heads, head_width, window
        self.embed_scale, self.logit_cap = embed_scale, logit_cap
        form = Form(
            width, heads, kv_heads, head_width, inner, norm, eps, norm_offset, norm_after, qk_norm, activation, gated,
            qkv_bias, out_bias, mlp_bias, scale or head_width**-0.5, attention_cap,
        )  # fmt: skip
        self.embed = nn.Embedding(spec.vocab, width)
        self.places = nn.Embedding(self.context, width) if positions == "learned" else None
        self.labels = Label(spec, width) if spec.cond is not None and spec.cond.classes else None
        self.blocks = nn.ModuleList(
            DecoderBlock(form, kind == "l", positions == "rotary" and kind != "n") for kind in layer_kinds
        )
        self.norm = form.normalises(width)
        self.head = None if tied else nn.Linear(width, spec.vocab, bias=False)
        self._begin_small()
        self.turn_F: Tensor
        self.local_turn_F: Tensor
        everywhere, self.gain = frequencies(turning, rope_base, rope_scaling, self.context)
        nearby, self.local_gain = everywhere, self.gain
        if local_base:
            nearby, self.local_gain = frequencies(turning, local_base, None, self.context)
        self.register_buffer("turn_F", everywhere, persistent=False)
        self.register_buffer("local_turn_F", nearby, persistent=False)

    def _begin_small(self) -> None:
        """Every block begins as the identity, an untied head with all tokens equally likely."""
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=SPREAD)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        for block in self.blocks:
            nn.init.zeros_(block.attention.out.weight)
            nn.init.zeros_(block.mlp.down.weight)
        if self.head is not None:
            nn.init.zeros_(self.head.weight)

    def phases(self) -> list[Phase]:
        maps = [self.embed, self.places, self.labels, self.head]  # they learn at one pace
        return [Phase("all", by_role(self, rest=[m.weight for m in maps if m is not None]))]

    # -------------------------------------------------------------------------------------------- the verb

    def extend(
        self,
        x_BT: Tensor,
        exists_BT: Tensor | None = None,
        state: Cache | None = None,
        cond: Cond | None = None,
        rng: torch.Generator | None = None,
    ) -> tuple[Tensor, Cache]:
        h_BTD, state = self.states(x_BT, exists_BT, state, cond)
        return self.logits(h_BTD), state

    def states(
        self, x_BT: Tensor, exists_BT: Tensor | None = None, state: Cache | None = None, cond: Cond | None = None
    ) -> tuple[Tensor, Cache]:
        """(B, T, D): the stream after the last norm, of which the logits are a linear map; and the state."""
        if state is None:
            T = x_BT.shape[1]
            state = Cache.begun(x_BT, exists_BT, self.context, given(self.labels, cond, len(x_BT)))
            at_BT, slots = torch.arange(T, device=x_BT.device)[None], None
            ahead = None if T <= self.window or not self.window else at_BT
            masks = (None, None if ahead is None else self._near(ahead, T))
        else:
            state, at_BT, slots = state.reserve(x_BT, exists_BT, self.context)
            masks = (self._before(at_BT, state.room), self._near(at_BT, state.room) if self.window else None)
        h_BTD = self.embedded(x_BT, at_BT, state.given_B1D)
        turns = self.turns(at_BT)
        memories = []
        for layer, block in enumerate(self.blocks):
            held = None if slots is None else Slots(state.memories[layer], slots)
            h_BTD, memory = block(h_BTD, turns[block.local] if block.turns else None, masks[block.local], held)
            memories.append(memory)
        return self.norm(h_BTD), state.holding(memories)

    def logits(self, h_BTD: Tensor) -> Tensor:
        logits_BTV = F.linear(h_BTD, self.embed.weight) if self.head is None else self.head(h_BTD)
        return self.logit_cap * torch.tanh(logits_BTV / self.logit_cap) if self.logit_cap else logits_BTV

    def state_bytes(self, rows: int, positions: int) -> int:
        """What a state takes that has read so many tokens and can go on."""
        keys, told = len(self.blocks) * self.kv_heads * self.head_width, self.labels is not None
        return cache_bytes(rows, positions, self.context, keys, told * self.embed.embedding_dim)

    # -------------------------------------------------------------------------------------------- the input

    def embedded(self, x_BT: Tensor, at_BT: Tensor, given_B1D: Tensor | None = None) -> Tensor:
        """(B, T, D): the stream before the first block."""
        h_BTD = self.embed(x_BT)
        if self.embed_scale != 1:
            h_BTD = h_BTD * self.embed_scale
        if self.places is not None:
            h_BTD = h_BTD + self.places(at_BT)
        return h_BTD if given_B1D is None else h_BTD + given_B1D

    def turns(self, at_BT: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Cosines and sines of each position, for blocks that look everywhere and for local ones."""

        def of(turn_F: Tensor, gain: float) -> tuple[Tensor, Tensor]:
            angle_BTF = at_BT[..., None].float() * turn_F
            return angle_BTF.cos() * gain, angle_BTF.sin() * gain

        return of(self.turn_F, self.gain), of(self.local_turn_F, self.local_gain)

    def _before(self, at_BT: Tensor, room: int) -> Tensor:
        """(B, 1, T, C): where each token may look: at itself and what comes before it."""
        return (torch.arange(room, device=at_BT.device) <= at_BT[..., None])[:, None]

    def _near(self, at_BT: Tensor, room: int) -> Tensor:
        """The same within the window."""
        far = torch.arange(room, device=at_BT.device) <= at_BT[..., None] - self.window
        return self._before(at_BT, room) & ~far[:, None]
