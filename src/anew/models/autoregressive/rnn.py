"""A gated recurrent network. All that it remembers is a vector a layer, so that a step costs the same however long the
sequence has become.

Layers add to a stream as a transformer's do, each behind a norm. GRU: Cho et al. 2014 (arXiv:1406.1078), section 2.3.
LSTM: Hochreiter & Schmidhuber 1997, with forget gates.

B batch · T tokens of this call · D width · V vocabulary
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self

import torch
from torch import Tensor, nn

from anew.contract import Cond, Phase, Spec, Unsupported, by_role
from anew.models.autoregressive.family import Autoregressive
from anew.models.layers.norm import normed

CELLS: dict[str, type[nn.GRU | nn.LSTM]] = {"gru": nn.GRU, "lstm": nn.LSTM}


class RNN(Autoregressive):
    """`cell` "gru" or "lstm", `layers` of them, each of `width`."""

    sizes = {
        "xs": {"width": 64, "layers": 1},
        "s": {"width": 256, "layers": 2},
        "m": {"width": 512, "layers": 2},
        "l": {"width": 1024, "layers": 3},
    }

    def __init__(self, spec: Spec, *, cell: Literal["gru", "lstm"] = "gru", width: int = 256, layers: int = 2) -> None:
        super().__init__(spec)
        if cell not in CELLS:
            raise Unsupported(f"cell {cell!r}: this model has {', '.join(CELLS)}")
        if width < 1 or layers < 1:
            raise Unsupported(f"{layers} layers of width {width}: both begin at 1")
        self.width = width
        self.embed = nn.Embedding(spec.vocab, width)
        classes = 0 if spec.cond is None else spec.cond.classes
        self.labels = nn.Embedding(classes + 1, width) if classes else None  # the last row: no label
        self.layers = nn.ModuleList(CELLS[cell](width, width, batch_first=True) for _ in range(layers))
        self.vectors = 2 if cell == "lstm" else 1  # that a layer remembers a row
        self.head = nn.Linear(width, spec.vocab)
        if cell == "lstm":
            for layer in self.layers:  # forget little at first (Jozefowicz et al. 2015, section 4.3)
                nn.init.ones_(layer.bias_ih_l0.detach()[width : 2 * width])
        nn.init.zeros_(self.head.weight)

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self, rest=[self.head.weight]))]

    # -------------------------------------------------------------------------------------------- the verb

    def extend(
        self,
        x_BT: Tensor,
        exists_BT: Tensor | None = None,
        state: Hidden | None = None,
        cond: Cond | None = None,
        rng: torch.Generator | None = None,
    ) -> tuple[Tensor, Hidden]:
        h_BTD, state = self.states(x_BT, exists_BT, state, cond)
        return self.logits(h_BTD), state

    def logits(self, h_BTD: Tensor) -> Tensor:
        logits_BTV: Tensor = self.head(h_BTD)
        return logits_BTV

    def states(
        self, x_BT: Tensor, exists_BT: Tensor | None = None, state: Hidden | None = None, cond: Cond | None = None
    ) -> tuple[Tensor, Hidden]:
        """(B, T, D): the stream after the last norm, of which the logits are a linear map; and the state.

        The whole sequence at once where every token exists, else token by token, since a row keeps its state where
        it reads nothing. Which of the two depends on whether `exists_BT` is given and not on what it holds: they round
        differently, and a row's bits must not depend on its company."""
        state = self.begin(x_BT, cond) if state is None else state
        if exists_BT is None:
            return self.read(x_BT, state)
        parts = []
        for x_B1, exists_B1 in zip(x_BT.split(1, 1), exists_BT.split(1, 1), strict=True):
            h_B1D, after = self.read(x_B1, state)
            state = state.keep(after, exists_B1)
            parts.append(h_B1D)
        return torch.cat(parts, 1), state

    def read(self, x_BT: Tensor, state: Hidden) -> tuple[Tensor, Hidden]:
        h_BTD, memories = self.embed(x_BT), []
        if state.given_BD is not None:
            h_BTD = h_BTD + state.given_BD[:, None]
        for layer, memory in zip(self.layers, state.memories, strict=True):
            before = tuple(v_BD[None] for v_BD in memory)
            out_BTD, after = layer(normed(h_BTD), before if len(before) > 1 else before[0])
            memories.append(tuple(v[0] for v in (after if isinstance(after, tuple) else (after,))))
            h_BTD = h_BTD + out_BTD
        return normed(h_BTD), replace(state, memories=tuple(memories))

    def begin(self, x_BT: Tensor, cond: Cond | None) -> Hidden:
        """Nothing remembered, and what the condition adds to every token."""
        zero_BD = self.head.weight.new_zeros(len(x_BT), self.width)
        memories = ((zero_BD,) * self.vectors,) * len(self.layers)
        if self.labels is None:
            if cond is not None:
                raise Unsupported("condition: this model was made without one")
            return Hidden(memories, None)
        none = self.labels.num_embeddings - 1
        if cond is None:
            return Hidden(memories, self.labels(torch.full((len(x_BT),), none, device=x_BT.device)))
        if cond.label_B is None:
            raise Unsupported("condition: this model is conditioned on labels alone")
        assert cond.present_B is not None
        return Hidden(memories, self.labels(torch.where(cond.present_B, cond.label_B, none)))

    def state_bytes(self, rows: int, positions: int) -> int:
        """The same however many tokens are read."""
        held = self.vectors * len(self.layers) + (self.labels is not None)
        return rows * held * self.width * self.head.weight.element_size()


@dataclass(frozen=True)
class Hidden:
    """Each layer's vectors (B, D): h, and of an LSTM c. `given_BD`: what the condition adds to every token."""

    memories: tuple[tuple[Tensor, ...], ...]
    given_BD: Tensor | None

    def keep(self, after: Hidden, read_B1: Tensor) -> Self:
        """`after` for the rows that have read something, this state for the others."""
        pairs = zip(self.memories, after.memories, strict=True)
        memories = tuple(tuple(torch.where(read_B1, v, o) for o, v in zip(*pair, strict=True)) for pair in pairs)
        return replace(self, memories=memories)

    @property
    def nbytes(self) -> int:
        held = [v for memory in self.memories for v in memory]
        return sum(v.nbytes for v in held) + (0 if self.given_BD is None else self.given_BD.nbytes)

    def take(self, rows: Tensor) -> Self:
        given_BD = None if self.given_BD is None else self.given_BD[rows]
        return type(self)(tuple(tuple(v[rows] for v in memory) for memory in self.memories), given_BD)

    def join(self, other: Self) -> Self:
        pairs = zip(self.memories, other.memories, strict=True)
        memories = tuple(tuple(torch.cat(two) for two in zip(*pair, strict=True)) for pair in pairs)
        if self.given_BD is None or other.given_BD is None:
            return type(self)(memories, None)
        return type(self)(memories, torch.cat([self.given_BD, other.given_BD]))

    def rewind(self, n: int) -> Self:
        raise Unsupported("rewind: a recurrent state keeps no past to go back to")
