"""Sampling tokens from `extend`, the verb of the autoregressive family, and from nothing else of a model.

In: the verb, a prompt and a generator a row. Out: chunks of one token a row. Networks run on blocks of exactly `rows`
rows, prompts in pieces of a fixed length, so that a row's bits do not depend on its company.

B rows asked for · R rows of a block · T tokens of a call · V vocabulary
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor

from anew.contract import AppendOptions, Chunk, Cond, State

PIECE = 32
KEPT = 0.75  # of the context, when a sequence outgrows it

Allowed = Callable[[Tensor], Tensor | None]


class Choice(Protocol):
    """What of a distribution may be drawn, as `AppendOptions` has it."""

    @property
    def temperature(self) -> float: ...
    @property
    def top_k(self) -> int: ...
    @property
    def top_p(self) -> float: ...
    @property
    def min_p(self) -> float: ...


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
    options: AppendOptions,
    *,
    end: int,
    context: int,
    rows: int = 8,
    cond: Cond | None = None,
    allowed: Allowed | None = None,
    device: torch.device | str = "cpu",
    begins: tuple[int, ...] | None = None,
    stops: tuple[int, ...] = (),
) -> Iterator[Chunk]:
    """One token a row and chunk, until each row is done: at `end` or one of `stops`, or after `options.max_new` tokens.

    `begins` is read before each prompt; None: `end`, and so where there is nothing else to begin with.
    A sequence that has filled the `context` goes on from its last three quarters, read anew. `allowed`, called with
    the tokens (B, n) chosen so far, says which may come next: (B, V), or None for all; a row that may say nothing ends.
    """
    blocks = []
    for start in range(0, len(rngs), rows):
        part = slice(start, start + rows)
        block_cond = None if cond is None else fill(cond.take(part), rows)
        begun = [beginning(p.tolist(), end, begins) for p in prompts[part]]
        ends = (end, *stops)
        blocks.append(Block(extend, begun, rngs[part], block_cond, options, ends, context, rows, device))
    chosen_BT = torch.empty(len(rngs), 0, dtype=torch.long, device=device)
    done_B = torch.zeros(len(rngs), dtype=torch.bool, device=device)
    while not done_B.all():
        mask_BV = allowed(chosen_BT) if allowed is not None else None
        token_B = torch.cat(
            [b.step(None if mask_BV is None else mask_BV[i * rows :][:rows]) for i, b in enumerate(blocks)]
        )
        done_B = torch.cat([b.done_R[: b.real] for b in blocks])
        chosen_BT = torch.cat([chosen_BT, token_B[:, None]], 1)
        yield Chunk(token_B[:, None], done_B, min(b.progress for b in blocks))


def beginning(prompt: list[int], end: int, begins: tuple[int, ...] | None) -> list[int]:
    """What a row reads first: at least one token."""
    return [*((end,) if begins is None else begins), *prompt] or [end]


class Block:
    """Exactly R sequences that run together; those beyond the `real` ones are padding, done from the start."""

    def __init__(
        self,
        extend: Extend,
        begun: Sequence[list[int]],
        rngs: Sequence[torch.Generator],
        cond: Cond | None,
        options: AppendOptions,
        ends: tuple[int, ...],
        context: int,
        rows: int,
        device: torch.device | str,
    ) -> None:
        self.extend, self.rngs, self.options, self.context = extend, rngs, options, context
        self.end, self.ends = ends[0], torch.tensor(ends, device=device)
        self.real, self.rows, self.device, self.piece = len(rngs), rows, device, min(PIECE, context)
        self.read = [*begun, *([self.end] for _ in range(rows - self.real))]
        self.limits = [options.max_new or max(1, context - len(r)) for r in self.read]
        self.count = 0
        self.done_R = torch.arange(rows, device=device) >= self.real
        self.cond = cond
        self.logits_RV, self.state = self.prefill(list(range(rows)))

    def prefill(self, which: list[int]) -> tuple[Tensor, State]:
        """Logits after the last token of the rows `which`, and a new state of the block, filled by them alone."""
        kept = max(1, int(KEPT * self.context))
        sequences = {row: t if len(t := self.read[row]) <= self.context else t[-kept:] for row in which}
        longest = max(len(t) for t in sequences.values())
        last: Tensor | None = None
        state: State | None = None
        for start in range(0, longest, self.piece):
            x_RT = torch.full((self.rows, self.piece), self.end, dtype=torch.long)
            exists_RT = torch.zeros(self.rows, self.piece, dtype=torch.bool)
            for row, sequence in sequences.items():
                piece = sequence[start : start + self.piece]
                x_RT[row, : len(piece)] = torch.tensor(piece, dtype=torch.long)
                exists_RT[row, : len(piece)] = True
            exists_RT = exists_RT.to(self.device)
            logits_RTV, state = self.extend(x_RT.to(self.device), exists_RT, state, self.cond if start == 0 else None)
            at_R = exists_RT.sum(1)
            ends_RV = logits_RTV[torch.arange(self.rows, device=self.device), at_R.clamp(min=1) - 1]
            last = ends_RV if last is None else torch.where((at_R > 0)[:, None], ends_RV, last)
        for row, sequence in sequences.items():
            self.read[row] = sequence
        assert last is not None and state is not None
        return last, state

    def step(self, mask_BV: Tensor | None) -> Tensor:
        """The next token (real,) of each row, `end` where the row was done."""
        if self.done_R.all():
            return torch.full((self.real,), self.end, dtype=torch.long, device=self.device)
        if self.count:
            self.advance()
        chance_B = [torch.rand((), dtype=torch.float64, generator=g, device=g.device).item() for g in self.rngs]
        chance_R = torch.tensor(chance_B + [0.0] * (self.rows - self.real), dtype=torch.float64, device=self.device)
        logits_RV = self.logits_RV
        if mask_BV is not None:
            mask_RV = torch.ones_like(logits_RV, dtype=torch.bool)
            mask_RV[: self.real] = mask_BV
            mask_RV[:, self.end] |= ~mask_RV.any(1)
            logits_RV = logits_RV.masked_fill(~mask_RV, -torch.inf)
        token_R = pick(logits_RV, chance_R, self.options).masked_fill(self.done_R, self.end)
        self.count += 1
        over_R = torch.tensor([self.count >= limit for limit in self.limits], device=self.device)
        for row in (~self.done_R).nonzero()[:, 0].tolist():
            self.read[row].append(int(token_R[row]))
        self.done_R = self.done_R | over_R | torch.isin(token_R, self.ends)
        return token_R[: self.real]

    def advance(self) -> None:
        """Read the tokens just chosen. A full row forgets its state and reads its newest part again."""
        live = (~self.done_R).nonzero()[:, 0].tolist()
        full = [row for row in live if len(self.read[row]) > self.context]
        going = [row for row in live if row not in full]
        if going:
            exists_R = torch.zeros(self.rows, dtype=torch.bool)
            exists_R[going] = True
            x_R1 = torch.tensor([[r[-1]] for r in self.read], device=self.device)
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
        shares = [
            1.0 if done else self.count / limit for done, limit in zip(self.done_R.tolist(), self.limits, strict=True)
        ]
        return min(shares)


def fill(cond: Cond, rows: int) -> Cond:
    """The condition padded to `rows` rows with its last one."""
    index = torch.arange(rows).clamp(max=len(cond) - 1)
    return cond.map(lambda v: v[index.to(v.device)])


def pick(logits_RV: Tensor, chance_R: Tensor, options: Choice) -> Tensor:
    """Token (R,) where the cumulative distribution passes `chance_R`, uniform in [0, 1).

    After temperature: the `top_k` likeliest; the smallest set that holds `top_p` (Holtzman et al. 2020,
    arXiv:1904.09751); what has `min_p` of the likeliest one's probability (Nguyen et al. 2024, arXiv:2407.01082).
    """
    if options.temperature == 0:
        return logits_RV.argmax(1)
    p_RV = torch.softmax(logits_RV.double() / options.temperature, 1)
    if 0 < options.top_k < p_RV.shape[1]:
        p_RV = p_RV.masked_fill(p_RV < p_RV.topk(options.top_k, 1).values[:, -1:], 0)
    if options.top_p < 1:
        sorted_RV, order_RV = (p_RV / p_RV.sum(1, keepdim=True)).sort(dim=1, descending=True, stable=True)
        outside_RV = sorted_RV.cumsum(1) - sorted_RV >= options.top_p
        p_RV = p_RV.masked_fill(torch.zeros_like(outside_RV).scatter(1, order_RV, outside_RV), 0)
    if options.min_p > 0:
        p_RV = p_RV.masked_fill(p_RV < options.min_p * p_RV.amax(1, keepdim=True), 0)
    below_RV = p_RV.cumsum(1)
    return torch.searchsorted(below_RV, (chance_R * below_RV[:, -1])[:, None], right=True)[:, 0].clamp(
        max=p_RV.shape[1] - 1
    )
