"""Running a decoder on the next tokens of many sequences at once, so that what one sequence gets does not depend on the
others.

In: tokens, their positions and the memories that they belong to. Out: logits. It knows no requests: a row of a step may
be a sequence's newest token or a draft of a later one. Each row attends on its own, to the keys of its own memory and
no others. Maps of integers run on all rows at once, since their sums are the same in any company; maps of floats on
blocks of a fixed number of rows, and on one piece of one prompt at a time.

N rows · T tokens of a pass · D width · H heads · G key-value heads · C positions · E head width · L layers · V
vocabulary
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from anew.contract import Unsupported
from anew.engine.adapters import Adapter, Under, fitted, lying_over, plain, ready
from anew.engine.kernel import Steps
from anew.engine.pages import zeros
from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.block import DecoderBlock
from anew.models.layers.int8 import Int8Linear
from anew.models.layers.mixed import laid

PAGE = 64  # positions: memories are whole pages, which keeps rows of keys aligned
VECTOR = 32  # numbers that torch's loops take at once, at most
SHARED = 32768  # numbers from which on its threads share a loop


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


@dataclass(frozen=True)
class Span:
    """Tokens of one sequence, the first of them at `start`. `wanted`: the logits behind the last one."""

    memory: Memory
    start: int
    tokens: Sequence[int]
    wanted: bool = True

    @property
    def end(self) -> int:
        return self.start + len(self.tokens)


class Runner:
    """`rows`: the blocks of a step in floats. `piece`: tokens of a prompt that are read as one span, counted from its
    first. `kernel`: steps go through it where it is there and computes this form of decoder."""

    def __init__(self, decoder: Decoder, *, rows: int = 8, piece: int = 128, kernel: bool = True) -> None:
        if decoder.labels is not None:
            raise Unsupported("the engine runs decoders without a condition")
        self.decoder, self.piece, self.inner = decoder.eval(), piece, inner_width(decoder)
        self.block = min(rows, max(1, SHARED // self.inner))  # of no more numbers than one thread works on
        self.rows = self.block
        self.curved = [self.inner] + [decoder.spec.vocab] * bool(decoder.logit_cap)  # widths that no straight line maps
        if any(self.block * width % VECTOR for width in self.curved):
            # what lies where the stretch ends rounds another way: that is padding
            self.block = max(2, self.block)
            self.rows = self.block - 1
        self.context = decoder.context
        self.integers = isinstance(decoder.head, Int8Linear)
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

    def read(self, spans: Sequence[Span]) -> list[Tensor | None]:
        """Read pieces of prompts; of each that wants them the logits (1, V) of what follows it."""
        if self._together(spans):
            logits = iter(self._pass(spans).split(1))
            return [next(logits) if span.wanted else None for span in spans]
        alone = [self._pass([span]) for span in spans]
        return [logits_1V if span.wanted else None for span, logits_1V in zip(spans, alone, strict=True)]

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
        spans = [Span(memory, at, (token,)) for token, at, memory in rows]
        if self._together(spans):
            return self._pass(spans)
        blocks = [spans[start : start + self.rows] for start in range(0, len(spans), self.rows)]
        return torch.cat([self._pass(block, self.block - len(block)) for block in blocks])

    # -------------------------------------------------------------------------------------------- a pass

    def _together(self, spans: Sequence[Span]) -> bool:
        """Whether a row has the same bits however many share its pass. Sums of integers have. Of what lies between them
        activations alone round another way where a stretch of memory ends than within it, so that every row has to be
        whole vectors; where torch's threads may share the work, a thread's share too."""
        if not self.integers or any(span.memory.under for span in spans):
            return False
        whole = VECTOR * math.lcm(*range(1, torch.get_num_threads() + 1))
        return not any(width % whole for width in self.curved)

    def _pass(self, spans: Sequence[Span], padding: int = 0) -> Tensor:
        """Logits (N, V) behind the spans that want them; their keys and values are in their memories from now on."""
        d, nothing = self.decoder, [0] * padding
        x_1T = torch.tensor([[token for span in spans for token in span.tokens] + nothing])
        at_1T = torch.tensor([[at for span in spans for at in range(span.start, span.end)] + nothing])
        turns, views = d.turns(at_1T), [View(span, d) for span in spans]
        sizes = [*(len(span.tokens) for span in spans), padding]
        with laid(lying_over([*(span.memory for span in spans for _ in span.tokens), *(None for _ in nothing)])):
            h_1TD = d.embedded(x_1T, at_1T)
            for layer, block in enumerate(d.blocks):
                q_1HTE, k_1GTE, v_1GTE = block.project(h_1TD, turns[block.local] if block.turns else None)
                queries, kv = q_1HTE.split(sizes, 2), torch.cat((k_1GTE, v_1GTE)).split(sizes, 2)
                mixed = [view.attend(layer, block, *own) for view, *own in zip(views, queries, kv, strict=False)]
                h_1TD = block.add(h_1TD, torch.cat([*mixed, queries[-1]], 2))  # padding looks at nothing
            ends = zip(spans, itertools.accumulate(sizes), strict=False)
            last = [end - 1 for span, end in ends if span.wanted]
            rows = [*last, *range(sum(sizes) - padding, sum(sizes))]
            return d.logits(d.norm(h_1TD[0, rows]))[: len(last)]


def inner_width(decoder: Decoder) -> int:
    """What activations are as wide as."""
    down = plain(decoder.blocks[0].mlp.down)
    return int(down.in_features)


class View:
    """What a span writes into its memory and sees of it, layer by layer."""

    def __init__(self, span: Span, decoder: Decoder) -> None:
        kv_L2GCE, at_T = span.memory.kv_L2GCE[:, :, :, : span.end], torch.arange(span.start, span.end)
        self.own = kv_L2GCE[:, :, :, span.start :].unbind(0)
        self.seen = kv_L2GCE.flatten(0, 1)[:, None].unbind(0)  # keys, values, keys, values, …
        self.nearby = max(0, span.end - decoder.window) if len(at_T) == 1 else 0
        self.masks: list[Tensor | None] = [None, None]
        if len(at_T) > 1:
            before_TC = torch.arange(span.end) <= at_T[:, None]
            near_TC = before_TC & (torch.arange(span.end) > at_T[:, None] - decoder.window)
            self.masks = [before_TC if span.start else None, near_TC]
            if not decoder.blocks[0].attention.cap:  # torch would turn them into numbers in every layer
                self.masks = [
                    None if mask_TC is None else torch.where(mask_TC, 0.0, -torch.inf) for mask_TC in self.masks
                ]

    def attend(self, layer: int, block: DecoderBlock, q_1HTE: Tensor, kv_2GTE: Tensor) -> Tensor:
        """(1, H, T, E), with the span's own keys and values written before anything is looked at."""
        self.own[layer].copy_(kv_2GTE)
        k_1GCE, v_1GCE = self.seen[2 * layer], self.seen[2 * layer + 1]
        if block.local and self.nearby:
            k_1GCE, v_1GCE = k_1GCE[:, :, self.nearby :], v_1GCE[:, :, self.nearby :]
        if q_1HTE.shape[2] == 1:
            return block.attention.attend_once(q_1HTE, k_1GCE, v_1GCE)
        return block.attention.attend(q_1HTE, k_1GCE, v_1GCE, self.masks[block.local])
