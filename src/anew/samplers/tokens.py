"""Sampling tokens from `extend`, the verb of the autoregressive family, and from nothing else of a model.

In: the verb, a prompt and a generator a row. Out: chunks of one token a row. Networks run on blocks of exactly `rows`
rows, prompts in pieces of a fixed length, so that a row's bits do not depend on its company.

B rows asked for · R rows of a block · T tokens of a call · V vocabulary
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from anew.contract import AppendOptions, Chunk, Cond, Likely, State
from anew.samplers.choice import Guide, Row, choose

PIECE = 32
KEPT = 0.75  # of the context, when a sequence outgrows it

Allowed = Callable[[Tensor], Tensor | None]


class Extend(Protocol):
    """Logits (R, T, V) after each token of x_RT, and the state that has read them. The first call gives the condition;
    a row reads only its tokens that exist; the state given is used up."""

    def __call__(
        self, x_RT: Tensor, exists_RT: Tensor | None = None, state: State | None = None, cond: Cond | None = None
    ) -> tuple[Tensor, State]: ...


@torch.no_grad()
def decode(
    extend: Extend,
    rngs: Sequence[torch.Generator],
    prompts: Sequence[Tensor],
    options: AppendOptions | Sequence[AppendOptions],
    *,
    end: int,
    context: int,
    rows: int = 8,
    cond: Cond | None = None,
    allowed: Allowed | None = None,
    guides: Sequence[Guide | None] | None = None,
    device: torch.device | str = "cpu",
    begins: tuple[int, ...] | None = None,
    stops: tuple[int, ...] = (),
) -> Iterator[Chunk]:
    """One token a row and chunk, until each row is done: at `end` or one of `stops`, or after `options.max_new` tokens.

    `begins` is read before each prompt; None: `end`, and so where there is nothing else to begin with.
    A sequence that has filled the `context` goes on from its last three quarters, read anew. `allowed`, called with
    the tokens (B, n) chosen so far, says which may come next: (B, V), or None for all; a row that may say nothing ends.
    `options` may be one a row, and `guides` steer a row each: neither changes what another row says.
    """
    each = [options] * len(rngs) if isinstance(options, AppendOptions) else list(options)
    written = [
        Row(own, rng, beginning(prompt.tolist(), end, begins), guide)
        for own, rng, prompt, guide in zip(each, rngs, prompts, guides or [None] * len(rngs), strict=True)
    ]
    blocks = []
    for start in range(0, len(rngs), rows):
        part = slice(start, start + rows)
        block_cond = None if cond is None else fill(cond.take(part), rows)
        blocks.append(Block(extend, written[part], block_cond, (end, *stops), context, rows, device))
    chosen_BT = torch.empty(len(rngs), 0, dtype=torch.long, device=device)
    done_B = torch.zeros(len(rngs), dtype=torch.bool, device=device)
    while not done_B.all():
        mask_BV = allowed(chosen_BT) if allowed is not None else None
        steps = [b.step(None if mask_BV is None else mask_BV[i * rows :][:rows]) for i, b in enumerate(blocks)]
        token_B = torch.cat([token_R for token_R, _ in steps])
        done_B = torch.cat([b.done_R[: b.real] for b in blocks])
        chosen_BT = torch.cat([chosen_BT, token_B[:, None]], 1)
        yield Chunk(
            token_B[:, None], done_B, min(b.progress for b in blocks), [told for _, found in steps for told in found]
        )


def beginning(prompt: list[int], end: int, begins: tuple[int, ...] | None) -> list[int]:
    """What a row reads first: at least one token."""
    return [*((end,) if begins is None else begins), *prompt] or [end]


class Block:
    """Exactly R sequences that run together; those beyond the `real` ones are padding, done from the start."""

    def __init__(
        self,
        extend: Extend,
        written: Sequence[Row],
        cond: Cond | None,
        ends: tuple[int, ...],
        context: int,
        rows: int,
        device: torch.device | str,
    ) -> None:
        self.extend, self.written, self.context = extend, written, context
        self.end, self.ends = ends[0], ends
        self.real, self.rows, self.device, self.piece = len(written), rows, device, min(PIECE, context)
        self.read = {i: list(written[i].read) if i < self.real else [self.end] for i in range(rows)}
        self.limits = [row.options.max_new or max(1, context - len(row.read)) for row in written]
        self.count = 0
        self.done_R = torch.arange(rows, device=device) >= self.real
        self.cond = cond
        self.logits_RV, self.state = self.prefill(list(range(rows)))

    def prefill(self, which: list[int]) -> tuple[Tensor, State]:
        """Logits after the last token of the rows `which`, and a new state of the block, filled by them alone."""
        kept = max(1, int(KEPT * self.context))
        sequences = {row: t if len(t := self.read[row]) <= self.context else t[-kept:] for row in which}
        found = read(self.extend, sequences, self.rows, self.piece, self.end, self.cond, self.device)
        self.read |= sequences
        return found

    def step(self, mask_BV: Tensor | None) -> tuple[Tensor, list[Likely | None]]:
        """The next token (real,) of each row, `end` where the row was done; its log-probability where asked for."""
        done = self.done_R.tolist()
        if all(done):
            return torch.full((self.real,), self.end, dtype=torch.long, device=self.device), [None] * self.real
        if self.count:
            self.advance()
        mask_RV = None
        if mask_BV is not None:
            mask_RV = torch.ones_like(self.logits_RV, dtype=torch.bool)
            mask_RV[: self.real] = mask_BV
        padding = [None] * (self.rows - self.real)
        live = [*(None if over else row for row, over in zip(self.written, done, strict=False)), *padding]
        token_R, found = choose(self.logits_RV, live, self.end, mask_RV)
        self.count += 1
        for i, token in enumerate(token_R.tolist()):
            row = live[i]
            if row is not None:
                self.read[i].append(token)
                done[i] = row.take(token, self.ends) or self.count >= self.limits[i]
        self.done_R = torch.tensor(done, device=self.device)
        return token_R[: self.real], found[: self.real]

    def advance(self) -> None:
        """Read the tokens just chosen. A full row forgets its state and reads its newest part again."""
        live = (~self.done_R).nonzero()[:, 0].tolist()
        full = [row for row in live if len(self.read[row]) > self.context]
        going = [row for row in live if row not in full]
        if going:
            exists_R = torch.zeros(self.rows, dtype=torch.bool)
            exists_R[going] = True
            x_R1 = torch.tensor([[self.read[row][-1]] for row in range(self.rows)], device=self.device)
            logits_RTV, self.state = self.extend(x_R1, exists_R[:, None].to(self.device), self.state)
            self.logits_RV = torch.where(exists_R[:, None].to(self.device), logits_RTV[:, -1], self.logits_RV)
        if full:
            logits_RV, fresh = self.prefill(full)
            rows_R = torch.arange(self.rows, device=self.device)
            mine_R = torch.isin(rows_R, torch.tensor(full, device=self.device))
            self.logits_RV = torch.where(mine_R[:, None], logits_RV, self.logits_RV)
            self.state = self.state.join(fresh).take(torch.where(mine_R, rows_R + self.rows, rows_R))

    @property
    def progress(self) -> float:
        done = self.done_R[: self.real].tolist()
        return min(1.0 if over else self.count / limit for over, limit in zip(done, self.limits, strict=True))


def read(
    extend: Extend,
    sequences: Mapping[int, Sequence[int]],
    rows: int,
    piece: int,
    end: int,
    cond: Cond | None,
    device: torch.device | str,
) -> tuple[Tensor, State]:
    """Logits (R, V) after the last token of the rows that have a sequence, and the state of all `rows`, which read them
    in pieces of one length."""
    last: Tensor | None = None
    state: State | None = None
    for start in range(0, max(len(t) for t in sequences.values()), piece):
        x_RT = torch.full((rows, piece), end, dtype=torch.long)
        exists_RT = torch.zeros(rows, piece, dtype=torch.bool)
        for row, sequence in sequences.items():
            part = sequence[start : start + piece]
            x_RT[row, : len(part)] = torch.tensor(part, dtype=torch.long)
            exists_RT[row, : len(part)] = True
        exists_RT = exists_RT.to(device)
        logits_RTV, state = extend(x_RT.to(device), exists_RT, state, cond if start == 0 else None)
        at_R = exists_RT.sum(1)
        ends_RV = logits_RTV[torch.arange(rows, device=device), at_R.clamp(min=1) - 1]
        last = ends_RV if last is None else torch.where((at_R > 0)[:, None], ends_RV, last)
    assert last is not None and state is not None
    return last, state


def fill(cond: Cond, rows: int) -> Cond:
    """The condition padded to `rows` rows with its last one."""
    index = torch.arange(rows).clamp(max=len(cond) - 1)
    return cond.map(lambda v: v[index.to(v.device)])
