"""Classifier-free guidance (Ho & Salimans 2022) around any verb: velocities, denoised samples, logits.

In: a verb of B rows whose last argument is the condition. Out: the same verb with the condition inside it. Two
conditions run as one batch of 2B rows, which are two network calls a row; a negative one is the third.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from anew.contract import Cond, Unsupported


def steer(wanted_B: Tensor, unwanted_B: Tensor, scale: float) -> Tensor:
    """Away from `unwanted`, past `wanted` when scale > 1; 1 is `wanted`, 0 is `unwanted`. Any shape."""
    return unwanted_B + scale * (wanted_B - unwanted_B)


def steer_clear(wanted_BS: Tensor, absent_BS: Tensor, unwanted_BS: Tensor, scale: float) -> Tensor:
    """From `absent` past `wanted`, and away from what `unwanted` says apart from it: of the way to `unwanted` only the
    part that is perpendicular, row by row, to the way to `wanted` counts (Armandpour et al. 2023, arXiv:2304.04968,
    section 4.2), so that the wanted stays. Where the ways are perpendicular it is `steer` away from `unwanted`."""
    towards_BS, away_BS = wanted_BS - absent_BS, unwanted_BS - absent_BS
    axes = tuple(range(1, towards_BS.ndim))
    square_BS = towards_BS.square().sum(axes, keepdim=True)
    share_BS = (away_BS * towards_BS).sum(axes, keepdim=True) / square_BS.clamp_min(torch.finfo(square_BS.dtype).tiny)
    return absent_BS + scale * towards_BS - (scale - 1) * (away_BS - share_BS * towards_BS)


def guided(
    verb: Callable[..., Tensor], cond: Cond | Blended | None, scale: float = 1.0, negative: Cond | None = None
) -> Callable[..., Tensor]:
    """`verb(*tensors, cond)` as a function of the tensors alone, steered from the absent condition towards `cond` and
    clear of `negative`. Scale 1 calls the network once, a negative condition makes three calls of two; between two
    conditions each costs what it costs alone. Unsupported: guidance without a condition."""
    if isinstance(cond, Blended):
        return cond.between(lambda end: guided(verb, end, scale, negative))
    if cond is None:
        if scale != 1.0 or negative is not None:
            raise Unsupported("guidance needs a condition to steer towards, and the request has none")
        return lambda *tensors: verb(*tensors, None)
    if scale == 1.0:
        return lambda *tensors: verb(*tensors, cond)
    asked = join(cond, cond.absent())
    asked = asked if negative is None else join(asked, opposite(cond, negative))
    parts = len(asked) // len(cond)

    def run(*tensors: Tensor) -> Tensor:
        answers = verb(*(torch.cat([v] * parts) for v in tensors), asked).chunk(parts)
        return steer(*answers, scale) if negative is None else steer_clear(*answers, scale)

    return run


@dataclass(frozen=True)
class Blended:
    """Between two conditions, row by row: `share_B` 0 is the first, 1 the second. Velocities and denoised samples are
    mixed, which draws from the densities' geometric mean as far as one velocity can (Liu et al. 2022,
    arXiv:2206.01714, section 4.1); no symbol has to lie between two symbols for that."""

    first: Cond
    second: Cond
    share_B: Tensor

    def __len__(self) -> int:
        return len(self.share_B)

    def between(self, towards: Callable[[Cond], Callable[..., Tensor]]) -> Callable[..., Tensor]:
        """What `towards` makes of the one condition and of the other, mixed."""
        ends = towards(self.first), towards(self.second)
        return lambda *tensors: self.mix(*(end(*tensors) for end in ends))

    def mix(self, first_BS: Tensor, second_BS: Tensor) -> Tensor:
        share_BS = self.share_B.view(-1, *[1] * (first_BS.ndim - 1))
        return (1 - share_BS) * first_BS + share_BS * second_BS


@dataclass(frozen=True)
class Opposed:
    """A condition a row, and beside each the one to steer away from: for samplers that take rows apart."""

    wanted: Cond
    unwanted: Cond

    def __len__(self) -> int:
        return len(self.wanted)

    def map(self, change: Callable[[Tensor], Tensor]) -> Opposed:
        return Opposed(self.wanted.map(change), self.unwanted.map(change))

    def take(self, rows: Tensor | slice) -> Opposed:
        return self.map(lambda v: v[rows])


def opposite(cond: Cond, negative: Cond | None) -> Cond:
    """What to steer away from, a row for each of `cond`: the absent condition, or the `negative` one, of which one row
    serves for all. ValueError for another number of rows."""
    if negative is None:
        return cond.absent()
    if len(negative) not in (1, len(cond)):
        raise ValueError(f"a negative condition of {len(negative)} rows for {len(cond)}")
    return negative.take(torch.arange(len(cond)) % len(negative))


def join(first: Cond, second: Cond) -> Cond:
    """The rows of both conditions, which must be of one kind. ValueError otherwise."""
    pairs = {f.name: (getattr(first, f.name), getattr(second, f.name)) for f in fields(Cond)}
    if any((a is None) != (b is None) for a, b in pairs.values()):
        raise ValueError("a negative condition must be of the same kind as the condition")
    return Cond(**{name: None if a is None else torch.cat([a, b]) for name, (a, b) in pairs.items()})
