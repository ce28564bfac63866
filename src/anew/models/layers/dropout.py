"""Dropout (Srivastava et al. 2014) whose noise is drawn by a generator that is passed in."""

from __future__ import annotations

import torch
from torch import Tensor


def thinned(x: Tensor, share: float, rng: torch.Generator | None) -> Tensor:
    """Numbers (…) without a share of them, drawn by `rng`, the others larger for it; as they are without one."""
    if rng is None:
        return x
    kept = (torch.rand(x.shape, generator=rng, device=rng.device) >= share).to(x.device)
    return x * kept / (1 - share)


def added(before: Tensor, after: Tensor, share: float, rng: torch.Generator | None) -> Tensor:
    """(…) behind a block, of whose addition a share is left out, drawn by `rng`; `after` as it is without one."""
    return after if rng is None else before + thinned(after - before, share, rng)
