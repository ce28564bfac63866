"""Choosing the next token of each row from its logits: mask, then bias and penalties, then temperature and truncation.

In: logits (R, V) and, a row, what it asks for, what it has read and said, its generator. Out: a token a row. Rows with
different wishes share a call, and none changes another's bits: whatever sums over a row sums in one order.

R rows of a block · V vocabulary · K likeliest tokens
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

import torch
from torch import Tensor

from anew.contract import AppendOptions, Likely

MINUS_INFINITY = -0x800000  # the bits of a float32
SHORT = 512  # tokens that a nucleus is looked for in before all are sorted
COLDEST = 1e-6  # a temperature below which none but the likeliest is drawn anyhow, and by which no logit overflows


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
    @property
    def typical(self) -> float: ...


class Guide(Protocol):
    """What steers one row from outside of the model: a grammar, strings that end it."""

    def allowed(self) -> Tensor | None:
        """(V,) bool: what may come next; None for anything. Where nothing may, the row ends."""

    def took(self, token: int) -> bool:
        """The row goes on with this token; True when it ends with it."""

    def rewind(self, n: int) -> None:
        """Forget the last n tokens."""

    def copy(self) -> Self:
        """The same, to go another way from here."""


@dataclass
class Row:
    """A sequence as it is written: what it asks for, its chance, the tokens `read` as its prompt and `said` since."""

    options: AppendOptions
    rng: torch.Generator
    read: Sequence[int] = ()
    guide: Guide | None = None
    said: list[int] = field(default_factory=list)

    def take(self, token: int, ends: Sequence[int]) -> bool:
        """Say the token; True when the row ends with it."""
        self.said.append(token)
        over = self.guide is not None and self.guide.took(token)
        return over or token in ends


def choose(
    logits_RV: Tensor, rows: Sequence[Row | None], end: int, mask_RV: Tensor | None = None
) -> tuple[Tensor, list[Likely | None]]:
    """A token (R,) a row, `end` for a None, and the log-probabilities where a row asks for them.

    `mask_RV` False and a guide's mask forbid; a row that may say nothing says `end`. Each row that there is takes one
    number from its generator and nothing from its company.
    """
    live = [i for i, row in enumerate(rows) if row is not None]
    chance_R = torch.zeros(len(rows), dtype=torch.float64)
    shaped_RV = logits_RV if mask_RV is None else masked(logits_RV, mask_RV, end)
    own: dict[int, Tensor] = {}
    for i in live:
        row = rows[i]
        assert row is not None
        chance_R[i] = torch.rand((), dtype=torch.float64, generator=row.rng, device=row.rng.device)
        mask_V = None if row.guide is None else row.guide.allowed()
        if mask_V is not None:
            own[i] = masked(shaped_RV[i : i + 1], mask_V[None].to(logits_RV.device), end)
        if shifts(row.options):
            own[i] = shifted(own.get(i, shaped_RV[i : i + 1])[0], row)[None]
    if own:
        shaped_RV = torch.cat([own.get(i, shaped_RV[i : i + 1]) for i in range(len(rows))])
    token_R = torch.full((len(rows),), end, device=logits_RV.device)
    chance_R = chance_R.to(logits_RV.device)
    for choice, members in alike([(i, rows[i].options) for i in live]).values():  # type: ignore[union-attr]
        if len(members) == len(live):
            drawn_R = pick(shaped_RV, chance_R, choice)
            token_R[members] = drawn_R[members]
        else:
            token_R[members] = pick(shaped_RV[members], chance_R[members], choice)
    return token_R, likely(logits_RV, token_R, [None if row is None else row.options.logprobs for row in rows])


def alike(choices: Sequence[tuple[int, Choice]]) -> dict[tuple[float, ...], tuple[Choice, list[int]]]:
    """Rows that are drawn in the same way, together."""
    groups: dict[tuple[float, ...], tuple[Choice, list[int]]] = {}
    for i, c in choices:
        groups.setdefault((c.temperature, c.top_k, c.top_p, c.min_p, c.typical), (c, []))[1].append(i)
    return groups


# ------------------------------------------------------------------------------------------------ what may be said


def masked(logits_RV: Tensor, allowed_RV: Tensor, end: int) -> Tensor:
    """Logits where something is allowed, and `end` where nothing is."""
    none_R = ~allowed_RV.any(1)
    bits_RV = (allowed_RV.to(torch.int32) - 1) & MINUS_INFINITY  # of 0 or -∞, without a branch a token
    logits_RV = logits_RV + bits_RV.view(torch.float32)
    logits_RV[:, end] = torch.where(none_R, 0, logits_RV[:, end])
    return logits_RV


def shifts(options: AppendOptions) -> bool:
    """Whether anything moves single logits."""
    return bool(options.bias) or (options.repetition, options.presence, options.frequency) != (1, 0, 0)


def shifted(logits_V: Tensor, row: Row) -> Tensor:
    """Logits moved by bias and penalties.

    `bias` is added. A token that was read or said has its logit divided by `repetition` where positive, else
    multiplied (Keskar et al. 2019, arXiv:1909.05858, section 4.1, with the sign seen to). One that was said loses
    `presence`, and `frequency` for each time.
    """
    options, logits_V = row.options, logits_V.clone()
    for token, amount in options.bias:
        logits_V[token] += amount
    if options.repetition != 1:
        ids = torch.tensor([*row.read, *row.said], dtype=torch.long, device=logits_V.device).unique()
        old = logits_V[ids]
        logits_V[ids] = torch.where(old > 0, old / options.repetition, old * options.repetition)
    if (options.presence or options.frequency) and row.said:
        said = torch.tensor(row.said, dtype=torch.long, device=logits_V.device)
        ids, times = said.unique(return_counts=True)
        logits_V[ids] -= options.presence + options.frequency * times
    return logits_V


# ------------------------------------------------------------------------------------------------ what is drawn


def pick(logits_RV: Tensor, chance_R: Tensor, options: Choice) -> Tensor:
    """Token (R,) where the cumulative distribution passes `chance_R`, uniform in [0, 1).

    After temperature what is unlikely goes, in this order: all but the `top_k` likeliest; what is not typical; what is
    outside of the nucleus; what has less than `min_p` of the likeliest one's probability (Nguyen et al. 2024,
    arXiv:2407.01082). Tokens as likely as the last one kept are kept too.
    """
    if options.temperature == 0:
        return logits_RV.argmax(1)
    p_RV = torch.softmax(logits_RV.double() / max(options.temperature, COLDEST), 1)
    if 0 < options.top_k < p_RV.shape[1]:
        p_RV = p_RV.masked_fill(p_RV < p_RV.topk(options.top_k, 1).values[:, -1:], 0)
    if options.typical < 1:
        p_RV = typical(p_RV, options.typical)
    if options.top_p < 1:
        p_RV = nucleus(p_RV, options.top_p)
    if options.min_p > 0:
        p_RV = p_RV.masked_fill(p_RV < options.min_p * p_RV.amax(1, keepdim=True), 0)
    below_RV = p_RV.cumsum(1)
    return torch.searchsorted(below_RV, (chance_R * below_RV[:, -1])[:, None], right=True)[:, 0].clamp(
        max=p_RV.shape[1] - 1
    )


def nucleus(p_RV: Tensor, mass: float) -> Tensor:
    """The smallest set of likeliest tokens that holds `mass` (Holtzman et al. 2020, arXiv:1904.09751, equation 2)."""
    return p_RV.masked_fill(p_RV < -reach(-p_RV, p_RV, mass), 0)


def typical(p_RV: Tensor, mass: float) -> Tensor:
    """The smallest set that holds `mass` of tokens whose information is nearest to the entropy (Meister et al. 2023,
    arXiv:2202.00666, equation 9)."""
    q_RV = p_RV / p_RV.cumsum(1)[:, -1:]
    nats_RV = -q_RV.log()
    entropy_R1 = torch.where(q_RV > 0, q_RV * nats_RV, 0).cumsum(1)[:, -1:]
    far_RV = (nats_RV - entropy_R1).abs()
    return p_RV.masked_fill(far_RV > reach(far_RV, p_RV, mass), 0)


def reach(far_RV: Tensor, p_RV: Tensor, mass: float) -> Tensor:
    """(R, 1) how far the nearest tokens go that hold `mass` of the row's probability together."""

    def search(far_RV: Tensor, p_RV: Tensor, want_R1: Tensor, k: int) -> tuple[Tensor, Tensor]:
        near_RK, which_RK = far_RV.topk(k, 1, largest=False)
        held_RK = p_RV.gather(1, which_RK)
        inside_RK = held_RK.cumsum(1) - held_RK < want_R1
        inside_RK[:, 0] = True
        return near_RK.masked_fill(~inside_RK, -torch.inf).amax(1, keepdim=True), inside_RK[:, -1]

    want_R1, k = mass * p_RV.cumsum(1)[:, -1:], min(SHORT, p_RV.shape[1])
    reach_R1, open_R = search(far_RV, p_RV, want_R1, k)
    if k < p_RV.shape[1] and open_R.any():
        reach_R1[open_R] = search(far_RV[open_R], p_RV[open_R], want_R1[open_R], p_RV.shape[1])[0]
    return reach_R1


# ------------------------------------------------------------------------------------------------ what it was worth


def likely(logits_RV: Tensor, token_R: Tensor, asked: Sequence[int | None]) -> list[Likely | None]:
    """ln p of each row's token, and of the `asked` likeliest ones, as the model itself has them."""
    found: list[Likely | None] = [None] * len(asked)
    for i, k in enumerate(asked):
        if k is not None:
            logp_V = torch.log_softmax(logits_RV[i].double(), 0)
            best_V, order_V = (v[:k].tolist() for v in logp_V.sort(descending=True, stable=True))
            found[i] = float(logp_V[token_R[i]]), tuple(zip(order_V, best_V, strict=True))
    return found


__all__ = ["Choice", "Guide", "Likely", "Row", "choose", "likely", "masked", "pick", "shifted"]
