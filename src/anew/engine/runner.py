"""Running a decoder on the next tokens of many sequences at once, so that what one sequence gets does not depend on the
others.

In: tokens, their positions and the memories that they belong to. Out: logits. It knows no requests: a row of a step may
be a sequence's newest token or a draft of a later one. Linear maps run on blocks of a fixed number of rows; each row
attends on its own, to the keys of its own memory and no others.

N rows · T tokens of a piece · D width · H heads · G key-value heads · C positions · E head width · L layers · V
vocabulary
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from anew.contract import Unsupported
from anew.engine.adapters import Adapter, Under, fitted, lying_over, ready
from anew.engine.kernel import Steps
from anew.engine.pages import zeros
from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.mixed import laid

PAGE = 64  # positions: memories are whole pages, which keeps rows of keys aligned


@dataclass(frozen=True)
class Memory:
    """One sequence's keys and values, and the adapters that they are made under."""

    kv_L2GCE: Tensor
    under: Under = ()

    @property
    def nbytes(self) -> int:
        return self.kv_L2GCE.nbytes

    def cut(self, start: int, end: int) -> Tensor:
        """What was read at these positions, to be pasted into another memory at the same ones."""
        return self.kv_L2GCE[:, :, :, start:end].clone()

    def paste(self, start: int, kept: Tensor) -> None:
        self.kv_L2GCE[:, :, :, start : start + kept.shape[3]] = kept


class Runner:
    """`rows`: the blocks of a step. `piece`: tokens of a prompt that are read at once, counted from its first.
    `kernel`: steps go through it where it is there and computes this form of decoder."""

    def __init__(self, decoder: Decoder, *, rows: int = 8, piece: int = 128, kernel: bool = True) -> None:
        if decoder.labels is not None:
            raise Unsupported("the engine runs decoders without a condition")
        self.decoder, self.rows, self.piece = decoder.eval(), rows, piece
        self.context = decoder.context
        self.kernel = Steps.of(decoder) if kernel else None

    def bytes_of(self, positions: int) -> int:
        """What `open` takes."""
        return 4 * torch.Size(self._shape(positions)).numel()

    def open(self, positions: int, under: Under = ()) -> Memory:
        """An empty memory with room for so many positions."""
        shape = torch.Size(self._shape(positions))
        return Memory(zeros(shape.numel(), torch.float32).view(shape), under)

    def adapter(self, name: str, weights: Mapping[str, Tensor], scale: float) -> Adapter:
        """Stored changes as this decoder takes them. Refused where they are not its own."""
        return fitted(self.decoder, name, weights, scale)

    def ready(self) -> None:
        """Let the decoder's maps take adapters; nothing is different for whoever has none."""
        ready(self.decoder)

    def _shape(self, positions: int) -> tuple[int, ...]:
        d, pages = self.decoder, -(-positions // PAGE)
        return len(d.blocks), 2, d.kv_heads, pages * PAGE, d.head_width

    # -------------------------------------------------------------------------------------------- prompts

    def read(self, memory: Memory, tokens: Sequence[int], start: int, last: bool) -> Tensor | None:
        """Read a piece of a prompt that stands at `start`; logits (1, V) of what follows if it is the last one."""
        with laid(lying_over([memory])):
            return self._read(memory, tokens, start, last)

    def _read(self, memory: Memory, tokens: Sequence[int], start: int, last: bool) -> Tensor | None:
        d, end = self.decoder, start + len(tokens)
        at_1T = torch.arange(start, end)[None]
        x_1T, turns = torch.tensor([tokens]), d.turns(at_1T)
        h_1TD = d.embedded(x_1T, at_1T)
        seen_TC = torch.arange(end) <= at_1T[0, :, None]
        near_TC = seen_TC & (torch.arange(end) > at_1T[0, :, None] - d.window)
        for layer, block in enumerate(d.blocks):
            q_1HTE, k_1GTE, v_1GTE = block.project(h_1TD, turns[block.local] if block.turns else None)
            kv_2GCE = memory.kv_L2GCE[layer]
            kv_2GCE[0, :, start:end], kv_2GCE[1, :, start:end] = k_1GTE[0], v_1GTE[0]
            mask_TC = near_TC if block.local else seen_TC if start else None
            k_GCE, v_GCE = kv_2GCE[:, :, :end]
            h_1TD = block.add(h_1TD, block.attention.attend(q_1HTE, k_GCE[None], v_GCE[None], mask_TC))
        return d.logits(d.norm(h_1TD[:, -1])) if last else None

    # -------------------------------------------------------------------------------------------- steps

    def step(self, rows: Sequence[tuple[int, int, Memory]]) -> Tensor:
        """Logits (N, V) after each row's token, which stands at the row's position of its memory. Of one memory, a
        position follows those before it, in the memory or among the rows of its block."""
        if self.kernel is None:
            return self._blocks(rows)
        if not any(memory.under for _, _, memory in rows):
            return self.kernel(rows)
        changed = [i for i, (_, _, memory) in enumerate(rows) if memory.under]  # the kernel knows no adapters
        as_is = [i for i, (_, _, memory) in enumerate(rows) if not memory.under]
        logits_NV = self._blocks([rows[i] for i in changed])
        if as_is:
            logits_NV = torch.cat([logits_NV, self.kernel([rows[i] for i in as_is])])
        return logits_NV[torch.tensor(changed + as_is).argsort()]

    def _blocks(self, rows: Sequence[tuple[int, int, Memory]]) -> Tensor:
        blocks = [rows[start : start + self.rows] for start in range(0, len(rows), self.rows)]
        return torch.cat([self._block(part)[: len(part)] for part in blocks])

    def _block(self, rows: Sequence[tuple[int, int, Memory]]) -> Tensor:
        padding = [0] * (self.rows - len(rows))
        with laid(lying_over([*(memory for _, _, memory in rows), *(None for _ in padding)])):
            return self._run(rows, padding)

    def _run(self, rows: Sequence[tuple[int, int, Memory]], padding: list[int]) -> Tensor:
        d = self.decoder
        x_1N = torch.tensor([[token for token, _, _ in rows] + padding])
        at_1N = torch.tensor([[at for _, at, _ in rows] + padding])
        turns = d.turns(at_1N)
        h_1ND = d.embedded(x_1N, at_1N)
        for layer, block in enumerate(d.blocks):
            q_1HNE, k_1GNE, v_1GNE = block.project(h_1ND, turns[block.local] if block.turns else None)
            kv_N2GE = torch.stack((k_1GNE[0], v_1GNE[0])).permute(2, 0, 1, 3)
            for (_, at, memory), kv_2GE in zip(rows, kv_N2GE, strict=False):
                memory.kv_L2GCE[layer, :, :, at] = kv_2GE
            mixed_1HNE = torch.zeros_like(q_1HNE)
            for n, (_, at, memory) in enumerate(rows):
                first = max(0, at + 1 - d.window) if block.local else 0
                k_GCE, v_GCE = memory.kv_L2GCE[layer, :, :, first : at + 1]
                mixed_1HNE[:, :, n] = block.attention.attend_once(q_1HNE[:, :, n], k_GCE[None], v_GCE[None])
            h_1ND = block.add(h_1ND, mixed_1HNE)
        return d.logits(d.norm(h_1ND))[0]
