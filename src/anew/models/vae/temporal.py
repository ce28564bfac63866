"""Residual vector quantisation along one axis (Zeghidour et al. 2021, arXiv:2107.03312; Défossez et al. 2022,
arXiv:2210.13438): a convolutional autoencoder of frames whose latent is a few codes a step, each of what the ones
before it left over.

A step sees its surroundings alone, so that a code means the same wherever it stands. Code-books are those of `vq`: a
fixed random one each, seen through a learned map (Zhu et al. 2024, arXiv:2411.02038), in few numbers (Kumar et al.
2023, arXiv:2306.06546, section 3.2), so that no code is left behind. There is no discriminator.

In: grids (C, M, F) of F frames. Out: `books` codes for every `stride` frames, those of a step one after another, and
the grid again.

B batch · F frames · K steps of `stride` frames · N code-books · T = K N tokens · V codes · E numbers of a code
D width
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from anew.contract import Batch, Phase, Spec, Unsupported, by_role
from anew.models.layers.convnext import ConvNeXt
from anew.models.layers.warp import warp
from anew.models.vae.discrete import Discrete

REACH = 5  # frames that the first convolution sees


class ResidualVQ(Discrete):
    """`books` code-books of `codes` vectors of `numbers` for every `stride` frames; `commitment` the weight of what
    keeps the encoder near its codes. `early`: the share of training rows of whose books only the first few are seen, so
    that fewer books make a coarser grid (Zeghidour et al., section III.C). `width` D and `blocks` of the layers on
    either side of the stride, each way; `shift`: cells that a training grid is moved by."""

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 64, "blocks": 1},
        "s": {"width": 128, "blocks": 2},
        "m": {"width": 256, "blocks": 3},
        "l": {"width": 384, "blocks": 4},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        books: Annotated[int, Field(ge=1)] = 3,
        codes: Annotated[int, Field(ge=2)] = 512,
        numbers: Annotated[int, Field(ge=1)] = 16,
        stride: Annotated[int, Field(ge=1)] = 2,
        commitment: Annotated[float, Field(ge=0)] = 0.25,
        early: Annotated[float, Field(ge=0, le=1)] = 0.25,
        width: Annotated[int, Field(ge=8)] = 128,
        blocks: Annotated[int, Field(ge=0)] = 2,
        shift: Annotated[float, Field(ge=0)] = 0.0,
    ) -> None:
        super().__init__(spec, codes, numbers, spec.shape[-1] // stride * books, early, books)
        if len(spec.shape) != 3 or spec.shape[2] % stride:
            raise Unsupported(f"ResidualVQ takes grids (C, M, F) whose F is a multiple of {stride}, not {spec.shape}")
        self.stride, self.commitment, self.shift = stride, commitment, shift
        bands = spec.shape[0] * spec.shape[1]
        self.into = nn.Conv1d(bands, width, REACH, padding=REACH // 2)
        self.fine = nn.Sequential(*along(width, blocks))
        self.narrow = nn.Linear(stride * width, width)
        self.coarse = nn.Sequential(*along(width, blocks), nn.LayerNorm(width), nn.Linear(width, numbers))
        self.begin = nn.Linear(numbers, width)
        self.grown = nn.Sequential(*along(width, blocks), nn.Linear(width, stride * width))
        self.finest = nn.Sequential(*along(width, blocks), nn.LayerNorm(width))
        self.out = nn.Linear(width, bands)
        self.fixed_NVE: Tensor
        self.register_buffer("fixed_NVE", nn.init.normal_(torch.empty(books, codes, numbers)))
        halves_N11 = (0.5 ** torch.arange(books))[:, None, None]
        self.maps_NEE = nn.Parameter(torch.eye(numbers).repeat(books, 1, 1) * halves_N11)

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self, rest=self.ends()))]

    def ends(self) -> list[nn.Parameter]:
        looks = [m.look.weight for m in self.modules() if isinstance(m, ConvNeXt)]
        return [self.into.weight, self.out.weight, self.begin.weight, self.coarse[-1].weight, self.maps_NEE, *looks]

    # -------------------------------------------------------------------------------------------- there and back

    def vectors(self, x: Tensor) -> Tensor:
        """(B, K, E)"""
        h_BFD = self.fine(self.into(x.flatten(1, 2)).mT)
        z_BKE: Tensor = self.coarse(self.narrow(h_BFD.unflatten(1, (-1, self.stride)).flatten(2)))
        return z_BKE

    def paint(self, vectors_BTE: Tensor) -> Tensor:
        h_BKD = self.grown(self.begin(vectors_BTE.unflatten(1, (-1, self.books)).sum(2)))
        h_BFD = self.finest(h_BKD.unflatten(2, (self.stride, -1)).flatten(1, 2))
        return self.out(h_BFD).mT.unflatten(1, self.spec.shape[:2])

    def augment(self, x: Tensor, rng: torch.Generator) -> Tensor:
        return warp(x, rng, shift=self.shift)

    # -------------------------------------------------------------------------------------------- codes

    def code_books(self) -> Tensor:
        """(N, V, E)"""
        return self.fixed_NVE @ self.maps_NEE

    def quantise(self, z_BKE: Tensor) -> tuple[Tensor, Tensor]:
        """Book after book the nearest code of what is left over (algorithm 1 of Zeghidour et al.), which the gradient
        passes as if it were not there: through the first one, since they are summed."""
        left_BKE, found, tokens = z_BKE.detach(), [], []
        for book_VE in self.code_books().detach():
            apart_BKV = book_VE.square().sum(1) - 2 * left_BKE @ book_VE.T  # squared, less what all have in common
            tokens.append(apart_BKV.argmin(-1))
            found.append(book_VE[tokens[-1]])
            left_BKE = left_BKE - found[-1]
        found[0] = z_BKE + (found[0] - z_BKE).detach()
        return torch.stack(found, 2).flatten(1, 2), torch.stack(tokens, 2).flatten(1)

    def look_up(self, tokens_BT: Tensor) -> Tensor:
        books_T = torch.arange(tokens_BT.shape[1], device=tokens_BT.device) % self.books
        return self.code_books()[books_T, tokens_BT]

    # -------------------------------------------------------------------------------------------- learning

    def kept(self, rows: int, rng: torch.Generator) -> Tensor:
        """(B, T): the first few books of some rows, all of the others."""
        device = rng.device
        count_B1 = torch.randint(0, self.books, (rows, 1), generator=rng, device=device)
        all_B1 = torch.rand(rows, 1, generator=rng, device=device) >= self.early
        return all_B1 | (torch.arange(self.tokens, device=device) % self.books < count_B1)

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Reconstruction, each code drawn to what it stands for, and the encoder held to its codes (van den Oord et al.
        2017, equation 3, at every book)."""
        x = self.augment(batch.x, rng)
        z_BKE = self.vectors(x)
        vectors_BTE, tokens_BT = self.quantise(z_BKE)
        error = F.mse_loss(self.paint(vectors_BTE * self.kept(len(x), rng)[..., None]), x)
        own_BKNE = self.look_up(tokens_BT).unflatten(1, (-1, self.books))
        told_BKNE = own_BKNE.detach().cumsum(2)
        left_BKNE = z_BKE.detach()[:, :, None] - F.pad(told_BKNE[:, :, :-1], (0, 0, 1, 0))
        follow = F.mse_loss(own_BKNE, left_BKNE)
        commit = F.mse_loss(z_BKE, told_BKNE[:, :, -1])
        loss = error + follow + self.commitment * commit
        seen = {"squared_error": error, "commitment": commit}
        return loss, {k: v.detach() for k, v in seen.items()} | {"share_of_codes": self.share_used(tokens_BT)}

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The squared error a cell of what comes back from all books."""
        return F.mse_loss(self.decode(self.encode(batch.x)), batch.x)


def along(width: int, blocks: int) -> list[nn.Module]:
    """Blocks that see a few frames each."""
    return [ConvNeXt(width) for _ in range(blocks)]


__all__ = ["ResidualVQ"]
