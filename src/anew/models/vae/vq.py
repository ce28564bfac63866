"""Vector quantisation (van den Oord et al. 2017, arXiv:1711.00937): each token is the nearest vector of a code-book.

The code-book is a fixed random one seen through a learned linear map (Zhu et al. 2024, arXiv:2411.02038): every code
moves when one does, so that none is left behind to die, and no code has to be restarted.

In: grids (C, H, W). Out: `tokens` codes out of `codes`, and the grid again.

B batch · T tokens · E numbers a token · V codes
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.contract import Batch, Spec
from anew.models.vae.discrete import Hourglass


class VQ(Hourglass):
    """`tokens` a grid, each one of `codes` vectors of `numbers`; `commitment` the weight of what keeps the encoder near
    its codes. `early`: the share of training rows whose tokens end early; `width`, `widest`, `blocks` and the
    bending of the training grids: see `autoencoder`."""

    def __init__(
        self, spec: Spec, *, codes: int = 512, numbers: int = 8, commitment: float = 0.25, **shared: Any
    ) -> None:
        super().__init__(spec, codes, numbers, **shared)
        self.commitment = commitment
        self.fixed_VE: Tensor
        self.register_buffer("fixed_VE", nn.init.normal_(torch.empty(codes, numbers)))
        self.map = nn.Linear(numbers, numbers, bias=False)

    def book(self) -> Tensor:
        """(V, E): the code-book."""
        book_VE: Tensor = self.map(self.fixed_VE)
        return book_VE

    def quantise(self, z_BTE: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest code (equation 1), which the gradient passes as if it were not there (section 3.2)."""
        book_VE = self.book()
        apart_BTV = book_VE.square().sum(1) - 2 * z_BTE @ book_VE.T  # squared, less |z|², which all have in common
        tokens_BT = apart_BTV.argmin(-1)
        return z_BTE + (book_VE[tokens_BT] - z_BTE).detach(), tokens_BT

    def look_up(self, tokens_BT: Tensor) -> Tensor:
        return self.book()[tokens_BT]

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Reconstruction, codes drawn to what they stand for, and the encoder held to its codes (equation 3)."""
        x = self.augment(batch.x, rng)
        z_BTE = self.vectors(x)
        vectors_BTE, tokens_BT = self.quantise(z_BTE)
        error = F.mse_loss(self.paint(vectors_BTE * self.kept(len(x), rng)[..., None]), x)
        codes_BTE = self.look_up(tokens_BT)
        follow, commit = F.mse_loss(codes_BTE, z_BTE.detach()), F.mse_loss(z_BTE, codes_BTE.detach())
        loss = error + follow + self.commitment * commit
        seen = {"squared_error": error, "commitment": commit}
        return loss, {k: v.detach() for k, v in seen.items()} | {"share_of_codes": self.share_used(tokens_BT)}
