"""A decoder-only transformer whose input is enriched by a hashed table of n-grams.

Rotary positions, normalised queries and keys, squared ReLU, zero-initialised output projections. The table costs almost
no time, since a token touches few of its rows; it carries the short-range statistics, and the network learns the rest.

B batch · T tokens of this call · C tokens the cache holds · N tokens before · D width · V vocabulary
G key-value heads · E head width
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt
from torch import Tensor, nn

from anew.contract import Cond, Phase, Spec, Unsupported, by_role
from anew.models.autoregressive.family import Autoregressive
from anew.models.layers.attention import Attention
from anew.models.layers.cache import Cache, Slots, cache_bytes
from anew.models.layers.dropout import added, thinned
from anew.models.layers.label import Label, given
from anew.models.layers.ngrams import MIX, scrambled, summed
from anew.models.layers.norm import normed, relu2
from anew.models.layers.rotary import rotary_turns


class Transformer(Autoregressive):
    """`ngrams`: the longest n-grams looked up (1: none), in a table of `table_rows`. `drop_ngrams`: the share of
    training positions that see shorter ones only, lest the network trust rows that have learned their context by heart;
    0 while each text is seen but once or twice. `dropout`: the share of the numbers that the input and each block add
    which training leaves out (Srivastava et al. 2014), where few data are seen often. `sparse`: the table learns row by
    row (role "rows"), as a large one must."""

    sizes = {
        "xs": {"width": 64, "layers": 2, "heads": 2, "table_rows": 2**14},
        "s": {"width": 128, "layers": 4, "heads": 4, "table_rows": 2**16},
        "m": {"width": 256, "layers": 6, "heads": 4, "table_rows": 2**17},
        "l": {"width": 512, "layers": 8, "heads": 8, "table_rows": 2**18},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        width: PositiveInt = 128,
        layers: PositiveInt = 4,
        heads: PositiveInt = 4,
        kv_heads: NonNegativeInt = 0,
        expand: PositiveFloat = 4.0,
        ngrams: PositiveInt = 5,
        table_rows: Annotated[int, Field(ge=2)] = 2**16,
        drop_ngrams: Annotated[float, Field(ge=0, le=1)] = 0.3,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        sparse: bool = False,
    ) -> None:
        super().__init__(spec)
        if width % (2 * heads) or heads % (kv_heads or heads):
            raise Unsupported(
                f"{heads} heads of even width do not share a width of {width} and {kv_heads} key-value heads"
            )
        self.kv_heads, self.head_width = kv_heads or heads, width // heads
        self.orders, self.drop_ngrams, self.dropout = range(2, ngrams + 1), drop_ngrams, dropout
        self.embed = nn.Embedding(spec.vocab, width)
        self.table = (
            nn.EmbeddingBag(table_rows, width, mode="sum", padding_idx=0, sparse=sparse) if self.orders else None
        )
        self.labels = Label(spec, width) if spec.cond is not None and spec.cond.classes else None
        self.blocks = nn.ModuleList(Block(width, heads, self.kv_heads, int(expand * width)) for _ in range(layers))
        self.head = nn.Linear(width, spec.vocab, bias=False)
        for part in (self.head, self.table):
            if part is not None:
                nn.init.zeros_(part.weight)
        self.turns: Tensor
        self.register_buffer("turns", rotary_turns(self.context, self.head_width), persistent=False)

    def phases(self) -> list[Phase]:
        maps = [self.embed, self.labels, self.head]  # they learn at one pace
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
        h_BTD, state = self.states(x_BT, exists_BT, state, cond, rng)
        return self.logits(h_BTD), state

    def states(
        self,
        x_BT: Tensor,
        exists_BT: Tensor | None = None,
        state: Cache | None = None,
        cond: Cond | None = None,
        rng: torch.Generator | None = None,
    ) -> tuple[Tensor, Cache]:
        """(B, T, D): the stream after the last norm, of which the logits are a linear map; and the state."""
        if state is None:
            state = Cache.begun(x_BT, exists_BT, self.context, given(self.labels, cond, len(x_BT)))
            return self._begin(x_BT, state, rng)
        state, at_BT, slots_BT = state.reserve(x_BT, exists_BT, self.context)
        back_N = torch.arange(1, len(self.orders) + 1, device=x_BT.device)
        from_BTN = at_BT[:, :, None] - back_N
        before_BTN = state.tokens_BC[:, None].expand(-1, x_BT.shape[1], -1).gather(2, from_BTN.clamp(min=0))
        before_BTN = before_BTN.masked_fill(from_BTN < 0, self.spec.vocab)
        h_BTD = self._embed(x_BT, before_BTN.unbind(2), state.given_B1D)
        turns = self.turns[at_BT]
        mask_B1TC = (torch.arange(state.room, device=x_BT.device) <= at_BT[..., None])[:, None]
        for block, memory in zip(self.blocks, state.memories, strict=True):
            h_BTD, _ = block(h_BTD, turns, Slots(memory, slots_BT), mask_B1TC)
        return normed(h_BTD), state

    def logits(self, h_BTD: Tensor) -> Tensor:
        logits_BTV: Tensor = self.head(h_BTD)
        return logits_BTV

    def _begin(self, x_BT: Tensor, state: Cache, rng: torch.Generator | None) -> tuple[Tensor, Cache]:
        length, reach = x_BT.shape[1], len(self.orders)
        history = F.pad(x_BT, (reach, 0), value=self.spec.vocab)
        before = [history[:, reach - n : reach - n + length] for n in range(1, reach + 1)]
        noise = rng if self.dropout else None
        h_BTD, memories = thinned(self._embed(x_BT, before, state.given_B1D, rng), self.dropout, noise), []
        for block in self.blocks:
            next_BTD, memory = block(h_BTD, self.turns[:length])
            h_BTD = added(h_BTD, next_BTD, self.dropout, noise)
            memories.append(memory)
        return normed(h_BTD), state.holding(memories)

    def state_bytes(self, rows: int, positions: int) -> int:
        """What a state takes that has read so many tokens and can go on."""
        keys, told = len(self.blocks) * self.kv_heads * self.head_width, self.labels is not None
        return cache_bytes(rows, positions, self.context, keys, told * self.embed.embedding_dim)

    # -------------------------------------------------------------------------------------------- the input

    def _embed(
        self, x_BT: Tensor, before: Sequence[Tensor], given_B1D: Tensor | None, rng: torch.Generator | None = None
    ) -> Tensor:
        h_BTD = self.embed(x_BT)
        if self.table is not None:
            rows_BTO = self._rows(x_BT, before, rng)
            h_BTD = h_BTD + summed(self.table, rows_BTO.flatten(0, 1)).view_as(h_BTD)
        if given_B1D is not None:
            h_BTD = h_BTD + given_B1D
        return normed(h_BTD)

    def _rows(self, x_BT: Tensor, before: Sequence[Tensor], rng: torch.Generator | None) -> Tensor:
        """The table's row for each n-gram that ends in a token; row 0, which stays zero, for none.

        The hashing trick (Weinberger et al. 2009, arXiv:0902.2206) on n-grams of tokens (Mikolov et al. 2011, RNNME;
        Clark et al. 2022, arXiv:2103.06874, section 3.2). An n-gram never reaches back over an end.
        """
        assert self.table is not None
        longest_BT = None
        if rng is not None and self.drop_ngrams:
            draw_BT = torch.rand(x_BT.shape, generator=rng, device=rng.device).to(x_BT.device) / self.drop_ngrams
            longest_BT = 1 + (draw_BT * len(self.orders)).long()  # uniform over shorter ones, or at least the longest
        hash_BT, inside_BT, rows = x_BT + 1, x_BT != self.end, []
        for order, token_BT in zip(self.orders, before, strict=True):
            hash_BT = hash_BT * MIX + token_BT + 1 + order
            keep_BT = inside_BT & (token_BT < self.spec.vocab)
            inside_BT = keep_BT & (token_BT != self.end)
            if longest_BT is not None:
                keep_BT = keep_BT & (longest_BT >= order)
            rows.append(scrambled(hash_BT, self.table.num_embeddings).masked_fill(~keep_BT, 0))
        return torch.stack(rows, -1)


class Block(nn.Module):
    def __init__(self, width: int, heads: int, kv_heads: int, hidden: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads, kv_heads)
        self.up, self.down = nn.Linear(width, hidden, bias=False), nn.Linear(hidden, width, bias=False)
        nn.init.zeros_(self.down.weight)

    def forward(
        self, h_BTD: Tensor, turns: Tensor, slots: Slots | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """The stream after this block, and the keys and values that it looked at."""
        q_BHTE, k_BGTE, v_BGTE = self.attention.project(normed(h_BTD), turns)
        memory = (k_BGTE, v_BGTE) if slots is None else slots.write(k_BGTE, v_BGTE)
        h_BTD = self.attention.mix(q_BHTE, *memory, mask).add_(h_BTD)
        return self.down(relu2(self.up(normed(h_BTD)))).add_(h_BTD), memory
