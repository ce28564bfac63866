"""A Wasserstein adversarial network with gradient penalty (Gulrajani et al. 2017, arXiv:1704.00028), of vectors.

In: vectors (D,) and, where the data has labels, their classes. Out: such vectors from noise. Columns may be measures or
parts of a code such as one-hot: the generator's answer is read by whatever encoded them.

B batch · Z latent · S the grid's own axes, here (D,) · P packs
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt
from torch import Tensor

from anew.contract import Batch, Phase, Spec, Unsupported
from anew.models.gan.family import GAN
from anew.models.gan.networks import VectorDiscriminator, VectorGenerator


class Wasserstein(GAN):
    """`latent` Z; `width` and `depth` of both networks; `critic_steps` of the critic for each of the generator;
    `penalty` λ, for which the paper has 10 and its own toy experiments 0.1; `drop` the share of conditions hidden while
    learning, so that it can do without."""

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 64, "depth": 1},
        "s": {"width": 256, "depth": 2},
        "m": {"width": 384, "depth": 3},
        "l": {"width": 512, "depth": 4},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        latent: PositiveInt = 64,
        width: PositiveInt = 256,
        depth: NonNegativeInt = 2,
        critic_steps: PositiveInt = 3,
        penalty: NonNegativeFloat = 1.0,
        drop: Annotated[float, Field(ge=0, lt=1)] = 0.05,
    ) -> None:
        super().__init__(spec, latent=latent, drop=drop)
        if len(spec.shape) != 1:
            raise Unsupported(f"Wasserstein takes vectors (D,), not {spec.shape}; the model gan takes grids")
        self.critic_steps, self.penalty = critic_steps, penalty
        self.generator = VectorGenerator(spec.shape, self.classes, latent, width, depth)
        self.discriminator = VectorDiscriminator(spec.shape, self.classes, width, depth)

    def phases(self) -> list[Phase]:
        """Algorithm 1: the critic moves each step, the generator every few."""
        critic, generator = super().phases()
        return [critic, Phase(generator.name, generator.params, every=self.critic_steps)]

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        cond = self.hide(batch.cond, len(batch), rng)
        z_BZ = torch.randn(len(batch), *self.latent_shape, generator=rng, device=rng.device)
        if phase == "generator":
            return -self.discriminate(self.synthesize(z_BZ, cond), cond).mean(), {}
        with torch.no_grad():
            made_BS = self.synthesize(z_BZ, cond)
        # Equation 3: the critic's estimate of the distance, negated, and its slope held at 1 at a random place between
        # each datum and a sample.
        apart = self.discriminate(batch.x, cond).mean() - self.discriminate(made_BS, cond).mean()
        share_B1 = torch.rand(len(batch), 1, generator=rng, device=rng.device)
        slope_B = self.slope(made_BS + share_B1 * (batch.x - made_BS), cond)[1].norm(dim=1)
        loss = self.penalty * (slope_B - 1).square().mean() - apart
        return loss, {"distance": apart.detach(), "slope": slope_B.mean().detach()}
