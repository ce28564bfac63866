"""A relativistic adversarial network with both gradient penalties ("R3GAN": Huang et al. 2024, arXiv:2501.05441).

In: grids and, where the data has labels, their classes. Out: such grids from noise. Vectors get residual networks,
(C, H, W) grids convolutional ones.

B batch · Z latent · S the grid's own axes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt
from torch import Tensor

from anew.contract import Batch, Spec
from anew.models.gan.family import GAN
from anew.models.gan.networks import GridDiscriminator, GridGenerator, VectorDiscriminator, VectorGenerator
from anew.models.layers.convolution import convolves


class Relativistic(GAN):
    """`latent` Z; `width` of the hidden layers ((C, H, W) grids: `width` / 8 channels at the finest level); `depth`
    residual blocks of vectors; `blocks` residual blocks a level of a generator of grids; `penalty` γ; `drop` the share
    of conditions hidden while learning, so that it can do without."""

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 128, "depth": 1},
        "s": {"width": 256, "depth": 3},
        "m": {"width": 384, "depth": 4},
        "l": {"width": 512, "depth": 6},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        latent: PositiveInt = 64,
        width: PositiveInt = 256,
        depth: NonNegativeInt = 3,
        blocks: NonNegativeInt = 0,
        penalty: NonNegativeFloat = 0.1,
        drop: Annotated[float, Field(ge=0, lt=1)] = 0.05,
    ) -> None:
        super().__init__(spec, latent=latent, drop=drop)
        self.penalty = penalty
        if convolves(spec.shape):
            channels = 8 * max(1, width // 64)
            self.generator = GridGenerator(spec.shape, self.classes, latent, channels, blocks)
            self.discriminator = GridDiscriminator(spec.shape, self.classes, channels, width)
        else:
            self.generator = VectorGenerator(spec.shape, self.classes, latent, width, depth)
            self.discriminator = VectorDiscriminator(spec.shape, self.classes, width, depth)

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        cond = self.hide(batch.cond, len(batch), rng)
        z_BZ = torch.randn(len(batch), *self.latent_shape, generator=rng, device=rng.device)
        if phase == "generator":
            # A sample against a datum of its condition: it is to look the more real (Jolicoeur-Martineau 2018; Huang
            # et al. 2024, equation 2).
            made_B = self.discriminate(self.synthesize(z_BZ, cond), cond)
            loss = F.softplus(self.discriminate(batch.x, cond) - made_B).mean()
            return loss, {}
        with torch.no_grad():
            made_BS = self.synthesize(z_BZ, cond)
        twice = None if cond is None else cond.map(lambda v: torch.cat([v, v]))
        logit_2B, slope_2BS = self.slope(torch.cat([batch.x, made_BS]), twice)
        real_B, made_B = logit_2B.chunk(2)
        # The same game from the other side, and γ/2 times the squared slope at data (R1) and at samples (R2): γ times
        # its mean over both. Together they make it converge where either alone does not (the same, section 2.2).
        steep = slope_2BS.square().sum(1).mean()
        loss = F.softplus(made_B - real_B).mean() + self.penalty * steep
        return loss, {"gap": (real_B - made_B).mean().detach(), "slope": steep.detach()}
