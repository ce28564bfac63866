"""Finite scalar quantisation (Mentzer et al. 2023, arXiv:2309.15505): each number of a token is rounded to one of a few
levels, and a code is the digits so found. The code-book is a lattice that nobody has to learn, so that it cannot die.

In: grids (C, H, W). Out: `tokens` codes out of the product of the levels, and the grid again.

B batch · T tokens · E numbers a token
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from anew.contract import Batch, Spec, Unsupported
from anew.models.vae.discrete import Hourglass

MARGIN = 1e-3  # by which the bound reaches beyond the outermost levels


class FSQ(Hourglass):
    """`tokens` a grid; `levels` of each of a token's numbers. `early`: the share of training rows whose tokens end
    early; `width`, `widest`, `blocks` and the bending of the training grids: see `autoencoder`."""

    def __init__(self, spec: Spec, *, levels: tuple[int, ...] = (8, 8), **shared: Any) -> None:
        if not levels or min(levels) < 2:
            raise Unsupported(f"levels {tuple(levels)}: a number is rounded to two levels or more")
        super().__init__(spec, math.prod(levels), len(levels), **shared)
        self.levels = tuple(levels)

    def bound(self, z_BTE: Tensor) -> Tensor:
        """z squashed so that rounding gives just `levels` whole numbers (the paper's appendix A.1; its tan is an
        approximation of the atanh that keeps 0 at 0)."""
        levels_E = z_BTE.new_tensor(self.levels)
        half_E = (levels_E - 1) * (1 + MARGIN) / 2
        offset_E = 0.5 * (levels_E % 2 == 0)
        return (z_BTE + (offset_E / half_E).atanh()).tanh() * half_E - offset_E

    def quantise(self, z_BTE: Tensor) -> tuple[Tensor, Tensor]:
        """Rounding, which the gradient passes as if it were not there (section 3.1)."""
        bounded_BTE = self.bound(z_BTE)
        whole_BTE = bounded_BTE.round()
        halves_E = torch.tensor([n // 2 for n in self.levels], device=z_BTE.device)
        tokens_BT = ((whole_BTE.long() + halves_E) * self.places(z_BTE.device)).sum(-1)
        return (bounded_BTE + (whole_BTE - bounded_BTE).detach()) / halves_E, tokens_BT

    def look_up(self, tokens_BT: Tensor) -> Tensor:
        """The digits of a code, from -1 to about 1."""
        levels_E = torch.tensor(self.levels, device=tokens_BT.device)
        digits_BTE = tokens_BT[..., None] // self.places(tokens_BT.device) % levels_E
        halves_E = levels_E // 2
        return (digits_BTE - halves_E) / halves_E

    def places(self, device: torch.device) -> Tensor:
        """(E,): what a digit of each number is worth in a code."""
        return torch.tensor([math.prod(self.levels[:i]) for i in range(self.numbers)], device=device)

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The squared error of the reconstruction, and nothing else (section 3.2)."""
        x = self.augment(batch.x, rng)
        vectors_BTE, tokens_BT = self.quantise(self.vectors(x))
        loss = F.mse_loss(self.paint(vectors_BTE * self.kept(len(x), rng)[..., None]), x)
        return loss, {"squared_error": loss.detach(), "share_of_codes": self.share_used(tokens_BT)}
