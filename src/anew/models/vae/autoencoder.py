"""A convolutional variational autoencoder of grids (C, H, W), meant as a codec: a small latent, a faithful decoder.

In: grids of any size from 8 × 8. Out: a vector of `latent` numbers, and the grid again.

B batch · Z latent · C channels · H, W height and width · D width
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from anew.contract import Batch, Cond, Spec, Unsupported
from anew.models.layers.convolution import hourglass
from anew.models.layers.warp import warp
from anew.models.vae.family import VAE, divergence, nats_of


class Autoencoder(VAE):
    """`latent` Z; `width` channels at the first level, doubled at each of the next up to `widest`; `blocks` residual
    blocks a level, in the encoder and in the decoder; `kl` the weight of the divergence in the loss. `shift`, `turn`,
    `zoom`, `shear`, `ripple` and `mirror` bend the training grids.

    p(x | z) is a normal distribution about the decoded grid, of one learned deviation for all cells. (A Laplace one is
    content to paint the median where most cells are empty.)
    """

    first_stage = True
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 16, "latent": 16},
        "s": {"width": 32, "latent": 24},
        "m": {"width": 48, "latent": 48},
        "l": {"width": 64, "latent": 96},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        latent: Annotated[int, Field(ge=1)] = 24,
        width: Annotated[int, Field(ge=8, multiple_of=8)] = 32,
        widest: Annotated[int, Field(ge=8, multiple_of=8)] = 128,
        blocks: Annotated[int, Field(ge=0)] = 1,
        kl: Annotated[float, Field(ge=0)] = 0.5,
        shift: float = 1.0,
        turn: float = 8.0,
        zoom: float = 0.08,
        shear: float = 0.05,
        ripple: float = 0.5,
        mirror: bool = False,
    ) -> None:
        super().__init__(spec)
        if len(spec.shape) != 3 or min(spec.shape[1:]) < 8:
            raise Unsupported(f"Autoencoder takes grids (C, H, W) of 8 × 8 or more, not {spec.shape}")
        self.latent_shape, self.kl = (latent,), kl
        self.bend = {"shift": shift, "turn": turn, "zoom": zoom, "shear": shear, "ripple": ripple, "mirror": mirror}
        self.encoder, self.decoder, self.deepest = hourglass(spec.shape, width, widest, blocks)
        self.narrow = nn.Linear(math.prod(self.deepest), 2 * latent)
        self.widen = nn.Linear(latent, math.prod(self.deepest))
        self.log_scale = nn.Parameter(torch.tensor(-1.0))

    def encode(self, x: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        mean_BZ, logvar_BZ = self.narrow(self.encoder(x)).chunk(2, -1)
        return mean_BZ, logvar_BZ.clamp(-12, 4)

    def likelihood(self, z_BZ: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        return self.decoder(self.widen(z_BZ).unflatten(1, self.deepest)), self.log_scale

    def augment(self, x: Tensor, rng: torch.Generator) -> Tensor:
        return warp(x, rng, **self.bend)

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The bound a cell, with the divergence weighted by `kl` (Higgins et al. 2017, equation 4) and the scale of
        p(x | z) learned with the rest (Rybkin et al. 2021, section 3)."""
        x = self.augment(batch.x, rng)
        z_BZ, *normal = self.posterior(x, rng)
        centre, log_scale = self.likelihood(z_BZ)
        kl_B = divergence(*normal).sum(1)
        loss = (nats_of(x, centre, log_scale) + self.kl * kl_B).mean() / x[0].numel()
        error = F.mse_loss(centre, x).detach()
        return loss, {"bound_per_cell": loss.detach(), "squared_error": error, "divergence": kl_B.detach().mean()}
