"""Autoencoders whose latent is a row of codes out of finite code-books: what they share.

The encoder makes `tokens` vectors of a grid, quantising replaces each by the code nearest to it, the decoder paints
the grid from the codes. A member writes `vectors`, `paint`, `quantise`, `look_up` and its own `loss`. Which codes
follow which is not learned here: an autoregressive model of the codes does that (van den Oord et al. 2017,
arXiv:1711.00937, section 3.3).

B batch · T tokens · E numbers a token · C channels · H, W height and width · N code-books · V codes of each
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from anew.contract import Batch, Model, Spec, Unsupported
from anew.models.layers.convolution import hourglass
from anew.models.layers.warp import warp

COLLAPSED = 0.05  # of the codes: where they are used as unevenly as if there were fewer than this share of them
IDLE = 0.99  # of the rows: a token that says the same in so many of them says nothing


class Discrete(Model):
    """`tokens` a grid, each one of `codes`, which has `numbers`. The tokens take turns at `books` code-books; by itself
    each has its own. `early`: the share of training rows whose tokens end early."""

    family = "vae"
    kinds = ("grid",)
    streams = None
    encodes = "tokens"

    def __init__(
        self, spec: Spec, codes: int, numbers: int, tokens: int, early: float = 0.1, books: int | None = None
    ) -> None:
        super().__init__(spec)
        if tokens < 1 or codes < 2:
            raise Unsupported(f"{tokens} tokens out of {codes} codes tell no two grids apart")
        self.tokens, self.codes, self.numbers, self.early = tokens, codes, numbers, early
        self.books = books or tokens

    def vectors(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> what is quantised."""
        raise NotImplementedError

    def paint(self, vectors_BTE: Tensor) -> Tensor:
        """(B, T, E), the vectors of codes, those that are missing zero -> (B, C, H, W)."""
        raise NotImplementedError

    def quantise(self, z_BTE: Tensor) -> tuple[Tensor, Tensor]:
        """The vectors of the codes that z is replaced by (B, T, E), with a gradient to z; the codes (B, T)."""
        raise NotImplementedError

    def look_up(self, tokens_BT: Tensor) -> Tensor:
        """(B, T, E): the codes' vectors."""
        raise NotImplementedError

    # -------------------------------------------------------------------------------------------- as a codec

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the codes (B, T)."""
        return self.quantise(self.vectors(x))[1]

    def decode(self, tokens_BT: Tensor, exists_BT: Tensor | None = None) -> Tensor:
        """(B, T) -> (B, C, H, W), from the codes that exist."""
        vectors_BTE = self.look_up(tokens_BT)
        return self.paint(vectors_BTE if exists_BT is None else vectors_BTE * exists_BT[..., None])

    # -------------------------------------------------------------------------------------------- what a loss needs

    def kept(self, rows: int, rng: torch.Generator) -> Tensor:
        """(B, T): which tokens of a training row the decoder is shown."""
        device = rng.device
        count_B1 = torch.randint(0, self.tokens, (rows, 1), generator=rng, device=device)
        all_B1 = torch.rand(rows, 1, generator=rng, device=device) >= self.early
        return all_B1 | (torch.arange(self.tokens, device=device) < count_B1)

    def counted(self, tokens_BT: Tensor) -> Tensor:
        """(N, V): how often each code of each book is used."""
        symbols_BT = tokens_BT + torch.arange(self.tokens, device=tokens_BT.device) % self.books * self.codes
        return torch.bincount(symbols_BT.flatten(), minlength=self.books * self.codes).view(self.books, self.codes)

    def share_used(self, tokens_BT: Tensor) -> Tensor:
        """The share of its codes that a book uses in these rows, of those that it could use in so many."""
        most = min(self.codes, tokens_BT.numel() // self.books)
        return (self.counted(tokens_BT) > 0).sum() / (self.books * most)

    @torch.no_grad()
    def diagnose(self, batch: Batch, rng: torch.Generator) -> list[str]:
        """Whether a code-book has collapsed, and whether tokens are idle."""
        turns = self.tokens // self.books
        rows, share_NV = len(batch), self.counted(self.encode(batch.x)).double() / (len(batch) * turns)
        even = float(torch.special.entr(share_NV).sum(1).exp().mean())  # perplexity: as varied as so many used alike
        found = []
        if even < COLLAPSED * min(self.codes, rows):
            used = float((share_NV > 0).sum(1).double().mean())
            found.append(
                f"the code-book has collapsed: on {rows} held-out rows a token uses {used:.0f} of its {self.codes:,} "
                f"codes, as unevenly as {even:.1f} codes used alike; smaller code-books would tell as much"
            )
        idle = int((share_NV.amax(1) > IDLE).sum()) * turns
        if idle and rows > 1:
            found.append(f"{idle} of {self.tokens} tokens say the same of nearly every held-out row")
        return found


class Hourglass(Discrete):
    """The encoder narrows the grid down to a vector, of which each token has its part, so that each sees the whole.
    Rows end early at any place; so the decoder knows what to do with the first few, and the first ones carry the most
    (Rippel et al. 2014, arXiv:1402.0915). `width`, `widest`, `blocks` and the bending of the training grids: see
    `Autoencoder`."""

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 16, "tokens": 8},
        "s": {"width": 32, "tokens": 16},
        "m": {"width": 48, "tokens": 32},
        "l": {"width": 64, "tokens": 64},
    }

    def __init__(
        self,
        spec: Spec,
        codes: int,
        numbers: int,
        *,
        tokens: int = 16,
        early: float = 0.1,
        width: int = 32,
        widest: int = 128,
        blocks: int = 1,
        shift: float = 1.0,
        turn: float = 8.0,
        zoom: float = 0.08,
        shear: float = 0.05,
        ripple: float = 0.5,
        mirror: bool = False,
    ) -> None:
        super().__init__(spec, codes, numbers, tokens, early)
        if len(spec.shape) != 3 or min(spec.shape[1:]) < 8:
            raise Unsupported(f"{type(self).__name__} takes grids (C, H, W) of 8 × 8 or more, not {spec.shape}")
        self.bend = {"shift": shift, "turn": turn, "zoom": zoom, "shear": shear, "ripple": ripple, "mirror": mirror}
        self.encoder, self.decoder, self.deepest = hourglass(spec.shape, width, widest, blocks)
        self.narrow = nn.Linear(math.prod(self.deepest), tokens * numbers)
        self.widen = nn.Linear(tokens * numbers, math.prod(self.deepest))

    def augment(self, x: Tensor, rng: torch.Generator) -> Tensor:
        return warp(x, rng, **self.bend)

    def vectors(self, x: Tensor) -> Tensor:
        """(B, T, E)"""
        z_BTE: Tensor = self.narrow(self.encoder(x)).unflatten(1, (self.tokens, self.numbers))
        return z_BTE

    def paint(self, vectors_BTE: Tensor) -> Tensor:
        x: Tensor = self.decoder(self.widen(vectors_BTE.flatten(1)).unflatten(1, self.deepest))
        return x
